use super::*;

const STILL: [f64; 8] = [100.0, 101.0, 99.0, 100.5, 99.5, 100.2, 99.8, 100.1];

const ASKED: Question = Question {
    worse: Worse::More,
    centre: Centre::Median,
    kind: Kind::Relative,
    threshold: 0.2,
    floor: 0.0,
    groups: 4,
    between: Between::Assumed(0.05),
    together: 1,
};

fn scaled(by: f64) -> Vec<Vec<f64>> {
    vec![STILL.iter().map(|value| value * by).collect()]
}

fn close(found: f64, expected: f64, within: f64) {
    assert!((found - expected).abs() <= within, "{found} {expected}");
}

#[test]
fn one_group_proves_no_more_than_groups_differ() {
    // 5 % between groups make 7.07 % between two: 1.2 in logarithms is 2.578 of that, and its tail 0.00496.
    let found = judge_single(100.0, 120.0, ASKED);
    close(found.p.unwrap(), 0.004_96, 1e-4);
    // Ranks would say 1/12870; the tail says how sure it is.
    let found = judge(&scaled(1.0), &scaled(1.25), ASKED);
    assert_eq!(found.call, Call::Worse, "{found:?}");
    close(found.p.unwrap(), 0.000_8, 2e-4);
    let found = judge(&scaled(1.0), &scaled(1.15), ASKED);
    // ln 1.15 / 0.0707 = 1.98: worse by less than the limit, and hardly by chance.
    assert_eq!(found.call, Call::SlightlyWorse, "{found:?}");
    let found = judge(&scaled(1.0), &scaled(1.1), ASKED);
    assert_eq!(found.call, Call::NoWorse, "{found:?}");
    // Among twenty, it may be chance.
    let mut all = vec![judge(&scaled(1.0), &scaled(1.2001), ASKED); 1];
    all.extend(std::iter::repeat_n(judge(&scaled(1.0), &scaled(1.0), ASKED), 19));
    assert_eq!(all[0].call, Call::Worse);
    correct(&mut all.iter_mut().collect::<Vec<_>>());
    assert_eq!(all[0].call, Call::PerhapsWorse, "{:?}", all[0]);
}

#[test]
fn what_was_seen_of_groups_counts_by_their_number() {
    let p = |between| judge_single(100.0, 125.0, Question { between, ..ASKED }).p.unwrap();
    // A third of what was seen and two of what was assumed: ln 1.25 / √(2 · (0.01² + 2 · 0.05²) / 3) = 3.827 (scipy.stats.norm.sf).
    let (few, many) = (p(Between::Seen(0.01, 10, 0.05)), p(Between::Seen(0.05, 10_000_000, 0.1)));
    close(few, 6.4889e-05, 1e-8);
    close(many, p(Between::Assumed(0.05)), 1e-5);
    // Nothing seen or assumed to differ: anything is sure.
    assert!(p(Between::Seen(0.0, 10, 0.0)) < 1e-9);
}

#[test]
fn less_may_be_worse_and_so_may_both() {
    let less = Question { worse: Worse::Less, ..ASKED };
    assert_eq!(judge(&scaled(1.0), &scaled(0.7), less).call, Call::Worse);
    assert_eq!(judge(&scaled(1.0), &scaled(1.5), less).call, Call::NoWorse);
    // All is gone.
    assert_eq!(judge_single(10.0, 0.0, less).call, Call::Worse);
    let either = Question { worse: Worse::Either, ..ASKED };
    for by in [0.6, 1.6] {
        let found = judge(&scaled(1.0), &scaled(by), either);
        assert_eq!(found.call, Call::Worse, "{found:?}");
        assert!(found.change > 0.39, "{found:?}");
    }
    close(
        judge_single(100.0, 120.0, either).p.unwrap(),
        2.0 * judge_single(100.0, 120.0, ASKED).p.unwrap(),
        1e-12,
    );
    // From -10 to -5 is half as much more.
    close(judge_single(-10.0, -5.0, ASKED).change, 0.5, 1e-12);
    close(judge_single(-10.0, -5.0, less).change, -0.5, 1e-12);
}

#[test]
fn too_few_for_many_must_not_overlap() {
    let five = |by: f64| vec![STILL[..5].iter().map(|value| value * by).collect::<Vec<f64>>()];
    // 20/252 proves nothing, and all five are worse than all five.
    let asked = Question { together: 20, ..ASKED };
    assert!(judge(&five(1.0), &five(1.5), asked).p.unwrap() < 1e-4);
    let mut mixed = five(1.5);
    mixed[0][2] = 100.0;
    let found = judge(&five(1.0), &mixed, asked);
    assert!(found.p.unwrap() * 20.0 > ALPHA, "{found:?}");
}

#[test]
fn nothing_is_relative_to_nothing() {
    assert_eq!(judge_single(0.0, 5.0, ASKED).call, Call::NoRatio);
    assert_eq!(judge_single(0.0, 0.0, ASKED).call, Call::NoWorse);
    assert_eq!(judge(&[vec![0.0; 5]], &scaled(1.0), ASKED).call, Call::NoRatio);
    assert_eq!(judge(&[vec![0.0; 3]], &scaled(1.0), ASKED).call, Call::TooFew);
    assert_eq!(judge(&[], &[vec![f64::NAN; 9]], ASKED).call, Call::TooFew);
    // A difference up to the floor never counts.
    let floor = Question { floor: 60.0, ..ASKED };
    assert_eq!(judge(&scaled(1.0), &scaled(1.5), floor).call, Call::TooSmall);
    assert_eq!(judge_single(100.0, 150.0, floor).call, Call::TooSmall);
    assert_eq!(judge_single(100.0, 170.0, floor).call, Call::Worse);
}
