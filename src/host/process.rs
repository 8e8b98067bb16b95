//! Programs of others: found by absolute path, run without a shell, with bounds on time and output, and ended together
//! with everything they started.

use std::collections::VecDeque;
use std::ffi::{OsStr, OsString};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};

use sha2::{Digest as _, Sha256};

#[cfg(target_os = "linux")]
use super::descendants::Mark;
use super::signals::programs_end;

/// How often a program is asked whether it is done.
const STEP: Duration = Duration::from_millis(20);
/// How long the end of the output is waited for after the program's own end.
const GRACE: Duration = Duration::from_secs(5);
/// Most of the standard error that is kept, in bytes: its end, where programs say why they stop.
const TAIL: usize = 8 << 10;
/// Largest program that is hashed, in bytes.
const PROGRAM: u64 = 2 << 30;

/// A program and what it is called with.
#[derive(Clone, Debug)]
pub struct Call {
    /// The program, by absolute path.
    pub program: PathBuf,
    /// SHA-256 that the program's file must have; it is hashed just before it is started.
    pub sha256: Option<[u8; 32]>,
    /// Its arguments; no shell reads them.
    pub arguments: Vec<OsString>,
    /// Its whole environment: nothing is inherited.
    pub environment: Vec<(String, OsString)>,
    /// The folder it is started in.
    pub folder: PathBuf,
    /// Longest that it may take.
    pub limit: Duration,
    /// Most that it may write on standard output, in bytes.
    pub output: u64,
    /// Whether what left its process group is ended, too, when it has to be ended (Linux). It is given a variable for that, by
    /// which that is found. When it ends by itself only its group is ended: what left that is meant to stay.
    pub tracked: bool,
    /// Whether what it left running in its process group is left alone when it ends with exit code 0 and nothing holds its
    /// output: a service that it was there to start. Otherwise that is ended with it.
    pub leaves: bool,
}

/// What a program left.
#[derive(Debug)]
pub struct Done {
    /// Its exit code; none when a signal ended it.
    pub code: Option<i32>,
    /// Standard output, whole.
    pub output: Vec<u8>,
    /// The end of standard error, as text in which control characters are spaces and lines are kept. It begins with `…` when
    /// there was more before it.
    pub errors: String,
}

/// Why a program gave no result.
#[derive(Debug, thiserror::Error)]
pub enum ProcessError {
    /// It would have been looked for somewhere else than the caller thinks.
    #[error("its path is not absolute")]
    Relative,
    /// It could not be started or read from.
    #[error("it could not be run ({0})")]
    Io(#[from] io::Error),
    /// The file is not the one that was asked for.
    #[error("its SHA-256 is {found}, not the one that is required")]
    OtherDigest {
        /// What it is, hex.
        found: String,
    },
    /// It was ended because it took too long.
    #[error("it took longer than {} s and was ended", .0.as_secs_f64())]
    TooLong(Duration),
    /// It ended, and something that it started in a session of its own, or that might have stayed, still held its output when this
    /// was given up.
    #[error(
        "it ended, and something that it left running held its output open for {} s more: a service that goes into the \
         background must close its streams",
        .0.as_secs_f64()
    )]
    Held(Duration),
    /// It was ended because a signal asked for the end.
    #[error("it was ended, because a signal asked for it")]
    Asked,
    /// It was ended because it wrote too much.
    #[error("it wrote more than {0} bytes and was ended")]
    TooMuch(u64),
}

/// The program of a name in a search path such as `PATH`; a link to it stays one, because programs go by the name that
/// they are called by. Entries that are not absolute, and programs that lie inside `forbidden` when links are followed,
/// are passed over: a tree must not bring the program that judges it.
#[must_use]
pub fn find(name: &str, search: &OsStr, forbidden: &Path) -> Option<PathBuf> {
    std::env::split_paths(search)
        .filter(|folder| folder.is_absolute())
        .map(|folder| folder.join(format!("{name}{}", std::env::consts::EXE_SUFFIX)))
        .find(|program| is_program(program) && !lies_in(program, forbidden))
}

/// The program that a declared command names, as an absolute path: in `folder` when there is a `/` in its name, else in the
/// search path; entries of it that are not absolute are passed over.
#[must_use]
pub fn named(name: &str, search: Option<&OsStr>, folder: &Path) -> Option<PathBuf> {
    if name.contains('/') {
        let program = std::path::absolute(folder.join(name)).ok()?;
        return is_program(&program).then_some(program);
    }
    std::env::split_paths(search?)
        .filter(|folder| folder.is_absolute())
        .map(|folder| folder.join(format!("{name}{}", std::env::consts::EXE_SUFFIX)))
        .find(|program| is_program(program))
}

