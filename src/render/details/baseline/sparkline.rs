//! The course of a metric in one line of text.

use super::units::measured;
use crate::render::details::numbers::whole;

const LEVELS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
/// What stands for values that are all the same: neither low nor high.
const FLAT: char = '▄';

/// Values, oldest first, as at most `most` cells; of more values each cell is the median of a slice. What is no
/// number is left out. Empty for fewer than two numbers: one has no course.
pub(in crate::render) fn sparkline(values: impl Iterator<Item = f64>, most: usize) -> String {
    let values: Vec<f64> = values.filter(|value| value.is_finite()).collect();
    if values.len() < 2 {
        return String::new();
    }
    let cells: Vec<f64> = if values.len() <= most {
        values
    } else {
        let start = |cell: usize| cell * values.len() / most;
        (0..most).filter_map(|cell| median(values.get(start(cell)..start(cell + 1))?)).collect()
    };
    let least = cells.iter().copied().fold(f64::INFINITY, f64::min);
    let highest = cells.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    // By halves, because the distance of two numbers may be more than any number.
    let span = highest / 2.0 - least / 2.0;
    let steps = measured(LEVELS.len()) - 1.0;
    let cell = |value: f64| {
        let part = (value / 2.0 - least / 2.0) / span;
        // Differences in the last digits of large numbers are no course.
        if span <= highest.abs().max(least.abs()) * 1e-12 || !part.is_finite() {
            return FLAT;
        }
        let level = usize::try_from(whole((part * steps).round())).unwrap_or(0);
        LEVELS.get(level).copied().unwrap_or(FLAT)
    };
    cells.into_iter().map(cell).collect()
}

fn median(slice: &[f64]) -> Option<f64> {
    let mut sorted = slice.to_vec();
    sorted.sort_by(f64::total_cmp);
    let upper = *sorted.get(sorted.len() / 2)?;
    let lower = *sorted.get(sorted.len().checked_sub(1)? / 2)?;
    Some(f64::midpoint(lower, upper))
}

#[cfg(test)]
mod tests {
    use super::*;

    const CELLS: usize = 24;

    fn drawn(values: impl Iterator<Item = f64>) -> String {
        sparkline(values, CELLS)
    }

    fn rising(many: usize) -> impl Iterator<Item = f64> {
        (0..many).map(measured)
    }

    #[test]
    fn a_course_has_levels() {
        assert_eq!(drawn(rising(8)), "▁▂▃▄▅▆▇█");
        assert_eq!(drawn([3.0, 1.0, 3.0].into_iter()), "█▁█");
        assert_eq!(drawn([-1.0, 0.0, 1.0].into_iter()), "▁▅█");
    }

    #[test]
    fn many_values_become_few_cells() {
        let line = drawn(rising(10_000));
        assert_eq!(line.chars().count(), CELLS);
        assert!(line.starts_with('▁') && line.ends_with('█'));
        assert_eq!(drawn(rising(25)).chars().count(), CELLS);
        // A single outlier does not speak for its slice.
        let outlier = (0..240).map(|place| if place == 100 { 1e9 } else { 7.0 });
        assert_eq!(drawn(outlier).matches('▄').count(), CELLS);
    }

    #[test]
    fn odd_numbers_draw_nothing_odd() {
        assert_eq!(drawn([5.0; 6].into_iter()), "▄▄▄▄▄▄");
        assert_eq!(drawn([0.0; 2].into_iter()), "▄▄");
        assert_eq!(drawn([1.0, f64::NAN, 2.0, f64::INFINITY].into_iter()), "▁█");
        assert_eq!(drawn([f64::MIN, f64::MAX].into_iter()), "▁█");
        assert_eq!(drawn([5e-324, 0.0].into_iter()).chars().count(), 2);
        assert_eq!(drawn([f64::NAN; 9].into_iter()), "");
        assert_eq!(drawn(std::iter::once(1.0)), "");
    }
}
