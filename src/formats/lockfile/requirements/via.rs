//! What the comments `# via` of pip-compile and uv tell.

use super::super::python::{self, ByName};
use crate::formats::package::Package;
use crate::formats::pypi;

/// What asks for a package.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Asker {
    /// The project: an input file or its own metadata.
    Project,
    /// Another package of the file.
    Package(String),
}

/// Reads a list of askers: `flask, -r requirements.in`, `app (pyproject.toml)`. Constraints ask for nothing.
pub(super) fn read(list: &str, askers: &mut Vec<Asker>) {
    for one in list.split(',').map(str::trim).filter(|one| !one.is_empty()) {
        if one.starts_with("-c ") || one.starts_with("--override") || one.starts_with("--constraint") {
            continue;
        }
        let project = one.starts_with('-') || one.contains('(') || one.contains('/') || one.contains(".in");
        if project {
            askers.push(Asker::Project);
        } else if pypi::is_name(one) {
            askers.push(Asker::Package(one.to_owned()));
        }
    }
}

/// Gives packages their graph and says which are direct. A package without a comment in a file that has them is one
/// that the input names: so did the tools before they wrote it out.
pub(super) fn link(packages: &mut [Package], askers: &[Vec<Asker>]) {
    let by_name = ByName::new(packages);
    let mut needs: Vec<Vec<usize>> = vec![Vec::new(); packages.len()];
    for (index, of) in askers.iter().enumerate() {
        for asker in of {
            let Asker::Package(name) = asker else { continue };
            for at in by_name.all(name) {
                if let Some(needs) = needs.get_mut(*at) {
                    needs.push(index);
                }
            }
        }
    }
    for ((package, of), needs) in packages.iter_mut().zip(askers).zip(needs) {
        package.direct = Some(of.is_empty() || of.contains(&Asker::Project));
        package.depends_on = Some(python::sorted(needs));
    }
}
