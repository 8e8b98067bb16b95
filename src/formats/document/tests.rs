//! Tests over all syntaxes: values and places, faults, hostile input, arbitrary bytes.

use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::*;

fn read(text: &str, syntax: Syntax) -> Documents {
    parse(text.as_bytes(), syntax, &Limits::default()).unwrap_or_else(|error| panic!("{error} in {text:?}"))
}

fn root(text: &str, syntax: Syntax) -> Node {
    read(text, syntax).single().unwrap().clone()
}

fn fault(text: &str, syntax: Syntax) -> (ParseErrorKind, String) {
    let error = parse(text.as_bytes(), syntax, &Limits::default()).unwrap_err();
    (error.kind, error.to_string())
}

/// All leaves as `path=text@line:column`.
fn leaves(text: &str, syntax: Syntax) -> Vec<String> {
    let mut leaves = Vec::new();
    root(text, syntax).for_each_leaf(|path, node| {
        let Span { line, column, .. } = node.span;
        leaves.push(format!("{}={}@{line}:{column}", path.join("."), node.text().unwrap_or(node.kind())));
    });
    leaves
}

fn problems(text: &str, syntax: Syntax) -> Vec<(u32, u32, ProblemKind)> {
    let problems = read(text, syntax).problems;
    problems.into_iter().map(|problem| (problem.span.line, problem.span.column, problem.kind)).collect()
}

#[test]
fn leaves_have_paths_and_places_in_yaml() {
    // A value that is not there stands at its colon.
    let text = "a: 1\nb:\n  - x\n  - c: 'no'\n    d: no\ne: []\nf:\n";
    let expected = ["a=1@1:4", "b.0=x@3:5", "b.1.c=no@4:8", "b.1.d=no@5:8", "e=a list@6:4", "f=@7:2"];
    assert_eq!(leaves(text, Syntax::Yaml), expected);
    let tree = root(text, Syntax::Yaml);
    assert_eq!(tree.get_path(&["b", "1", "c"]).map(Node::is_plain), Some(false));
    assert_eq!(tree.get_path(&["b", "1", "d"]).and_then(Node::as_bool), None);
    assert_eq!(tree.get_path(&["b", "1", "d"]).and_then(Node::as_bool_yaml11), Some(false));
    assert_eq!(tree.get_path(&["b", "1", "c"]).and_then(Node::as_bool_yaml11), None);
    assert_eq!(tree.get_path(&["b", "7"]), None);
    assert_eq!(
        tree.get("b").map(|list| list.source(text.as_bytes()).len()),
        Some("- x\n  - c: 'no'\n    d: no".len())
    );
}

#[test]
fn leaves_have_paths_and_places_in_json() {
    let text = "{\n  \"ä\": {\"b\": [true, -1.5e3, null]},\n  \"c\": \"\\u00e9\\ud83d\\ude00\\n\"\n}";
    let expected = ["ä.b.0=true@2:15", "ä.b.1=-1.5e3@2:21", "ä.b.2=@2:29", "c=é😀\n@3:8"];
    assert_eq!(leaves(text, Syntax::Json), expected);
    assert_eq!(root(text, Syntax::Json).entry("c").map(|entry| entry.key_span.column), Some(3));
}

#[test]
fn leaves_have_paths_and_places_in_toml() {
    let text = "z = 1_000\na.b = 'x'\n[t]\nk = 0x1F\n[[u]]\nd = 1979-05-27\n[[u]]\nq = { e = true }\n";
    let expected = ["z=1000@1:5", "a.b=x@2:7", "t.k=0x1F@4:5", "u.0.d=1979-05-27@6:5", "u.1.q.e=true@8:11"];
    assert_eq!(leaves(text, Syntax::Toml), expected);
    assert_eq!(root(text, Syntax::Toml).get_path(&["t", "k"]).and_then(Node::as_i64), Some(31));
}

