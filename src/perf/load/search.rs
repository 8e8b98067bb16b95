//! Whether an answer contains what it must, in the pieces in which it comes.

use memchr::memmem::Finder;

/// Texts that must all be in a body.
#[derive(Debug)]
pub(super) struct Needles {
    finders: Vec<Finder<'static>>,
    longest: usize,
}

/// How far the search in one body is.
#[derive(Debug, Default)]
pub(super) struct Search {
    /// Which of the texts were found.
    found: Vec<bool>,
    /// The last bytes so far, one less than the longest text has, and room for the first bytes of the next piece.
    seam: Vec<u8>,
}

impl Needles {
    pub(super) fn new(texts: &[Vec<u8>]) -> Self {
        let finders = texts.iter().map(|text| Finder::new(text).into_owned()).collect();
        Self { finders, longest: texts.iter().map(Vec::len).max().unwrap_or(0) }
    }
}

impl Search {
    /// Gets ready for another body.
    pub(super) fn reset(&mut self, needles: &Needles) {
        if !needles.finders.is_empty() || !self.found.is_empty() {
            self.found.clear();
            self.found.resize(needles.finders.len(), false);
            self.seam.clear();
        }
    }

    /// Looks through the next piece.
    pub(super) fn feed(&mut self, needles: &Needles, piece: &[u8]) {
        if self.found.iter().all(|found| *found) {
            return;
        }
        let overlap = needles.longest.saturating_sub(1);
        let tail = self.seam.len();
        self.seam.extend_from_slice(piece.get(..overlap).unwrap_or(piece));
        for (found, finder) in self.found.iter_mut().zip(&needles.finders) {
            *found =
                *found || finder.find(piece).is_some() || (tail > 0 && finder.find(&self.seam).is_some());
        }
        // Of a long piece only its end can begin a text that the next piece ends.
        if piece.len() >= overlap {
            self.seam.clear();
            self.seam.extend_from_slice(piece.get(piece.len() - overlap..).unwrap_or_default());
        } else {
            let surplus = self.seam.len().saturating_sub(overlap);
            self.seam.drain(..surplus);
        }
    }

    /// Whether all were found. A text without bytes is in every body.
    pub(super) fn found(&self, needles: &Needles) -> bool {
        self.found.iter().zip(&needles.finders).all(|(found, finder)| *found || finder.needle().is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(texts: &[&str], pieces: &[&[u8]]) -> bool {
        let needles = Needles::new(&texts.iter().map(|text| text.as_bytes().to_vec()).collect::<Vec<_>>());
        let mut search = Search::default();
        search.reset(&needles);
        pieces.iter().for_each(|piece| search.feed(&needles, piece));
        search.found(&needles)
    }

    #[test]
    fn texts_are_found_whole_and_over_seams() {
        let body = b"The quick brown fox";
        for first in 0..body.len() {
            for second in first..body.len() {
                let pieces = [&body[..first], &body[first..second], &body[second..]];
                assert!(found(&["quick brown", "T", "fox"], &pieces), "{first} {second}");
                assert!(!found(&["quick", "brown  fox"], &pieces), "{first} {second}");
            }
        }
        let bytes: Vec<&[u8]> = body.chunks(1).collect();
        assert!(found(&["The quick brown fox", "k"], &bytes));
        assert!(!found(&["foxx"], &bytes));
        assert!(found(&[], &[]) && found(&[""], &[]) && !found(&["a"], &[]));
    }

    #[test]
    fn a_text_of_an_earlier_body_does_not_count() {
        let needles = Needles::new(&[b"ab".to_vec()]);
        let mut search = Search::default();
        search.reset(&needles);
        search.feed(&needles, b"ab");
        assert!(search.found(&needles));
        search.reset(&needles);
        search.feed(&needles, b"a");
        search.reset(&needles);
        search.feed(&needles, b"b");
        assert!(!search.found(&needles));
    }
}
