//! A run: from a tree and a list of checks to what each of them says.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::AtomicU64;

use globset::GlobSet;
use sha2::{Digest as _, Sha256};

use super::check::{Inspect, Start, Started, Tree};
use super::conclude::conclude;
use super::patterns::{Pattern, Scanner};
use super::walk::{Met, Plan, Queue, examine, reason};
use super::worker::{Active, Said, Shared, Worker, note_error};
use crate::formats::glob::{self, GlobError};
use crate::formats::hex;
use crate::host::files::{path_text, read_bounded};
use crate::host::git;
use crate::report::{CheckReport, Coverage, LeftOutKind};

/// How a tree is read.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Whether every file is read, or only those that a check asks for by name.
    pub deep: bool,
    /// Largest file that is searched, in bytes; larger ones are hashed.
    pub max_file_size: u64,
    /// Paths left out, as globs over paths relative to the tree; a folder that matches is not entered.
    pub exclude: Vec<String>,
    /// When not empty, only these files of the subject are read, and nothing is walked. Canonical paths inside it.
    pub files: Vec<PathBuf>,
    /// Threads; 0 is one a core.
    pub threads: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self { deep: false, max_file_size: 16 << 20, exclude: Vec::new(), files: Vec::new(), threads: 0 }
    }
}

/// How far a run is, for whoever shows it.
#[derive(Debug, Default)]
pub struct Progress {
    /// Files read.
    pub files: AtomicU64,
    /// Bytes read.
    pub bytes: AtomicU64,
}

/// What a run came to, before the gate.
#[derive(Debug)]
pub struct Outcome {
    /// One report a check, in the order given.
    pub checks: Vec<CheckReport>,
    /// What was read of the tree, and what was not.
    pub coverage: Coverage,
    /// SHA-256 (hex) over everything read; deep runs only.
    pub tree_digest: Option<String>,
    /// The commit checked out.
    pub commit: Option<String>,
}

/// Why a run could not begin.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The subject cannot be read at all.
    #[error("{path}: {source}")]
    Subject {
        /// As the user gave it.
        path: String,
        /// What the system says.
        source: std::io::Error,
    },
    /// An exclusion is not a glob.
    #[error("exclude pattern `{pattern}`: {reason}")]
    Exclude {
        /// The pattern.
        pattern: String,
        /// What is wrong with it.
        reason: String,
    },
}

/// Runs checks over the tree (or the single file) at `subject`.
///
/// # Errors
/// When the subject does not exist or the settings make no sense. What goes wrong with single files or checks is part
/// of the outcome.
pub fn run(
    subject: &Path,
    settings: &Settings,
    started: Vec<Started>,
    progress: &Progress,
) -> Result<Outcome, Error> {
    let unreadable = |source| Error::Subject { path: path_text(subject), source };
    let real = subject.canonicalize().map_err(unreadable)?;
    let single = !fs::metadata(&real).map_err(unreadable)?.is_dir();
    let root = if single { real.parent().unwrap_or(&real).to_owned() } else { real.clone() };

    let exclude = excluded(&settings.exclude)?;
    let (active, skipped) = sort_out(started);
    let mut said: Vec<Said> = active.iter().map(|_| Said::default()).collect();
    let at_start = format_args!("at the start of the check");
    let mut patterns: Vec<(usize, &Pattern)> = Vec::new();
    for (index, (active, said)) in active.iter().zip(&mut said).enumerate() {
        let own = active.ask(&mut said.error, at_start, |check| check.patterns()).flatten();
        patterns.extend(own.into_iter().flatten().map(|pattern| (index, pattern)));
    }
    let owners: Vec<usize> = patterns.iter().map(|(owner, _)| *owner).collect();
    let scanner = Scanner::new(patterns.into_iter().map(|(_, pattern)| pattern).collect());
    let shared = Shared { active: &active, scanner: scanner.as_ref(), owners: &owners, settings, progress };

    let repository = git::repository_root(&root);
    let mut coverage = Coverage::default();
    let submodules = submodules(&root, repository.as_deref(), &mut coverage);
    let wanted = OnceLock::new();
    let plan = Plan {
        root: &root,
        repository: repository.as_deref(),
        exclude: &exclude,
        wanted: &wanted,
        submodules: &submodules,
    };
    let files = if single { std::slice::from_ref(&real) } else { settings.files.as_slice() };
    let queue = if files.is_empty() {
        Queue::new(&plan)
    } else {
        let mut files: Vec<&PathBuf> = files.iter().collect();
        files.sort();
        files.dedup();
        let mut examine = |file: &PathBuf| {
            examine(&root, path_text(file.strip_prefix(&root).unwrap_or(file)), file.clone(), &mut coverage)
        };
        Queue::of_files(files.into_iter().filter_map(&mut examine).collect())
    };

    if !single && settings.files.is_empty() {
        let tree = Tree { root: &root, deep: settings.deep };
        for (active, said) in active.iter().zip(&mut said) {
            active.ask(&mut said.error, at_start, |check| check.begin(&tree));
        }
    }
    let mut named: Vec<String> = Vec::new();
    for (active, said) in active.iter().zip(&mut said) {
        named.extend(active.ask(&mut said.error, at_start, Inspect::named).unwrap_or_default());
    }
    let (facts, workers) = std::thread::scope(|scope| {
        let asked = scope.spawn(|| {
            let facts = git::facts(&root);
            let tracked = facts.tracked_but_ignored.iter().map(|path| path_text(path));
            let _ = wanted.set(named.into_iter().chain(tracked).collect());
            facts
        });
        let threads: Vec<_> = (0..threads(settings))
            .map(|_| {
                scope.spawn(|| {
                    let mut worker = Worker::new(&shared);
                    let mut coverage = Coverage::default();
                    queue.run(&plan, &mut coverage, &mut |met| match met {
                        Met::Folder(files) => worker.listed(files),
                        Met::Entry(entry) => worker.visit(entry),
                    });
                    worker.coverage.merge(coverage);
                    worker
                })
            })
            .collect();
        let workers: Vec<_> = threads.into_iter().map(std::thread::ScopedJoinHandle::join).collect();
        (asked.join().unwrap_or_default(), workers)
    });

    let mut digests = Vec::new();
    for worker in workers {
        let Ok(worker) = worker else {
            // A thread that died took what it knew with it: no check may pass after that.
            said.iter_mut()
                .for_each(|said| note_error(&mut said.error, "internal error in the walk".to_owned()));
            continue;
        };
        coverage.merge(worker.coverage);
        digests.extend(worker.digests);
        for (total, part) in said.iter_mut().zip(worker.said) {
            total.findings.extend(part.findings);
            total.coverage.merge(part.coverage);
            total.unread += part.unread;
            part.error.into_iter().for_each(|error| note_error(&mut total.error, error));
        }
    }
    if let Some(problem) = &facts.problem {
        coverage.leave_out(
            LeftOutKind::Unsupported,
            &format!("tracked files that git also ignores are not known: {problem}"),
            ".",
        );
    }
    Ok(Outcome {
        checks: conclude(&active, said, skipped),
        tree_digest: (settings.deep && !digests.is_empty()).then(|| digest_of(digests)),
        coverage,
        commit: facts.commit,
    })
}

