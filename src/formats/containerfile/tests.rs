//! Expectations written by hand from the Dockerfile reference and the behaviour of BuildKit's parser.

use super::*;
use proptest::prelude::*;

fn file(source: &str) -> Containerfile {
    parse(source.as_bytes()).unwrap()
}

/// The kinds of the instructions of the last stage.
fn kinds(file: &Containerfile) -> Vec<&InstructionKind> {
    file.final_stage().unwrap().instructions.iter().map(|instruction| &instruction.kind).collect()
}

fn run(file: &Containerfile, index: usize) -> &Run {
    match &file.final_stage().unwrap().instructions[index].kind {
        InstructionKind::Run(run) => run,
        other => panic!("{other:?}"),
    }
}

/// Line and words of the commands of a `RUN`.
fn commands(run: &Run) -> Vec<(u32, String)> {
    let script = run.command.script.as_ref().unwrap();
    let text = |command: &crate::formats::shell::SimpleCommand| {
        command.words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ")
    };
    script.commands().into_iter().map(|command| (command.line, text(command))).collect()
}

#[test]
fn directives_stand_before_everything_else() {
    let parsed = file(
        "\u{feff}#syntax=docker/dockerfile:1\r\n # ESCAPE = `\r\n# check=skip=all\r\n\r\nfrom a\r\nrun x `\r\n y\r\n",
    );
    let directives: Vec<_> =
        parsed.directives.iter().map(|d| (d.name.as_str(), d.value.as_str(), d.line)).collect();
    assert_eq!(
        directives,
        [("syntax", "docker/dockerfile:1", 1), ("escape", "`", 2), ("check", "skip=all", 3)]
    );
    assert_eq!(parsed.escape, '`');
    assert_eq!(run(&parsed, 0).command.form, Form::Shell("x  y".into()));
    assert!(run(&parsed, 0).command.script.is_none(), "the escape character of Windows");

    for source in ["# note\n# escape=`\nFROM a", "\n# escape=`\nFROM a", "# x=y\n# escape=`\nFROM a"] {
        assert_eq!(file(source).escape, '\\', "{source}");
        assert!(file(source).directives.is_empty());
    }
    assert_eq!(file("# escape=x\nFROM a").problems[0].line, 1);
    assert_eq!(file("# escape=`\n# escape=\\\nFROM a").problems[0].line, 2);
}

#[test]
fn continuations_skip_comments_and_blank_lines() {
    let parsed = file("FROM a\nRUN one && \\ \t\n\n  # note \\\n two \\\\\nUSER b\nRUN three \\\n");
    let stage = parsed.final_stage().unwrap();
    let lines: Vec<_> = stage.instructions.iter().map(|i| (i.line, i.end_line)).collect();
    assert_eq!(lines, [(2, 5), (6, 6), (7, 7)]);
    assert_eq!(commands(run(&parsed, 0)), [(2, "one".into()), (5, "two \\".into())]);
    assert_eq!(parsed.text(stage.instructions[0].keyword), "RUN");
    assert!(parsed.text(stage.instructions[0].arguments).starts_with("one && \\ \t\n\n  # note"));
    assert!(parsed.text(stage.instructions[0].span).ends_with("two \\\\"));
    assert!(parsed.problems.is_empty());
}

#[test]
fn a_keyword_may_stand_behind_a_continuation() {
    let parsed = file("FROM a\n\\\n  RUN x\n");
    let instruction = &parsed.stages[0].instructions[0];
    assert_eq!((instruction.line, parsed.text(instruction.keyword)), (3, "RUN"));
}

#[test]
fn here_documents_of_run() {
    let parsed = file(
        "FROM a\nRUN <<EOF\nset -e\napt-get update | cat\nEOF\nRUN <<-'END' bash -x\n\tone\n\tEND\n\
         RUN cat <<A >x && python3 <<\"B\"\n$a\nA\nprint(1)\nB\nRUN <<P\n#!/usr/bin/env python3\nprint(2)\nP\nUSER u\n",
    );
    assert_eq!(
        commands(run(&parsed, 0)),
        [(3, "set -e".into()), (4, "apt-get update".into()), (4, "cat".into())]
    );
    assert_eq!(commands(run(&parsed, 1)), [(6, "bash -x".into()), (7, "one".into())]);
    assert_eq!(commands(run(&parsed, 2)), [(9, "cat".into()), (9, "python3".into())]);
    assert!(run(&parsed, 3).command.script.is_none());
    let third = &parsed.stages[0].instructions[2];
    let heredocs: Vec<_> = third
        .heredocs
        .iter()
        .map(|h| (h.name.as_str(), h.expand, h.body.as_str(), h.line, h.end_line))
        .collect();
    assert_eq!(heredocs, [("A", true, "$a\n", 10, 11), ("B", false, "print(1)\n", 12, 13)]);
    assert!(parsed.stages[0].instructions[1].heredocs[0].strip_tabs);
    assert_eq!((third.line, third.end_line), (9, 13));
    assert!(matches!(kinds(&parsed)[4], InstructionKind::User(_)));
    assert!(parsed.problems.is_empty());
}

