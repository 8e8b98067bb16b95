//! The command as it is recorded: in the report as it was given, in the provenance as far as it says what was made. Keys
//! are recorded by their files, passphrases not at all.

use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::super::super::Variable;
use super::super::super::words::{Words, moment, url};
use crate::cli::PrepareArgs;
use crate::report::Invocation;

/// The command of a report.
pub(super) fn of(args: &PrepareArgs, now: Timestamp, variable: Variable<'_>) -> Invocation {
    let mut words = flags_of_build(args);
    // Every field is named, so that a new flag cannot be forgotten here. Those of the provenance stand there.
    let PrepareArgs {
        artifacts,
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
    words.switch("--dry-run", *dry_run);
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
        words.path(flag, path.map(PathBuf::as_path));
    }
    words.fail_on(*fail_on);
    words.switch("--no-trail", trail.no_trail);
    Invocation { arguments: words.ending(artifacts), environment: moment(now, variable) }
}

/// The part of the command that says what was made; where it was made, and with which files of keys, says nothing of that.
/// `artifacts` are the files by names that hold in every checkout.
pub(super) fn of_build(args: &PrepareArgs, artifacts: &[String]) -> Vec<String> {
    flags_of_build(args).ending(artifacts)
}

fn flags_of_build(args: &PrepareArgs) -> Words {
    let mut words = Words::of(&["release", "prepare"]);
    words.add("--version", args.version.as_ref());
    words.add("--profile", args.profile.as_ref());
    for (flag, given) in [
        ("--sign", args.sign),
        ("--encrypt", args.encrypt),
        ("--include-sbom", args.include_sbom),
        ("--include-slsa", args.include_slsa),
        ("--run-security-audit", args.run_security_audit),
        ("--run-performance-tests", args.run_performance_tests),
    ] {
        words.switch(flag, given);
    }
    for path in &args.provenance {
        words.path("--provenance", path.file_name().map(Path::new));
    }
    words.add("--api-url", args.api_url.as_deref().map(url));
    words.word("--performance-profile", args.performance_profile);
    words.add("--step-timeout", args.step_timeout.as_ref());
    words
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
