//! What the check `restore` says.

use super::{Recovered, Restored};
use crate::engine::{Conclusion, conclude_alone};
use crate::report::CheckReport;
use crate::rollback::checks::RESTORE;

/// What the check `restore` says of a restore, and of an earlier one that was brought to its end before it. `declared` says
/// whether any validation command is.
#[must_use]
pub fn conclude(restored: &Restored, recovered: Option<&Recovered>, declared: bool) -> CheckReport {
    conclude_alone(&RESTORE, |findings| {
        findings.examined("files", restored.verified);
        if let Some(recovered) = recovered {
            let how = if recovered.restored.done { "finished" } else { "undone" };
            let words = format!("the restore of {} was interrupted, and was {how}", recovered.id);
            findings.on_path("RBK-024", recovered.id.as_str(), words);
        }
        let earlier = recovered.into_iter().flat_map(|recovered| &recovered.restored.problems);
        for (rule, path, words) in earlier.chain(&restored.problems) {
            findings.on_path(rule, path, words.as_str());
        }
        if !declared {
            findings.on_path("RBK-025", "readiness.yaml", "`rollback.validate` names no command");
        }
        Conclusion::Evaluated
    })
}
