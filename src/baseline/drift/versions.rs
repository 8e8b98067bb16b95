//! What installed programs say of their versions.

use std::ffi::OsString;
use std::time::Duration;

use super::Seen;
use crate::baseline::probe::Surroundings;
use crate::baseline::settings::Version;
use crate::host::process::{self, Call};
use crate::host::terminal::clean;
use crate::report::mask_secrets;

/// Longest that a program may take.
const LIMIT: Duration = Duration::from_secs(10);
/// Most that it may write, in bytes.
const OUTPUT: u64 = 1 << 20;
/// Longest line that is kept, in characters.
const LONGEST: usize = 200;
/// How many are asked at once.
const AT_ONCE: usize = 8;

/// Asks all of them, several at once, in the order in which they are given.
pub(super) fn ask(versions: &[Version], around: &Surroundings<'_>) -> Vec<Seen> {
    let mut seen = Vec::with_capacity(versions.len());
    for batch in versions.chunks(AT_ONCE) {
        std::thread::scope(|scope| {
            let asked: Vec<_> = batch.iter().map(|version| scope.spawn(|| one(version, around))).collect();
            seen.extend(asked.into_iter().map(|asked| {
                asked.join().unwrap_or_else(|_| Seen::Unseen("it could not be asked".to_owned()))
            }));
        });
    }
    seen
}

fn one(version: &Version, around: &Surroundings<'_>) -> Seen {
    let said = call(&version.words, around)
        .and_then(|call| process::run(&call).map_err(|error| error.to_string()))
        .and_then(|done| {
            // Before a line is taken and cut: half a secret is not known for one.
            let output = around.secrets.out_of(&String::from_utf8_lossy(&done.output));
            let errors = around.secrets.out_of(&done.errors);
            // Some print their version on standard error.
            let line = [output.as_str(), &errors]
                .into_iter()
                .flat_map(str::lines)
                .map(str::trim)
                .find(|line| !line.is_empty())
                .map(str::to_owned);
            match (done.code, line) {
                (Some(0), Some(line)) => Ok(line),
                (Some(0), None) => Err("it printed nothing".to_owned()),
                (code, line) => {
                    let how = code.map_or("ended by a signal".to_owned(), |code| format!("exit code {code}"));
                    Err(line.map_or_else(|| how.clone(), |line| format!("{how}: {line}")))
                }
            }
        });
    match said {
        Ok(line) => Seen::Text(shown(&line)),
        Err(reason) => Seen::Unseen(shown(&reason)),
    }
}

/// A line of others, as it may be kept.
fn shown(line: &str) -> String {
    mask_secrets(&clean(line).replace('\n', " ")).chars().take(LONGEST).collect()
}

fn call(words: &[String], around: &Surroundings<'_>) -> Result<Call, String> {
    let (name, arguments) = words.split_first().ok_or("there is no command")?;
    let program = if name.contains('/') {
        Some(around.folder.join(name)).filter(|program| process::is_program(program))
    } else {
        let search = around.environment.iter().find(|(known, _)| known == "PATH").map(|(_, value)| value);
        search.and_then(|search| {
            std::env::split_paths(search)
                .filter(|folder| folder.is_absolute())
                .map(|folder| folder.join(format!("{name}{}", std::env::consts::EXE_SUFFIX)))
                .find(|program| process::is_program(program))
        })
    };
    Ok(Call {
        program: program.ok_or_else(|| format!("{name}: there is no such program"))?,
        sha256: None,
        arguments: arguments.iter().map(OsString::from).collect(),
        environment: around.environment.to_vec(),
        folder: around.folder.to_owned(),
        limit: LIMIT,
        output: OUTPUT,
        tracked: true,
        leaves: false,
    })
}
