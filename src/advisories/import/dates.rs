//! When the entries of a source were changed: the newest of them, and how long the source was silent between entries.

use std::collections::BTreeSet;

/// Days with entries that the pause is taken from, the newest ones.
const DAYS: usize = 20;
/// With fewer days the pause is not known.
const FEWEST: usize = 5;
/// A day in microseconds.
const DAY: i64 = 86_400_000_000;

/// The dates of some entries of one source. Times are microseconds since 1970.
#[derive(Debug, Default)]
pub(super) struct Dates {
    newest: Option<i64>,
    /// The newest days on which an entry was changed, as days since 1970.
    days: BTreeSet<i64>,
}

impl Dates {
    /// Takes an entry in.
    pub(super) fn add(&mut self, changed: i64, now: i64) {
        // An entry from the future would make the data look fresh for ever.
        if changed > now {
            return;
        }
        self.newest = self.newest.max(Some(changed));
        // Some records are of the year 1 or of the first day of 1970; none was written then.
        if changed >= DAY {
            self.day(changed / DAY);
        }
    }

    /// Takes the entries of another place in.
    pub(super) fn join(&mut self, other: &Self) {
        self.newest = self.newest.max(other.newest);
        other.days.iter().for_each(|day| self.day(*day));
    }

    /// When the newest entry was changed; none when all are from the future.
    pub(super) const fn newest(&self) -> Option<i64> {
        self.newest
    }

    /// The longest time between two neighbours of the newest twenty days with entries, in days; none when there are fewer
    /// than five such days.
    pub(super) fn pause(&self) -> Option<u32> {
        if self.days.len() < FEWEST {
            return None;
        }
        let neighbours = self.days.iter().zip(self.days.iter().skip(1));
        neighbours.map(|(day, next)| next - day).max().and_then(|days| u32::try_from(days).ok())
    }

    fn day(&mut self, day: i64) {
        self.days.insert(day);
        if self.days.len() > DAYS {
            self.days.pop_first();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 20_000 * DAY;

    /// The dates of entries changed at noon of these days.
    fn of(days: &[i64]) -> Dates {
        let mut dates = Dates::default();
        days.iter().for_each(|day| dates.add(day * DAY + DAY / 2, NOW));
        dates
    }

    #[test]
    fn the_pause_is_the_longest_between_neighbours() {
        // Between them lie 3, 1, 10 and 2 days.
        assert_eq!(of(&[116, 103, 114, 100, 104]).pause(), Some(10));
        assert_eq!(of(&[100, 100, 103, 104, 114]).pause(), None, "four days tell no pace");
        assert_eq!(of(&[100, 101, 102, 103, 104]).pause(), Some(1));
        assert_eq!(of(&[]).pause(), None);
    }

    #[test]
    fn only_the_newest_days_count() {
        // One long silence, then 20 days in a row: it is forgotten with the twentieth.
        let mut days: Vec<i64> = (1_000..1_019).chain([500]).collect();
        assert_eq!(of(&days).pause(), Some(500));
        days.push(1_019);
        assert_eq!(of(&days).pause(), Some(1));
        let mut joined = of(&days[..10]);
        joined.join(&of(&days[10..]));
        assert_eq!((joined.pause(), joined.newest()), (Some(1), Some(1_019 * DAY + DAY / 2)));
    }

    #[test]
    fn what_is_no_date_tells_nothing() {
        let mut dates = of(&[0, 101, 102, 103, 104]);
        dates.add(-62_135_596_800_000_000, NOW);
        assert_eq!(dates.pause(), None, "the first day of 1970 and the year 1 are no days of entries");
        dates.add(NOW + 1, NOW);
        assert_eq!(dates.newest(), Some(104 * DAY + DAY / 2));
        dates.add(NOW, NOW);
        assert_eq!((dates.newest(), dates.pause()), (Some(NOW), Some(19_896)));
    }
}
