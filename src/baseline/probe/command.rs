//! Programs: their output, their wall time, their end.

use std::ffi::OsString;
use std::time::{Duration, Instant};

use super::{Surroundings, Trouble, extract, unfit};
use crate::baseline::settings::Reading;
use crate::host::process::{self, Call};

/// Most that a program may write on standard output, in bytes.
const OUTPUT: u64 = 16 << 20;
/// Most of what it said last that a reason repeats, in characters.
const SAID: usize = 200;

/// How one ended.
#[derive(Clone, Debug, Default)]
pub struct Sample {
    /// Its exit code; none when a signal ended it.
    code: Option<i32>,
    /// Wall time in seconds.
    took: f64,
    /// Standard output.
    output: Vec<u8>,
    /// Its last words: the last line on standard error that is not empty.
    said: String,
}

/// Runs it once, without a shell, in the folder and the environment of the probes.
pub(super) fn observe(
    words: &[String],
    around: &Surroundings<'_>,
    limit: Duration,
) -> Result<Sample, Trouble> {
    let (name, arguments) = words.split_first().ok_or_else(|| Trouble::failed("there is no command"))?;
    let search = around.environment.iter().find(|(name, _)| name == "PATH");
    let program = process::named(name, search.map(|(_, value)| value.as_os_str()), around.folder)
        .ok_or_else(|| Trouble::failed(format!("{name}: there is no such program")))?;
    let call = Call {
        program,
        sha256: None,
        arguments: arguments.iter().map(OsString::from).collect(),
        environment: around.environment.to_vec(),
        folder: around.folder.to_owned(),
        limit,
        output: OUTPUT,
        tracked: true,
        leaves: false,
    };
    let begun = Instant::now();
    let done = process::run(&call).map_err(|error| Trouble::failed(format!("{name}: {error}")))?;
    let took = begun.elapsed().as_secs_f64();
    // Before any of it is cut off: half a secret is not known for one.
    let errors = around.secrets.out_of(&done.errors);
    let last = errors.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let said = last.trim().chars().take(SAID).collect();
    Ok(Sample { code: done.code, took, output: done.output, said })
}

/// One number of it. Output and wall time of a program that failed say nothing of one that works.
pub(super) fn read(sample: &Sample, reading: &Reading) -> Result<f64, Trouble> {
    match reading {
        Reading::ExitCode => match sample.code {
            Some(code) => Ok(f64::from(code)),
            None => Err(Trouble::failed("it was ended by a signal and has no exit code")),
        },
        Reading::Latency => good(sample).map(|()| sample.took),
        Reading::Value(how) => good(sample).and_then(|()| extract::extract(&sample.output, how, None)),
        _ => Err(unfit()),
    }
}

fn good(sample: &Sample) -> Result<(), Trouble> {
    let how = match sample.code {
        Some(0) => return Ok(()),
        Some(code) => format!("exit code {code}"),
        None => "it was ended by a signal".to_owned(),
    };
    Err(Trouble::Failed(if sample.said.is_empty() { how } else { format!("{how}: {}", sample.said) }))
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::baseline::secrets::Secrets;
    use crate::baseline::settings::Extract;

    fn run(words: &[&str], limit: Duration) -> Result<Sample, Trouble> {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        let environment = [
            ("PATH".to_owned(), std::env::var_os("PATH").unwrap_or_default()),
            ("GIVEN".to_owned(), "7".into()),
        ];
        let around = Surroundings {
            folder: Path::new("/"),
            environment: &environment,
            agent: "",
            secrets: Secrets::NONE,
        };
        observe(&words, &around, limit)
    }

    fn script(text: &str) -> Sample {
        run(&["sh", "-c", text], Duration::from_secs(20)).unwrap()
    }

    #[test]
    fn output_time_and_end_are_numbers() {
        let sample = script("sleep 0.3; printf '{\"a\": [1, %s]}' $GIVEN");
        assert_eq!(read(&sample, &Reading::Value(Extract::Pointer("/a/1".to_owned()))), Ok(7.0));
        assert_eq!(read(&sample, &Reading::ExitCode), Ok(0.0));
        let took = read(&sample, &Reading::Latency).unwrap();
        assert!((0.3..10.0).contains(&took), "{took}");
        assert!(read(&sample, &Reading::Status).is_err());
        let whole = Reading::Value(Extract::Whole);
        assert_eq!(read(&script("echo 12.5"), &whole), Ok(12.5));
        assert!(read(&script("echo no"), &whole).is_err());
    }

    #[test]
    fn a_program_that_fails_has_an_exit_code_and_no_value() {
        let sample = script("echo 5; echo first >&2; echo because >&2; exit 3");
        assert_eq!(read(&sample, &Reading::ExitCode), Ok(3.0));
        for reading in [Reading::Value(Extract::Whole), Reading::Latency] {
            assert_eq!(read(&sample, &reading), Err(Trouble::failed("exit code 3: because")));
        }
        let killed = script("kill -9 $$");
        assert!(read(&killed, &Reading::ExitCode).is_err());
    }

    #[test]
    fn what_cannot_be_run_or_does_not_end_fails() {
        let limit = Duration::from_secs(20);
        assert!(run(&["no-such-program-here"], limit).is_err());
        assert!(run(&["./no-such"], limit).is_err());
        assert!(run(&[], limit).is_err());
        let begun = Instant::now();
        assert!(matches!(run(&["sleep", "60"], Duration::from_millis(200)), Err(Trouble::Failed(_))));
        assert!(run(&["cat", "/dev/zero"], limit).is_err(), "endless output");
        assert!(begun.elapsed() < Duration::from_secs(15));
    }

    #[test]
    fn a_secret_is_taken_out_of_last_words_before_they_are_cut() {
        let secrets = Secrets::new(["correct-horse-battery"]);
        let folder = Path::new("/");
        let environment = [("PATH".to_owned(), std::env::var_os("PATH").unwrap_or_default())];
        let around = Surroundings { folder, environment: &environment, agent: "", secrets: &secrets };
        let said = |script: &str| {
            let words = ["sh", "-c", script].map(str::to_owned);
            observe(&words, &around, Duration::from_secs(20)).unwrap().said
        };
        // Cut behind 200 characters, and before the last 8 KiB.
        let late = said("printf '%0190d' 0 >&2; echo correct-horse-battery >&2; exit 1");
        assert!(late.ends_with("0[redacted]"), "{late}");
        let early = said("printf correct-horse-battery >&2; printf '%08180d' 0 >&2; exit 1");
        assert!(early.starts_with("…[redacted]0"), "{early}");
    }
}
