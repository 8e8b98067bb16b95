//! Everything that was changed read again: bytes, modes, owners, targets.

use super::journal::{Act, Journal};
use super::look::{Print, holds, is_folder, lstat, meta_of};
use super::site::{Failure, Site, Way};

/// What is not as it should be, by path and in words; and how many are as they should.
pub(super) fn prove(
    journal: &Journal,
    site: &Site<'_>,
    progress: &dyn Fn(u64, u64),
) -> Result<(Vec<(String, String)>, u64), Failure> {
    let (mut wrong, mut right) = (Vec::new(), 0);
    let total = journal.operations.len() as u64;
    for (done, operation) in (1..).zip(&journal.operations) {
        progress(done, total);
        let path = site.at(&operation.at);
        let failure = |error: std::io::Error| Failure::of(&operation.at.path, error);
        let is_reached = site.way(&operation.at)? == Way::Whole;
        let problem = match (&operation.new, operation.act) {
            // A folder that holds what git ignores stays.
            (Print::Absent {}, Act::Clear) => None,
            (Print::Absent {}, _) => {
                (is_reached && lstat(&path).map_err(failure)?.is_some()).then_some("it is there again")
            }
            (Print::Folder { .. }, _) => {
                (!is_reached || !is_folder(&path).map_err(failure)?).then_some("it is no folder")
            }
            (wanted, _) if !is_reached || !holds(&path, wanted).map_err(failure)? => {
                Some("it has other contents than the point says")
            }
            (Print::File { meta, .. }, _) => {
                let now = lstat(&path).map_err(failure)?.map(|found| meta_of(&found));
                (now != Some(*meta)).then_some("it has another mode, owner or time than the point says")
            }
            _ => None,
        };
        match problem {
            Some(words) => wrong.push((operation.at.path.text().into_owned(), words.to_owned())),
            None => right += 1,
        }
    }
    for folder in &journal.folders {
        let Some(wanted) = folder.new.and_then(|new| new.mode) else { continue };
        if site.way(&folder.at)? != Way::Whole {
            continue;
        }
        let found = lstat(&site.at(&folder.at)).map_err(|error| Failure::of(&folder.at.path, error))?;
        if found.filter(std::fs::Metadata::is_dir).is_some_and(|found| meta_of(&found).mode != wanted) {
            let words = "the folder has another mode than the point says".to_owned();
            wrong.push((folder.at.path.text().into_owned(), words));
        }
    }
    Ok((wrong, right))
}