#[test]
fn env_files_are_read_as_dotenv_libraries_do() {
    let text = "# c\nexport A=1\nB = \"x # y\\n\" # c\nC=a#b #c\nD='$X\\n'\nE=\"l1\nl2\"\nF=\nexport A B\n";
    let expected = ["A=1@2:10", "B=x # y\n@3:5", "C=a#b@4:3", "D=$X\\n@5:3", "E=l1\nl2@6:3", "F=@8:3"];
    assert_eq!(leaves(text, Syntax::Env), expected);
    assert_eq!(problems(text, Syntax::Env), []);
    let text = "A: 1\nB=\"x\nC=\"y\" z\n=1\n";
    // The quote of B is closed by the one that opens C.
    let expected = [
        (1, 1, ProblemKind::MalformedLine),
        (3, 4, ProblemKind::TextAfterQuote),
        (4, 1, ProblemKind::MalformedLine),
    ];
    assert_eq!(problems(text, Syntax::Env), expected);
    // As python-dotenv reads it.
    assert_eq!(leaves("A='it\\'s'", Syntax::Env), ["A=it's@1:3"]);
    assert_eq!(leaves("A='x\nB=1", Syntax::Env), ["A='x@1:3", "B=1@2:3"]);
    assert_eq!(problems("A='x\nB=1", Syntax::Env), [(1, 3, ProblemKind::UnclosedQuote)]);
}

#[test]
fn ini_sections_become_maps() {
    let text = "top=1\n[a.b]\nx.y = v ; c\nq: \"w;z\"\nflag\n[oops\n[a.b]\nn=2\n";
    let expected = ["top=1@1:5", "a.b.x.y=v@3:7", "a.b.q=w;z@4:4", "a.b.flag=@5:5", "a.b.n=2@8:3"];
    assert_eq!(leaves(text, Syntax::Ini), expected);
    assert_eq!(root(text, Syntax::Ini).get_path(&["a.b", "x.y"]).and_then(Node::as_str), Some("v"));
    assert_eq!(problems(text, Syntax::Ini), [(6, 1, ProblemKind::MalformedLine)]);
}

#[test]
fn properties_are_read_as_java_does() {
    // Expectations from the description of java.util.Properties.load.
    let text = "! c\na.b=c d\\\n   e\nk\\ x : v\\u00e9\nTruth = Beauty\nonly\nurl=http://h\n";
    let expected = ["a.b=c de@2:5", "k x=vé@4:8", "Truth=Beauty@5:9", "only=@6:5", "url=http://h@7:5"];
    assert_eq!(leaves(text, Syntax::Properties), expected);
}

#[test]
fn scalars_follow_the_core_schema() {
    // The examples of YAML 1.2.2, chapter 10.3.
    for (text, value) in [
        ("null", Value::Null),
        ("~", Value::Null),
        ("TRUE", Value::Bool(true)),
        ("False", Value::Bool(false)),
        ("0o7", Value::Number("0o7".into())),
        ("-19", Value::Number("-19".into())),
        ("0x3A", Value::Number("0x3A".into())),
        ("12e03", Value::Number("12e03".into())),
        ("-2E+05", Value::Number("-2E+05".into())),
        (".5", Value::Number(".5".into())),
        ("0.", Value::Number("0.".into())),
        ("-.INF", Value::Number("-.INF".into())),
        (".NAN", Value::Number(".NAN".into())),
        ("yes", Value::String("yes".into())),
        ("1.2.3", Value::String("1.2.3".into())),
        (".", Value::String(".".into())),
        ("1e", Value::String("1e".into())),
        ("'1'", Value::String("1".into())),
        ("!!str 1", Value::String("1".into())),
        ("!!int '1'", Value::Number("1".into())),
        ("!vault 1", Value::String("1".into())),
    ] {
        assert_eq!(root(&format!("k: {text}"), Syntax::Yaml).get("k").unwrap().value, value, "{text}");
    }
    assert_eq!(root("k: !vault x", Syntax::Yaml).get("k").unwrap().tag.as_deref(), Some("!vault"));
}

#[test]
fn streams_hold_any_number_of_documents() {
    assert_eq!(read("", Syntax::Yaml).roots, []);
    assert_eq!(read("# only a comment\n", Syntax::Yaml).roots, []);
    assert_eq!(read("a: 1\n---\nb: 2\n---\n", Syntax::Yaml).roots.len(), 3);
    assert!(read("", Syntax::Yaml).single().is_err());
    assert_eq!(read("a\n---\nb\n", Syntax::Yaml).single().unwrap_err().line, 3);
}

