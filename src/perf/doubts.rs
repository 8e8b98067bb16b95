//! Why the numbers of a run do not say what they seem to: pure functions over what was recorded.

use crate::host::listener::Listener;
use crate::perf::load::Recording;
use crate::report::{Doubt, DoubtKind, RequestCounts};

/// Largest share of its time that the generator may wait for a processor, in percent: beyond, its own waiting is half of
/// what is measured.
const WAITED_PERCENT: u64 = 50;
/// Use of the generator's cores, in percent, over which it and not the server may set the numbers.
const BUSY_PERCENT: u64 = 85;
/// Part of the requests due, in percent, that must be sent for a rate to be the one that was asked for.
const SENT_PERCENT: u64 = 99;
/// Good answers from which a run says anything.
const SAMPLES: u64 = 100;
/// Most endpoints named in one sentence.
const NAMED: usize = 5;

/// What a run is held against.
#[derive(Clone, Debug, Default)]
pub struct Facts<'a> {
    /// Which run, from 1, if there are several.
    pub run: Option<u32>,
    /// Names of the endpoints, in the order of the recording.
    pub endpoints: Vec<&'a str>,
    /// Name of the header that every answer must have.
    pub expected_header: Option<&'a str>,
    /// Who listened before the run, if that could be seen.
    pub listener_before: Option<&'a Listener>,
    /// Who listened after it.
    pub listener_after: Option<&'a Listener>,
    /// Whether the process that was watched ended under way.
    pub target_ended: bool,
}

/// The doubts about one run; none for a valid one.
#[must_use]
pub fn doubts(recording: &Recording, facts: &Facts<'_>) -> Vec<Doubt> {
    let mut counts = RequestCounts::default();
    recording.endpoints.iter().for_each(|endpoint| counts.add(&endpoint.counts));
    let mut found = Vec::new();
    found.extend(aborted(recording));
    found.extend(other_answers(recording, &counts, facts));
    found.extend(other_listener(facts));
    found.extend(generator_bound(recording));
    found.extend(rate_missed(recording, &counts));
    found.extend(too_few(recording, &counts, facts));
    if let Some(run) = facts.run {
        found.iter_mut().for_each(|doubt| doubt.text = format!("run {run}: {}", doubt.text));
    }
    found
}

fn doubt(kind: DoubtKind, text: String, hint: &str) -> Doubt {
    Doubt { kind, text, hint: Some(hint.to_owned()) }
}

fn aborted(recording: &Recording) -> Option<Doubt> {
    let after = float(recording.measured) / 1e9;
    recording.aborted.then(|| {
        doubt(
            DoubtKind::Aborted,
            format!("ended early, after {after:.1} s of measured time"),
            "let it run to its end",
        )
    })
}

fn other_answers(recording: &Recording, counts: &RequestCounts, facts: &Facts<'_>) -> Option<Doubt> {
    let others = recording.other_target;
    let header = facts.expected_header.unwrap_or("expected");
    (others > 0).then(|| {
        let text = format!("{others} of {} answers lack the header `{header}`, or its value", counts.ended());
        doubt(DoubtKind::OtherTarget, text, "see what else answers at this address")
    })
}

fn other_listener(facts: &Facts<'_>) -> Option<Doubt> {
    let hint = "see why it ended, and measure anew";
    let name = |listener: &Listener| format!("{} (process {})", listener.program, listener.pid);
    let text = match (facts.listener_before, facts.listener_after) {
        (Some(before), Some(after)) if before.pid != after.pid || before.program != after.program => {
            format!("{} listened before the run and {} after it", name(before), name(after))
        }
        (Some(before), None) => format!("{} listened before the run and nobody after it", name(before)),
        _ if facts.target_ended => "the server's process ended during the run".to_owned(),
        _ => return None,
    };
    Some(doubt(DoubtKind::OtherTarget, text, hint))
}

