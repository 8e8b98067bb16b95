//! What was captured, restored, planned, carried out or rehearsed, as sections.

mod phases;

use super::{
    Body, Cell, Fact, Item, Row, Section, Table, Tone, Weight, fact, name, section, sentence, strong, toned,
};
use crate::render::visible;
use crate::render::words::{NOTHING, bytes, count, number};
use crate::report::{
    Rollback, RollbackAction, RollbackChange, RollbackChangeKind, RollbackChanges, RollbackOutcome,
    RollbackPoint, RollbackStep,
};

/// Longest line of a checklist, command or instruction, in characters: people carry them out, so that nothing that is
/// meant is cut.
const LINE: usize = 4_000;
/// Most notes, and most lines of a checklist.
const LINES: usize = 1_000;
/// Most names in one fact.
const NAMES: usize = 20;

/// The sections.
pub(super) fn sections(rollback: &Rollback) -> Vec<Section<'_>> {
    let planned = rollback.action == RollbackAction::Planned;
    let mut out = vec![section(title(rollback.action), Weight::Normal, Body::Facts(facts(rollback)))];
    let notes = rollback.point.as_ref().map(|point| point.notes.as_slice()).unwrap_or_default();
    out.extend(list("Notes on the point", notes, false, Weight::Second));
    if let Some(changes) = &rollback.changes {
        out.extend(table_of(rollback.action, changes));
    }
    if !rollback.validation.is_empty() {
        let validation = rollback.validation.iter().map(|step| (String::new(), step));
        let body = Body::Table(steps(validation, false));
        out.push(section("Validation", Weight::Normal, body));
    }
    // Of what is over, the lists are there to look something up.
    let weight = if planned { Weight::Normal } else { Weight::Folded };
    out.extend(list("Before the first phase", &rollback.before, planned, weight));
    out.extend(list("Whom to tell, and when", &rollback.communication, planned, weight));
    out.extend(phases::sections(rollback));
    out.extend(list("After the last phase", &rollback.after, planned, weight));
    out.extend(list("When there is no time for this plan", &rollback.emergency, false, weight));
    out
}

const fn title(action: RollbackAction) -> &'static str {
    match action {
        RollbackAction::Captured => "Rollback point captured",
        RollbackAction::Verified => "Rollback point verified",
        RollbackAction::Compared => "What going back would change",
        RollbackAction::Restored => "Rollback point restored",
        RollbackAction::Undone => "Restore begun and undone",
        RollbackAction::Recovered => "Interrupted restore brought to its end",
        RollbackAction::Planned => "Rollback plan",
        RollbackAction::Run => "Rollback carried out",
        RollbackAction::Rehearsed => "Rollback rehearsed",
    }
}

fn facts(rollback: &Rollback) -> Vec<Fact> {
    let mut facts = Vec::new();
    match &rollback.point {
        Some(point) => facts.extend(of_point(point)),
        None => facts.push(Fact { name: "point", text: "none".to_owned(), tone: Tone::Caution }),
    }
    facts.extend(rollback.safety.as_ref().map(|id| fact("safety point", name(id))));
    if let Some(changes) = &rollback.changes {
        facts.extend(of_changes(changes));
    }
    facts.extend(totals(rollback));
    facts.extend(rollback.expires.as_ref().map(|until| fact("counts until", name(until))));
    facts
}

fn of_point(point: &RollbackPoint) -> Vec<Fact> {
    let id = name(&point.id);
    let text = point.name.as_ref().map_or_else(|| id.clone(), |called| format!("{} ({id})", name(called)));
    let mut facts =
        vec![Fact { name: "point", text, tone: Tone::Strong }, fact("made", name(&point.created))];
    facts.push(fact(
        "commit",
        match (&point.commit, &point.branch) {
            (Some(commit), Some(branch)) => format!("{} on {}", name(commit), name(branch)),
            (Some(commit), None) => name(commit),
            (None, Some(branch)) => format!("none yet, on {}", name(branch)),
            (None, None) => "none".to_owned(),
        },
    ));
    facts.extend(point.operation.as_ref().map(|operation| Fact {
        name: "in progress",
        text: name(operation),
        tone: Tone::Caution,
    }));
    let [staged, changed, untracked, conflicts] = point.status;
    let status =
        [(staged, "staged"), (changed, "changed"), (untracked, "untracked"), (conflicts, "in conflict")];
    let status: Vec<String> = status
        .iter()
        .filter(|(value, _)| *value > 0)
        .map(|(value, what)| format!("{} {what}", number(*value)))
        .collect();
    facts.push(fact("status", if status.is_empty() { "clean".to_owned() } else { status.join(", ") }));
    facts.push(fact(
        "holds",
        format!(
            "{}, {}; {} in git; {}",
            count(point.captured, "files"),
            bytes(point.bytes),
            number(point.in_git),
            count(point.repositories, "repositories")
        ),
    ));
    facts.extend(point.stored.map(|stored| fact("store grew by", bytes(stored))));
    facts.push(if point.complete {
        fact("complete", "yes".to_owned())
    } else {
        Fact { name: "complete", text: "no: something could not be captured".to_owned(), tone: Tone::Bad }
    });
    facts.push(fact("encrypted", if point.encrypted { "yes" } else { "no" }.to_owned()));
    facts.extend(names("environment", &point.environment));
    facts
}

