//! What the file says that a builder takes differently from its author, or not at all.

use super::view::View;
use crate::engine::Findings;
use crate::formats::containerfile::InstructionKind;

/// Most things that a builder refuses listed for one file.
const MOST: usize = 10;

/// CTR-042: `WORKDIR` that depends on the one before.
pub(super) fn relative_folder(view: &View<'_>, findings: &mut Findings<'_>) {
    for placed in &view.placed {
        let InstructionKind::Workdir(folder) = &placed.instruction.kind else { continue };
        let text = folder.text.trim();
        let drive = text.as_bytes().get(1) == Some(&b':');
        if !(text.is_empty() || text.starts_with(['/', '\\', '$', '%']) || drive) {
            findings.at(
                "CTR-042",
                view.head(placed.instruction),
                format!("`{text}` is relative to the WORKDIR before, or to that of the base image"),
            );
        }
    }
}

/// CTR-043: `MAINTAINER`.
pub(super) fn maintainer(view: &View<'_>, findings: &mut Findings<'_>) {
    for placed in &view.placed {
        if matches!(placed.instruction.kind, InstructionKind::Maintainer(_)) {
            findings.at("CTR-043", view.head(placed.instruction), "MAINTAINER is deprecated");
        }
    }
}

/// CTR-048: what a builder refuses.
pub(super) fn refused(view: &View<'_>, findings: &mut Findings<'_>) {
    for problem in view.file.problems.iter().take(MOST) {
        findings.at("CTR-048", view.line(problem.line), problem.message.clone());
    }
}
