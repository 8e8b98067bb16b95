//! The command as a report records it: whoever runs it again over the same tree gets the same verdict. What the
//! environment said stands as flags; what only says where reports go and how they look is left out.

use std::path::Path;

use clap::ValueEnum as _;
use jiff::Timestamp;

use super::Variable;
use crate::cli::AuditArgs;
use crate::host::clock;
use crate::report::{Invocation, Severity};

/// The command of these arguments, run at a moment; `required` are the variables that the configuration asks for.
pub(super) fn of(
    args: &AuditArgs,
    now: Timestamp,
    required: &[String],
    variable: Variable<'_>,
) -> Invocation {
    let mut environment = Vec::new();
    if variable(clock::VARIABLE).is_some() {
        environment.push(format!("{}={}", clock::VARIABLE, now.as_second()));
    }
    environment.extend(required.iter().cloned());
    Invocation { arguments: arguments(args), environment }
}

fn arguments(args: &AuditArgs) -> Vec<String> {
    // Every field is named, so that a new flag cannot be forgotten here.
    let AuditArgs {
        path,
        deep,
        exclude,
        only,
        skip,
        max_file_size,
        config,
        no_tree_config,
        fail_on,
        max_advisory_age,
        vex,
        strict,
        public_key,
        encryption_key,
        manifest,
        scan_sbom,
        advisories,
        since,
        with,
        scanner_timeout,
        evidence,
        check_config,
        verify_signature,
        write_manifest: _,
        format: _,
        output: _,
        json: _,
        markdown: _,
        sarif: _,
        sarif_omit_suppressed: _,
        junit: _,
        sbom: _,
        vex_out: _,
        show: _,
        all: _,
        explain: _,
        color: _,
        verbose: _,
    } = args;
    let mut words = vec!["audit".to_owned()];
    for (flag, given) in [("--deep", *deep), ("--no-tree-config", *no_tree_config), ("--strict", *strict)] {
        words.extend(given.then(|| flag.to_owned()));
    }
    let mut add = |flag: &str, value: Option<String>| {
        let Some(value) = value else { return };
        // A value that begins like a flag is taken for one when it stands alone.
        if value.starts_with('-') || value.is_empty() {
            words.push(format!("{flag}={value}"));
        } else {
            words.extend([flag.to_owned(), value]);
        }
    };
    let list = |checks: &[String]| Some(checks.join(",")).filter(|_| !checks.is_empty());
    exclude.iter().for_each(|glob| add("--exclude", Some(glob.clone())));
    add("--only", list(only));
    add("--skip", list(skip));
    add("--max-file-size", max_file_size.clone());
    add("--config", config.as_deref().map(shown));
    add("--fail-on", fail_on.map(|severity| Severity::from(severity).word().to_owned()));
    add("--max-advisory-age", max_advisory_age.map(|days| days.to_string()));
    for (flag, paths) in [
        ("--vex", vex),
        ("--public-key", public_key),
        ("--encryption-key", encryption_key),
        ("--scan-sbom", scan_sbom),
        ("--evidence", evidence),
        ("--check-config", check_config),
    ] {
        paths.iter().for_each(|path| add(flag, Some(shown(path))));
    }
    add("--manifest", manifest.as_deref().map(shown));
    add("--advisories", advisories.as_deref().map(shown));
    add("--since", since.clone());
    for scanner in with {
        add("--with", scanner.to_possible_value().map(|value| value.get_name().to_owned()));
    }
    add("--scanner-timeout", scanner_timeout.map(|seconds| seconds.to_string()));
    for pair in verify_signature.chunks(2) {
        words.push("--verify-signature".to_owned());
        words.extend(pair.iter().map(|path| shown(path)));
    }
    if let Some(path) = path {
        let path = shown(path);
        words.extend(path.starts_with('-').then(|| "--".to_owned()));
        words.push(path);
    }
    words
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::cli::{Cli, Command};

    fn parsed(arguments: &[String]) -> AuditArgs {
        let words = ["readiness".to_owned()].into_iter().chain(arguments.iter().cloned());
        match Cli::try_parse_from(words).unwrap().command {
            Command::Audit(args) => *args,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_is_recorded_is_read_back_as_the_same_command() {
        let all = "audit --deep --no-tree-config --strict --only secrets,code --max-file-size 1MiB --config p/a.yaml \
                   --fail-on critical --max-advisory-age 0 --vex a --vex b --public-key k --encryption-key e \
                   --scan-sbom s --evidence g.json --check-config c --manifest m --advisories d.db --since HEAD~1 \
                   --with grype --with trivy --scanner-timeout 9 --verify-signature a.sig a -- -tree";
        for line in [all, "audit", "audit --skip code --skip secrets src", "audit --since=-x"] {
            let given: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
            let args = parsed(&given);
            let recorded = arguments(&args);
            assert_eq!(format!("{:?}", parsed(&recorded)), format!("{args:?}"), "{recorded:?}");
        }
        let output = "audit --json r.json --sarif s --format github --explain --all --show low -v -o r";
        let given: Vec<String> = output.split(' ').map(str::to_owned).collect();
        assert_eq!(arguments(&parsed(&given)), ["audit"], "where reports go says nothing of the verdict");
    }

    #[test]
    fn the_moment_has_its_value_and_other_variables_their_names() {
        let now = Timestamp::from_second(1_790_000_000).unwrap();
        let set = |name: &str| (name == "SOURCE_DATE_EPOCH").then(|| "1790000000".to_owned());
        let made = of(&AuditArgs::default(), now, &["TOKEN".to_owned()], &set);
        assert_eq!(made.environment, ["SOURCE_DATE_EPOCH=1790000000", "TOKEN"]);
        assert!(of(&AuditArgs::default(), now, &[], &|_| None).environment.is_empty());
    }
}
