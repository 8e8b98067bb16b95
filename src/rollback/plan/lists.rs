//! What stands around the phases of a plan: what to see to before and after, whom to tell, what to do without time. Every
//! line comes from something that is in the plan or the point, so that whoever reads it at night has nothing to look up.

use std::collections::BTreeSet;
use std::time::Duration;

use indicatif::HumanBytes;

use super::Plan;
use crate::rollback::settings::{Act, Phase, Risk, Settings};
use crate::rollback::steps;

/// A duration as people say it: two units at the most.
pub(in crate::rollback) fn long(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    if seconds < 60.0 {
        let text = format!("{seconds:.1}");
        return format!("{} s", text.strip_suffix(".0").unwrap_or(&text));
    }
    let whole = (duration + Duration::from_millis(500)).as_secs();
    let (days, hours, minutes, rest) = (whole / 86_400, whole / 3600 % 24, whole / 60 % 60, whole % 60);
    let two = |one: u64, unit: &str, other: u64, small: &str| {
        if other == 0 { format!("{one} {unit}") } else { format!("{one} {unit} {other} {small}") }
    };
    if days > 0 {
        two(days, "d", hours, "h")
    } else if hours > 0 {
        two(hours, "h", minutes, "min")
    } else {
        two(minutes, "min", rest, "s")
    }
}

/// What a phase is called in a list.
fn called(number: u32, phase: &Phase) -> String {
    format!("phase {number} \"{}\"", phase.name)
}

/// What to see to before the first phase.
pub(super) fn before(plan: &Plan, settings: &Settings) -> Vec<String> {
    let point = &plan.facts.point;
    let id = &point.id;
    let mut list = Vec::new();
    let last = plan
        .facts
        .verified
        .as_deref()
        .map_or_else(|| "it never was until now".to_owned(), |when| format!("last found good at {when}"));
    list.push(format!("The point is verified: `readiness rollback verify {id}` ({last})."));
    for gap in plan.facts.gaps.iter().take(20) {
        list.push(format!(
            "The point is incomplete, and someone decided that it is good enough without: {gap}."
        ));
    }
    if plan.facts.gaps.len() > 20 {
        list.push(format!("It lacks {} more: `readiness rollback show {id}`.", plan.facts.gaps.len() - 20));
    }
    if point.encrypted {
        list.push("The key of the point is at hand (`--key`), and so is what opens it.".to_owned());
    }
    list.push(format!(
        "The plan was rehearsed within {}: `readiness rollback rehearse {id}`{}.",
        long(settings.rehearsal.valid_for),
        plan.limit.map_or_else(String::new, |limit| format!(", and took at most {}", long(limit))),
    ));
    list.push("It is named who decides to go back, and who may stop halfway.".to_owned());
    let window = match (plan.expected, plan.unknown) {
        (Some(expected), 0) => format!("at least {}", long(expected)),
        (Some(expected), unknown) => {
            format!("more than {}: {unknown} of the phases have no expected duration", long(expected))
        }
        (None, _) => "of unknown length: no phase has an expected duration".to_owned(),
    };
    list.push(format!("A maintenance window is agreed, {window}."));
    list.push("The release is frozen: nobody deploys, merges or migrates, and jobs that do so by themselves are stopped.".to_owned());
    list.push(
        "Nobody else works in the tree; programs that hold its configuration open are known.".to_owned(),
    );
    for (number, phase) in plan.numbered() {
        let called = called(number, phase);
        match phase.risk {
            Risk::High => list.push(format!(
                "At hand for {called}, which can lose data: {}. A backup of that data is made, and was read back.",
                phase.owner.as_deref().unwrap_or("whoever answers for it (`owner` names nobody)")
            )),
            _ => {
                list.extend(phase.owner.as_ref().map(|owner| format!("Can be reached for {called}: {owner}.")));
            }
        }
        for step in phase.steps.iter().filter(|step| matches!(step.act, Act::Manual { .. })) {
            list.push(format!("Someone is there who does the step \"{}\" of {called} by hand.", step.name));
        }
    }
    let programs: BTreeSet<&str> = plan
        .phases
        .iter()
        .flat_map(|phase| phase.steps.iter().chain(&phase.verify))
        .chain(&settings.validate)
        .filter_map(|step| match &step.act {
            Act::Command { words } => words.first().map(String::as_str),
            _ => None,
        })
        .collect();
    if !programs.is_empty() {
        let programs: Vec<&str> = programs.into_iter().collect();
        list.push(format!("These programs are here and have their access: {}.", programs.join(", ")));
    }
    if plan.restores() {
        let room = point.bytes.saturating_mul(2);
        list.push(format!(
            "There is room on the disk: {} for what is restored and for the safety point of the present state, besides what git keeps.",
            HumanBytes(room)
        ));
    } else {
        list.push(format!(
            "No phase restores the point: files stay what they are unless a step changes them. `readiness rollback restore {id}` brings them back."
        ));
    }
    if plan.derived {
        list.push("No phases are declared: someone looked through the releases below for what they changed outside the tree (databases, queues, caches, other systems), and knows how that is undone.".to_owned());
    }
    list.push("Everybody in the communication plan was told that it begins.".to_owned());
    list.push("Monitoring is open and shows the state before, so that a change is seen.".to_owned());
    list
}

