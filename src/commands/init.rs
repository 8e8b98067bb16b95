//! `readiness init`: a commented configuration fitted to the tree.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::{Error, World};
use crate::baseline::presets;
use crate::cli::{InitArgs, PresetArg};
use crate::config::FILE_NAME;
use crate::engine::{
    self, Check, Conclusion, Entry, Findings, Inspect, Progress, Reads, Start, Started, Want,
};
use crate::formats::document::{self, Limits, Syntax};
use crate::host::files;

/// Folders of other people's code that a tree may carry.
const FOREIGN: &[&str] = &["vendor", "third_party", "third-party", "node_modules"];
/// Files whose change deserves a second look in any release.
const CRITICAL: &[&str] = &[
    "Cargo.lock",
    "package-lock.json",
    "yarn.lock",
    "pnpm-lock.yaml",
    "poetry.lock",
    "uv.lock",
    "composer.lock",
    "go.sum",
    "Containerfile",
    "Dockerfile",
];
/// Most names listed under one key.
const MOST: usize = 12;

/// Writes the configuration.
pub(super) fn run(args: &InitArgs, world: &mut World<'_>) -> Result<u8, Error> {
    let names = names(&args.path)?;
    let mut text = configuration(&args.path, &names);
    if let Some(preset) = args.baseline.and_then(|preset| presets::preset(preset_name(preset))) {
        text.push_str("\n# What `readiness baseline capture` measures.\n");
        text.push_str(preset);
    }
    let target = args.output.clone().unwrap_or_else(|| args.path.join(FILE_NAME));
    if target.as_os_str() == "-" {
        world.out.write_all(text.as_bytes())?;
        return Ok(0);
    }
    let shown = target.display().to_string();
    if target.symlink_metadata().is_ok() && !args.force {
        return Err(Error::usage(
            format!("{shown} is there already"),
            "--force replaces it, `--output -` prints what would be written",
        ));
    }
    files::write_atomic(&target, text.as_bytes())
        .map_err(|source| Error::File { path: shown.clone(), source })?;
    let next = if args.baseline.is_some() { "baseline capture --tree" } else { "audit --deep" };
    writeln!(world.err, "wrote {shown}; next: readiness {next} {}", args.path.display())?;
    Ok(0)
}

/// The name of a preset.
const fn preset_name(preset: PresetArg) -> &'static str {
    match preset {
        PresetArg::Llm => "llm",
        PresetArg::Rag => "rag",
        PresetArg::Web => "web",
        PresetArg::Queue => "queue",
    }
}

static LISTING: Check = Check {
    id: "listing",
    title: "Listing",
    about: "Names of files.",
    reads: Reads::Declarations,
    rules: || &[],
    rule_file: "",
};

/// Collects the names of everything the walk meets.
#[derive(Default)]
struct Listing(std::sync::Arc<Mutex<BTreeSet<String>>>);

impl Inspect for Listing {
    fn wants(&self, entry: &Entry) -> Want {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(entry.path.clone());
        Want::Nothing
    }

    fn finish(&self, _findings: &mut Findings<'_>) -> Conclusion {
        Conclusion::Evaluated
    }
}

fn names(path: &Path) -> Result<BTreeSet<String>, Error> {
    let listing = Listing::default();
    let names = std::sync::Arc::clone(&listing.0);
    let started = vec![Started { check: &LISTING, start: Start::Run(Box::new(listing)) }];
    engine::run(path, &engine::Settings::default(), started, &Progress::default())?;
    Ok(std::mem::take(&mut *names.lock().unwrap_or_else(PoisonError::into_inner)))
}

