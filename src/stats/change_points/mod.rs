//! When values changed for good, and when they changed back: all of a series looked at from its end, by ranks, so that no
//! wild value is a change and nothing is assumed of how values are distributed.
//!
//! One split of a stretch into two says little of a change in its middle that went away again. So many stretches are looked
//! at: of all lengths, each 1/√2 of the one before, half overlapping ("seeded binary segmentation", Kovács, Bühlmann, Li,
//! Munk 2023). The surest split of all is a change; stretches that hold it are left; and so on. In the end each change is
//! looked for once more between its neighbours, and one that does not hold is none.

use super::rank::{Splits, two_sided};
use super::robust::{count, median};

/// Most values looked at: the newest.
pub const MOST: usize = 1_000;
/// Fewest values on each side of a change.
pub const LEAST: usize = 5;
/// Chance of seeing a change in a stretch that has none; corrected for the places in it (Bonferroni). Low, as elsewhere (Apache
/// Otava has the same), because many stretches are looked at.
pub const ALPHA: f64 = 0.001;
/// Above this, corrected, a normal approximation is not looked at more closely.
const NEAR: f64 = 0.05;

/// A change.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Change {
    /// Place of the first new value.
    pub place: usize,
    /// Median of the values before it, back to the change before.
    pub before: f64,
    /// Median of the values from it on, up to the next change.
    pub after: f64,
    /// Chance of such a difference where nothing changed: of Mann and Whitney's test of the two, both sides, times the number of
    /// places where the change could have been.
    pub p: f64,
}

/// The changes of a series of finite numbers in the order of time, oldest first.
#[must_use]
pub fn change_points(values: &[f64]) -> Vec<Change> {
    let skipped = values.len().saturating_sub(MOST);
    let values = values.get(skipped..).unwrap_or(&[]);
    let mut found: Vec<(usize, usize, usize, f64)> = stretches(values.len())
        .into_iter()
        .filter_map(|(from, to)| surest(values, from, to).map(|(place, p)| (from, to, place, p)))
        .filter(|(_, _, _, p)| *p <= ALPHA)
        .collect();
    // The surest first; of equals the shortest stretch, which is surest to hold no other change.
    found.sort_by(|one, other| {
        one.3.total_cmp(&other.3).then((one.1 - one.0, one.0).cmp(&(other.1 - other.0, other.0)))
    });
    let mut places: Vec<usize> = Vec::new();
    for (from, to, place, _) in found {
        if !places.iter().any(|known| (from + 1..to).contains(known)) {
            places.push(place);
        }
    }
    places.sort_unstable();
    let mut changes = settled(values, places);
    changes.iter_mut().for_each(|change| change.place += skipped);
    changes
}

/// Stretches of a series of this length, from and to.
fn stretches(length: usize) -> Vec<(usize, usize)> {
    let mut all = Vec::new();
    let mut size = count(length);
    while size >= count(2 * LEAST) {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "between 10 and a thousand"
        )]
        let long = (size.ceil() as usize).min(length);
        let steps = (2 * length).div_ceil(long) - 1;
        for step in 0..steps {
            let from = if steps > 1 { step * (length - long) / (steps - 1) } else { 0 };
            all.push((from, from + long));
        }
        size /= std::f64::consts::SQRT_2;
    }
    all.dedup();
    all
}

/// The place of a stretch where the values before and after differ most, and how likely that is by chance.
fn surest(values: &[f64], from: usize, to: usize) -> Option<(usize, f64)> {
    let stretch = values.get(from..to)?;
    if stretch.len() < 2 * LEAST {
        return None;
    }
    let places = count(stretch.len() - 2 * LEAST + 1);
    let (at, rough) = Splits::of(stretch).surest(LEAST)?;
    let p = if rough * places > NEAR {
        rough
    } else {
        let (before, after) = stretch.split_at_checked(at)?;
        two_sided(before, after)
    };
    Some((from + at, (p * places).min(1.0)))
}

/// Each change where it is surest between its neighbours; the least sure one that does not hold goes, until all do.
fn settled(values: &[f64], mut places: Vec<usize>) -> Vec<Change> {
    loop {
        let edges: Vec<usize> =
            std::iter::once(0).chain(places.iter().copied()).chain([values.len()]).collect();
        let mut moved = Vec::new();
        for around in edges.windows(3) {
            let &[from, place, to] = around else { continue };
            let (place, p) = surest(values, from, to).unwrap_or((place, 1.0));
            moved.push((place, p));
        }
        let worst = moved.iter().enumerate().max_by(|one, other| one.1.1.total_cmp(&other.1.1));
        match worst {
            Some((which, (_, p))) if *p > ALPHA => {
                places.remove(which);
            }
            _ => return told(values, &moved),
        }
    }
}

fn told(values: &[f64], places: &[(usize, f64)]) -> Vec<Change> {
    let edges: Vec<usize> =
        std::iter::once(0).chain(places.iter().map(|(place, _)| *place)).chain([values.len()]).collect();
    let middle = |from: usize, to: usize| values.get(from..to).and_then(|part| median(&mut part.to_vec()));
    edges
        .windows(3)
        .zip(places)
        .filter_map(|(around, (place, p))| {
            let &[from, at, to] = around else { return None };
            Some(Change { place: *place, before: middle(from, at)?, after: middle(at, to)?, p: *p })
        })
        .collect()
}

#[cfg(test)]
mod tests;

/// The annual flow of the Nile at Aswan, 1871 to 1970, in 10⁸ cubic metres (Cobb 1978, "The problem of the Nile").
#[cfg(test)]
pub(super) const NILE: [f64; 100] = [
    1120.0, 1160.0, 963.0, 1210.0, 1160.0, 1160.0, 813.0, 1230.0, 1370.0, 1140.0, 995.0, 935.0, 1110.0,
    994.0, 1020.0, 960.0, 1180.0, 799.0, 958.0, 1140.0, 1100.0, 1210.0, 1150.0, 1250.0, 1260.0, 1220.0,
    1030.0, 1100.0, 774.0, 840.0, 874.0, 694.0, 940.0, 833.0, 701.0, 916.0, 692.0, 1020.0, 1050.0, 969.0,
    831.0, 726.0, 456.0, 824.0, 702.0, 1120.0, 1100.0, 832.0, 764.0, 821.0, 768.0, 845.0, 864.0, 862.0,
    698.0, 845.0, 744.0, 796.0, 1040.0, 759.0, 781.0, 865.0, 845.0, 944.0, 984.0, 897.0, 822.0, 1010.0,
    771.0, 676.0, 649.0, 846.0, 812.0, 742.0, 801.0, 1040.0, 860.0, 874.0, 848.0, 890.0, 744.0, 749.0, 838.0,
    1050.0, 918.0, 986.0, 797.0, 923.0, 975.0, 815.0, 1020.0, 906.0, 901.0, 1170.0, 912.0, 746.0, 919.0,
    718.0, 714.0, 740.0,
];
