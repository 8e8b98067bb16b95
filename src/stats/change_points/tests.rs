use super::super::random::Random;
use super::*;

/// Sums of twelve uniform numbers are all but normal, with a standard deviation of 1.
fn noise(random: &mut Random) -> f64 {
    (0..12).map(|_| random.unit()).sum::<f64>() - 6.0
}

fn series(random: &mut Random, levels: &[(usize, f64)]) -> Vec<f64> {
    levels
        .iter()
        .flat_map(|(size, level)| std::iter::repeat_n(*level, *size))
        .map(|level| level + noise(random))
        .collect()
}

#[test]
fn the_nile_fell_after_1898() {
    // The 28 years to 1898 against the 72 since, as Cobb (1978) and Pettitt's test (tests/interop/statistics.py) have it;
    // medians by the same script.
    let found = change_points(&NILE);
    let [only] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!((1871 + only.place, only.before, only.after), (1899, 1130.0, 842.5));
    assert!(only.p < 1e-6, "{only:?}");
}

#[test]
fn steps_are_found_where_they_are() {
    let mut random = Random::new(1);
    let (mut hit, mut more) = (0, 0);
    for _ in 0..40 {
        // Four standard deviations, with six new values only; and a stay that went away again.
        let found = change_points(&series(&mut random, &[(40, 10.0), (6, 14.0)]));
        hit += usize::from(found.iter().any(|change| change.place.abs_diff(40) <= 1));
        more += found.len().saturating_sub(1);
        let found = change_points(&series(&mut random, &[(45, 10.0), (12, 14.0), (43, 10.0)]));
        hit += usize::from(found.iter().any(|change| change.place.abs_diff(45) <= 1 && change.after > 12.0));
        hit += usize::from(found.iter().any(|change| change.place.abs_diff(57) <= 1 && change.after < 12.0));
        more += found.len().saturating_sub(2);
    }
    assert!(hit >= 105 && more <= 2, "{hit} of 120, {more}");
}

#[test]
fn nothing_changes_in_noise() {
    let mut random = Random::new(2);
    let alarms = (0..200).filter(|_| !change_points(&series(&mut random, &[(60, 10.0)])).is_empty()).count();
    assert!(alarms <= 4, "{alarms}");
    assert!(change_points(&[5.0; 50]).is_empty());
    assert!(change_points(&[]).is_empty() && change_points(&[1.0; 9]).is_empty());
    // One wild value is no change, and neither is one that comes now and then.
    let mut wild = vec![1.0; 60];
    wild[30] = 1e6;
    assert!(change_points(&wild).is_empty());
}

#[test]
fn counts_have_few_values_and_are_judged_all_the_same() {
    let mut steps = vec![3.0; 30];
    steps.extend([4.0; 20]);
    let found = change_points(&steps);
    assert!(matches!(found.as_slice(), [Change { place: 30, before: 3.0, after: 4.0, .. }]), "{found:?}");
    // Of a long series, only the newest values are looked at.
    let long: Vec<f64> = std::iter::repeat_n(1.0, 3_000).chain(std::iter::repeat_n(2.0, 100)).collect();
    let found = change_points(&long);
    assert!(matches!(found.as_slice(), [Change { place: 3_000, .. }]), "{found:?}");
}