/// The entries of a search path that are absolute and not inside `forbidden`.
#[must_use]
pub fn search_path(search: &OsStr, forbidden: &Path) -> OsString {
    let outside = |folder: &PathBuf| folder.is_absolute() && !lies_in(folder, forbidden);
    std::env::join_paths(std::env::split_paths(search).filter(outside)).unwrap_or_default()
}

/// Whether a path lies inside a folder, all links followed; one that cannot be followed is taken to.
#[must_use]
pub fn lies_in(path: &Path, folder: &Path) -> bool {
    let (Ok(path), Ok(folder)) = (path.canonicalize(), folder.canonicalize()) else { return true };
    path.starts_with(folder)
}

/// Whether a file can be run.
#[must_use]
pub fn is_program(path: &Path) -> bool {
    #[cfg(unix)]
    let executable = rustix::fs::access(path, rustix::fs::Access::EXEC_OK).is_ok();
    #[cfg(not(unix))]
    let executable = true;
    executable && path.is_file()
}

/// Runs a program to its end. Whatever it started and left behind in its process group is ended with it, unless
/// [`Call::leaves`] says otherwise.
///
/// # Errors
/// When it cannot be started, is not the file that was asked for, or exceeds a bound. An exit code is no error here.
pub fn run(call: &Call) -> Result<Done, ProcessError> {
    if !call.program.is_absolute() {
        return Err(ProcessError::Relative);
    }
    if let Some(wanted) = &call.sha256 {
        check(&call.program, wanted)?;
    }
    let mut command = Command::new(&call.program);
    command
        .args(&call.arguments)
        .env_clear()
        .envs(call.environment.iter().map(|(name, value)| (name, value)))
        .current_dir(&call.folder)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    #[cfg(unix)]
    {
        use std::os::unix::process::CommandExt as _;
        command.process_group(0);
    }
    #[cfg(target_os = "linux")]
    let mark = call.tracked.then(Mark::new);
    #[cfg(target_os = "linux")]
    if let Some(mark) = &mark {
        command.env(&mark.name, &mark.value);
    }
    let mut group = Group {
        child: command.spawn()?,
        over: false,
        leaves: call.leaves,
        #[cfg(target_os = "linux")]
        mark,
    };
    let (sender, events) = mpsc::channel();
    if let Some(pipe) = group.child.stdout.take() {
        read_output(pipe, call.output, sender.clone());
    }
    if let Some(pipe) = group.child.stderr.take() {
        read_errors(pipe, sender);
    }
    follow(call, &mut group, &events)
}

/// What the readers of the two streams tell.
enum Event {
    Output(io::Result<Vec<u8>>),
    Errors(Vec<u8>),
    TooMuch,
}

fn follow(call: &Call, group: &mut Group, events: &Receiver<Event>) -> Result<Done, ProcessError> {
    let begun = Instant::now();
    let (mut output, mut errors, mut status) = (None, None, None);
    let mut patience = call.limit;
    // Most programs end within microseconds of closing their streams; how long one took is measured here.
    let mut pause = Duration::from_micros(200);
    loop {
        match events.recv_timeout(STEP) {
            Ok(Event::TooMuch) => return Err(ProcessError::TooMuch(call.output)),
            Ok(Event::Output(read)) => output = Some(read?),
            Ok(Event::Errors(tail)) => errors = Some(tail),
            // Both readers are done; what remains is the program's own end.
            Err(RecvTimeoutError::Disconnected) => {
                std::thread::sleep(pause);
                pause = (pause * 2).min(STEP);
            }
            Err(RecvTimeoutError::Timeout) => {}
        }
        if status.is_none() {
            status = group.ended()?;
            if status.is_some() {
                // Only a process that left the group, or that is left alone in it, can still hold the other side of a pipe.
                patience = begun.elapsed() + GRACE;
            }
        }
        if let (Some(status), Some(_), Some(tail)) = (status, &output, &errors) {
            let output = output.take().unwrap_or_default();
            group.leave()?;
            return Ok(Done { code: status, output, errors: plain(tail) });
        }
        if begun.elapsed() > patience {
            return Err(match status {
                Some(_) => ProcessError::Held(GRACE),
                None => ProcessError::TooLong(call.limit),
            });
        }
        if programs_end() {
            return Err(ProcessError::Asked);
        }
    }
}