fn configuration(root: &Path, names: &BTreeSet<String>) -> String {
    let mut text = "# What `readiness audit` does with this tree. Everything is optional; see docs/configuration.md of readiness.\nversion: 1\n".to_owned();
    let foreign: BTreeSet<String> = names
        .iter()
        .filter_map(|name| name.rsplit_once('/'))
        .filter_map(|(folders, _)| FOREIGN.iter().find_map(|foreign| folder_ending(folders, foreign)))
        .collect();
    let _ = write!(text, "\naudit:\n  # Globs over paths that are left out. Every report shows them.\n");
    if foreign.is_empty() {
        text.push_str("  # exclude: [third_party/**]\n");
    } else {
        text.push_str("  # Code of others stands in this tree. It ships too, so it is audited unless you say otherwise:\n");
        let _ =
            writeln!(text, "  # exclude: [{}]", list(foreign.iter().map(|folder| format!("{folder}/**"))));
    }
    text.push_str("  # Larger files are hashed, not searched.\n  # max_file_size: 16 MiB\n");

    let signed = names.iter().any(|name| name.ends_with(".sig"));
    let encrypted: Vec<&String> = names
        .iter()
        .filter(|name| [".enc", ".aes", ".encrypted"].iter().any(|end| name.ends_with(end)))
        .collect();
    text.push_str("\n# Keys, relative to this file: public ones for signatures (PEM or a key set), AES-256 ones for encrypted files.\n");
    if signed {
        text.push_str(
            "# This tree holds signatures (*.sig); without a public key they cannot be verified.\n",
        );
    }
    if !encrypted.is_empty() {
        text.push_str(
            "# This tree holds encrypted files; without a key only their structure can be checked.\n",
        );
    }
    text.push_str("# keys:\n#   public: [release.pub]\n#   encryption: [data.key]\n");

    let critical: Vec<&str> = CRITICAL.iter().copied().filter(|name| names.contains(*name)).collect();
    text.push_str("\nintegrity:\n  # Files that readiness.manifest.json must cover; `readiness audit --write-manifest` makes it.\n");
    let _ = writeln!(
        text,
        "  # critical: [{}]",
        if critical.is_empty() { "deploy/**".to_owned() } else { list(critical) }
    );
    text.push_str("  # require_signature: true\n");

    let required = required_variables(root, names);
    text.push_str("\nconfiguration:\n  # Application profiles beside those that are recognised by name.\n  # files: [config/*.yaml]\n");
    text.push_str(
        "  # Environment variables that must be set in a profile or in the environment of the audit.\n",
    );
    let _ = writeln!(
        text,
        "  # required_env: [{}]",
        if required.is_empty() { "SECRET_KEY".to_owned() } else { list(required) }
    );

    text.push_str(
        "\nvulnerabilities:\n  # Days; older advisory data evaluate nothing. `readiness advisories update` fetches them.\n  \
         # max_advisory_age: 7\n  # Of vulnerabilities to which no advisory gives a severity.\n  # unknown_severity: medium\n  \
         # Documents that say which vulnerabilities do no harm: OpenVEX, or CycloneDX with analyses.\n  \
         # vex: [vex/app.openvex.json]\n\n\
         # SBOMs beside those that are named as such.\n# sbom:\n#   files: [dist/bill.json]\n\n\
         # What `readiness release prepare` releases: globs over files, relative to this file.\n\
         # release:\n#   artifacts: [dist/*.tar.gz]\n\n\
         # What must succeed after `readiness rollback restore`, and how each phase of a release is reversed, in the order of\n\
         # the release.\n# rollback:\n#   validate: [app --check]\n#   phases:\n#     - name: schema\n\
         #       steps: [make migrate-down]\n#       verify: make migrate-status\n#       expected: 10m\n\
         #       owner: database team\n",
    );

    text.push_str(
        "\ngate:\n  # Lowest severity that fails, inclusive: critical, high, medium, low, info.\n  fail_on: high\n  \
         # Incomplete also when files were left out.\n  strict: false\n  # Checks that may stay unevaluated.\n  optional: []\n  \
         # No waiver may live longer than this many days from today.\n  waiver_max_days: 180\n\n\
         # Findings that someone answers for, until a day (UTC, inclusive).\nwaivers: []\n\
         #  - rule: SEC-001\n#    path: deploy/staging/**\n#    reason: Throw-away account of the staging machine.\n\
         #    owner: platform@example.org\n#    expires: 2027-03-31\n\
         #  - vulnerability: CVE-2021-44228\n#    package: pkg:maven/org.apache.logging.log4j/log4j-core\n\
         #    justification: inline_mitigations_already_exist\n#    reason: Lookups are switched off in the image.\n\
         #    owner: platform@example.org\n#    expires: 2027-03-31\n",
    );
    text
}

/// The path down to a folder of a name, if it is among the folders of a path.
fn folder_ending(folders: &str, name: &str) -> Option<String> {
    let parts: Vec<&str> = folders.split('/').collect();
    let at = parts.iter().position(|part| *part == name)?;
    parts.get(..=at).map(|parts| parts.join("/"))
}

/// Names of variables that the tree's own sample environment files speak of and that sound as if a release needs them.
fn required_variables(root: &Path, names: &BTreeSet<String>) -> Vec<String> {
    let samples = names.iter().filter(|name| {
        matches!(name.as_str(), ".env.example" | ".env.sample" | ".env.template" | ".env.dist" | ".env")
    });
    let mut found = BTreeSet::new();
    for sample in samples {
        let path: PathBuf = root.join(sample);
        let Ok(bytes) = files::read_bounded(&path, 1 << 20) else { continue };
        let Ok(documents) = document::parse(&bytes, Syntax::Env, &Limits::default()) else { continue };
        let entries = documents.first().map(document::Node::entries).unwrap_or_default();
        found.extend(
            entries
                .iter()
                .map(|entry| entry.key.clone())
                .filter(|key| ["SECRET", "KEY", "PASSWORD", "TOKEN"].iter().any(|word| key.contains(word))),
        );
    }
    found.into_iter().take(MOST).collect()
}

/// A YAML flow list's inside, every item quoted that needs it.
fn list<T: AsRef<str>>(items: impl IntoIterator<Item = T>) -> String {
    let plain = |text: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || "._-/".contains(c));
    let quoted = |text: &str| {
        if plain(text) {
            text.to_owned()
        } else {
            format!("'{}'", text.replace('\'', "''").replace(char::is_control, ""))
        }
    };
    items.into_iter().take(MOST).map(|item| quoted(item.as_ref())).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_it_writes_is_a_configuration() {
        let names = ["vendor/a'b/x.js", "Cargo.lock", "dist/app.sig", "data.enc", "deep/third_party/x/y.c"]
            .map(str::to_owned)
            .into();
        let text = configuration(Path::new("absent"), &names);
        assert_eq!(text.matches("\n# rollback:\n#   validate:").count(), 1, "{text}");
        for expected in ["vendor/**", "deep/third_party/**", "critical: [Cargo.lock]", "(*.sig)"] {
            assert!(text.contains(expected), "{expected} is not in\n{text}");
        }
        let folder = tempfile::tempdir().unwrap();
        files::write_atomic(&folder.path().join(FILE_NAME), text.as_bytes()).unwrap();
        let known = crate::config::Known { checks: &[], rules: || vec!["SEC-001"] };
        assert!(crate::config::find(folder.path(), known).unwrap().is_some());
    }
}