/// Checks that take part, and reports of those that do not with their place in the order.
fn sort_out(started: Vec<Started>) -> (Vec<Active>, Vec<(usize, CheckReport)>) {
    let (mut active, mut skipped) = (Vec::new(), Vec::new());
    for (place, Started { check, start }) in started.into_iter().enumerate() {
        match start {
            Start::Run(inspect) => active.push(Active { check, inspect }),
            Start::Skip(status) => skipped.push((place, super::conclude::blank(check, status))),
        }
    }
    (active, skipped)
}

fn threads(settings: &Settings) -> usize {
    match settings.threads {
        0 => std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
        given => given,
    }
}

/// What is left out. `vendor/**` is meant to leave the folder out as well as what is in it.
fn excluded(patterns: &[String]) -> Result<GlobSet, Error> {
    let forms = patterns
        .iter()
        .flat_map(|pattern| [pattern.as_str(), pattern.strip_suffix("/**").unwrap_or(pattern)]);
    glob::set(forms).map_err(|GlobError { pattern, reason }| Error::Exclude { pattern, reason })
}

/// Paths that `.gitmodules` declares, relative to the tree.
fn submodules(root: &Path, repository: Option<&Path>, coverage: &mut Coverage) -> BTreeSet<String> {
    let Some(repository) = repository else { return BTreeSet::new() };
    let text = match read_bounded(&repository.join(".gitmodules"), 1 << 20) {
        Ok(text) => text,
        Err(error) => {
            if error.kind() != std::io::ErrorKind::NotFound {
                let reason = format!("submodules are not known: {}", reason(&error));
                coverage.leave_out(LeftOutKind::Unreadable, &reason, ".gitmodules");
            }
            return BTreeSet::new();
        }
    };
    String::from_utf8_lossy(&text)
        .lines()
        .filter_map(|line| line.trim().strip_prefix("path")?.trim_start().strip_prefix('='))
        .filter_map(|path| repository.join(path.trim()).strip_prefix(root).ok().map(path_text))
        .collect()
}