fn generator_bound(recording: &Recording) -> Option<Doubt> {
    let (busy, available) = (recording.busy, recording.available);
    let bound = u128::from(busy) * 100 > u128::from(available) * u128::from(BUSY_PERCENT);
    let waited =
        u128::from(recording.waited) * 100 > u128::from(recording.lived) * u128::from(WAITED_PERCENT);
    if waited && !bound {
        let share = float(recording.waited) / float(recording.lived) * 100.0;
        let text = format!(
            "the generator waited {share:.0} % of the time for a processor (at most {WAITED_PERCENT} % is sound): other programs took it"
        );
        return Some(doubt(
            DoubtKind::GeneratorBound,
            text,
            "measure on a machine that has nothing else to do",
        ));
    }
    (bound && available > 0).then(|| {
        let share = float(busy) / float(available) * 100.0;
        let cores = if recording.measured > 0 { float(available) / float(recording.measured) } else { 0.0 };
        let text = format!(
            "the generator used {share:.1} % of its {cores:.1} cores (at most {BUSY_PERCENT} % is sound): it may be the bottleneck"
        );
        doubt(DoubtKind::GeneratorBound, text, "use fewer connections, more --threads, or another machine for the load")
    })
}

fn rate_missed(recording: &Recording, counts: &RequestCounts) -> Option<Doubt> {
    let (sent, offered) = (recording.sent, recording.offered);
    let missed = u128::from(sent) * 100 < u128::from(offered) * u128::from(SENT_PERCENT);
    missed.then(|| {
        let share = float(sent) / float(offered) * 100.0;
        let text = format!(
            "{sent} of {offered} requests due were sent ({share:.1} %, at least {SENT_PERCENT} % is sound); {} waited too long for a free connection",
            counts.dropped
        );
        let hint = if counts.errors() > counts.ok {
            "see why requests fail: a server that does not answer cannot be sent more"
        } else {
            "lower --rate, or allow more requests under way with --concurrency"
        };
        doubt(DoubtKind::RateMissed, text, hint)
    })
}

fn too_few(recording: &Recording, counts: &RequestCounts, facts: &Facts<'_>) -> Vec<Doubt> {
    let hint = "measure longer, or see why requests fail";
    let mut found = Vec::new();
    if counts.ok < SAMPLES {
        let text = format!("good answers in all: {}, at least {SAMPLES} are needed", counts.ok);
        found.push(doubt(DoubtKind::TooFew, text, hint));
    }
    let silent =
        |number: usize| recording.endpoints.get(number).is_some_and(|endpoint| endpoint.counts.ok == 0);
    let none: Vec<usize> = (0..recording.endpoints.len()).filter(|number| silent(*number)).collect();
    if counts.ok > 0 && !none.is_empty() {
        let name = |number: &usize| match facts.endpoints.get(*number) {
            Some(name) => format!("`{name}`"),
            None => format!("number {}", number + 1),
        };
        let mut names = none.iter().take(NAMED).map(name).collect::<Vec<_>>().join(", ");
        if none.len() > NAMED {
            names = format!("{names} and {} more", none.len() - NAMED);
        }
        found.push(doubt(DoubtKind::TooFew, format!("no good answer from {names}"), hint));
    }
    found
}

