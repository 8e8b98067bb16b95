//! Commands that a configuration declares, carried out: bounded, without a shell, ended with everything that they started, unless
//! they were there to start something.

use std::ffi::OsString;
use std::path::Path;
use std::time::{Duration, Instant};

use super::settings::Act;
use crate::engine::told;
use crate::host::program::{self, Place};
use crate::host::{process, terminal};
use crate::report::mask_secrets;

/// Most that a command may write on standard output, in bytes.
const OUTPUT: u64 = 64 << 20;
/// Most of what it said that is kept, in characters.
const TOLD: usize = 2_000;

/// Where commands are carried out.
#[derive(Clone, Copy, Debug)]
pub struct Surroundings<'a> {
    /// The folder that they are started in.
    pub folder: &'a Path,
    /// Their whole environment.
    pub environment: &'a [(String, OsString)],
    /// Words that are put before the command, such as a program that cuts the network off.
    pub before: &'a [String],
}

/// How a command ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// Whether it succeeded: exit code 0.
    pub good: bool,
    /// Why it ended so, and the end of what it said; secrets masked, nothing in it speaks to a terminal.
    pub words: String,
    /// What it took.
    pub took: Duration,
}

/// What a step does, in words; secrets masked, nothing in it speaks to a terminal.
#[must_use]
pub fn described(act: &Act) -> String {
    let text = match act {
        Act::Command { words } => return format!("`{}`", told::command(words)),
        Act::Restore { only } if only.is_empty() => "restore all of the point".to_owned(),
        Act::Restore { only } => format!("restore of the point: {}", only.join(", ")),
        Act::Manual { text } => format!("by hand: {text}"),
    };
    mask_secrets(&terminal::clean(&text))
}

/// Carries out a command; what it left running is ended with it.
#[must_use]
pub fn command(words: &[String], limit: Duration, at: &Surroundings<'_>) -> Ended {
    carry_out(words, limit, at, false)
}

/// The same; what it left running stays if it ended well: a step may be there to start a service.
#[must_use]
pub fn lasting(words: &[String], limit: Duration, at: &Surroundings<'_>) -> Ended {
    carry_out(words, limit, at, true)
}

fn carry_out(words: &[String], limit: Duration, at: &Surroundings<'_>, leaves: bool) -> Ended {
    let begun = Instant::now();
    let place = Place { folder: at.folder, environment: at.environment };
    let result = program::call(at.before.iter().chain(words), &place, limit, OUTPUT)
        .map_err(|error| error.to_string())
        .and_then(|call| process::run(&process::Call { leaves, ..call }).map_err(|error| error.to_string()));
    let took = begun.elapsed();
    match result {
        Ok(done) => {
            let how = program::ending(&done).unwrap_or_default();
            let told = told::end(&program::said(&done), TOLD);
            let words =
                if how.is_empty() || told.is_empty() { how + &told } else { format!("{how}: {told}") };
            Ended { good: done.code == Some(0), words, took }
        }
        Err(words) => Ended { good: false, words, took },
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn run(words: &[&str], limit: Duration) -> Ended {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        let environment = [("PATH".to_owned(), std::env::var_os("PATH").unwrap_or_default())];
        let folder = std::env::temp_dir();
        command(&words, limit, &Surroundings { folder: &folder, environment: &environment, before: &[] })
    }

    #[test]
    fn ends_are_told() {
        let limit = Duration::from_secs(20);
        assert!(run(&["true"], limit).good);
        let ended = run(&["sh", "-c", "echo no; echo password=hunter2hunter2 >&2; exit 3"], limit);
        assert!(!ended.good && ended.words.starts_with("exit code 3: "), "{ended:?}");
        assert!(!ended.words.contains("hunter2"), "{ended:?}");
        assert!(run(&["no-such-program-here"], limit).words.contains("no such program"));
        assert!(!run(&["./no-such"], limit).good && !run(&[], limit).good);
        let late = run(&["sleep", "20"], Duration::from_millis(200));
        assert!(
            !late.good && late.words.contains("longer than") && late.took < Duration::from_secs(10),
            "{late:?}"
        );
    }
}
