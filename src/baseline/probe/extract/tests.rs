use super::*;

fn pointed(text: &str, pointer: &str) -> Result<f64, Trouble> {
    extract(text.as_bytes(), &Extract::Pointer(pointer.to_owned()), None)
}

fn whole(text: &str) -> Option<f64> {
    extract(text.as_bytes(), &Extract::Whole, None).ok()
}

// The document and the pointers of RFC 6901, section 5.
#[test]
fn pointers_are_followed_as_the_rfc_says() {
    let text = r#"{"foo": ["bar", 9], "": 0, "a/b": 1, "c%d": 2, "e^f": 3, "g|h": 4, "i\\j": 5, "k\"l": 6,
        " ": 7, "m~n": 8}"#;
    for (pointer, expected) in [
        ("/foo/1", 9.0),
        ("/", 0.0),
        ("/a~1b", 1.0),
        ("/c%d", 2.0),
        ("/e^f", 3.0),
        ("/g|h", 4.0),
        ("/i\\j", 5.0),
        ("/k\"l", 6.0),
        ("/ ", 7.0),
        ("/m~0n", 8.0),
    ] {
        assert_eq!(pointed(text, pointer), Ok(expected), "{pointer}");
    }
    for wrong in
        ["foo", "", "/foo", "/foo/0", "/foo/2", "/foo/01", "/foo/-", "/foo/+1", "/a~2b", "/m~", "/no"]
    {
        assert!(pointed(text, wrong).is_err(), "{wrong}");
    }
    assert_eq!(pointed("[3]", "/0"), Ok(3.0));
    assert_eq!(pointed("17", ""), Ok(17.0));
}

#[test]
fn values_that_are_numbers_count() {
    let text = r#"{"t": true, "f": false, "s": "42", "e": "1.5e3", "p": "12%", "n": null, "w": "inf", "b": 1e999,
        "l": [], "m": {}, "x": "", "neg": -0.25, "spaced": " 7 "}"#;
    for (pointer, expected) in
        [("/t", 1.0), ("/f", 0.0), ("/s", 42.0), ("/e", 1500.0), ("/neg", -0.25), ("/spaced", 7.0)]
    {
        assert_eq!(pointed(text, pointer), Ok(expected), "{pointer}");
    }
    for wrong in ["/p", "/n", "/w", "/b", "/l", "/m", "/x"] {
        assert!(matches!(pointed(text, wrong), Err(Trouble::Failed(_))), "{wrong}");
    }
}

#[test]
fn other_syntaxes_have_pointers_too() {
    assert_eq!(pointed("a:\n  b: [1, 2.5]\n", "/a/b/1"), Ok(2.5));
    let toml = extract(b"[a]\nb = 1_000\n", &Extract::Pointer("/a/b".to_owned()), Some(Syntax::Toml));
    assert_eq!(toml, Ok(1000.0));
    assert!(pointed("a: 1\n---\na: 2\n", "/a").is_err(), "several documents");
    assert!(pointed("{\"a\": ", "/a").is_err());
    assert!(pointed("", "/a").is_err());
}

#[test]
fn reasons_hold_no_value() {
    for how in [
        Extract::Pointer("/token".to_owned()),
        Extract::Regex("token.*".to_owned()),
        Extract::Whole,
        Extract::Column("token".to_owned()),
    ] {
        for text in ["{\"token\": \"hunter2\"}", "token\nhunter2\n"] {
            let reason = extract(text.as_bytes(), &how, None).unwrap_err().to_string();
            assert!(!reason.contains("hunter2"), "{reason}");
        }
    }
}

#[test]
fn expressions_give_their_first_group_or_all() {
    let by = |text: &str, pattern: &str| extract(text.as_bytes(), &Extract::Regex(pattern.to_owned()), None);
    assert_eq!(by("took 12.5 ms, then 99 ms", r"took ([\d.]+) ms"), Ok(12.5));
    assert_eq!(by("a 7 b 8", r"\d+"), Ok(7.0));
    assert_eq!(by("x\nload 3\n", r"(?m)^load (\d+)$"), Ok(3.0));
    assert!(by("took x ms", r"took (\d+)").is_err());
    assert!(by("took x", r"took (\w+)").is_err(), "no number");
    assert!(by("b1", r"(a)?b\d").is_err(), "the group did not take part");
    assert!(by("x", "(").is_err());
    assert!(by("x", &format!("{}{{1000}}{{1000}}", "[a-z]")).is_err(), "too large");
    let bytes = extract(b"\xff\xfe n=4", &Extract::Regex(r"n=(\d)".to_owned()), None);
    assert_eq!(bytes, Ok(4.0));
}

#[test]
fn columns_give_their_last_row() {
    let column = |text: &str, name: &str| extract(text.as_bytes(), &Extract::Column(name.to_owned()), None);
    let text = "time,ms , \"rate\"\n1,20,3\n2,30,4\n".replace(" \"rate\"", "rate");
    assert_eq!(column(&text, "ms"), Ok(30.0));
    assert_eq!(column(&text, "rate"), Ok(4.0));
    assert!(column(&text, "no").is_err());
    assert!(column("a,b\n", "a").is_err(), "no rows");
    assert!(column("a,b\n1,x\n", "b").is_err(), "no number");
    assert!(column("a,b\n1\n", "a").is_err(), "a short row");
}

#[test]
fn whole_texts_are_plain_numbers() {
    for (text, expected) in
        [("42\n", Some(42.0)), (" 1e3 ", Some(1000.0)), ("-.5", Some(-0.5)), ("true\n", Some(1.0))]
    {
        assert_eq!(whole(text), expected, "{text}");
    }
    for wrong in ["", "12%", "1,5", "0x10", "nan", "inf", "infinity", "-inf", "1e999", "1 2", "e", "5 ms"] {
        assert_eq!(whole(wrong), None, "{wrong}");
    }
}
