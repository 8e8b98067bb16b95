//! What the check `rollback-plan` says of a plan that was carried out.

use super::{Carried, Plan};
use crate::engine::{Conclusion, conclude_alone};
use crate::report::{CheckReport, Status};
use crate::rollback::checks::PLAN;
use crate::rollback::plan::conclude::part;

/// What the check says: what failed, and which of the phases that were carried out nothing verifies. A run that waits for
/// somebody is no result.
#[must_use]
pub fn conclude(plan: &Plan, carried: &Carried) -> CheckReport {
    conclude_alone(&PLAN, |findings| {
        findings.examined("phases", carried.touched.len() as u64);
        for (number, phase) in plan.numbered() {
            if carried.touched.contains(&number) && phase.verify.is_none() && !plan.derived {
                let words = "it was carried out, and nothing shows that it is reversed: `verify` is missing";
                findings.on_part("RBK-040", &part(number, &phase.name), None, words);
            }
        }
        match &carried.stop {
            Some(stop) if stop.failed => {
                findings.on_part("RBK-044", &stop.part, None, stop.words.as_str());
                Conclusion::Evaluated
            }
            Some(stop) => Conclusion::Instead(Status::not_evaluated(
                &format!("the run stopped in {}: {}", stop.part, stop.words),
                "run the same command again: it goes on where it stopped",
            )),
            None => Conclusion::Evaluated,
        }
    })
}
