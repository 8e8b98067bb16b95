//! The command as it is recorded: in the report as it was given, in the provenance as far as it says what was made. Keys
//! are recorded by their files, passphrases not at all.

use std::path::Path;

use clap::ValueEnum as _;
use jiff::Timestamp;

use super::super::super::Variable;
use crate::cli::PrepareArgs;
use crate::host::clock;
use crate::host::files::path_text;
use crate::perf::url::Url;
use crate::report::{Invocation, Severity, mask_secrets};

/// A URL as it may be shown.
pub(super) fn url(text: &str) -> String {
    text.parse::<Url>().map_or_else(|_| mask_secrets(text), |url| url.shown())
}

/// The command of a report.
pub(super) fn of(args: &PrepareArgs, now: Timestamp, variable: Variable<'_>) -> Invocation {
    let artifacts: Vec<String> = args.artifacts.iter().map(|path| path_text(path)).collect();
    let mut words = of_build(args, &artifacts);
    // Every field is named, so that a new flag cannot be forgotten here. Those of the provenance stand there.
    let PrepareArgs {
        artifacts: _,
        output_dir,
        source,
        version: _,
        profile: _,
        dry_run,
        sign: _,
        signing_key,
        key_set,
        encrypt: _,
        encryption_key,
        passphrase,
        include_sbom: _,
        include_slsa: _,
        provenance: _,
        run_security_audit: _,
        run_performance_tests: _,
        api_url: _,
        performance_profile: _,
        step_timeout: _,
        config,
        fail_on,
        trail,
        output: _,
    } = args;
    let at = words.iter().position(|word| word == "--").unwrap_or(words.len());
    let behind = words.split_off(at);
    words.extend(dry_run.then(|| "--dry-run".to_owned()));
    for (flag, path) in [
        ("--output-dir", Some(output_dir)),
        ("--source", source.as_ref()),
        ("--signing-key", signing_key.as_ref()),
        ("--key-set", key_set.as_ref()),
        ("--encryption-key", encryption_key.as_ref()),
        ("--passphrase-file", passphrase.passphrase_file.as_ref()),
        ("--config", config.as_ref()),
        ("--trail", trail.trail.as_ref()),
    ] {
        add(&mut words, flag, path.map(|path| shown(path)));
    }
    add(&mut words, "--fail-on", fail_on.map(|severity| Severity::from(severity).word().to_owned()));
    words.extend(trail.no_trail.then(|| "--no-trail".to_owned()));
    words.extend(behind);
    let set = variable(clock::VARIABLE).is_some();
    let environment = set.then(|| format!("{}={}", clock::VARIABLE, now.as_second()));
    Invocation { arguments: words, environment: environment.into_iter().collect() }
}

/// The part of the command that says what was made; where it was made, and with which files of keys, says nothing of that.
/// `artifacts` are the files by names that hold in every checkout.
pub(super) fn of_build(args: &PrepareArgs, artifacts: &[String]) -> Vec<String> {
    let mut words = vec!["release".to_owned(), "prepare".to_owned()];
    add(&mut words, "--version", args.version.clone());
    add(&mut words, "--profile", args.profile.clone());
    for (flag, given) in [
        ("--sign", args.sign),
        ("--encrypt", args.encrypt),
        ("--include-sbom", args.include_sbom),
        ("--include-slsa", args.include_slsa),
        ("--run-security-audit", args.run_security_audit),
        ("--run-performance-tests", args.run_performance_tests),
    ] {
        words.extend(given.then(|| flag.to_owned()));
    }
    for path in &args.provenance {
        let name = path.file_name().map(|name| path_text(Path::new(name)));
        add(&mut words, "--provenance", name);
    }
    add(&mut words, "--api-url", args.api_url.as_deref().map(url));
    let profile = args.performance_profile.and_then(|profile| profile.to_possible_value());
    add(&mut words, "--performance-profile", profile.map(|profile| profile.get_name().to_owned()));
    add(&mut words, "--step-timeout", args.step_timeout.clone());
    if !artifacts.is_empty() {
        words.push("--".to_owned());
        words.extend(artifacts.iter().cloned());
    }
    words
}

fn add(words: &mut Vec<String>, flag: &str, value: Option<String>) {
    let Some(value) = value else { return };
    // A value that begins like a flag is taken for one when it stands alone.
    if value.starts_with('-') || value.is_empty() {
        words.push(format!("{flag}={value}"));
    } else {
        words.extend([flag.to_owned(), value]);
    }
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::cli::{Cli, Command, ReleaseCommand};

    fn parsed(arguments: &[String]) -> PrepareArgs {
        let words = ["readiness".to_owned()].into_iter().chain(arguments.iter().cloned());
        match Cli::try_parse_from(words).unwrap().command {
            Command::Release(args) => match args.command {
                ReleaseCommand::Prepare(args) => *args,
                other => panic!("{other:?}"),
            },
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_is_recorded_is_read_back_as_the_same_command() {
        let all = "release prepare --output-dir r/v1 --source s --version 1.2 --profile prod --dry-run --sign --signing-key k \
                   --key-set y --encrypt --encryption-key e --passphrase-file p --include-sbom --include-slsa \
                   --provenance p.jsonl --run-security-audit --run-performance-tests --api-url http://h:1/ \
                   --performance-profile stress --step-timeout 9s --config c --fail-on low --trail t -- -a b";
        for line in [all, "release prepare --output-dir=-x --no-trail a"] {
            let given: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
            let args = parsed(&given);
            let recorded = of(&args, Timestamp::UNIX_EPOCH, &|_| None).arguments;
            assert_eq!(format!("{:?}", parsed(&recorded)), format!("{args:?}"), "{recorded:?}");
        }
        let secret = "release prepare --output-dir r --run-performance-tests --api-url http://h/?token=pw a";
        let given: Vec<String> = secret.split_whitespace().map(str::to_owned).collect();
        let recorded = of(&parsed(&given), Timestamp::UNIX_EPOCH, &|_| None).arguments.join(" ");
        assert!(!recorded.contains("pw") && recorded.contains("http://h/"), "{recorded}");
    }
}