#[test]
fn merge_keys_add_what_is_not_there() {
    // As in the examples of https://yaml.org/type/merge.html: own keys first, earlier maps before later ones.
    let text = "- &one {x: 1, r: 1}\n- &two {x: 2, y: 2}\n- <<: [*one, *two]\n  r: 3\n- {'<<': 4}\n- <<: 5\n";
    let tree = root(text, Syntax::Yaml);
    let values = |index: usize| -> Vec<(&str, &str, bool)> {
        let entries = tree.items()[index].entries();
        entries.iter().map(|entry| (entry.key.as_str(), entry.value.text().unwrap(), entry.merged)).collect()
    };
    assert_eq!(values(2), [("r", "3", false), ("x", "1", true), ("y", "2", true)]);
    assert_eq!(tree.get_path(&["2", "y"]).unwrap().span.line, 2);
    assert_eq!(values(3), [("<<", "4", false)]);
    assert_eq!(problems(text, Syntax::Yaml), [(6, 3, ProblemKind::MergeWithoutMap)]);
}

#[test]
fn repeated_keys_are_kept_and_listed() {
    for (text, syntax) in [
        ("a: 1\nb: 2\na: 3\n", Syntax::Yaml),
        ("{\"a\":1,\n\"b\":2,\n\"a\":3}", Syntax::Json),
        ("a=1\nb=2\na=3", Syntax::Env),
        ("a=1\nb=2\na=3", Syntax::Ini),
        ("a=1\nb=2\na=3", Syntax::Properties),
    ] {
        let documents = read(text, syntax);
        let [Problem { span, kind: ProblemKind::DuplicateKey { key, first } }] =
            documents.problems.as_slice()
        else {
            panic!("{syntax:?}: {:?}", documents.problems)
        };
        assert_eq!((key.as_str(), span.line, first.line), ("a", 3, 1), "{syntax:?}");
        assert_eq!(documents.roots[0].entries().len(), 3);
        assert_eq!(documents.roots[0].get("a").and_then(Node::text), Some("3"));
    }
    assert_eq!(
        fault("a = 1\na = 2", Syntax::Toml),
        (ParseErrorKind::Syntax, "2:1: duplicate key".to_owned())
    );
}

#[test]
fn json_with_comments_is_read_and_noted() {
    let text = "{ // one\n \"a\": [1, 2,], /* two */ }";
    let expected = [(1, 3, ProblemKind::JsonComment), (2, 12, ProblemKind::JsonTrailingComma)];
    assert_eq!(problems(text, Syntax::Json), expected);
    assert_eq!(leaves(text, Syntax::Json), ["a.0=1@2:8", "a.1=2@2:11"]);
    assert_eq!(problems("\"\\udead\"", Syntax::Json), [(1, 2, ProblemKind::LoneSurrogate)]);
}

#[test]
fn a_byte_order_mark_is_skipped_and_counted_in_offsets() {
    for (text, syntax) in
        [("a: 1", Syntax::Yaml), ("{\"a\":1}", Syntax::Json), ("a = 1", Syntax::Toml), ("a=1", Syntax::Env)]
    {
        let text = format!("\u{feff}{text}");
        let tree = root(&text, syntax);
        let entry = tree.entry("a").unwrap();
        assert_eq!(entry.value.source(text.as_bytes()), b"1", "{syntax:?}");
        assert!(entry.key_span.column <= 2, "{syntax:?}");
    }
}

#[test]
fn lines_of_literal_blocks_are_found() {
    let text = "run: |\n\n  one\n  two\nnext: |2-\n   x\n";
    let tree = root(text, Syntax::Yaml);
    let run = tree.get("run").unwrap();
    assert_eq!(run.as_str(), Some("\none\ntwo\n"));
    assert_eq!((run.line_of_text(0), run.line_of_text(1), run.line_of_text(2)), (2, 3, 4));
    assert_eq!(tree.get("next").unwrap().line_of_text(0), 6);
}

