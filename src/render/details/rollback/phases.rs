//! Phases: as instructions before they are carried out, as tables afterwards.

use super::{LINES, line, name, outcome, said, seconds, steps, time};
use crate::render::details::{
    Body, Cell, Fact, Item, Row, Section, Table, Tone, Weight, fact, section, strong, toned,
};
use crate::render::words::NOTHING;
use crate::report::{Rollback, RollbackAction, RollbackOutcome, RollbackPhase, RollbackStep};

/// Where whoever carries a phase out writes down that it was.
const SIGN: &str = "begun ________  ended ________  by ________________";

/// The sections of all phases.
pub(super) fn sections(rollback: &Rollback) -> Vec<Section<'_>> {
    if rollback.phases.is_empty() {
        return Vec::new();
    }
    let planned = rollback.action == RollbackAction::Planned;
    let mut out = vec![section("Phases", Weight::Normal, Body::Table(overview(rollback, planned)))];
    if planned {
        out.extend(rollback.phases.iter().map(instructions));
        return out;
    }
    let table = carried_out(&rollback.phases);
    if !table.rows.is_empty() {
        out.push(section("Steps", Weight::Normal, Body::Table(table)));
    }
    out
}

/// All phases at a glance.
fn overview(rollback: &Rollback, planned: bool) -> Table {
    let row = |phase: &RollbackPhase| {
        let slow = matches!((phase.expected_seconds, phase.measured_seconds), (Some(expected), Some(measured)) if measured > expected);
        let mut cells = vec![phase.number.to_string().into(), strong(name(&phase.name))];
        if !planned {
            cells.push(outcome(phase.outcome));
        }
        cells.push(seconds(phase.expected_seconds, Tone::Plain));
        if !planned {
            cells.push(seconds(phase.measured_seconds, if slow { Tone::Caution } else { Tone::Plain }));
        }
        cells.push(phase.owner.as_ref().map_or_else(|| NOTHING.to_owned(), |owner| name(owner)).into());
        cells.push(risk(&phase.risk));
        Row { cells, keep: planned || phase.outcome == RollbackOutcome::Failed || slow, ..Row::default() }
    };
    let columns = [
        ("#", true, true),
        ("phase", false, true),
        ("outcome", false, !planned),
        ("expected", true, true),
        ("measured", true, !planned),
        ("owner", false, true),
        ("risk", false, true),
    ];
    Table {
        columns: columns
            .iter()
            .filter(|(_, _, shown)| *shown)
            .map(|(head, right, _)| (*head, *right))
            .collect(),
        keys: 2,
        rows: rollback.phases.iter().map(row).collect(),
        things: "phases",
        lesser: &[],
    }
}

fn risk(risk: &str) -> Cell {
    toned(name(risk), if risk == "high" { Tone::Caution } else { Tone::Plain })
}

/// A phase as it is carried out: what is known of it, and every step with a box.
fn instructions(phase: &RollbackPhase) -> Section<'_> {
    let mut facts: Vec<Fact> = Vec::new();
    facts.extend(phase.reverses.as_ref().map(|text| fact("reverses", line(text))));
    facts.push(fact("owner", phase.owner.as_ref().map_or_else(|| "nobody".to_owned(), |owner| name(owner))));
    facts.push(Fact { name: "risk", text: name(&phase.risk), tone: risk(&phase.risk).tone });
    let expected = phase.expected_seconds.map_or_else(|| "not known".to_owned(), time);
    facts.push(fact("expected", expected));
    facts.extend(phase.communicate.iter().take(LINES).map(|text| fact("tell", line(text))));
    let mut items: Vec<Item> = Vec::new();
    for (place, step) in phase.steps.iter().take(LINES).enumerate() {
        items.push(instruction(format!("{}.{}", phase.number, place + 1), step));
    }
    if phase.steps.len() > LINES {
        items.push(Item { text: "more steps, which the JSON report has".to_owned(), ..Item::default() });
    }
    match &phase.verify {
        Some(verify) => {
            let number = format!("{}.{}", phase.number, phase.steps.len() + 1);
            let step = instruction(number, verify);
            items.push(Item { text: format!("Verify: {}", step.text).trim_end().to_owned(), ..step });
        }
        // A phase without steps only tells what the others bring back.
        None if phase.steps.is_empty() => {}
        None => {
            let text = "Verify: nothing is declared; see for yourself that it is reversed".to_owned();
            items.push(Item { boxed: true, text, ..Item::default() });
        }
    }
    if !items.is_empty() {
        items.push(Item { text: SIGN.to_owned(), ..Item::default() });
    }
    let title = format!("Phase {}: {}", phase.number, name(&phase.name));
    section(title, Weight::Normal, Body::List(facts, items))
}

/// A step to carry out. Its name stands there only where it says more than what is done.
fn instruction(number: String, step: &RollbackStep) -> Item {
    let (named, act) = said(step);
    let command = act.strip_prefix('`').and_then(|rest| rest.strip_suffix('`'));
    let command = command.filter(|code| !code.is_empty());
    let (text, code) = match (command, named) {
        (Some(command), true) => (format!("{}:", line(&step.name)), line(command)),
        (Some(command), false) => (String::new(), line(command)),
        (None, true) => (format!("{}: {}", line(&step.name), line(act)), String::new()),
        (None, false) => (line(act), String::new()),
    };
    Item { boxed: true, number, text, code }
}

/// Every step of every phase, with how it went.
fn carried_out(phases: &[RollbackPhase]) -> Table {
    let all = phases.iter().flat_map(|phase| {
        let last = phase.steps.len();
        phase.steps.iter().chain(&phase.verify).enumerate().map(move |(place, step)| {
            let verify = if place == last { " verify" } else { "" };
            (format!("{}.{}{verify}", phase.number, place + 1), step)
        })
    });
    steps(all, true)
}
