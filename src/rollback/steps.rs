//! Commands that a configuration declares, carried out: bounded, without a shell, ended with everything that they started.

use std::ffi::OsString;
use std::path::Path;
use std::time::{Duration, Instant};

use super::settings::Act;
use crate::host::process::{self, Call};
use crate::host::terminal;
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
        Act::Command { words } => {
            let quoted: Vec<String> = words
                .iter()
                .map(|word| {
                    shlex::try_quote(word).map_or_else(|_| word.clone(), std::borrow::Cow::into_owned)
                })
                .collect();
            format!("`{}`", quoted.join(" "))
        }
        Act::Restore { only } if only.is_empty() => "restore all of the point".to_owned(),
        Act::Restore { only } => format!("restore of the point: {}", only.join(", ")),
        Act::Manual { text } => format!("by hand: {text}"),
    };
    mask_secrets(&terminal::clean(&text))
}

/// Carries out a command.
#[must_use]
pub fn command(words: &[String], limit: Duration, at: &Surroundings<'_>) -> Ended {
    let begun = Instant::now();
    let result =
        call(words, limit, at).and_then(|call| process::run(&call).map_err(|error| error.to_string()));
    let took = begun.elapsed();
    match result {
        Ok(done) => {
            let said = if done.errors.trim().is_empty() {
                String::from_utf8_lossy(&done.output).into_owned()
            } else {
                done.errors
            };
            let how = match done.code {
                Some(0) => String::new(),
                Some(code) => format!("exit code {code}"),
                None => "ended by a signal".to_owned(),
            };
            let told = told(&said);
            let words =
                if how.is_empty() || told.is_empty() { how + &told } else { format!("{how}: {told}") };
            Ended { good: done.code == Some(0), words, took }
        }
        Err(words) => Ended { good: false, words, took },
    }
}

/// The end of what a command said.
fn told(said: &str) -> String {
    let clean = terminal::clean(said.trim());
    let skip = clean.chars().count().saturating_sub(TOLD);
    mask_secrets(&clean.chars().skip(skip).collect::<String>())
}

fn call(words: &[String], limit: Duration, at: &Surroundings<'_>) -> Result<Call, String> {
    let mut all = at.before.iter().chain(words);
    let name = all.next().ok_or("there is no command")?;
    let search = at.environment.iter().find(|(name, _)| name == "PATH").map(|(_, value)| value.as_os_str());
    let program = if name.contains('/') {
        let program = at.folder.join(name);
        if !process::is_program(&program) {
            return Err(format!("{name}: there is no such program"));
        }
        program
    } else {
        let found = search.and_then(|search| {
            std::env::split_paths(search)
                .filter(|folder| folder.is_absolute())
                .map(|folder| folder.join(name))
                .find(|program| process::is_program(program))
        });
        found.ok_or_else(|| format!("{name}: there is no such program in PATH"))?
    };
    Ok(Call {
        program,
        sha256: None,
        arguments: all.map(OsString::from).collect(),
        environment: at.environment.to_vec(),
        folder: at.folder.to_owned(),
        limit,
        output: OUTPUT,
    })
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