/// A program and everything that it started and that did not leave its group. Ended when this is dropped.
struct Group {
    child: Child,
    over: bool,
    leaves: bool,
    /// What everything that it started is known by, if that is ended with it.
    #[cfg(target_os = "linux")]
    mark: Option<Mark>,
}

impl Group {
    /// The program's exit code, or that it has none, once it ended; what it left behind is ended then, unless it may stay.
    fn ended(&mut self) -> io::Result<Option<Option<i32>>> {
        // The group is ended before the program is waited for: until then its number belongs to no one else.
        #[cfg(unix)]
        {
            use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};
            let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
            let ended =
                waitid(WaitId::Pid(Pid::from_child(&self.child)), options).map_err(io::Error::from)?;
            let Some(ended) = ended else { return Ok(None) };
            // Whether something holds its output is not known yet, and until it is the program is not waited for.
            if !(self.leaves && ended.exit_status() == Some(0)) {
                self.kill();
                self.leave()?;
            }
            Ok(Some(ended.exit_status()))
        }
        #[cfg(not(unix))]
        {
            let status = self.child.try_wait()?;
            self.over = status.is_some();
            Ok(status.map(|status| status.code()))
        }
    }

    /// Waits for the program, which has ended; from then on its group is not touched any more.
    fn leave(&mut self) -> io::Result<()> {
        if !self.over {
            self.over = true;
            self.child.wait()?;
        }
        Ok(())
    }

    fn kill(&mut self) {
        #[cfg(unix)]
        {
            let group = rustix::process::Pid::from_child(&self.child);
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        }
        #[cfg(not(unix))]
        let _ = self.child.kill();
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if !self.over {
            // Before the group, while children still have their parents.
            #[cfg(target_os = "linux")]
            if let Some(mark) = &self.mark {
                // At once, so that no more are started while they are looked for.
                let group = rustix::process::Pid::from_child(&self.child);
                let _ = rustix::process::kill_process_group(group, rustix::process::Signal::STOP);
                mark.end_all(self.child.id());
            }
            self.kill();
            let _ = self.child.wait();
        }
    }
}

/// Reads a stream to its end or its bound.
fn read_output(pipe: impl Read + Send + 'static, limit: u64, sender: Sender<Event>) {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let read = pipe.take(limit.saturating_add(1)).read_to_end(&mut bytes);
        let event = match read {
            Ok(count) if count as u64 > limit => Event::TooMuch,
            read => Event::Output(read.map(|_| bytes)),
        };
        let _ = sender.send(event);
    });
}

/// Reads a stream to its end and keeps the last [`TAIL`] bytes, behind `…` when there were more.
fn read_errors(mut pipe: impl Read + Send + 'static, sender: Sender<Event>) {
    std::thread::spawn(move || {
        let mut tail: VecDeque<u8> = VecDeque::new();
        let mut cut = false;
        let mut chunk = [0; 4096];
        while let Ok(count @ 1..) = pipe.read(&mut chunk) {
            tail.extend(chunk.iter().take(count));
            cut |= tail.len() > TAIL;
            tail.drain(..tail.len().saturating_sub(TAIL));
        }
        let mut tail = Vec::from(tail);
        if cut {
            // Not in the middle of a letter (RFC 3629: bytes that go on with one begin with 10).
            let rest = tail.iter().take_while(|byte| **byte & 0xC0 == 0x80).count().min(3);
            tail.splice(..rest, "…".bytes());
        }
        let _ = sender.send(Event::Errors(tail));
    });
}

/// Text of which no terminal can be told anything.
pub(super) fn plain(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    text.chars().map(|letter| if letter.is_control() && letter != '\n' { ' ' } else { letter }).collect()
}

