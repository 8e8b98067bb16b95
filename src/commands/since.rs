//! `--since REV|REPORT`: the packages of an earlier state, from git's history or from a report of then.

use std::path::Path;

use super::Error;
use crate::audit::inventory::{self, Inventory};
use crate::audit::vulnerabilities::Earlier;
use crate::engine;
use crate::formats::ecosystem::Ecosystem;
use crate::formats::package::Package;
use crate::formats::purl::Purl;
use crate::host::files::{path_text, read_bounded};
use crate::host::git;
use crate::report::{Report, SCHEMA};

/// Largest report read, in bytes.
const REPORT: u64 = 256 << 20;
/// Most files read of an earlier revision.
const FILES: usize = 5_000;

/// The earlier state that the user names: a file is a report, anything else a revision.
pub(super) fn earlier(named: &str, root: &Path, max_file_size: u64) -> Result<Earlier, Error> {
    if Path::new(named).is_file() { of_report(named) } else { of_revision(named, root, max_file_size) }
}

fn of_report(path: &str) -> Result<Earlier, Error> {
    let bytes = read_bounded(Path::new(path), REPORT)
        .map_err(|source| Error::File { path: path.to_owned(), source })?;
    let report: Report = serde_json::from_slice(&bytes).map_err(|error| {
        Error::usage(
            format!("--since {path}: this is no report ({error})"),
            "a report of `readiness audit --json FILE`, or a revision of git",
        )
    })?;
    if report.schema != SCHEMA {
        return Err(Error::usage(
            format!("--since {path}: a report of form {}, where this version reads {SCHEMA}", report.schema),
            "make it anew with this version, or name a revision of git",
        ));
    }
    if report.inventory.is_empty() {
        return Err(Error::usage(
            format!("--since {path}: the report holds no inventory"),
            "make it with `readiness audit --json FILE`, the vulnerabilities check among its checks",
        ));
    }
    let packages = report.inventory.into_iter().map(|source| {
        let packages = source.packages.iter().filter_map(|identity| package(identity)).collect();
        (source.path, packages)
    });
    Ok(Earlier { name: format!("{path} ({})", report.created), packages: packages.collect() })
}

/// The package that a report's inventory names: a purl, or `ecosystem/name@version`.
fn package(identity: &str) -> Option<Package> {
    if let Ok(purl) = identity.parse::<Purl>() {
        let (ecosystem, name) = purl.package()?;
        return Some(Package {
            name,
            version: purl.package_version(),
            source: purl.source(),
            ecosystem: Some(ecosystem),
            purl: Some(purl),
            ..Package::default()
        });
    }
    // The name of a family holds no `/`, and that of a package may.
    let (ecosystem, rest) = identity.split_once('/')?;
    let (name, version) = rest.rsplit_once('@')?;
    let ecosystem = Ecosystem::parse(ecosystem)?;
    Some(Package {
        name: name.to_owned(),
        version: Some(version.to_owned()),
        ecosystem: Some(ecosystem),
        ..Package::default()
    })
}

fn of_revision(revision: &str, root: &Path, max_file_size: u64) -> Result<Earlier, Error> {
    let failed = |problem: String| {
        Error::usage(
            format!("--since {}: {problem}", revision.escape_debug()),
            "a revision that `git rev-parse` knows here (a shallow clone lacks older ones), or the JSON report of then",
        )
    };
    if git::repository_root(root).is_none() {
        return Err(Error::usage(
            format!("--since {}: no such file, and this is no git repository", revision.escape_debug()),
            "without one, name the JSON report of then (`readiness audit --json FILE`)",
        ));
    }
    let commit = git::commit_of(root, revision).map_err(failed)?;
    let inventory = Inventory::default();
    let files = git::files_at(root, &commit).map_err(failed)?;
    let wanted: Vec<_> = files.into_iter().filter(|path| inventory.knows(&path_text(path))).collect();
    if wanted.len() > FILES {
        return Err(failed(format!("it has more than {FILES} files that name packages")));
    }
    for path in wanted {
        let bytes = git::read_at(root, &commit, &path).map_err(failed)?;
        let whole = (bytes.len() as u64) <= max_file_size;
        inventory.take_bytes(&path_text(&path), engine::role_of(&path_text(&path)), whole.then_some(&bytes));
    }
    let assembled = inventory.assembled();
    let short: String = commit.chars().take(12).collect();
    Ok(Earlier { name: format!("{revision} ({short})"), packages: inventory::packages(&assembled) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::ecosystem::Family;

    #[test]
    fn identities_of_a_report_are_read_back() {
        let known = package("Bioconductor/limma@3.0").unwrap();
        assert_eq!((known.name.as_str(), known.version.as_deref()), ("limma", Some("3.0")));
        assert_eq!(known.ecosystem, Some(Ecosystem::of(Family::Bioconductor)));
        let known = package("pkg:rpm/rocky/a@1-2?epoch=3&upstream=b-1-2.src.rpm").unwrap();
        assert_eq!(known.version.as_deref(), Some("3:1-2"));
        assert_eq!(known.source.unwrap().name, "b");
        assert!(package("unknown/x@1").is_none());
        assert!(package("no version").is_none());
    }
}
