//! The command as a report records it: whoever runs it again over the same tree gets the same verdict. What the
//! environment said stands as flags; what only says where reports go and how they look is left out.

use jiff::Timestamp;

use super::Variable;
use super::words::{Words, moment};
use crate::cli::AuditArgs;
use crate::report::Invocation;

/// The command of these arguments, run at a moment; `required` are the variables that the configuration asks for.
pub(super) fn of(
    args: &AuditArgs,
    now: Timestamp,
    required: &[String],
    variable: Variable<'_>,
) -> Invocation {
    let mut environment = moment(now, variable);
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
    let mut words = Words::of(&["audit"]);
    for (flag, given) in [("--deep", *deep), ("--no-tree-config", *no_tree_config), ("--strict", *strict)] {
        words.switch(flag, given);
    }
    let list = |checks: &[String]| Some(checks.join(",")).filter(|_| !checks.is_empty());
    exclude.iter().for_each(|glob| words.add("--exclude", Some(glob)));
    words.add("--only", list(only));
    words.add("--skip", list(skip));
    words.add("--max-file-size", max_file_size.as_ref());
    words.path("--config", config.as_deref());
    words.fail_on(*fail_on);
    words.add("--max-advisory-age", *max_advisory_age);
    for (flag, paths) in [
        ("--vex", vex),
        ("--public-key", public_key),
        ("--encryption-key", encryption_key),
        ("--scan-sbom", scan_sbom),
        ("--evidence", evidence),
        ("--check-config", check_config),
    ] {
        words.paths(flag, paths);
    }
    words.path("--manifest", manifest.as_deref());
    words.path("--advisories", advisories.as_deref());
    words.add("--since", since.as_ref());
    with.iter().for_each(|scanner| words.word("--with", Some(*scanner)));
    words.add("--scanner-timeout", *scanner_timeout);
    for pair in verify_signature.chunks(2) {
        words.extend(["--verify-signature".to_owned()]);
        words.extend(pair.iter().map(|path| path.display().to_string()));
    }
    words.ending(path.as_slice())
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
