//! Totals of a test report in JUnit XML, as Ant began it and Maven, Gradle, pytest, Jest, gotestsum, `GoogleTest` and many
//! others write it.
//!
//! There is no standard: attributes of suites are missing, wrong, or count nested suites or not. So tests are counted from
//! the `testcase` elements wherever there are any; only of a suite without such elements are its attributes believed, and
//! those of a suite around others only when the others say nothing.

use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;

use super::fault::Fault;

/// Largest report, in bytes.
pub const MAX_BYTES: usize = 64 << 20;
/// Deepest nesting of elements.
const MAX_DEPTH: usize = 128;

/// What a report says, summed up.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Totals {
    /// Tests, skipped ones included.
    pub tests: u64,
    /// Tests whose expectation was not met.
    pub failures: u64,
    /// Tests that ended in another way than they were written for.
    pub errors: u64,
    /// Tests that were not run.
    pub skipped: u64,
    /// Seconds that they took: as the outermost element says that says more than nothing, else summed over the tests.
    pub seconds: f64,
}

impl Totals {
    /// Adds another report.
    pub fn add(&mut self, other: &Self) {
        self.tests = self.tests.saturating_add(other.tests);
        self.failures = self.failures.saturating_add(other.failures);
        self.errors = self.errors.saturating_add(other.errors);
        self.skipped = self.skipped.saturating_add(other.skipped);
        self.seconds += other.seconds;
    }

    /// Whether a report like this is possible: no more bad and skipped tests than tests.
    fn is_possible(&self) -> bool {
        let parts = self.failures.checked_add(self.errors).and_then(|sum| sum.checked_add(self.skipped));
        parts.is_some_and(|parts| parts <= self.tests)
    }
}

/// Reads a report. Nothing of XML is expanded; a document type definition is refused.
///
/// # Errors
/// When it is larger than [`MAX_BYTES`], no well-formed XML, cut off, or of another kind, or when a suite says that more tests
/// failed than there were.
pub fn parse(bytes: &[u8]) -> Result<Totals, Fault> {
    if bytes.len() > MAX_BYTES {
        return Err(Fault::new(1, "the file is larger than a test report may be (64 MiB)"));
    }
    let text = std::str::from_utf8(bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes))
        .map_err(|_| Fault::new(1, "not UTF-8"))?;
    let mut xml = Reader::from_str(text);
    let line = |offset: u64| {
        let end = usize::try_from(offset).unwrap_or(usize::MAX).min(text.len());
        let before = text.as_bytes().get(..end).unwrap_or_default();
        u32::try_from(memchr::memchr_iter(b'\n', before).count()).unwrap_or(u32::MAX).saturating_add(1)
    };
    let mut walk = Walk::default();
    loop {
        let result = match xml.read_event() {
            Ok(Event::Start(tag)) => walk.start(&tag),
            Ok(Event::Empty(tag)) => walk.start(&tag).and_then(|()| walk.end()),
            Ok(Event::End(_)) => walk.end(),
            Ok(Event::DocType(_)) => Err("a document type definition"),
            Ok(Event::Eof) => break,
            Ok(_) => Ok(()),
            Err(_) => return Err(Fault::new(line(xml.error_position()), "not well-formed XML")),
        };
        result.map_err(|message| Fault::new(line(xml.buffer_position()), message))?;
    }
    if !walk.open.is_empty() {
        return Err(Fault::new(line(u64::MAX), "an element that does not end; the report is cut off"));
    }
    walk.done.ok_or_else(|| Fault::new(1, "expected `testsuites` or `testsuite`, found nothing"))
}

/// An element that is open.
enum Open {
    /// `testsuites` or `testsuite`.
    Suite(Suite),
    /// `testcase`.
    Case(Case),
    /// Anything else; nothing in it counts.
    Other,
}

/// A suite, and what was counted in it.
#[derive(Default)]
struct Suite {
    /// What its attributes say.
    said: Totals,
    /// What its tests add up to.
    cases: Totals,
    /// What the suites in it add up to.
    inner: Totals,
}

impl Suite {
    /// What counts of it.
    fn totals(&self) -> Totals {
        let mut found = self.cases;
        found.add(&self.inner);
        let mut counted = if found.tests > 0 { found } else { self.said };
        counted.seconds = if self.said.seconds > 0.0 { self.said.seconds } else { found.seconds };
        counted
    }
}

/// A test.
#[derive(Default)]
struct Case {
    seconds: f64,
    failed: bool,
    errored: bool,
    skipped: bool,
}

#[derive(Default)]
struct Walk {
    open: Vec<Open>,
    done: Option<Totals>,
}

