//! Reports of test runners in JUnit XML, summed up.

use std::path::{Component, Path, PathBuf};

use super::{Surroundings, Trouble, unfit};
use crate::baseline::settings::{Reading, TestsReading};
use crate::formats::{glob, junit};
use crate::host::files;

/// Most reports.
const REPORTS: usize = 10_000;
/// Most entries of folders looked at, and deepest folder.
const ENTRIES: usize = 200_000;
const DEPTH: usize = 32;
/// Most bytes of all reports together.
const BYTES: u64 = 512 << 20;

/// All reports together.
pub(super) type Totals = junit::Totals;

/// Reads all files that the globs match, below the folder and through no link; none is a failure, and so is one that cannot
/// be read: what it held may be what failed.
pub(super) fn observe(globs: &[String], around: &Surroundings<'_>) -> Result<Totals, Trouble> {
    let reports = find(globs, around.folder)?;
    if reports.is_empty() {
        return Err(Trouble::failed(format!("no file matches {}", globs.join(", "))));
    }
    let mut totals = Totals::default();
    let mut left = BYTES;
    for path in reports {
        let name = files::path_text(path.strip_prefix(around.folder).unwrap_or(&path));
        let limit = left.min(junit::MAX_BYTES as u64);
        let bytes =
            files::read_bounded(&path, limit).map_err(|error| Trouble::failed(format!("{name}: {error}")))?;
        left = left.saturating_sub(bytes.len() as u64);
        let report = junit::parse(&bytes).map_err(|fault| Trouble::failed(format!("{name}: {fault}")))?;
        totals.add(&report);
    }
    Ok(totals)
}

/// The files that the globs match, in their order, each once.
fn find(globs: &[String], folder: &Path) -> Result<Vec<PathBuf>, Trouble> {
    let mut starts = Vec::new();
    for text in globs {
        let inside = |part| matches!(part, Component::Normal(_) | Component::CurDir);
        if text.contains('\\') || !Path::new(text).components().all(inside) {
            return Err(Trouble::failed(format!("the glob `{text}` leads out of the folder")));
        }
        starts.push(start(text));
    }
    let plain = globs.iter().map(|text| text.trim_start_matches("./"));
    let set = glob::set(plain).map_err(Trouble::failed)?;
    let mut walk = Walk { folder, set: &set, left: ENTRIES, found: Vec::new() };
    starts.sort();
    starts.dedup();
    let all = starts.clone();
    // What lies below another start is found from there.
    starts.retain(|start| !all.iter().any(|other| other != start && start.starts_with(other)));
    for start in starts {
        walk.folder(&start, 0)?;
    }
    walk.found.sort();
    Ok(walk.found)
}

/// The folder that everything a glob matches lies in: its parts before the first that is no plain name, the last one left out.
fn start(glob: &str) -> PathBuf {
    let parts: Vec<&str> = glob.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
    let plain = parts.iter().take_while(|part| !part.contains(['*', '?', '[', '{'])).count();
    parts.iter().take(plain.min(parts.len().saturating_sub(1))).collect()
}

struct Walk<'w> {
    folder: &'w Path,
    set: &'w globset::GlobSet,
    left: usize,
    found: Vec<PathBuf>,
}

impl Walk<'_> {
    /// Looks into a folder, given relative to the one that everything starts from; one that is not there holds nothing.
    fn folder(&mut self, relative: &Path, depth: usize) -> Result<(), Trouble> {
        let at = self.folder.join(relative);
        let told =
            |error: std::io::Error| Trouble::failed(format!("{}: {error}", files::path_text(relative)));
        let entries = match std::fs::read_dir(&at) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(told(error)),
        };
        for entry in entries {
            let entry = entry.map_err(told)?;
            self.left = self
                .left
                .checked_sub(1)
                .ok_or_else(|| Trouble::failed("too many files; use globs that begin with a folder"))?;
            let kind = entry.file_type().map_err(told)?;
            let path = relative.join(entry.file_name());
            if kind.is_dir() {
                if depth >= DEPTH {
                    return Err(Trouble::failed(format!("{}: too deep", files::path_text(&path))));
                }
                self.folder(&path, depth + 1)?;
            } else if kind.is_file() && self.set.is_match(&path) {
                if self.found.len() >= REPORTS {
                    return Err(Trouble::failed(format!("more than {REPORTS} reports")));
                }
                self.found.push(self.folder.join(&path));
            }
        }
        Ok(())
    }
}

