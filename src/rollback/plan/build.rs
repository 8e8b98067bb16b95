//! The phases of a rollback: those that are declared, backwards; else those that git knows of.

use std::time::Duration;

use super::{Facts, Plan, lists};
use crate::host::git_since::{Stretch, Way};
use crate::rollback::settings::{Act, Phase, Risk, Settings, Step};

/// Longest that the restore of a derived phase may take.
const RESTORE: Duration = Duration::from_hours(1);

/// The plan for going back to a point. `way` is what git knows of the commits since; it counts only where no phases are
/// declared. Pure: the same settings, facts and way make the same plan.
#[must_use]
pub fn plan(settings: &Settings, facts: Facts, way: &Way) -> Plan {
    let derived = settings.phases.is_empty();
    let phases: Vec<Phase> =
        if derived { from_git(&facts, way) } else { settings.phases.iter().rev().cloned().collect() };
    let known: Vec<Duration> = phases.iter().filter_map(|phase| phase.expected).collect();
    let mut plan = Plan {
        unknown: phases.len() - known.len(),
        expected: (!known.is_empty())
            .then(|| known.iter().fold(Duration::ZERO, |sum, one| sum.saturating_add(*one))),
        risk: phases.iter().map(|phase| phase.risk).max().unwrap_or_default(),
        limit: settings.rehearsal.max_duration,
        facts,
        phases,
        derived,
        ..Plan::default()
    };
    plan.before = lists::before(&plan, settings);
    plan.after = lists::after(&plan, settings);
    plan.communication = lists::communication(&plan);
    plan.emergency = lists::emergency(&plan, settings);
    plan
}

/// One phase a tag, newest first, which only tells what is undone; the last one restores the point.
fn from_git(facts: &Facts, way: &Way) -> Vec<Phase> {
    let base = || if way.base.is_empty() { "the point".to_owned() } else { way.base.join(", ") };
    let mut phases = Vec::new();
    for (number, stretch) in way.stretches.iter().enumerate() {
        let below = way.stretches.get(number + 1).and_then(|next| next.tag.clone()).unwrap_or_else(base);
        let here = stretch.tag.as_deref().unwrap_or("the commit checked out now");
        phases.push(Phase {
            name: format!("go back from {here} to {below}"),
            reverses: Some(commits(stretch)),
            steps: Vec::new(),
            verify: None,
            expected: None,
            risk: Risk::Medium,
            owner: None,
            communicate: Vec::new(),
        });
    }
    let mut reverses =
        "every change to files, git state, configuration and security files since the point".to_owned();
    if way.elsewhere > 0 {
        let count = way.elsewhere;
        reverses.push_str(&format!("; what is checked out now does not descend from the point: {count} commits of the point come back"));
    }
    if let Some(reason) = &facts.unknown {
        reverses.push_str(&format!("; what was committed since is not known: {reason}"));
    }
    if way.is_cut {
        reverses.push_str("; there are more commits and tags since than this plan lists");
    }
    let name = facts
        .point
        .name
        .as_deref()
        .map_or_else(|| facts.point.id.clone(), |name| format!("{name} ({})", facts.point.id));
    phases.push(Phase {
        name: format!("restore the point {name}"),
        reverses: Some(reverses),
        steps: vec![Step {
            name: "restore git state, configuration and security files".to_owned(),
            act: Act::Restore { only: Vec::new() },
            limit: RESTORE,
            rehearse: true,
        }],
        verify: None,
        expected: None,
        risk: Risk::Medium,
        owner: None,
        communicate: Vec::new(),
    });
    phases
}

fn commits(stretch: &Stretch) -> String {
    let count =
        if stretch.commits == 1 { "1 commit".to_owned() } else { format!("{} commits", stretch.commits) };
    let more = stretch.commits > stretch.subjects.len() as u64;
    format!("{count}: {}{}", stretch.subjects.join("; "), if more { "; …" } else { "" })
}