impl Walk {
    fn start(&mut self, tag: &BytesStart<'_>) -> Result<(), &'static str> {
        if self.open.len() >= MAX_DEPTH {
            return Err("elements are nested too deeply");
        }
        let name = tag.local_name();
        let element = match (name.as_ref(), self.open.last_mut()) {
            ("testsuites" | "testsuite", None) if self.done.is_none() => Open::Suite(suite(tag)?),
            (_, None) => return Err("expected `testsuites` or `testsuite`"),
            ("testsuites" | "testsuite", Some(Open::Suite(_))) => Open::Suite(suite(tag)?),
            ("testcase", Some(Open::Suite(_))) => Open::Case(case(tag)?),
            (inside, Some(Open::Case(case))) => {
                match inside {
                    "failure" => case.failed = true,
                    "error" => case.errored = true,
                    "skipped" => case.skipped = true,
                    _ => {}
                }
                Open::Other
            }
            _ => Open::Other,
        };
        self.open.push(element);
        Ok(())
    }

    fn end(&mut self) -> Result<(), &'static str> {
        let Some(ended) = self.open.pop() else { return Ok(()) };
        match (ended, self.open.last_mut()) {
            (Open::Suite(suite), around) => {
                let totals = suite.totals();
                if !totals.is_possible() {
                    return Err("a suite says that more tests failed or were skipped than there were");
                }
                match around {
                    Some(Open::Suite(around)) => around.inner.add(&totals),
                    _ => self.done = Some(totals),
                }
            }
            (Open::Case(case), Some(Open::Suite(around))) => {
                // Bad is bad, whatever else is said; a test counts once.
                let errored = case.errored && !case.failed;
                around.cases.add(&Totals {
                    tests: 1,
                    failures: u64::from(case.failed),
                    errors: u64::from(errored),
                    skipped: u64::from(case.skipped && !case.failed && !case.errored),
                    seconds: case.seconds,
                });
            }
            _ => {}
        }
        Ok(())
    }
}

/// What the attributes of a suite say.
fn suite(tag: &BytesStart<'_>) -> Result<Suite, &'static str> {
    let mut said = Totals::default();
    for (key, value) in attributes(tag)? {
        let count = || value.trim().parse::<u64>().map_err(|_| "a count that is no number");
        match key.as_str() {
            "tests" => said.tests = count()?,
            "failures" => said.failures = count()?,
            "errors" => said.errors = count()?,
            // Ant and JUnit 4 say the one, GoogleTest the other; some say both.
            "skipped" | "disabled" | "skip" | "ignored" => {
                said.skipped = said.skipped.saturating_add(count()?);
            }
            "time" => said.seconds = seconds(&value)?,
            _ => {}
        }
    }
    Ok(Suite { said, ..Suite::default() })
}

fn case(tag: &BytesStart<'_>) -> Result<Case, &'static str> {
    let mut case = Case::default();
    for (key, value) in attributes(tag)? {
        match (key.as_str(), value.trim()) {
            ("time", text) => case.seconds = seconds(text)?,
            // GoogleTest and Mocha have no element for it.
            ("status", "notrun" | "skipped" | "disabled" | "pending")
            | ("result", "skipped" | "suppressed") => {
                case.skipped = true;
            }
            _ => {}
        }
    }
    Ok(case)
}

/// The attributes that matter, by name.
fn attributes(tag: &BytesStart<'_>) -> Result<Vec<(String, String)>, &'static str> {
    const WANTED: [&str; 10] =
        ["tests", "failures", "errors", "skipped", "disabled", "skip", "ignored", "time", "status", "result"];
    let mut found: Vec<(String, String)> = Vec::new();
    // Checking every attribute against all others would make many of them slow.
    for attribute in tag.attributes().with_checks(false) {
        let attribute = attribute.map_err(|_| "an attribute that is not well-formed")?;
        let key = attribute.key.as_ref();
        if !WANTED.contains(&key) {
            continue;
        }
        if found.iter().any(|(known, _)| known == key) {
            return Err("an attribute that stands twice");
        }
        found.push((key.to_owned(), attribute.value.clone().into_owned()));
    }
    Ok(found)
}

/// Seconds: `1.25`, `1,234.5` as Maven's Surefire writes them, nothing for none.
fn seconds(text: &str) -> Result<f64, &'static str> {
    let plain: String = text.trim().chars().filter(|letter| *letter != ',').collect();
    if plain.is_empty() {
        return Ok(0.0);
    }
    let value = plain.parse::<f64>().ok().filter(|value| value.is_finite() && *value >= 0.0);
    value.ok_or("a time that is no number of seconds")
}

#[cfg(test)]
mod tests;