fn digest_of(mut digests: Vec<[u8; 32]>) -> String {
    digests.sort_unstable();
    let mut hasher = Sha256::new();
    for digest in digests {
        hasher.update(digest);
    }
    hex::encode(&hasher.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{Check, Conclusion, Entry, File, Findings, Patterns, Reads, Stream, Want};
    use crate::report::Status;

    static CHECK: Check = Check {
        id: "test",
        title: "Test",
        about: "A check that breaks where it is told to.",
        reads: Reads::Contents,
        rules: || &[],
        rule_file: "",
    };

    /// A check that panics in one of its functions.
    struct Breaks(&'static str);

    impl Breaks {
        fn at(&self, place: &str) {
            assert!(self.0 != place, "told to");
        }
    }

    impl Inspect for Breaks {
        fn begin(&self, _tree: &Tree<'_>) {
            self.at("begin");
        }

        fn named(&self) -> Vec<String> {
            self.at("named");
            Vec::new()
        }

        fn patterns(&self) -> Option<&Patterns> {
            self.at("patterns");
            None
        }

        fn listed(&self, _files: &[Entry]) {
            self.at("listed");
        }

        fn wants(&self, _entry: &Entry) -> Want {
            self.at("wants");
            Want::Bytes
        }

        fn stream(&self, _entry: &Entry) -> Option<Box<dyn Stream>> {
            self.at("stream");
            Some(Box::new(Self(self.0)))
        }

        fn file(&self, _file: &File<'_>, _findings: &mut Findings<'_>) {
            self.at("file");
        }

        fn finish(&self, _findings: &mut Findings<'_>) -> Conclusion {
            self.at("finish");
            Conclusion::Evaluated
        }
    }

    impl Stream for Breaks {
        fn feed(&mut self, _bytes: &[u8], _entry: &Entry) {
            self.at("feed");
        }

        fn end(self: Box<Self>, _entry: &Entry, _findings: &mut Findings<'_>) {
            self.at("end");
        }
    }

    /// A check that finds nothing to look at; the files are gone before they can be read when it is told so.
    struct Empty {
        removes: bool,
    }

    impl Inspect for Empty {
        fn listed(&self, files: &[Entry]) {
            files.iter().filter(|_| self.removes).for_each(|entry| fs::remove_file(&entry.location).unwrap());
        }

        fn wants(&self, _entry: &Entry) -> Want {
            Want::Text
        }

        fn finish(&self, _findings: &mut Findings<'_>) -> Conclusion {
            Conclusion::Instead(Status::not_applicable("nothing of the kind", ""))
        }
    }

    #[test]
    fn what_could_not_be_read_is_no_reason_to_say_that_nothing_applies() {
        for removes in [false, true] {
            let folder = tempfile::tempdir().unwrap();
            fs::write(folder.path().join("a"), "a").unwrap();
            let started = vec![Started { check: &CHECK, start: Start::Run(Box::new(Empty { removes })) }];
            let outcome = run(folder.path(), &Settings::default(), started, &Progress::default()).unwrap();
            let [check] = outcome.checks.as_slice() else { unreachable!("one check was given") };
            assert_eq!(matches!(check.status, Status::NotEvaluated { .. }), removes, "{:?}", check.status);
            assert_eq!(check.coverage.count("files"), u64::from(!removes));
        }
    }

    /// A check that keeps what it was shown.
    struct Shown(std::sync::Arc<std::sync::Mutex<Vec<(bool, usize)>>>);

    impl Inspect for Shown {
        fn wants(&self, _entry: &Entry) -> Want {
            Want::Text
        }

        fn file(&self, file: &File<'_>, _findings: &mut Findings<'_>) {
            self.0.lock().unwrap().push((file.whole, file.contents.bytes().len()));
        }

        fn finish(&self, _findings: &mut Findings<'_>) -> Conclusion {
            Conclusion::Evaluated
        }
    }

    #[test]
    fn a_file_over_the_bound_is_shown_without_contents_and_not_counted() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a"), "12345").unwrap();
        for (max_file_size, shown) in [(5, (true, 5)), (4, (false, 0))] {
            let seen = std::sync::Arc::default();
            let inspect = Box::new(Shown(std::sync::Arc::clone(&seen)));
            let started = vec![Started { check: &CHECK, start: Start::Run(inspect) }];
            let settings = Settings { max_file_size, ..Settings::default() };
            let outcome = run(folder.path(), &settings, started, &Progress::default()).unwrap();
            assert_eq!(*seen.lock().unwrap(), [shown]);
            let counted: Vec<u64> =
                outcome.checks.iter().map(|check| check.coverage.count("files")).collect();
            assert_eq!(counted, [u64::from(shown.0)]);
        }
    }

    #[test]
    fn a_panic_is_an_error_of_the_check_and_of_no_other() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a", "b", "c"] {
            fs::write(folder.path().join(name), name).unwrap();
        }
        let places =
            ["begin", "named", "patterns", "listed", "wants", "stream", "feed", "end", "file", "finish"];
        for place in places {
            let start = |place| Started { check: &CHECK, start: Start::Run(Box::new(Breaks(place))) };
            let settings = Settings { deep: true, ..Settings::default() };
            let started = vec![start(place), start("")];
            let outcome = run(folder.path(), &settings, started, &Progress::default()).unwrap();
            let [broken, whole] = outcome.checks.as_slice() else { unreachable!("two checks were given") };
            assert!(matches!(broken.status, Status::Errored { .. }), "{place}: {:?}", broken.status);
            assert_eq!(whole.status, Status::Passed, "{place}");
            assert_eq!(outcome.coverage.count("files"), 3, "{place}");
        }
    }
}