#[test]
fn faults_name_their_place_and_no_content() {
    use ParseErrorKind::{Aliases, Encoding, Syntax as Fault};
    for (text, syntax, kind, message) in [
        ("a: {{ .Values.secret }}\n", Syntax::Yaml, Fault, "1:5: expected a scalar as key, found a mapping"),
        ("a: *b\n", Syntax::Yaml, Fault, "1:4: while parsing node, found unknown anchor"),
        ("a: &a [*a]\n", Syntax::Yaml, Aliases, "1:8: an alias of what contains it"),
        ("{\"a\" 1}", Syntax::Json, Fault, "1:6: expected `:`, found a digit"),
        ("[1 2]", Syntax::Json, Fault, "1:4: expected `,` or `]`, found a digit"),
        ("[1", Syntax::Json, Fault, "1:3: expected `,` or `]`, found the end of the file"),
        ("", Syntax::Json, Fault, "1:1: expected a value, found the end of the file"),
        ("01", Syntax::Json, Fault, "1:1: a number with a zero in front"),
        ("[.5]", Syntax::Json, Fault, "1:2: expected a value, found `.`"),
        ("secret", Syntax::Json, Fault, "1:1: expected a value, found a word without quotes"),
        ("1\n2", Syntax::Json, Fault, "2:1: expected the end of the file, found a digit"),
        ("\"a", Syntax::Json, Fault, "1:1: a string without its closing quote"),
        ("\"a\tb\"", Syntax::Json, Fault, "1:3: a control character within a string"),
        ("\"\\x\"", Syntax::Json, Fault, "1:2: an escape that JSON does not have"),
        ("a\0", Syntax::Env, Encoding, "1:2: a NUL byte"),
    ] {
        assert_eq!(fault(text, syntax), (kind, message.to_owned()), "{text:?}");
    }
    let error = root("a: [1]", Syntax::Yaml).get("a").unwrap().expect_map().unwrap_err();
    assert_eq!(error.to_string(), "1:4: expected a mapping, found a list");
}

#[test]
fn hostile_input_is_refused_in_time() {
    let many = 100_000;
    let mut bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for (previous, next) in ('a'..='y').zip('b'..='z') {
        let aliases = vec![format!("*{previous}"); 9].join(", ");
        bomb.push_str(&format!("{next}: &{next} [{aliases}]\n"));
    }
    let text_bomb = format!("a: &a '{}'\nb: [{}]", "x".repeat(1 << 20), "*a,".repeat(10_000));
    let dotted = "a.".repeat(70);
    let deep_toml = format!("[{dotted}b]\n{}x=1{}", format!("{dotted}b = {{").repeat(75), "}".repeat(75));
    for (name, text, syntax, kind) in [
        ("flow lists", "[".repeat(many), Syntax::Yaml, ParseErrorKind::TooDeep),
        ("block lists", "- ".repeat(many), Syntax::Yaml, ParseErrorKind::TooDeep),
        ("keys", "? ".repeat(many), Syntax::Yaml, ParseErrorKind::TooDeep),
        ("anchors", bomb, Syntax::Yaml, ParseErrorKind::Aliases),
        ("anchored text", text_bomb, Syntax::Yaml, ParseErrorKind::Aliases),
        ("lists", "[".repeat(many), Syntax::Json, ParseErrorKind::TooDeep),
        ("maps", "{\"a\":".repeat(many), Syntax::Json, ParseErrorKind::TooDeep),
        ("lists", format!("a = {}", "[".repeat(many)), Syntax::Toml, ParseErrorKind::TooDeep),
        ("keys", format!("{}b = 1", "a.".repeat(many)), Syntax::Toml, ParseErrorKind::TooDeep),
        ("dotted keys in tables", deep_toml, Syntax::Toml, ParseErrorKind::TooDeep),
        ("a long line", "x".repeat(10_000_000), Syntax::Yaml, ParseErrorKind::TooLarge),
        ("values", "- 1\n".repeat(500_000), Syntax::Yaml, ParseErrorKind::TooMany),
        ("values", format!("[{}1]", "1,".repeat(500_000)), Syntax::Json, ParseErrorKind::TooMany),
        ("values", "a=1\n".repeat(500_000), Syntax::Env, ParseErrorKind::TooMany),
        ("values", "a=1\n".repeat(500_000), Syntax::Ini, ParseErrorKind::TooMany),
        ("values", "a=1\n".repeat(500_000), Syntax::Properties, ParseErrorKind::TooMany),
    ] {
        let start = Instant::now();
        assert_eq!(fault(&text, syntax).0, kind, "{name} in {syntax:?}");
        // Generous, for a busy machine: the point is that nothing grows faster than the input.
        assert!(start.elapsed() < Duration::from_secs(10), "{name} in {syntax:?}: {:?}", start.elapsed());
    }
}

