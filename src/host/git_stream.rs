//! Git asked for much: input is fed and output read as it comes, with bounds on both and on time, and with everything switched
//! off that a repository's own configuration could make it run.

use std::ffi::OsString;
use std::io::{self, Read, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError, mpsc};
use std::time::Duration;

/// Variables that would make git look at another repository or at other objects, or write down what it does.
const WITHOUT: &[&str] = &[
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_ATTR_SOURCE",
    "GIT_CEILING_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_CONFIG",
    "GIT_DEFAULT_HASH",
    "GIT_DIFF_OPTS",
    "GIT_DIR",
    "GIT_DISCOVERY_ACROSS_FILESYSTEM",
    "GIT_EXTERNAL_DIFF",
    "GIT_GLOB_PATHSPECS",
    "GIT_GRAFT_FILE",
    "GIT_ICASE_PATHSPECS",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_INDEX_VERSION",
    "GIT_LITERAL_PATHSPECS",
    "GIT_NAMESPACE",
    "GIT_NOGLOB_PATHSPECS",
    "GIT_OBJECT_DIRECTORY",
    "GIT_PREFIX",
    "GIT_QUARANTINE_PATH",
    "GIT_REPLACE_REF_BASE",
    "GIT_SHALLOW_FILE",
    "GIT_TEMPLATE_DIR",
    "GIT_TRACE",
    "GIT_TRACE2",
    "GIT_TRACE2_EVENT",
    "GIT_TRACE2_PERF",
    "GIT_WORK_TREE",
    "READINESS_AUTH_TOKEN",
    "READINESS_PASSPHRASE",
];
/// Settings that keep git from running programs, given before those of a call.
const SETTINGS: &[&str] = &["core.fsmonitor=false", "core.hooksPath=/dev/null", "core.alternateRefsCommand="];
/// Most of what git says on standard error that is kept, in bytes: its begin.
const WORDS: usize = 8 << 10;
/// How often it is asked whether it is done once its output has ended.
const STEP: Duration = Duration::from_micros(500);

/// A call of git.
#[derive(Clone, Debug)]
pub struct Call {
    /// The folder it is started in.
    pub folder: PathBuf,
    /// The command, after options of git itself.
    pub arguments: Vec<OsString>,
    /// Variables besides the inherited ones.
    pub environment: Vec<(&'static str, OsString)>,
    /// Most that it may write, in bytes.
    pub limit: u64,
    /// Longest that it may take.
    pub patience: Duration,
}

impl Call {
    /// A call with five minutes and a gigabyte.
    #[must_use]
    pub fn new(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
            arguments: Vec::new(),
            environment: Vec::new(),
            limit: 1 << 30,
            patience: Duration::from_secs(300),
        }
    }

    /// With more arguments.
    #[must_use]
    pub fn with<A: Into<OsString>>(mut self, arguments: impl IntoIterator<Item = A>) -> Self {
        self.arguments.extend(arguments.into_iter().map(Into::into));
        self
    }

    /// With another longest time.
    #[must_use]
    pub const fn within(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// With another bound on output, in bytes.
    #[must_use]
    pub const fn at_most(mut self, limit: u64) -> Self {
        self.limit = limit;
        self
    }

    /// What it is called in messages: the first argument that is a command.
    fn name(&self) -> String {
        let mut value = false;
        for argument in &self.arguments {
            let text = argument.to_string_lossy();
            if std::mem::take(&mut value) {
                continue;
            }
            if text == "-c" {
                value = true;
            } else if !text.starts_with('-') {
                return text.into_owned();
            }
        }
        String::new()
    }
}

/// Reads what git writes.
pub type Reader<'r> = dyn FnMut(&mut dyn Read) -> Result<(), String> + 'r;

/// Asks git. `input` is fed while `output` reads; what `output` leaves unread ends the call. The answer is what git said on
/// standard error while it succeeded (warnings), at most 8 KiB.
///
/// # Errors
/// Git cannot be started, fails, takes too long or writes too much, or `output` fails; in words.
pub fn stream(
    call: &Call,
    input: Option<&mut (dyn Read + Send)>,
    output: &mut Reader<'_>,
) -> Result<String, String> {
    let name = call.name();
    let mut command = Command::new("git");
    for setting in SETTINGS {
        command.args(["-c", setting]);
    }
    command.args(&call.arguments).current_dir(&call.folder);
    for variable in WITHOUT {
        command.env_remove(variable);
    }
    command
        .env("GIT_OPTIONAL_LOCKS", "0")
        // A partial clone would fetch what it lacks: over the network, by a command that its configuration names.
        .env("GIT_NO_LAZY_FETCH", "1")
        .env("GIT_ALLOW_PROTOCOL", "none")
        // Objects are wanted as they are, not those that others replace them with.
        .env("GIT_NO_REPLACE_OBJECTS", "1")
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("LC_ALL", "C")
        .envs(call.environment.iter().map(|(name, value)| (name, value)))
        .stdin(if input.is_some() { Stdio::piped() } else { Stdio::null() })
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|error| format!("git could not be started: {error}"))?;
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let child = Mutex::new(child);
    let late = AtomicBool::new(false);
    let (over, watched) = mpsc::channel::<()>();
    std::thread::scope(|scope| {
        let fed = scope.spawn(move || match (input, stdin) {
            (Some(input), Some(mut pipe)) => feed(input, &mut pipe),
            _ => Ok(()),
        });
        let said = scope.spawn(move || stderr.map(words).unwrap_or_default());
        let (child, late) = (&child, &late);
        scope.spawn(move || {
            if watched.recv_timeout(call.patience) == Err(mpsc::RecvTimeoutError::Timeout) {
                late.store(true, Ordering::Relaxed);
                let _ = lock(child).kill();
            }
        });
        let read = match stdout {
            Some(pipe) => {
                let mut bounded = Bounded { pipe, left: call.limit };
                // Dropped at its end: a git that still writes is told so.
                output(&mut io::BufReader::with_capacity(1 << 16, &mut bounded))
            }
            None => Err("its output is missing".to_owned()),
        };
        if read.is_err() {
            let _ = lock(child).kill();
        }
        let status = wait(child);
        drop(over);
        let fed = fed.join().unwrap_or_else(|_| Err("its input was lost".to_owned()));
        let said = said.join().unwrap_or_default();
        if late.load(Ordering::Relaxed) {
            return Err(format!("git {name}: it took longer than {} s", call.patience.as_secs_f64()));
        }
        let status = status.map_err(|error| format!("git {name}: {error}"))?;
        judge(read, fed, status, said).map_err(|problem| format!("git {name}: {problem}"))
    })
}

