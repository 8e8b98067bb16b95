//! Declared commands made into calls: the program looked up, nothing read by a shell.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::process::{self, Call, Done};

/// Why there is nothing to call.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProgramError {
    /// No word was given.
    #[error("there is no command")]
    Empty,
    /// A path at which no program is.
    #[error("{0}: there is no such program")]
    Absent(String),
    /// A name that the search path does not know.
    #[error("{0}: there is no such program in PATH")]
    NotInPath(String),
}

/// Where commands are started.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// The folder that they are started in, and that programs named by a relative path are looked for from.
    pub folder: &'a Path,
    /// Their whole environment; `PATH` of it is where programs named without a `/` are looked for.
    pub environment: &'a [(String, OsString)],
}

/// The call that words stand for: a program and its arguments. `limit` is the longest that it may take, `output` the most
/// bytes that it may write on standard output.
///
/// # Errors
/// When there is no such program.
pub fn call<'w>(
    words: impl IntoIterator<Item = &'w String>,
    place: &Place<'_>,
    limit: Duration,
    output: u64,
) -> Result<Call, ProgramError> {
    let mut words = words.into_iter();
    let name = words.next().ok_or(ProgramError::Empty)?;
    Ok(Call {
        program: find(name, place)?,
        sha256: None,
        arguments: words.map(OsString::from).collect(),
        environment: place.environment.to_vec(),
        folder: place.folder.to_owned(),
        limit,
        output,
        tracked: false,
        leaves: false,
    })
}

/// The program of a name, by absolute path. Entries of `PATH` that are not absolute are no places.
fn find(name: &str, place: &Place<'_>) -> Result<PathBuf, ProgramError> {
    if name.contains('/') {
        // A folder that is itself relative would be taken from the folder that the program is started in.
        let program = std::path::absolute(place.folder.join(name)).ok();
        let program = program.filter(|program| process::is_program(program));
        return program.ok_or_else(|| ProgramError::Absent(name.to_owned()));
    }
    let search = place.environment.iter().find(|(known, _)| known == "PATH");
    let found = search.and_then(|(_, search)| {
        std::env::split_paths(search)
            .filter(|folder| folder.is_absolute())
            .map(|folder| folder.join(format!("{name}{}", std::env::consts::EXE_SUFFIX)))
            .find(|program| process::is_program(program))
    });
    found.ok_or_else(|| ProgramError::NotInPath(name.to_owned()))
}

/// How a program ended, in words; none when it ended well.
#[must_use]
pub fn ending(done: &Done) -> Option<String> {
    match done.code {
        Some(0) => None,
        Some(code) => Some(format!("exit code {code}")),
        None => Some("ended by a signal".to_owned()),
    }
}

/// What a program said: the end of its standard error, or its standard output where that is empty. As it was said: it may
/// hold secrets and what a terminal obeys.
#[must_use]
pub fn said(done: &Done) -> String {
    if done.errors.trim().is_empty() {
        String::from_utf8_lossy(&done.output).into_owned()
    } else {
        done.errors.clone()
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn programs_are_found_by_path_or_by_name() {
        let environment = [("PATH".to_owned(), OsString::from("relative:/usr/bin:/bin"))];
        let place = Place { folder: Path::new("/bin"), environment: &environment };
        let program = |words: &[&str]| {
            let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
            call(&words, &place, Duration::from_secs(1), 1).map(|call| (call.program, call.arguments))
        };
        assert_eq!(program(&["./sh", "-c"]), Ok((PathBuf::from("/bin/sh"), vec!["-c".into()])));
        assert!(program(&["sh"]).unwrap().0.is_absolute());
        assert_eq!(program(&[]), Err(ProgramError::Empty));
        assert_eq!(program(&["./no"]), Err(ProgramError::Absent("./no".to_owned())));
        assert_eq!(program(&["no-such"]), Err(ProgramError::NotInPath("no-such".to_owned())));
        let nowhere = Place { environment: &[], ..place };
        assert!(
            call(&["sh".to_owned()], &nowhere, Duration::ZERO, 0).is_err(),
            "nothing but PATH is searched"
        );
    }
}
