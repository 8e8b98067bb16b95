//! Which point is the newest. Ids sort by the time that the clock showed, and within one second by chance; so one that is
//! stored while another has a later id gets a file `after/ID`, which says behind which others it comes. However far the
//! clock went back, and whenever it is put right, points stay in the order in which they were stored, and one that seems to
//! be of the future hides none that was made after it.
//!
//! The place of a point is a list of ids that compares like a word: its own id, or the ids of others and then its own. A
//! list grows by one for each time that the clock went back, and not with every point.

use std::path::PathBuf;

use super::{Store, StoreError};
use crate::host::disk::Access;
use crate::host::files::read_bounded;
use crate::rollback::point::PointId;

/// Longest list of ids: that many times the clock went back.
const DEEPEST: usize = 1_000;

/// Where a point stands.
pub(super) type Place = Vec<PointId>;

/// The place for a new point behind all others; none when its id alone says so.
pub(super) fn behind(last: &[PointId], id: &PointId) -> Option<Place> {
    let kept = last.iter().take_while(|other| *other >= id).take(DEEPEST - 1).cloned();
    let mut place: Place = kept.collect();
    if place.is_empty() {
        return None;
    }
    place.push(id.clone());
    Some(place)
}

/// The bytes of a file `after/ID`.
fn write(place: &[PointId]) -> Vec<u8> {
    place.iter().flat_map(|id| [id.as_str(), "\n"]).collect::<String>().into_bytes()
}

/// Reads one; none if it is not one of this point.
fn parse(bytes: &[u8], id: &PointId) -> Option<Place> {
    let text = std::str::from_utf8(bytes).ok()?;
    let place = text.lines().take(DEEPEST).map(|line| line.parse().ok()).collect::<Option<Place>>()?;
    (place.last() == Some(id)).then_some(place)
}

impl Store {
    pub(super) fn after_file(&self, id: &PointId) -> PathBuf {
        self.folder.join("after").join(id.as_str())
    }

    /// Where a point stands among the others.
    pub(super) fn place_of(&self, id: &PointId) -> Place {
        let own = read_bounded(&self.after_file(id), 64 * DEEPEST as u64);
        own.ok().and_then(|bytes| parse(&bytes, id)).unwrap_or_else(|| vec![id.clone()])
    }

    /// Puts ids in order, the newest last.
    pub(super) fn sort(&self, ids: Vec<PointId>) -> Vec<PointId> {
        let mut placed: Vec<(Place, PointId)> = ids.into_iter().map(|id| (self.place_of(&id), id)).collect();
        placed.sort();
        placed.into_iter().map(|(_, id)| id).collect()
    }

    /// Notes that a point, which is about to be stored, comes behind all that are there.
    pub(super) fn put_last(&self, id: &PointId) -> Result<(), StoreError> {
        let others = self.ids()?;
        if others.contains(id) {
            return Ok(());
        }
        let last = others.last().map(|last| self.place_of(last)).unwrap_or_default();
        match behind(&last, id) {
            None => self.forget_place(id),
            Some(place) => self.replace(&self.after_file(id), &write(&place), Access::Private),
        }
    }

    /// One that was left by a point that was never stored, or is gone.
    pub(super) fn forget_place(&self, id: &PointId) -> Result<(), StoreError> {
        let path = self.after_file(id);
        if path.symlink_metadata().is_err() {
            return Ok(());
        }
        self.disk.remove_file(&path).map_err(super::io_error(&path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(second: u8) -> PointId {
        format!("20261122T1435{second:02}Z-0123456789abcdef").parse().unwrap()
    }

    #[test]
    fn points_stay_in_the_order_in_which_they_were_stored() {
        // The clock goes back twice, and is put right at the end.
        let seconds = [10, 20, 50, 30, 31, 32, 5, 6, 7, 33, 40, 51, 52];
        let mut places: Vec<Place> = Vec::new();
        for second in seconds {
            let last = places.last().cloned().unwrap_or_default();
            places.push(behind(&last, &id(second)).unwrap_or_else(|| vec![id(second)]));
        }
        assert!(places.is_sorted() && places.windows(2).all(|pair| pair[0] != pair[1]), "{places:?}");
        assert_eq!(places[2].len(), 1);
        assert_eq!(places[5], [id(50), id(32)], "it does not grow with every point");
        assert_eq!(places[8].len(), 3);
        assert_eq!(places[12], [id(52)], "nothing is left of it when the clock is right again");
        for place in &places {
            assert_eq!(parse(&write(place), place.last().unwrap()).as_ref(), Some(place));
        }
        assert_eq!(parse(&write(&places[8]), &id(1)), None, "of another point");
    }
}
