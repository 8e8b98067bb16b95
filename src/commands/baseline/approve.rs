//! `readiness baseline approve`.

use super::open::Session;
use crate::baseline::capture::Capture;
use crate::cli::BaselineApproveArgs;
use crate::commands::table::visible;
use crate::commands::{Error, World, recording};
use crate::host::clock;
use crate::release::trail::Event;
use crate::report::MetricState;

/// Runs the command.
pub(super) fn run(args: &BaselineApproveArgs, world: &mut World<'_>) -> Result<u8, Error> {
    let session = Session::open(&args.store)?;
    for (flag, text) in [("--owner", &args.owner), ("--reason", &args.reason)] {
        if text.trim().is_empty() {
            return Err(Error::usage(
                format!("{flag} is empty"),
                "an approval says who answers for it, and why",
            ));
        }
    }
    let recorded = recording::target(&args.trail, &session.root)?;
    let shelf = session.store.look()?;
    let id = session.store.find(&shelf, &args.capture)?;
    let capture = session.store.load(&id)?;
    let missing = unmeasured(&capture);
    if !missing.is_empty() && holds_nothing(&capture) {
        return Err(Error::usage(
            format!("{id}: nothing was measured in it, so that nothing could be compared with it"),
            "see what its report says of each probe, and capture again; `capture --only drift` keeps the configuration alone",
        ));
    }
    let approval = session.store.approve(&id, args.owner.trim(), args.reason.trim(), world.now)?;
    writeln!(world.out, "{id} is the reference now")?;
    if !missing.is_empty() {
        let names = missing.join(", ");
        writeln!(world.err, "not measured in it, and not compared until approved anew: {}", visible(&names))?;
    }
    let event = Event {
        time: clock::rfc3339(world.now),
        action: "baseline-approve".to_owned(),
        subject: format!("{id} sha256:{} by {}: {}", approval.sha256, approval.owner, approval.reason),
        commit: capture.commit,
        release: None,
        outcome: "approved".to_owned(),
        exit_code: 0,
    };
    recording::note(recorded.as_deref(), &event, false, world)?;
    Ok(0)
}

/// Metrics that the release depends on and that a capture has no value of.
fn unmeasured(capture: &Capture) -> Vec<&str> {
    let lacking = capture.metrics.iter().filter(|metric| metric.state != MetricState::Measured);
    lacking.filter(|metric| !metric.optional).map(|metric| metric.name.as_str()).collect()
}

/// Whether nothing in a capture could be compared with anything, though it was made to measure.
fn holds_nothing(capture: &Capture) -> bool {
    !capture.metrics.iter().any(|metric| metric.state == MetricState::Measured)
        && capture.modules.is_empty()
        && capture.files.is_empty()
}