/// Several names as one fact; none without any.
fn names(about: &'static str, list: &[String]) -> Option<Fact> {
    let mut words: Vec<String> = list.iter().take(NAMES).map(|text| name(text)).collect();
    let more = u64::try_from(list.len().saturating_sub(NAMES)).unwrap_or(u64::MAX);
    words.extend((more > 0).then(|| format!("and {} more", number(more))));
    (!words.is_empty()).then(|| fact(about, words.join(", ")))
}

fn of_changes(changes: &RollbackChanges) -> Vec<Fact> {
    let counts = [
        (changes.added, "made"),
        (changes.replaced, "replaced"),
        (changes.described, "in mode, owner or time alone"),
        (changes.since, "made since the point"),
    ];
    let mut words: Vec<String> = counts
        .iter()
        .filter(|(value, _)| *value > 0)
        .map(|(value, what)| format!("{} {what}", number(*value)))
        .collect();
    words.extend((changes.refs > 0).then(|| count(changes.refs, "refs")));
    let text = if words.is_empty() { "none".to_owned() } else { words.join(", ") };
    let mut facts = vec![fact("changes", text)];
    facts.extend(changes.kept.as_ref().map(|folder| fact("put aside in", name(folder))));
    if let Some(differ) = names("variables", &changes.environment) {
        let text = format!("{}: not as they were, and nothing is done about them", differ.text);
        facts.push(Fact { text, tone: Tone::Caution, ..differ });
    }
    facts
}

/// What all phases take together, against what they may.
fn totals(rollback: &Rollback) -> Vec<Fact> {
    let limit = rollback.limit_seconds;
    let over = |seconds: f64| limit.is_some_and(|limit| seconds > limit);
    let total = |name, seconds: f64| Fact {
        name,
        text: time(seconds),
        tone: if over(seconds) { Tone::Bad } else { Tone::Plain },
    };
    let mut facts = Vec::new();
    facts.extend(rollback.expected_seconds.map(|seconds| total("expected", seconds)));
    facts.extend(rollback.measured_seconds.map(|seconds| total("measured", seconds)));
    facts.extend(limit.map(|limit| fact("allowed", time(limit))));
    facts
}

fn table_of(action: RollbackAction, changes: &RollbackChanges) -> Option<Section<'_>> {
    let row = |change: &RollbackChange| {
        let kind = match change.kind {
            RollbackChangeKind::Added => "made",
            RollbackChangeKind::Replaced => "replaced",
            RollbackChangeKind::Described => "mode, owner or time",
            RollbackChangeKind::PutAside => "put aside",
            RollbackChangeKind::Removed => "removed",
            RollbackChangeKind::Ref => "ref",
        };
        let detail = change.detail.as_ref().map_or_else(|| NOTHING.to_owned(), |detail| sentence(detail));
        let removed = change.kind == RollbackChangeKind::Removed;
        let kind = toned(kind.to_owned(), if removed { Tone::Caution } else { Tone::Plain });
        Row { cells: vec![strong(name(&change.path)), kind, detail.into()], keep: removed, ..Row::default() }
    };
    if changes.list.is_empty() {
        return None;
    }
    let table = Table {
        columns: vec![("path", false), ("what", false), ("detail", false)],
        keys: 1,
        rows: changes.list.iter().map(row).collect(),
        things: "changes",
        lesser: &[],
    };
    let title = match action {
        RollbackAction::Compared | RollbackAction::Planned => "Changes, none of them made",
        _ => "Changes",
    };
    let note = if changes.more > 0 {
        format!("{} more are not listed", number(changes.more))
    } else {
        String::new()
    };
    Some(Section { note, ..section(title, Weight::Normal, Body::Table(table)) })
}

