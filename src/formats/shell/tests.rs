//! Expectations written by hand from the shell grammar (POSIX.1-2024, XCU 2).

use super::*;

/// `name arg arg`, one text a command, at every depth.
fn texts(script: &Script) -> Vec<String> {
    script.commands().iter().map(|command| text(command)).collect()
}

fn text(command: &SimpleCommand) -> String {
    command.words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ")
}

fn lines(source: &str) -> Vec<(u32, String)> {
    parse(source).commands().iter().map(|command| (command.line, text(command))).collect()
}

#[test]
fn lists_and_joints() {
    let script = parse("a && b || c; d & e\nf");
    assert_eq!(texts(&script), ["a", "b", "c", "d", "e", "f"]);
    let joints: Vec<Joint> = script.pipelines.iter().map(|pipeline| pipeline.joint).collect();
    assert_eq!(joints, [Joint::First, Joint::And, Joint::Or, Joint::Then, Joint::Background, Joint::Then]);
    assert!(script.complete);
}

#[test]
fn quotes_and_escapes() {
    let script = parse(r#"echo 'a b' "c \"d\" \x" e\ f $'g\'h' "" # comment"#);
    let commands = script.commands();
    let words: Vec<&str> = commands[0].words.iter().map(|word| word.text.as_str()).collect();
    assert_eq!(words, ["echo", "a b", r#"c "d" \x"#, "e f", "g'h", ""]);
    assert!(!commands[0].words[0].quoted && commands[0].words[1].quoted && commands[0].words[3].quoted);
}

#[test]
fn pipelines_keep_who_feeds_whom() {
    let script = parse("! curl -s u | tee f |& sh -s -- x && (wget -qO- v; echo) | bash");
    let pipes = script.pipes();
    let names: Vec<Vec<Vec<&str>>> = pipes
        .iter()
        .map(|pipe| {
            pipe.stages.iter().map(|stage| stage.commands().iter().map(|c| c.name()).collect()).collect()
        })
        .collect();
    assert_eq!(
        names,
        [vec![vec!["curl"], vec!["tee"], vec!["sh"]], vec![vec!["wget", "echo"], vec!["bash"]]]
    );
    assert!(pipes[0].negated);
}

#[test]
fn pipelines_go_on_after_a_newline() {
    assert_eq!(lines("a |\n # note\n b"), [(1, "a".into()), (3, "b".into())]);
    assert_eq!(parse("a |\n b").pipes().len(), 1);
}

#[test]
fn substitutions_are_commands_too() {
    let script =
        parse("sh -c \"$(curl -fsSL u)\"; bash <(curl v); x=`id -u` y; z \"${A:-$(date)}\" $((1 + (2)))");
    assert_eq!(
        texts(&script),
        [
            "sh -c $(curl -fsSL u)",
            "$(curl -fsSL u)",
            "curl -fsSL u",
            "bash <(curl v)",
            "curl v",
            "y",
            "id -u",
            "z ${A:-$(date)} $((1 + (2)))",
            "date"
        ]
    );
    assert!(script.complete);
    let bash = script.commands()[3];
    assert_eq!(bash.words[1].substitutions[0].kind, SubstitutionKind::ProcessOutput);
}

#[test]
fn assignments_and_redirections() {
    let script = parse("A=1 B='x y' env C=3 make 2>&1 >>log <in &>all; D=(1 2); E=$(f)");
    let commands = script.commands();
    let make = commands[0];
    assert_eq!(
        make.assignments.iter().map(|a| (a.name.as_str(), a.value.text.as_str())).collect::<Vec<_>>(),
        [("A", "1"), ("B", "x y")]
    );
    assert_eq!(make.program().name, "make");
    let redirections: Vec<(Option<u32>, &str, &str)> =
        make.redirections.iter().map(|r| (r.descriptor, r.operator, r.target.text.as_str())).collect();
    assert_eq!(
        redirections,
        [(Some(2), ">&", "1"), (None, ">>", "log"), (None, "<", "in"), (None, "&>", "all")]
    );
    assert_eq!(commands[1].assignments[0].value.text, "1 2");
    assert_eq!(text(commands[3]), "f");
}

#[test]
fn compound_commands() {
    let script = parse(
        "if [ -f a ]; then b; elif c; then d; else e; fi | f\nwhile read l; do g; done < h\nfor i in 1 $(j); do k; done\n\
         case $x in a|b) l ;; (c) m;; *) n; esac\nfn() { o; }\nfunction p { q; }\n{ r; } && ( s )\nuntil t; do u; done; [[ v == a && w < x ]]",
    );
    assert_eq!(
        texts(&script),
        [
            "[ -f a ]",
            "b",
            "c",
            "d",
            "e",
            "f",
            "read l",
            "g",
            "for i in 1 $(j)",
            "j",
            "k",
            "case $x",
            "l",
            "m",
            "n",
            "o",
            "q",
            "r",
            "s",
            "t",
            "u",
            "[[ v == a && w < x ]]"
        ]
    );
    assert!(script.complete);
    assert_eq!(script.pipes().len(), 1);
}

#[test]
fn wrappers_come_off() {
    let program = |source: &str| {
        let script = parse(source);
        let program = script.commands()[0].program();
        (
            program.name.to_owned(),
            program.args.iter().map(|word| word.text.clone()).collect::<Vec<_>>().join(" "),
        )
    };
    assert_eq!(
        program("sudo -E -u root /usr/bin/apt-get install -y x"),
        ("apt-get".into(), "install -y x".into())
    );
    assert_eq!(program("exec env -i A=1 nice -n 5 timeout -k 1 30s curl u"), ("curl".into(), "u".into()));
    assert_eq!(program("xargs -0 -n 1 rm -f"), ("rm".into(), "-f".into()));
    assert_eq!(program("command -v curl"), ("command".into(), "-v curl".into()));
    assert_eq!(program("sudo -l"), ("sudo".into(), "-l".into()));
    assert_eq!(program("$CMD x"), (String::new(), "x".into()));
}

#[test]
fn scripts_in_arguments_keep_their_lines() {
    let source =
        "set -e\nbash -euxo pipefail -c 'a |\n b \\\n && c' name\nsu user -c \"d 'e'\"\nsh file -c x";
    assert_eq!(
        lines(source),
        [
            (1, "set -e".into()),
            (2, "bash -euxo pipefail -c a |\n b \\\n && c name".into()),
            (2, "a".into()),
            (3, "b".into()),
            (4, "c".into()),
            (5, "su user -c d 'e'".into()),
            (5, "d e".into()),
            (6, "sh file -c x".into())
        ]
    );
}

#[test]
fn here_documents() {
    let source = "cat <<A >f; x\nnot | a command\nA\nsudo bash -s <<-'B'\n\tin\n\tside\n\tB\nafter <<C <<D\nc\nC\nd\nD\nlast";
    assert_eq!(
        lines(source),
        [
            (1, "cat".into()),
            (1, "x".into()),
            (4, "sudo bash -s".into()),
            (5, "in".into()),
            (6, "side".into()),
            (8, "after".into()),
            (13, "last".into())
        ]
    );
    let script = parse(source);
    let document = script.commands()[0].redirections[0].document.as_ref().map(|d| (d.body.as_str(), d.line));
    assert_eq!(document, Some(("not | a command\n", 2)));
    assert!(script.complete);
    assert!(!parse("cat <<A\nx").complete);
}

#[test]
fn broken_texts_are_split_as_far_as_possible() {
    for source in ["a 'b", "a \"b", "(a", "a $(b", "a `b", "if a", "a )", "case x in", "a ${b", "{ a"] {
        let script = parse(source);
        assert!(!script.complete, "{source}");
        assert!(
            source.starts_with("case") || texts(&script).iter().any(|text| text.starts_with('a')),
            "{source}"
        );
    }
    assert_eq!(texts(&parse("fi; done; a } esac | | ;; b")), ["a } esac", "b"]);
}

#[test]
fn depth_and_count_are_bounded() {
    for open in ["(", "$(", "{ ", "`\\", "if ", "x \"${a:-", "sh -c \"$(", "<(", "case a in b) "] {
        assert!(!parse(&open.repeat(20_000)).complete, "{open}");
    }
    let nested = |levels: usize| format!("{}x{}", "sh -c \"$(".repeat(levels), ")\"".repeat(levels));
    assert!(parse(&nested(2)).complete);
    assert!(!parse(&nested(20)).complete);
    let many = parse(&"a;".repeat(MAX_COMMANDS + 5));
    assert_eq!(many.commands().len(), MAX_COMMANDS);
    assert!(!many.complete);
}

#[test]
fn hostile_texts_take_linear_time() {
    let pieces =
        ["<<A ", "<<A \"\n\" ", "((", "$((", "a(", "\\\n", "x=(", "[[ ", "a|", "for x in ", "'\\''", "<<A\n"];
    for piece in pieces {
        parse(&piece.repeat(MAX_BYTES / 4 / piece.len()));
    }
}

proptest::proptest! {
    #[test]
    fn arbitrary_text_never_panics(source in "[a-z $`'\"(){}<>|&;#\\\\\n\r\t!=é-]{0,200}") {
        let script = parse(&source);
        for command in script.commands() {
            assert!(command.offset <= source.len());
            assert!(command.words.iter().all(|word| word.offset <= source.len()));
        }
        script.pipes();
    }
}