#[test]
fn long_lines_are_read_in_time() {
    let long = "x".repeat(7 << 20);
    for (text, syntax) in [
        (format!("a: {long}"), Syntax::Yaml),
        (format!("{{\"a\": \"{long}\"}}"), Syntax::Json),
        (format!("a = \"{long}\""), Syntax::Toml),
        (format!("a={long}"), Syntax::Env),
        (format!("a={long}"), Syntax::Ini),
        (format!("a={long}"), Syntax::Properties),
    ] {
        let start = Instant::now();
        assert_eq!(root(&text, syntax).get("a").and_then(Node::as_str).map(str::len), Some(long.len()));
        assert!(start.elapsed() < Duration::from_secs(10), "{syntax:?}: {:?}", start.elapsed());
    }
}

const SYNTAXES: [Syntax; 6] =
    [Syntax::Yaml, Syntax::Json, Syntax::Toml, Syntax::Env, Syntax::Ini, Syntax::Properties];

/// Spans lie within the text, on character boundaries, and within those of what contains them unless aliased.
fn check_spans(text: &str, node: &Node) {
    let check = |span: &Span| {
        assert!(text.get(span.start..span.end).is_some(), "{span:?} in {text:?}");
        assert!(span.line >= 1 && span.column >= 1, "{span:?} in {text:?}");
    };
    check(&node.span);
    node.items().iter().for_each(|item| check_spans(text, item));
    for entry in node.entries() {
        check(&entry.key_span);
        check_spans(text, &entry.value);
    }
}

fn check_all(text: &str) {
    for syntax in SYNTAXES {
        if let Ok(documents) = parse(text.as_bytes(), syntax, &Limits::default()) {
            documents.roots.iter().for_each(|root| check_spans(text, root));
            documents.problems.iter().for_each(|problem| {
                assert!(text.get(problem.span.start..problem.span.end).is_some(), "{problem:?} in {text:?}");
            });
        }
    }
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        for syntax in SYNTAXES {
            let _ = parse(&bytes, syntax, &Limits::default());
        }
    }

    #[test]
    fn spans_of_arbitrary_text_lie_within(text in "\\PC{0,80}") {
        check_all(&text);
    }

    #[test]
    fn spans_of_likely_text_lie_within(
        parts in proptest::collection::vec(
            prop_oneof![
                Just("a"), Just("ä"), Just(": "), Just("- "), Just("\n"), Just("  "), Just("["), Just("]"), Just("{"),
                Just("}"), Just(","), Just("\""), Just("'"), Just("="), Just("#"), Just("\\"), Just("&a "), Just("*a"),
                Just("<<: "), Just("|\n"), Just("1"), Just("---\n"), Just("\r\n"), Just("."), Just("export "),
                Just("\u{feff}"), Just("!t "), Just("? "),
            ],
            0..25,
        )
    ) {
        check_all(&parts.concat());
    }
}

/// Every JSON and YAML file of the configuration corpora, when they are there.
#[test]
fn real_files_are_read() {
    let Some(corpora) = std::env::var_os("READINESS_CORPORA").map(std::path::PathBuf::from) else {
        println!("skipped: READINESS_CORPORA names no folder");
        return;
    };
    let mut folders = vec![corpora.join("config"), corpora.join("gha")];
    let (mut read, mut refused) = (0, Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if let Some(syntax) = Syntax::of_file_name(&name) {
                match parse(&std::fs::read(&path).unwrap(), syntax, &Limits::default()) {
                    Ok(_) => read += 1,
                    Err(error) => refused.push(format!("{}:{error}", path.display())),
                }
            }
        }
    }
    println!("{read} files read, refused: {refused:#?}");
    // Two workflows are refused on purpose: an alias of what contains it, and one without its anchor.
    assert!(read >= 1014 && refused.len() <= 2);
}

#[test]
fn tables_of_toml_nested_beyond_the_stack_are_refused() {
    let dotted = "a.".repeat(75);
    let deep = format!("{}x=1{}", format!("{dotted}b = {{").repeat(75), "}".repeat(75));
    for text in
        [deep.clone(), format!("{deep}\n{deep}"), format!("{deep}\n]"), format!("[t]\n{deep}\n[t]\n{deep}")]
    {
        assert!(parse(text.as_bytes(), Syntax::Toml, &Limits::default()).is_err());
    }
}