#[expect(clippy::cast_precision_loss, reason = "for a sentence, 53 bits are enough")]
const fn float(number: u64) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::perf::load::EndpointRecording;

    /// Two endpoints with so many good answers, and nothing wrong.
    fn recording(first: u64, second: u64) -> Recording {
        let endpoint = |ok: u64| EndpointRecording {
            counts: RequestCounts { ok, ..RequestCounts::default() },
            ..EndpointRecording::default()
        };
        Recording {
            endpoints: vec![endpoint(first), endpoint(second)],
            measured: 10_000_000_000,
            busy: 1,
            available: 20_000_000_000,
            ..Recording::default()
        }
    }

    fn kinds(recording: &Recording, facts: &Facts<'_>) -> Vec<DoubtKind> {
        doubts(recording, facts).iter().map(|doubt| doubt.kind).collect()
    }

    #[test]
    fn a_sound_run_has_none() {
        assert_eq!(kinds(&recording(50, 50), &Facts::default()), []);
    }

    #[test]
    fn a_generator_that_waited_for_a_processor() {
        let mut run = recording(100, 100);
        (run.waited, run.lived) = (5_000_000_000, 10_000_000_000);
        assert_eq!(kinds(&run, &Facts::default()), []);
        run.waited += 1;
        assert_eq!(kinds(&run, &Facts::default()), [DoubtKind::GeneratorBound]);
    }

    #[test]
    fn a_generator_over_85_percent() {
        let mut run = recording(100, 100);
        run.busy = 17_000_000_000;
        assert_eq!(kinds(&run, &Facts::default()), []);
        run.busy += 1;
        assert_eq!(kinds(&run, &Facts::default()), [DoubtKind::GeneratorBound]);
        run.busy = 18_000_000_000;
        let doubt = &doubts(&run, &Facts { run: Some(3), ..Facts::default() })[0];
        assert!(
            doubt.text.starts_with("run 3: the generator used 90.0 % of its 2.0 cores"),
            "{}",
            doubt.text
        );
        // Where its time is not known there is nothing to say.
        run.available = 0;
        assert_eq!(kinds(&run, &Facts::default()), []);
    }

    #[test]
    fn a_rate_under_99_percent() {
        let mut run = recording(100, 100);
        (run.offered, run.sent) = (10_000, 9_900);
        assert_eq!(kinds(&run, &Facts::default()), []);
        run.sent = 9_899;
        run.endpoints[0].counts.dropped = 101;
        assert_eq!(kinds(&run, &Facts::default()), [DoubtKind::RateMissed]);
        let text = &doubts(&run, &Facts::default())[0].text;
        assert!(
            text.contains("9899 of 10000") && text.contains("99.0 %") && text.contains("101 waited too long"),
            "{text}"
        );
    }

    #[test]
    fn too_few_answers_in_all_or_from_one() {
        assert_eq!(kinds(&recording(99, 1), &Facts::default()), []);
        assert_eq!(kinds(&recording(98, 1), &Facts::default()), [DoubtKind::TooFew]);
        assert_eq!(kinds(&recording(0, 0), &Facts::default()), [DoubtKind::TooFew]);
        let facts = Facts { endpoints: vec!["list", "buy"], ..Facts::default() };
        assert_eq!(doubts(&recording(500, 0), &facts)[0].text, "no good answer from `buy`");
        let mut many = recording(500, 0);
        many.endpoints.resize(9, EndpointRecording::default());
        let text = &doubts(&many, &facts)[0].text;
        assert!(text.ends_with("number 6 and 3 more"), "{text}");
    }

    #[test]
    fn another_server_answers_or_listens() {
        let mut run = recording(500, 500);
        run.other_target = 1;
        let facts = Facts { expected_header: Some("x-build"), ..Facts::default() };
        assert_eq!(doubts(&run, &facts)[0].text, "1 of 1000 answers lack the header `x-build`, or its value");
        run.other_target = 0;
        let listener = |pid: u32, program: &str| Listener { pid, program: program.to_owned(), whole: true };
        let (one, same, other) = (listener(7, "nginx"), listener(7, "nginx"), listener(8, "nginx"));
        let renamed = listener(7, "caddy");
        let between = |before, after, ended| {
            let facts = Facts {
                listener_before: before,
                listener_after: after,
                target_ended: ended,
                ..Facts::default()
            };
            kinds(&run, &facts)
        };
        assert_eq!(between(Some(&one), Some(&same), false), []);
        assert_eq!(between(None, Some(&same), false), []);
        assert_eq!(between(Some(&one), Some(&other), false), [DoubtKind::OtherTarget]);
        assert_eq!(between(Some(&one), Some(&renamed), false), [DoubtKind::OtherTarget]);
        assert_eq!(between(Some(&one), None, false), [DoubtKind::OtherTarget]);
        assert_eq!(between(Some(&one), None, true), [DoubtKind::OtherTarget]);
        assert_eq!(between(None, None, true), [DoubtKind::OtherTarget]);
    }

    #[test]
    fn a_run_that_was_ended() {
        let mut run = recording(500, 500);
        run.aborted = true;
        run.measured = 3_210_000_000;
        assert_eq!(doubts(&run, &Facts::default())[0].text, "ended early, after 3.2 s of measured time");
        assert_eq!(kinds(&run, &Facts::default()), [DoubtKind::Aborted]);
    }
}