/// Steps that were carried out, each with its number, if it has one.
fn steps<'a>(steps: impl Iterator<Item = (String, &'a RollbackStep)>, numbered: bool) -> Table {
    let row = |(number, step): (String, &RollbackStep)| {
        let what = match said(step) {
            (true, _) => format!("{}: {}", step.name, step.act),
            (false, act) => act.to_owned(),
        };
        let mut cells =
            vec![outcome(step.outcome), seconds(step.seconds, Tone::Plain), sentence(&what).into()];
        if numbered {
            cells.insert(0, strong(number));
        }
        let note = step.detail.as_ref().map(|detail| sentence(detail)).unwrap_or_default();
        let keep = matches!(step.outcome, RollbackOutcome::Failed | RollbackOutcome::Skipped);
        Row { cells, note, keep }
    };
    let columns = [("#", false), ("outcome", false), ("took", true), ("step", false)];
    Table {
        columns: columns.into_iter().skip(usize::from(!numbered)).collect(),
        keys: 1,
        rows: steps.map(row).collect(),
        things: "steps",
        lesser: &[],
    }
}

/// Whether the name of a step says more than what is done does, and what is done.
fn said(step: &RollbackStep) -> (bool, &str) {
    // Names that were made of what a step does may have been cut.
    let name = step.name.strip_suffix('…').unwrap_or(&step.name);
    (!name.is_empty() && !step.act.contains(name), &step.act)
}

fn outcome(outcome: RollbackOutcome) -> Cell {
    match outcome {
        RollbackOutcome::Planned => Cell::from("planned".to_owned()),
        RollbackOutcome::Done => Cell::from("done".to_owned()),
        RollbackOutcome::Already => Cell::from("done by an earlier run".to_owned()),
        RollbackOutcome::Failed => toned("failed".to_owned(), Tone::Bad),
        RollbackOutcome::Skipped => toned("not carried out".to_owned(), Tone::Caution),
    }
}

fn seconds(seconds: Option<f64>, tone: Tone) -> Cell {
    toned(seconds.map_or_else(|| NOTHING.to_owned(), time), tone)
}

/// A duration in two units at the most: `4.2 s`, `10 min`, `1 h 30 min`.
fn time(seconds: f64) -> String {
    let Ok(time) = std::time::Duration::try_from_secs_f64(seconds) else { return NOTHING.to_owned() };
    if seconds < 59.95 {
        let text = format!("{seconds:.1}");
        return format!("{} s", text.strip_suffix(".0").unwrap_or(&text));
    }
    let whole = time.as_secs().saturating_add(u64::from(time.subsec_millis() >= 500));
    let units = match whole {
        0..3_600 => [(whole / 60, "min"), (whole % 60, "s")],
        3_600..86_400 => [(whole / 3_600, "h"), (whole / 60 % 60, "min")],
        _ => [(whole / 86_400, "d"), (whole / 3_600 % 24, "h")],
    };
    let words: Vec<String> = units
        .iter()
        .filter(|(value, _)| *value > 0)
        .map(|(value, unit)| format!("{} {unit}", number(*value)))
        .collect();
    words.join(" ")
}

/// Lines under a heading; none without any.
fn list(title: &str, lines: &[String], boxed: bool, weight: Weight) -> Option<Section<'static>> {
    let item = |text: &String| Item { boxed, text: line(text), ..Item::default() };
    let mut items: Vec<Item> = lines.iter().take(LINES).map(item).collect();
    let more = u64::try_from(lines.len().saturating_sub(LINES)).unwrap_or(u64::MAX);
    if more > 0 {
        let text = format!("and {} more, which the JSON report has", number(more));
        items.push(Item { text, ..Item::default() });
    }
    (!items.is_empty()).then(|| section(title, weight, Body::List(Vec::new(), items)))
}

/// Text on one line, whole unless it is absurd.
fn line(text: &str) -> String {
    visible::cut(&visible::line(text), LINE).into_owned()
}

#[cfg(test)]
mod tests {
    use super::time;

    #[test]
    fn durations_have_two_units_at_the_most() {
        for (seconds, words) in [
            (0.0, "0 s"),
            (4.25, "4.2 s"),
            (59.94, "59.9 s"),
            (59.96, "1 min"),
            (90.0, "1 min 30 s"),
            (600.0, "10 min"),
            (5_400.0, "1 h 30 min"),
            (3_599.6, "1 h"),
            (90_000.0, "1 d 1 h"),
            (f64::NAN, "–"),
            (-1.0, "–"),
            (f64::INFINITY, "–"),
        ] {
            assert_eq!(time(seconds), words);
        }
    }
}