/// What to see to after the last phase.
pub(super) fn after(plan: &Plan, settings: &Settings) -> Vec<String> {
    let point = &plan.facts.point;
    let id = &point.id;
    let mut list = Vec::new();
    for (number, phase) in plan.numbered() {
        let called = called(number, phase);
        match &phase.verify {
            Some(verify) => list.push(format!(
                "{} is reversed: {} succeeded.",
                sentence(&called),
                steps::described(&verify.act)
            )),
            None if phase.steps.is_empty() => {}
            None => list
                .push(format!("{} has no verification: someone saw that it is reversed.", sentence(&called))),
        }
    }
    for step in &settings.validate {
        list.push(format!("Validation \"{}\" succeeds: {}.", step.name, steps::described(&step.act)));
    }
    if plan.restores() {
        if let Some(commit) = &point.commit {
            let branch = point.branch.as_deref().map_or_else(String::new, |branch| format!(" on {branch}"));
            list.push(format!("`git status` shows what it showed at the point: commit {commit}{branch}."));
        }
        list.push(format!("`readiness rollback show {id}` tells of no difference that matters."));
    }
    if !point.environment.is_empty() {
        list.push(format!(
            "Environment variables are what they were, which no phase sees to by itself: {}.",
            point.environment.join(", ")
        ));
    }
    list.push("Monitoring shows the usual rates of errors and response times for half an hour.".to_owned());
    list.push("Everybody in the communication plan was told that it ended, and how.".to_owned());
    if plan.restores() {
        list.push("The safety point of the state before is kept until the cause is found: `readiness rollback list` names it, `readiness rollback pin ID` keeps it.".to_owned());
        list.push("What was put aside in .readiness/rollback/kept/ was looked through, and what is still wanted was taken back.".to_owned());
    }
    list.push("The freeze is lifted, and what was stopped for it runs again.".to_owned());
    list.push("It is written down what happened: why it was decided, when each phase began and ended (the trail has it), what surprised, what changes in the plan.".to_owned());
    list
}

/// Whom to tell, and when.
pub(super) fn communication(plan: &Plan) -> Vec<String> {
    let all: Vec<&str> =
        unique(plan.phases.iter().flat_map(|phase| phase.communicate.iter().chain(&phase.owner)));
    if all.is_empty() {
        return vec!["Nobody is named: no phase has `communicate` or `owner`. Before the first phase, decide who is told, by whom and where.".to_owned()];
    }
    let all = all.join("; ");
    let point = &plan.facts.point;
    let window = plan
        .expected
        .map_or_else(String::new, |expected| format!(", that it should take {}", long(expected)));
    let mut list = vec![format!(
        "Before the first phase: {all} - that we go back to the state of {}{window}, and where news will be.",
        point.created
    )];
    for (number, phase) in plan.numbered() {
        let told = unique(phase.communicate.iter().chain(&phase.owner));
        if !told.is_empty() {
            list.push(format!("{}: {}.", sentence(&called(number, phase)), told.join("; ")));
        }
    }
    list.push(format!(
        "After the last phase: {all} - that it is done, what works again, what was lost, who is still at it."
    ));
    let owners: Vec<&str> = unique(plan.phases.iter().filter_map(|phase| phase.owner.as_ref()));
    let first = if owners.is_empty() {
        "whoever decides".to_owned()
    } else {
        format!("whoever decides, and {}", owners.join(", "))
    };
    list.push(format!("When a phase fails: at once {first}; then {all} - what failed, what works now, when there will be news again."));
    list
}

/// What to do when there is no time for the plan.
pub(super) fn emergency(plan: &Plan, settings: &Settings) -> Vec<String> {
    let mut list = settings.emergency.clone();
    list.push("`readiness rollback emergency` restores the newest verified point: it makes a safety point first, shows what changes and asks once; with `--yes` it asks nothing.".to_owned());
    let other: Vec<String> = plan
        .numbered()
        .filter(|(_, phase)| phase.steps.iter().any(|step| !matches!(step.act, Act::Restore { .. })))
        .map(|(number, phase)| called(number, phase))
        .collect();
    if !other.is_empty() {
        list.push(format!("It restores files and nothing else. What these phases reverse stays as it is, and is to be reversed afterwards: {}.", other.join(", ")));
    }
    list.push("If it is interrupted, `readiness rollback recover` finishes or undoes it; no file is lost either way.".to_owned());
    if settings.emergency.is_empty() {
        list.push(
            "Nobody to call is named: `rollback.emergency` in readiness.yaml has lines for that.".to_owned(),
        );
    }
    list
}

/// Texts in their order, none twice.
fn unique<'t>(texts: impl Iterator<Item = &'t String>) -> Vec<&'t str> {
    let mut seen = BTreeSet::new();
    texts.map(String::as_str).filter(|text| seen.insert(*text)).collect()
}

/// A text that begins a sentence.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().collect::<String>() + letters.as_str())
}