#[test]
fn here_documents_of_copy() {
    let parsed = file("FROM a\nCOPY --chmod=755 <<one <<\"two\" b /dir/\nfirst\none\nFROM x\ntwo\n");
    let InstructionKind::Copy(copy) = kinds(&parsed)[0] else { panic!() };
    assert_eq!(copy.sources[0], Source::Heredoc(0));
    assert_eq!(copy.sources[1], Source::Heredoc(1));
    assert_eq!(copy.sources[2].path().unwrap().text, "b");
    assert_eq!(
        (copy.destination.text.as_str(), copy.chmod.as_ref().unwrap().text.as_str()),
        ("/dir/", "755")
    );
    assert_eq!(parsed.stages.len(), 1, "the FROM inside is data");
}

#[test]
fn what_is_no_here_document() {
    let parsed = file(
        "FROM a\nRUN echo \"<<EOF\" $((1<<2)) <<<x\nCMD cat <<EOF\nRUN [\"x\", \"<<EOF\"]\nRUN cat <<EOF\nUSER u\n",
    );
    assert_eq!(kinds(&parsed).len(), 5);
    assert_eq!(
        parsed.problems.iter().map(|p| p.line).collect::<Vec<_>>(),
        [5],
        "the last one is never closed"
    );
}

#[test]
fn exec_form_and_shell_form() {
    let parsed = file(
        "FROM a\nCMD [\"a\", \"b c\"]\nENTRYPOINT [ 'a' ]\nRUN [ -f x ] && y\nRUN [\"/bin/sh\", \"-ec\", \"a | \\\\\n b\"]\nCMD [\"a\", 1]\nCMD []\nRUN [\"a\"] x",
    );
    let InstructionKind::Cmd(cmd) = kinds(&parsed)[0] else { panic!() };
    assert_eq!(cmd.form, Form::Exec(vec!["a".into(), "b c".into()]));
    let InstructionKind::Entrypoint(entrypoint) = kinds(&parsed)[1] else { panic!() };
    assert_eq!(entrypoint.form, Form::Shell("[ 'a' ]".into()));
    assert!(entrypoint.malformed_exec);
    assert!(!run(&parsed, 2).command.malformed_exec);
    assert_eq!(
        parsed.problems.iter().map(|p| p.line).collect::<Vec<_>>(),
        [6, 7],
        "the line broken by an escaped backslash is an unknown instruction; a number is no word"
    );
    let InstructionKind::Cmd(cmd) = kinds(&parsed)[6] else { panic!() };
    assert_eq!(cmd.form, Form::Exec(vec![]));
    assert!(matches!(run(&parsed, 7).command.form, Form::Shell(_)), "text behind the list");
}

#[test]
fn exec_form_scripts_are_split() {
    let parsed = file(
        "FROM a\nRUN [\"/bin/bash\", \"-o\", \"pipefail\", \\\n \"-c\", \"curl u | sh\"]\nHEALTHCHECK --interval=5s CMD [\"curl\", \"-f\", \"u\"]\nHEALTHCHECK none\nHEALTHCHECK CMD a || exit 1",
    );
    assert_eq!(
        commands(run(&parsed, 0)),
        [(2, "/bin/bash -o pipefail -c curl u | sh".into()), (3, "curl u".into()), (3, "sh".into())]
    );
    assert_eq!(run(&parsed, 0).command.script.as_ref().unwrap().pipes().len(), 1);
    let InstructionKind::Healthcheck(Some(check)) = kinds(&parsed)[1] else { panic!() };
    assert_eq!(check.form, Form::Exec(vec!["curl".into(), "-f".into(), "u".into()]));
    assert_eq!(parsed.stages[0].instructions[1].flag("interval").unwrap().value.as_deref(), Some("5s"));
    assert!(matches!(kinds(&parsed)[2], InstructionKind::Healthcheck(None)));
    let InstructionKind::Healthcheck(Some(check)) = kinds(&parsed)[3] else { panic!() };
    assert_eq!(check.script.as_ref().unwrap().commands().len(), 2);
}