fn check(program: &Path, wanted: &[u8; 32]) -> Result<(), ProcessError> {
    let (file, _) = super::files::open_regular(&program.canonicalize()?)?;
    let mut file = file.take(PROGRAM);
    let mut hasher = Sha256::new();
    let mut chunk = vec![0; 1 << 16];
    loop {
        match file.read(&mut chunk)? {
            0 => break,
            count => hasher.update(chunk.get(..count).unwrap_or_default()),
        }
    }
    let found = hasher.finalize();
    if found.as_slice() == wanted {
        return Ok(());
    }
    Err(ProcessError::OtherDigest { found: found.iter().map(|byte| format!("{byte:02x}")).collect() })
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn call(script: &str) -> Call {
        Call {
            program: PathBuf::from("/bin/sh"),
            sha256: None,
            arguments: vec!["-c".into(), script.into()],
            environment: vec![("GIVEN".to_owned(), "yes".into())],
            folder: PathBuf::from("/"),
            limit: Duration::from_secs(20),
            output: 1000,
            tracked: false,
            leaves: false,
        }
    }

    #[test]
    fn a_program_gets_what_it_is_given_and_nothing_else() {
        let done = run(&call("echo $GIVEN $HOME $USER; pwd; cat; printf 'why\\033' >&2; exit 3")).unwrap();
        assert_eq!(done.code, Some(3));
        assert_eq!(done.output, b"yes\n/\n");
        assert_eq!(done.errors, "why ");
    }

    #[test]
    fn what_takes_too_long_is_ended_with_its_children() {
        let folder = tempfile::tempdir().unwrap();
        let mark = folder.path().join("mark");
        let script = format!("(sleep 2; touch {}) & sleep 60", mark.display());
        let begun = Instant::now();
        let hanging = Call { limit: Duration::from_millis(300), ..call(&script) };
        assert!(matches!(run(&hanging), Err(ProcessError::TooLong(_))));
        assert!(begun.elapsed() < Duration::from_secs(20), "its end was not waited for");
        std::thread::sleep(Duration::from_secs(3));
        assert!(!mark.exists(), "its child went on");
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn what_left_the_group_is_ended_with_what_has_to_be_ended_and_not_with_what_ended_well() {
        let folder = tempfile::tempdir().unwrap();
        let numbers = |name: &str| -> Vec<u32> {
            let text = std::fs::read_to_string(folder.path().join(name)).unwrap();
            text.split_whitespace().map(|number| number.parse().unwrap()).collect()
        };
        let runs = |pid: &u32| crate::host::procfs::stat(*pid).is_some_and(|stat| !stat.has_ended());
        // Each tells its own number. A child in a session of its own, one whose parent ended, and one with an empty environment.
        let script = |name: &str| {
            let own =
                format!("'echo $$ >> {}/{name}; exec sleep 60' >/dev/null 2>&1", folder.path().display());
            format!("setsid sh -c {own} & (setsid sh -c {own} &); setsid env -i /bin/sh -c {own} & sleep 1")
        };
        let path = vec![("PATH".to_owned(), "/usr/bin:/bin".into())];
        let of = |name: &str, end: &str, tracked: bool| {
            let limit = Duration::from_secs(if end.is_empty() { 20 } else { 2 });
            Call { environment: path.clone(), limit, tracked, ..call(&format!("{}{end}", script(name))) }
        };
        assert!(matches!(run(&of("late", "; sleep 60", true)), Err(ProcessError::TooLong(_))));
        assert_eq!(numbers("late").len(), 3);
        assert_eq!(numbers("late").iter().filter(|pid| runs(pid)).count(), 0);
        for (name, end, tracked) in [("well", "", true), ("others", "; sleep 60", false)] {
            assert_eq!(run(&of(name, end, tracked)).is_ok(), end.is_empty());
            let left = numbers(name);
            assert_eq!(left.iter().filter(|pid| runs(pid)).count(), 3, "{name}");
            for pid in left {
                let pid = rustix::process::Pid::from_raw(pid.cast_signed()).unwrap();
                rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
            }
        }
    }

    #[test]
    fn what_is_left_behind_is_ended() {
        let begun = Instant::now();
        let done = run(&call("sleep 60 & echo done")).unwrap();
        assert_eq!(done.output, b"done\n");
        assert!(begun.elapsed() < Duration::from_secs(20), "the pipe that the child holds was waited for");
    }

    /// A service that a step starts stays when the step ended well, and only then; one that holds the output of the step is told,
    /// because it would end at its first word when this program has ended.
    #[test]
    #[cfg(target_os = "linux")]
    fn what_may_stay_stays_where_all_is_well() {
        let folder = tempfile::tempdir().unwrap();
        let started = |name: &str, streams: &str, end: &str| {
            let file = folder.path().join(name);
            let script = format!("sleep 60 {streams} & echo $! > {}; {end}", file.display());
            let result = run(&Call { leaves: true, ..call(&script) });
            let pid: u32 = std::fs::read_to_string(&file).unwrap().trim().parse().unwrap();
            let has_ended = || crate::host::procfs::stat(pid).is_none_or(|stat| stat.has_ended());
            // What was ended needs a moment for it.
            let soon = Instant::now() + Duration::from_secs(2);
            while !(has_ended()
                || result.as_ref().is_ok_and(|done| done.code == Some(0))
                || Instant::now() > soon)
            {
                std::thread::sleep(STEP);
            }
            let runs = !has_ended();
            if runs {
                let pid = rustix::process::Pid::from_raw(pid.cast_signed()).unwrap();
                rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
            }
            (result, runs)
        };
        let closed = ">/dev/null 2>&1";
        let (well, stays) = started("well", closed, "echo done");
        assert!(well.is_ok_and(|done| done.code == Some(0) && done.output == b"done\n") && stays);
        let (badly, stays) = started("badly", closed, "exit 3");
        assert!(badly.is_ok_and(|done| done.code == Some(3)) && !stays);
        let (killed, stays) = started("killed", closed, "kill -9 $$");
        assert!(killed.is_ok_and(|done| done.code.is_none()) && !stays);
        let (held, stays) = started("held", "", "true");
        assert!(matches!(held, Err(ProcessError::Held(_))) && !stays, "{held:?}");
    }

    /// What leaves the group is not ended, and is not taken for the program itself.
    #[test]
    fn what_left_the_group_is_told_from_the_program() {
        let held = run(&call("setsid sleep 8 & sleep 0.3; echo done"));
        assert!(matches!(held, Err(ProcessError::Held(_))), "{held:?}");
    }

    #[test]
    fn output_is_bounded() {
        assert_eq!(run(&call("head -c 1000 /dev/zero")).unwrap().output.len(), 1000);
        assert!(matches!(run(&call("cat /dev/zero")), Err(ProcessError::TooMuch(1000))));
        let done = run(&call("head -c 100000 /dev/zero >&2; echo end >&2")).unwrap();
        assert!(done.errors.starts_with('…') && done.errors.ends_with("end\n"));
        assert_eq!(done.errors.chars().count(), TAIL + 1);
    }

    #[test]
    fn a_program_that_is_another_is_not_started() {
        let folder = tempfile::tempdir().unwrap();
        let mark = folder.path().join("mark");
        let wrong = Call { sha256: Some([7; 32]), ..call(&format!("touch {}", mark.display())) };
        assert!(matches!(run(&wrong), Err(ProcessError::OtherDigest { .. })));
        assert!(!mark.exists());
        let bytes = std::fs::read(Path::new("/bin/sh").canonicalize().unwrap()).unwrap();
        let right = Call { sha256: Some(Sha256::digest(bytes).into()), ..call("true") };
        assert_eq!(run(&right).unwrap().code, Some(0));
        let relative = Call { program: PathBuf::from("sh"), ..call("true") };
        assert!(matches!(run(&relative), Err(ProcessError::Relative)));
    }

    #[test]
    fn programs_are_found_outside_the_tree_alone() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str, mode: u32| {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, "#!/bin/sh\n").unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            path
        };
        at("tree/bin/tool", 0o755);
        at("plain/tool", 0o644);
        let right = at("good/tool", 0o755);
        std::fs::create_dir(folder.path().join("linked")).unwrap();
        std::os::unix::fs::symlink("../tree/bin/tool", folder.path().join("linked/tool")).unwrap();
        let tree = folder.path().join("tree");
        let path =
            |names: &[&str]| std::env::join_paths(names.iter().map(|name| folder.path().join(name))).unwrap();
        let search = path(&["tree/bin", "linked", "plain", "absent", "good"]);
        assert_eq!(find("tool", &search, &tree), Some(right));
        assert_eq!(find("tool", &path(&["tree/bin", "linked", "plain"]), &tree), None);
        let named = folder.path().join("other");
        std::fs::create_dir(&named).unwrap();
        std::os::unix::fs::symlink("../good/tool", named.join("tool")).unwrap();
        assert_eq!(find("tool", &path(&["other"]), &tree), Some(named.join("tool")), "a link stays one");
        assert_eq!(find("sh", OsStr::new(":.:bin"), &tree), None, "relative entries are no places");
        assert_eq!(search_path(&path(&["tree/bin", "good"]), &tree), path(&["good"]));
    }
}
