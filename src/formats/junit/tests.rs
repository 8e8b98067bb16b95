use proptest::prelude::*;

use super::*;

fn totals(text: &str) -> Result<(u64, u64, u64, u64, f64), String> {
    parse(text.as_bytes())
        .map(|all| (all.tests, all.failures, all.errors, all.skipped, all.seconds))
        .map_err(|fault| fault.to_string())
}

#[test]
fn tests_are_counted_one_by_one() {
    // In the form that pytest writes.
    let text = r#"<?xml version="1.0" encoding="utf-8"?>
<testsuites name="pytest tests">
  <testsuite name="pytest" errors="1" failures="1" skipped="1" tests="4" time="1.5" timestamp="2024-01-01T00:00:00">
    <testcase classname="t" name="a" time="0.5"/>
    <testcase classname="t" name="b" time="0.25"><failure message="assert 1 == 2">text &lt; &#65;</failure></testcase>
    <testcase classname="t" name="c" time="0.25"><error message="boom"/></testcase>
    <testcase classname="t" name="d" time="0"><skipped type="pytest.skip" message="no"/></testcase>
  </testsuite>
</testsuites>"#;
    assert_eq!(totals(text), Ok((4, 1, 1, 1, 1.5)));
}

#[test]
fn what_attributes_say_beside_tests_does_not_count() {
    // A suite that counts the one in it too, and a lie.
    let text = r#"<testsuites tests="99" failures="0"><testsuite tests="3" failures="1">
        <testcase name="a"/>
        <testsuite tests="2" failures="1"><testcase name="b"/><testcase name="c"><failure/></testcase></testsuite>
    </testsuite></testsuites>"#;
    assert_eq!(totals(text), Ok((3, 1, 0, 0, 0.0)));
}

#[test]
fn without_tests_attributes_count_once() {
    let leaf = r#"<testsuite tests="5" failures="1" errors="1" skipped="1" time="2"/>"#;
    assert_eq!(totals(leaf), Ok((5, 1, 1, 1, 2.0)));
    let nested = format!(r#"<testsuites tests="10" failures="2" time="3">{leaf}{leaf}</testsuites>"#);
    assert_eq!(totals(&nested), Ok((10, 2, 2, 2, 3.0)), "the outer ones are not added");
    let outer = r#"<testsuites tests="7" disabled="2" time="1"><testsuite name="x"/></testsuites>"#;
    assert_eq!(totals(outer), Ok((7, 0, 0, 2, 1.0)));
    assert_eq!(totals("<testsuites/>"), Ok((0, 0, 0, 0, 0.0)));
}

#[test]
fn times_are_those_of_the_outermost_that_says_one() {
    let cases = r#"<testcase time="1,000.5"/><testcase time="0.5"/>"#;
    assert_eq!(totals(&format!("<testsuite>{cases}</testsuite>")).unwrap().4, 1001.0);
    assert_eq!(totals(&format!("<testsuite time=\"9\">{cases}</testsuite>")).unwrap().4, 9.0);
    let zero = format!("<testsuites time=\"0\"><testsuite time=\"9\">{cases}</testsuite></testsuites>");
    assert_eq!(totals(&zero).unwrap().4, 9.0);
    assert!(totals("<testsuite time=\"NaN\"/>").is_err());
    assert!(totals("<testsuite><testcase time=\"-1\"/></testsuite>").is_err());
}

#[test]
fn a_test_counts_once_and_bad_is_bad() {
    let of = |inside: &str| totals(&format!("<testsuite><testcase>{inside}</testcase></testsuite>")).unwrap();
    assert_eq!(of("<failure/><error/><skipped/>"), (1, 1, 0, 0, 0.0));
    assert_eq!(of("<error/><skipped/>"), (1, 0, 1, 0, 0.0));
    assert_eq!(of("<failure/><failure/>"), (1, 1, 0, 0, 0.0));
    // Surefire: a test that passed when it was run again.
    assert_eq!(of("<flakyFailure><stackTrace/></flakyFailure><system-out/>"), (1, 0, 0, 0, 0.0));
    // What stands deeper is output of the test, not its end.
    assert_eq!(of("<system-out><failure/></system-out>"), (1, 0, 0, 0, 0.0));
    // GoogleTest has no element for it.
    let google =
        r#"<testsuites><testsuite><testcase status="notrun" result="suppressed"/></testsuite></testsuites>"#;
    assert_eq!(totals(google), Ok((1, 0, 0, 1, 0.0)));
}

#[test]
fn other_files_are_refused() {
    for wrong in [
        "",
        "   ",
        "no xml",
        "<testsuite>",
        "<testsuite><testcase></testsuite>",
        "<html><testsuite tests=\"1\"/></html>",
        "<testsuite tests=\"x\"/>",
        "<testsuite tests=\"-1\"/>",
        "<testsuite tests=\"1\" failures=\"2\"/>",
        "<testsuite tests=\"1\" tests=\"2\"/>",
        "<testsuite/><testsuite/>",
        "<!DOCTYPE a [<!ENTITY b \"c\">]><testsuite/>",
    ] {
        assert!(totals(wrong).is_err(), "{wrong}");
    }
    let deep = format!("{}{}", "<testsuite>".repeat(200), "</testsuite>".repeat(200));
    assert!(totals(&deep).unwrap_err().contains("too deeply"));
    assert_eq!(parse(b"<testsuite>\n\n<testcase").unwrap_err().line, 3);
}

proptest! {
    // What is written is what is counted, however it is spread over suites.
    #[test]
    fn all_that_is_written_is_counted(ends in prop::collection::vec((0_u8..4, 0_usize..4), 0..60)) {
        let mut suites = [const { String::new() }; 4];
        let mut expected = [0_u64; 4];
        for (end, suite) in &ends {
            let inside = ["", "<failure/>", "<error/>", "<skipped/>"][usize::from(*end)];
            expected[usize::from(*end)] += 1;
            suites[*suite].push_str(&format!("<testcase>{inside}</testcase>"));
        }
        let [a, b, c, d] = suites;
        let text = format!("<testsuites><testsuite>{a}<testsuite>{b}</testsuite>{c}</testsuite><testsuite>{d}</testsuite></testsuites>");
        let all = parse(text.as_bytes()).unwrap();
        prop_assert_eq!(all.tests, ends.len() as u64);
        prop_assert_eq!([all.failures, all.errors, all.skipped], [expected[1], expected[2], expected[3]]);
    }

    #[test]
    fn any_bytes_are_read_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = parse(&bytes);
    }
}