#[test]
fn flags_and_mounts() {
    let parsed = file(
        "FROM a AS one\nFROM b\nRUN --mount=type=secret,id=k,target=/k --mount=from=one,target=/o \\\n --network=none --security=insecure make\nADD --checksum=sha256:00 --chown=1:2 https://h/x /y\nCOPY --from=one --link a b c/\nCOPY --from=0 d e\nCOPY --from=h:5/i:t d e\n",
    );
    let make = run(&parsed, 0);
    assert_eq!(make.command.form, Form::Shell("make".into()));
    let mounts: Vec<_> =
        make.mounts.iter().map(|m| (m.kind.as_str(), m.from.clone(), m.options.len(), m.line)).collect();
    assert_eq!(mounts, [("secret", None, 3, 3), ("bind", Some(Base::Stage(0)), 2, 3)]);
    let instruction = &parsed.stages[1].instructions[0];
    assert_eq!(instruction.flag("network").map(|f| (f.value.as_deref(), f.line)), Some((Some("none"), 4)));
    let InstructionKind::Add(add) = kinds(&parsed)[1] else { panic!() };
    assert_eq!(add.checksum.as_ref().unwrap().text, "sha256:00");
    assert_eq!(add.chown.as_ref().unwrap().text, "1:2");
    let from = |index: usize| match kinds(&parsed)[index] {
        InstructionKind::Copy(copy) => copy.from.clone().unwrap(),
        other => panic!("{other:?}"),
    };
    assert_eq!(
        [from(2), from(3), from(4)],
        [Base::Stage(0), Base::Stage(0), Base::Image(ImageRef::parse("h:5/i:t"))]
    );
    assert_eq!(parsed.needed_by(1).into_iter().collect::<Vec<_>>(), [0, 1]);
}

#[test]
fn names_and_values() {
    let parsed = file(
        "FROM a\nENV A=1 B=\"x y\" C='$A' D=a\\ b \\\n E=$A\nENV F some text \"q\"\nLABEL \"com.x\"=\"v\" l=m\nARG one two=2 three=\nENV G=$two H\nENV K",
    );
    let pairs = |index: usize| match kinds(&parsed)[index] {
        InstructionKind::Env(pairs) | InstructionKind::Label(pairs) => {
            pairs.iter().map(|p| (p.name.as_str(), p.value.text.as_str(), p.line)).collect::<Vec<_>>()
        }
        other => panic!("{other:?}"),
    };
    assert_eq!(pairs(0), [("A", "1", 2), ("B", "x y", 2), ("C", "$A", 2), ("D", "a b", 2), ("E", "${A}", 3)]);
    assert_eq!(pairs(1), [("F", "some text q", 4)]);
    assert_eq!(pairs(2), [("com.x", "v", 5), ("l", "m", 5)]);
    assert_eq!(pairs(4), [("G", "2", 7)]);
    let InstructionKind::Arg(arguments) = kinds(&parsed)[3] else { panic!() };
    let arguments: Vec<_> =
        arguments.iter().map(|a| (a.name.as_str(), a.default.as_ref().map(|d| d.text.as_str()))).collect();
    assert_eq!(arguments, [("one", None), ("two", Some("2")), ("three", Some(""))]);
    assert_eq!(parsed.problems.iter().map(|p| p.line).collect::<Vec<_>>(), [7, 8]);
}

#[test]
fn global_arguments_reach_from_and_stages_that_ask() {
    let parsed = file(
        "ARG V=3.20\nARG R=h:5000\nARG NONE\nFROM --platform=$BUILDPLATFORM ${R}/alpine:${V} AS Base\nARG V\nARG U=app\nUSER $U:$V\n\
         FROM base\nUSER ${U:-x}\nUSER $R\nFROM ${NONE}\nFROM ${NONE:-scratch}\nFROM node:$X\nFROM BASE",
    );
    let from = &parsed.stages[0].from;
    assert_eq!(from.base, Base::Image(ImageRef::parse("h:5000/alpine:3.20")));
    assert_eq!(from.platform.as_ref().unwrap().unresolved, ["BUILDPLATFORM"]);
    assert_eq!(from.alias.as_deref(), Some("Base"));
    let user = |stage: usize, index: usize| match &parsed.stages[stage].instructions[index].kind {
        InstructionKind::User(user) => (user.name.clone(), user.group.clone()),
        other => panic!("{other:?}"),
    };
    assert_eq!(user(0, 2), ("app".into(), Some("3.20".into())));
    assert_eq!(user(1, 0), ("app".into(), None), "declared in the base stage");
    assert_eq!(user(1, 1), ("${R}".into(), None), "global arguments need ARG in the stage");
    let bases: Vec<_> = parsed.stages[1..].iter().map(|stage| stage.from.base.clone()).collect();
    assert_eq!(
        bases,
        [
            Base::Stage(0),
            Base::Unresolved,
            Base::Scratch,
            Base::Image(ImageRef::parse("node:${X}")),
            Base::Stage(0)
        ]
    );
    assert_eq!(parsed.global_args.len(), 3);
}

