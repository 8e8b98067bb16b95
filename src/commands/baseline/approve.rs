//! `readiness baseline approve`.

use super::open::Session;
use crate::cli::BaselineApproveArgs;
use crate::commands::{Error, World, recording};
use crate::host::clock;
use crate::release::trail::Event;

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
    let approval = session.store.approve(&id, args.owner.trim(), args.reason.trim(), world.now)?;
    writeln!(world.out, "{id} is the reference now")?;
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
