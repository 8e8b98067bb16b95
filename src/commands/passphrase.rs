//! The passphrase of a key file: from a file, the environment, or the terminal; asked for once a run.

use std::cell::RefCell;
use std::io::{self, IsTerminal as _};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::table::visible;
use super::{Error, World};
use crate::cli::PassphraseArgs;
use crate::host::files::{path_text, read_bounded};
use crate::release::keygen::LEAST_PASSPHRASE;

const VARIABLE: &str = "READINESS_PASSPHRASE";
/// Largest passphrase file, in bytes.
const LIMIT: u64 = 64 << 10;

/// Where a passphrase comes from in one run. It is asked for only when a key file needs one, and then once; a key that the
/// answer does not open is asked for by itself. `Debug` shows nothing of it.
#[derive(Default)]
pub(super) struct Passphrase {
    /// From the file or the environment.
    given: Option<Zeroizing<String>>,
    /// What was typed last, and the keys that it was given for.
    typed: RefCell<Option<(Zeroizing<String>, Vec<PathBuf>)>>,
}

impl std::fmt::Debug for Passphrase {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Passphrase(..)")
    }
}

impl Passphrase {
    /// What the arguments and the environment say; a file that is named is read now.
    pub(super) fn of(args: &PassphraseArgs, world: &World<'_>) -> Result<Self, Error> {
        let given = match &args.passphrase_file {
            Some(file) => Some(first_line(file)?),
            None => (world.variable)(VARIABLE).filter(|text| !text.is_empty()).map(Zeroizing::new),
        };
        Ok(Self { given, typed: RefCell::default() })
    }

    /// The passphrase of a key file. Asked a second time for the same file, a person is asked anew: what was typed before
    /// did not open it.
    ///
    /// # Errors
    /// There is none, and nobody to ask; in words.
    pub(super) fn get(&self, key: &Path) -> Result<Zeroizing<String>, String> {
        if let Some(given) = &self.given {
            return Ok(given.clone());
        }
        let mut typed = self.typed.borrow_mut();
        if let Some((last, keys)) = typed.as_mut()
            && !keys.iter().any(|one| one == key)
        {
            keys.push(key.to_owned());
            return Ok(last.clone());
        }
        let again = if typed.is_some() { "That does not open it. " } else { "" };
        let answer = ask(&format!("{again}Passphrase of {}: ", visible(&path_text(key))))?;
        let keys = typed.take().map(|(_, keys)| keys).unwrap_or_default();
        *typed = Some((answer.clone(), [keys, vec![key.to_owned()]].concat()));
        Ok(answer)
    }

    /// The passphrase of keys that are made now: typed twice when it is typed.
    ///
    /// # Errors
    /// There is none, it is too short, or the two are not the same.
    pub(super) fn for_new_keys(&self) -> Result<Zeroizing<String>, Error> {
        let hint = format!(
            "give one with --passphrase-file or {VARIABLE}, or make keys in the clear with --no-passphrase"
        );
        let words = match &self.given {
            Some(given) => given.clone(),
            None => {
                let usage =
                    |why| Error::usage(format!("keys are kept under a passphrase: {why}"), hint.clone());
                let words = ask("New passphrase: ").map_err(usage)?;
                let again = ask("The same again: ").map_err(usage)?;
                if words != again {
                    return Err(Error::usage("the two passphrases are not the same", ""));
                }
                words
            }
        };
        let length = words.chars().count();
        if length < LEAST_PASSPHRASE {
            return Err(Error::usage(
                format!("the passphrase has {length} characters; at least {LEAST_PASSPHRASE} are needed"),
                "several random words are easy to type and hard to guess",
            ));
        }
        Ok(words)
    }
}

/// The first line of a file.
fn first_line(file: &Path) -> Result<Zeroizing<String>, Error> {
    let error = |source| Error::File { path: path_text(file), source };
    let bytes = Zeroizing::new(read_bounded(file, LIMIT).map_err(error)?);
    let line = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let name = path_text(file);
    match std::str::from_utf8(line) {
        Ok("") => {
            Err(Error::usage(format!("{name}: its first line is empty, so there is no passphrase"), ""))
        }
        Ok(words) => Ok(Zeroizing::new(words.to_owned())),
        Err(_) => Err(Error::usage(format!("{name}: its first line is not UTF-8"), "")),
    }
}

/// What a person types, without an echo.
fn ask(prompt: &str) -> Result<Zeroizing<String>, String> {
    if !io::stdin().is_terminal() {
        return Err(format!(
            "nobody can be asked for it, since standard input is no terminal; use --passphrase-file or {VARIABLE}"
        ));
    }
    rpassword::prompt_password(prompt).map(Zeroizing::new).map_err(|error| format!("the terminal: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(file: Option<PathBuf>, variable: Option<&str>) -> Result<Passphrase, Error> {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let variable = |name: &str| variable.filter(|_| name == VARIABLE).map(str::to_owned);
        let world = World {
            out: &mut out,
            err: &mut err,
            terminal: None,
            progress: false,
            now: jiff::Timestamp::UNIX_EPOCH,
            variable: &variable,
        };
        Passphrase::of(&PassphraseArgs { passphrase_file: file }, &world)
    }

    #[test]
    fn the_file_comes_before_the_environment_and_only_its_first_line() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("words");
        let key = Path::new("signing.key");
        for (text, expected) in [
            ("correct horse\nbattery\n", "correct horse"),
            ("correct horse\r\n", "correct horse"),
            ("correct horse ", "correct horse "),
        ] {
            std::fs::write(&file, text).unwrap();
            let found = of(Some(file.clone()), Some("other words")).unwrap();
            assert_eq!(*found.get(key).unwrap(), expected);
            assert!(!format!("{found:?}").contains("horse"));
        }
        assert_eq!(*of(None, Some("other words")).unwrap().get(key).unwrap(), "other words");
        std::fs::write(&file, "\nsecret\n").unwrap();
        let error = of(Some(file.clone()), None).unwrap_err().to_string();
        assert!(error.contains("first line is empty") && !error.contains("secret"), "{error}");
        assert!(of(Some(folder.path().join("absent")), Some("other")).is_err());
    }

    #[test]
    fn what_was_typed_is_for_all_keys_until_it_opens_one_not() {
        let typed = Passphrase {
            given: None,
            typed: RefCell::new(Some((Zeroizing::new("words".to_owned()), vec![PathBuf::from("one")]))),
        };
        assert_eq!(*typed.get(Path::new("two")).unwrap(), "words");
        if !io::stdin().is_terminal() {
            assert!(typed.get(Path::new("two")).unwrap_err().contains("nobody can be asked"));
        }
    }

    #[test]
    fn new_keys_want_twelve_characters() {
        let new = |words| of(None, Some(words)).unwrap().for_new_keys();
        assert!(new("ärger mit äö").is_ok(), "twelve characters, fifteen bytes");
        let error = new("ärger mit ä").unwrap_err().to_string();
        assert!(error.contains("11 characters") && !error.contains("rger"), "{error}");
    }
}