#[test]
fn what_is_in_effect_comes_from_base_stages() {
    let parsed = file(
        "FROM a AS one\nSHELL [\"/bin/bash\", \"-o\", \"pipefail\", \"-c\"]\nUSER u\nFROM one\nRUN x\nSHELL [\"powershell\", \"-Command\"]\nRUN Get-Item C:\nFROM c\nRUN y",
    );
    assert_eq!(run_of(&parsed, 1, 0).shell.as_deref().unwrap()[2], "pipefail");
    assert!(run_of(&parsed, 1, 2).command.script.is_none());
    assert_eq!(run_of(&parsed, 2, 0).shell, None);
    let user = parsed.in_effect(1, |kind| matches!(kind, InstructionKind::User(_))).unwrap();
    assert_eq!(user.line, 3);
    assert!(parsed.in_effect(2, |kind| matches!(kind, InstructionKind::User(_))).is_none());
    assert_eq!(parsed.lineage(1).iter().map(|stage| stage.index).collect::<Vec<_>>(), [1, 0]);
}

fn run_of(file: &Containerfile, stage: usize, index: usize) -> &Run {
    match &file.stages[stage].instructions[index].kind {
        InstructionKind::Run(run) => run,
        other => panic!("{other:?}"),
    }
}

#[test]
fn nested_and_unknown_instructions() {
    let parsed = file(
        "FROM a\nONBUILD copy --from=x b $C\nONBUILD RUN <<E\nx\nE\nONBUILD FROM y\nFROB x y\nMAINTAINER me <m@x>\nEXPOSE 80/tcp $P\nVOLUME [\"/a\", \"/b\"]\nVOLUME /c /d\nSTOPSIGNAL 9\nWORKDIR /a b\n",
    );
    let InstructionKind::Onbuild(Some(inner)) = kinds(&parsed)[0] else { panic!() };
    let InstructionKind::Copy(copy) = &inner.kind else { panic!() };
    assert_eq!((copy.destination.text.as_str(), parsed.text(inner.keyword)), ("${C}", "copy"));
    let InstructionKind::Onbuild(Some(inner)) = kinds(&parsed)[1] else { panic!() };
    assert_eq!(inner.heredocs[0].body, "x\n");
    assert!(matches!(kinds(&parsed)[2], InstructionKind::Onbuild(None)));
    assert!(matches!(kinds(&parsed)[3], InstructionKind::Unknown(word) if word == "FROB"));
    assert!(matches!(kinds(&parsed)[4], InstructionKind::Maintainer(text) if text == "me <m@x>"));
    assert!(matches!(kinds(&parsed)[5], InstructionKind::Expose(ports) if ports.len() == 2));
    assert!(matches!(kinds(&parsed)[6], InstructionKind::Volume(paths) if paths[1].text == "/b"));
    assert!(matches!(kinds(&parsed)[7], InstructionKind::Volume(paths) if paths[1].text == "/d"));
    assert!(matches!(kinds(&parsed)[8], InstructionKind::Stopsignal(value) if value.text == "9"));
    assert!(matches!(kinds(&parsed)[9], InstructionKind::Workdir(value) if value.text == "/a b"));
    assert_eq!(parsed.problems.iter().map(|p| p.line).collect::<Vec<_>>(), [6, 7]);
}

