//! `readiness baseline history`.

use super::judged;
use super::open::{self, Session};
use crate::baseline::history;
use crate::cli::BaselineHistoryArgs;
use crate::commands::output::{self, Wanted};
use crate::commands::words::{Words, moment};
use crate::commands::{Error, World, judge};
use crate::host::clock;
use crate::report::{Baseline, BaselineAction, BaselineMetric, Invocation};

/// Runs the command; the exit code is the verdict's.
pub(super) fn run(args: &BaselineHistoryArgs, world: &mut World<'_>) -> Result<u8, Error> {
    let targets = output::targets(&Wanted::of(&args.output), world)?;
    let session = Session::open(&args.store)?;
    let shelf = session.store.look()?.until(clock::now().max(world.now));
    let Some(newest) = shelf.captures.last() else {
        return Err(Error::usage("there is no capture yet", "`readiness baseline capture` makes one"));
    };
    let newest = session.stored(&newest.id)?;
    let names = shelf.names();
    if let Some(unknown) = args.metrics.iter().find(|name| !names.contains(&name.as_str())) {
        let hint = match crate::config::closest(unknown, &names) {
            _ if names.is_empty() => "no metric was ever measured".to_owned(),
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("metrics are {}", names.join(", ")),
        };
        return Err(Error::usage(format!("{unknown}: no capture has such a metric"), hint));
    }
    let wanted: Vec<&str> =
        if args.metrics.is_empty() { names } else { args.metrics.iter().map(String::as_str).collect() };
    let machine = (!args.any_machine).then_some(newest.capture.machine.fingerprint.as_str());
    let bands = session.settings().bands;
    let metrics: Vec<BaselineMetric> = wanted
        .into_iter()
        .map(|name| {
            let known = newest.capture.metrics.iter().find(|metric| metric.name == name);
            let better = known.map(|metric| metric.better).unwrap_or_default();
            let course = history::history(&shelf, name, machine, better, bands);
            match known {
                Some(known) => BaselineMetric {
                    category: known.category.clone(),
                    unit: known.unit.clone(),
                    target: known.target,
                    accept: known.accept,
                    ..course
                },
                None => course,
            }
        })
        .collect();
    let details = Baseline {
        action: BaselineAction::History,
        capture: Some(newest.described()),
        metrics,
        skipped: shelf.skipped.clone(),
        ..Baseline::default()
    };
    let checks = vec![history::conclude(&details)];
    let judged = judged(&session, &newest.capture, details, checks, invocation(args, world));
    judge::finish(judged, session.config, args.fail_on, (&targets, &args.output), world)
}

pub(super) fn invocation(args: &BaselineHistoryArgs, world: &World<'_>) -> Invocation {
    let BaselineHistoryArgs { metrics, any_machine, store, fail_on, output: _ } = args;
    let mut words = Words::of(&["baseline", "history"]);
    words.switch("--any-machine", *any_machine);
    open::words(store, &mut words);
    words.fail_on(*fail_on);
    Invocation { arguments: words.ending(metrics), environment: moment(world.now, world.variable) }
}