/// Asks git for little, and takes all of it.
///
/// # Errors
/// As [`stream`].
pub fn whole(call: &Call, input: Option<&mut (dyn Read + Send)>) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    stream(call, input, &mut |reader| {
        reader.read_to_end(&mut bytes).map(drop).map_err(|error| error.to_string())
    })?;
    Ok(bytes)
}

/// What came of it: git's own words first, unless git was only ended because its reader wanted no more.
fn judge(
    read: Result<(), String>,
    fed: Result<(), String>,
    status: ExitStatus,
    said: String,
) -> Result<String, String> {
    let failed = || match said.lines().map(str::trim).find(|line| !line.is_empty()) {
        // What matters stands in the line that says so, after hints and warnings.
        Some(first) => said.lines().find(|line| line.starts_with("fatal: ")).unwrap_or(first).to_owned(),
        None => format!("it failed ({status})"),
    };
    match (read, fed) {
        (Err(problem), _) if status.code().is_none_or(|code| code == 0) => Err(problem),
        (Ok(()), Err(problem)) => Err(problem),
        _ if !status.success() => Err(failed()),
        (read, _) => read.map(|()| said),
    }
}

fn lock(child: &Mutex<Child>) -> std::sync::MutexGuard<'_, Child> {
    child.lock().unwrap_or_else(PoisonError::into_inner)
}

fn wait(child: &Mutex<Child>) -> io::Result<ExitStatus> {
    loop {
        if let Some(status) = lock(child).try_wait()? {
            return Ok(status);
        }
        std::thread::sleep(STEP);
    }
}

fn feed(input: &mut dyn Read, pipe: &mut std::process::ChildStdin) -> Result<(), String> {
    let mut chunk = vec![0; 1 << 16];
    loop {
        let count = match input.read(&mut chunk) {
            Ok(0) => return Ok(()),
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error.to_string()),
        };
        // A git that reads no more says why itself.
        if pipe.write_all(chunk.get(..count).unwrap_or_default()).is_err() {
            return Ok(());
        }
    }
}

/// The begin of what git says, as text in which control characters are spaces and lines are kept; the rest is read and
/// dropped, so that git does not wait.
fn words(mut pipe: impl Read) -> String {
    let mut begin = Vec::new();
    let mut chunk = [0; 4096];
    while let Ok(count @ 1..) = pipe.read(&mut chunk) {
        let room = WORDS.saturating_sub(begin.len());
        begin.extend(chunk.iter().take(count.min(room)));
    }
    super::process::plain(&begin)
}

/// A pipe of which no more than some bytes are read.
struct Bounded<R> {
    pipe: R,
    left: u64,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.pipe.read(buffer)?;
        self.left = self
            .left
            .checked_sub(count as u64)
            .ok_or_else(|| io::Error::other("it wrote more than is taken from it"))?;
        Ok(count)
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn call(folder: &Path) -> Call {
        Call::new(folder)
    }

    #[test]
    fn input_larger_than_a_pipe_comes_back_changed() {
        let folder = tempfile::tempdir().unwrap();
        // Each line is answered at once: who feeds everything before reading waits for ever.
        let ask = call(folder.path()).with(["check-ref-format", "--branch", "x"]);
        assert_eq!(whole(&ask, None).unwrap(), b"x\n");
        let text = "a b\n".repeat(200_000);
        let ask = call(folder.path()).with(["stripspace"]);
        assert_eq!(whole(&ask, Some(&mut text.as_bytes())).unwrap(), text.as_bytes());
    }

    #[test]
    fn bounds_hold_and_git_says_why_it_fails() {
        let folder = tempfile::tempdir().unwrap();
        let text = "a\n".repeat(1000);
        let strip = call(folder.path()).with(["stripspace"]);
        let small = strip.clone().at_most(1999);
        assert!(whole(&small, Some(&mut text.as_bytes())).unwrap_err().contains("more than is taken"));
        assert_eq!(whole(&strip.clone().at_most(2000), Some(&mut text.as_bytes())).unwrap().len(), 2000);
        // It waits for input that does not come.
        struct Never;
        impl Read for Never {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                std::thread::sleep(Duration::from_millis(400));
                Ok(0)
            }
        }
        let late = strip.clone().within(Duration::from_millis(100));
        assert!(whole(&late, Some(&mut Never)).unwrap_err().contains("longer than 0.1 s"));
        let failing = call(folder.path()).with(["-c", "a.b=c", "rev-parse", "--git-dir"]);
        let words = whole(&failing, None).unwrap_err();
        assert!(words.starts_with("git rev-parse: fatal: not a git repository"), "{words}");
        let refused = stream(&strip, Some(&mut text.as_bytes()), &mut |_| Err("no".to_owned()));
        assert_eq!(refused.unwrap_err(), "git stripspace: no");
    }
}