#[test]
fn files_that_are_no_container_files() {
    let refused = |source: &[u8]| parse(source).unwrap_err();
    assert_eq!(refused(b""), error(1, "no instruction, so this is not a container file"));
    assert_eq!(refused(b"# only\n\n").line, 1);
    assert_eq!(refused(b"\n\npackage main\n").line, 3);
    assert!(refused(b"#include \"common\"\nRUN x").message.contains("preprocessor"));
    assert_eq!(refused(b"FROM a\nRUN \0").line, 2);
    assert!(refused(&vec![b'#'; MAX_BYTES + 1]).message.contains("1 MiB"));
    assert!(refused("FROM a\n".repeat(MAX_STAGES + 5).as_bytes()).message.contains("stages"));
    assert!(refused(format!("FROM a\n{}", "USER b\n".repeat(MAX_INSTRUCTIONS + 5)).as_bytes()).line > 10_000);
    let misplaced = file("RUN x\nFROM a");
    assert_eq!((misplaced.misplaced.len(), misplaced.problems[0].line), (1, 1));
}

#[test]
fn bytes_that_are_not_utf8_keep_their_places() {
    let parsed = parse(b"FROM a\nLABEL x=\xe9t\xe9\nUSER u").unwrap();
    assert_eq!(parsed.text(parsed.stages[0].instructions[0].span), "LABEL x=?t?");
    assert_eq!(parsed.stages[0].instructions[1].line, 3);
}

#[test]
fn hostile_files_take_linear_time() {
    let pieces = [
        "RUN <<A\n",
        "RUN <<A <<B\nA\n",
        "\\\n",
        "ENV A=$A$A\n",
        "ONBUILD ",
        "RUN --a ",
        "RUN \\\n#\n",
        "ARG ${A:-",
    ];
    for piece in pieces {
        let _ = parse(format!("FROM a\n{}", piece.repeat(200_000 / piece.len())).as_bytes());
    }
}

/// Texts that look like container files now and then.
fn pieces() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        proptest::sample::select(vec![
            "FROM a AS b\n",
            "FROM ",
            "RUN ",
            "COPY --from=b ",
            "ONBUILD ",
            "ENV A=$B ",
            "ARG A",
            "<<EOF",
            "\nEOF\n",
            "\\\n",
            "\r\n",
            "[\"a\", ",
            "\"b\"]",
            "HEALTHCHECK CMD ",
            "# escape=`\n",
            "\u{feff}",
            "${A:-",
            "é",
            "SHELL [\"bash\"]\n",
            "--mount=type=x,",
            "`",
            "\"",
            "'",
            "#",
            "\n"
        ])
        .prop_map(|text| text.as_bytes().to_vec()),
        proptest::collection::vec(any::<u8>(), 0..8),
    ];
    proptest::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

fn check_span(length: usize, instruction: &Instruction) {
    let (span, keyword, arguments) = (instruction.span, instruction.keyword, instruction.arguments);
    assert!(span.start <= span.end && span.end <= length, "{instruction:?}");
    assert!(span.start <= keyword.start && keyword.end <= arguments.end.max(keyword.end), "{instruction:?}");
    assert!(arguments.start <= arguments.end && arguments.end <= span.end, "{instruction:?}");
    assert!(instruction.line <= instruction.end_line, "{instruction:?}");
    if let InstructionKind::Onbuild(Some(inner)) = &instruction.kind {
        check_span(length, inner);
    }
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes in pieces()) {
        if let Ok(parsed) = parse(&bytes) {
            prop_assert_eq!(parsed.source.len(), bytes.len());
            for instruction in parsed.instructions() {
                check_span(bytes.len(), instruction);
                prop_assert!(!parsed.text(instruction.keyword).is_empty());
            }
        }
    }
}

/// Every container file of the corpora parses, and every shell text in it is split to its end. Runs when
/// `READINESS_CORPORA` names them.
#[test]
fn real_container_files_parse() {
    let Some(corpora) = std::env::var_os("READINESS_CORPORA") else { return };
    let mut folders = vec![std::path::PathBuf::from(corpora).join("config")];
    let (mut files, mut instructions) = (0, 0);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if is_containerfile_name(path.file_name().unwrap().to_str().unwrap()) {
                let parsed = parse(&std::fs::read(&path).unwrap());
                let parsed = parsed.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
                files += 1;
                for instruction in parsed.instructions() {
                    instructions += 1;
                    if let InstructionKind::Run(run) = &instruction.kind {
                        let complete = run.command.script.as_ref().is_none_or(|script| script.complete);
                        assert!(complete, "{}:{}", path.display(), instruction.line);
                    }
                }
            }
        }
    }
    println!("container files: {files} parsed, {instructions} instructions");
    assert!(files >= 138 && instructions >= 1358, "{files} files, {instructions} instructions");
}