/// One number of it. Where no test ran nothing is known: that is a failure, and never a zero.
pub(super) fn read(totals: &Totals, reading: &Reading) -> Result<f64, Trouble> {
    let Reading::Tests(reading) = reading else { return Err(unfit()) };
    let ran = totals.tests.saturating_sub(totals.skipped);
    let failed = totals.failures.saturating_add(totals.errors);
    if ran == 0 {
        return Err(Trouble::failed(match totals.tests {
            0 => "the reports hold no test".to_owned(),
            all => format!("all {all} tests were skipped"),
        }));
    }
    #[expect(clippy::cast_precision_loss, reason = "nobody has so many tests")]
    let float = |number: u64| number as f64;
    Ok(match reading {
        TestsReading::FailureRate => float(failed) / float(ran),
        TestsReading::Ran => float(ran),
        TestsReading::Failed => float(failed),
        TestsReading::Time => totals.seconds,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::disallowed_methods, reason = "tests prepare small files")]

    use super::*;
    use crate::baseline::secrets::Secrets;

    fn tree(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        folder
    }

    fn look(folder: &Path, globs: &[&str]) -> Result<Totals, Trouble> {
        let globs: Vec<String> = globs.iter().map(|glob| (*glob).to_owned()).collect();
        observe(&globs, &Surroundings { folder, environment: &[], agent: "", secrets: Secrets::NONE })
    }

    fn of(totals: &Totals, reading: TestsReading) -> Result<f64, Trouble> {
        read(totals, &Reading::Tests(reading))
    }

    const GOOD: &str =
        "<testsuite time='1.5'><testcase/><testcase/><testcase><skipped/></testcase></testsuite>";
    const BAD: &str = "<testsuite time='2'><testcase/><testcase><failure/></testcase></testsuite>";

    #[test]
    fn all_reports_count_together_and_once() {
        let folder =
            tree(&[("a/b/1.xml", GOOD), ("a/2.xml", BAD), ("a/note.txt", "no report"), ("3.xml", BAD)]);
        let totals = look(folder.path(), &["a/**/*.xml", "a/2.xml", "./a/*.xml"]).unwrap();
        for (reading, expected) in [
            (TestsReading::FailureRate, 0.25),
            (TestsReading::Ran, 4.0),
            (TestsReading::Failed, 1.0),
            (TestsReading::Time, 3.5),
        ] {
            assert_eq!(of(&totals, reading), Ok(expected), "{reading:?}");
        }
    }

    #[test]
    fn without_tests_nothing_passes() {
        let folder = tree(&[
            ("empty.xml", "<testsuites/>"),
            ("skipped.xml", "<testsuite tests='2' skipped='2'/>"),
            ("broken/a.xml", GOOD),
            ("broken/b.xml", "<testsuite><testcase>"),
        ]);
        for glob in ["empty.xml", "skipped.xml"] {
            let totals = look(folder.path(), &[glob]).unwrap();
            assert!(matches!(of(&totals, TestsReading::FailureRate), Err(Trouble::Failed(_))), "{glob}");
            assert!(of(&totals, TestsReading::Failed).is_err(), "{glob}");
        }
        for glob in ["none/*.xml", "*.junit", "broken/*.xml", "../*.xml", "/etc/*.xml", "["] {
            assert!(matches!(look(folder.path(), &[glob]), Err(Trouble::Failed(_))), "{glob}");
        }
        assert!(look(folder.path(), &[]).is_err());
    }

    #[test]
    fn walks_begin_where_globs_begin_to_be_globs() {
        assert_eq!(start("a/b/*.xml"), Path::new("a/b"));
        assert_eq!(start("./a/b.xml"), Path::new("a"));
        assert_eq!(start("**/x.xml"), Path::new(""));
        assert_eq!(start("a{b,c}/x.xml"), Path::new(""));
    }
}
