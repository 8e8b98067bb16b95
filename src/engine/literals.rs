//! Finds any of many literals, ASCII letters in either case, in one pass.
//!
//! Every literal is known by its rarest four bytes. At each position of a text four bytes are loaded, folded to one
//! case and looked up in a bitmap that fits the first-level cache; a hit there is checked against a second one, hashed
//! another way, and only what passes both is looked at. The
//! look-ups of neighbouring positions do not wait for each other, as the steps of an automaton do, and the cost does
//! not grow with the number of literals until the bitmap fills.

/// Bytes that a literal is known by.
const GRAM: usize = 4;
/// Shortest literal. Three bytes are known by every fourth byte that may follow.
pub(super) const SHORTEST: usize = 3;
/// Bits of the hash: a bitmap of 16 KiB.
const BITS: u32 = 17;
const WORDS: usize = (1 << BITS) / 64;
/// Sets the bit that tells upper from lower case. Other bytes are folded together too, which costs a closer look.
const FOLD: u32 = 0x2020_2020;

/// A literal that was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Hit {
    /// Index of the literal.
    pub(super) literal: usize,
    /// Its first byte.
    pub(super) start: usize,
    /// The byte after its last.
    pub(super) end: usize,
}

/// Literals ready to be searched for.
pub(super) struct Literals {
    literals: Vec<Box<[u8]>>,
    filters: [Box<[u64; WORDS]>; 2],
    /// Sorted by gram: gram, literal, offset of the gram in the literal.
    grams: Vec<(u32, u32, u32)>,
    /// For each of the top hash bits, where its grams begin.
    first: Vec<u32>,
}

impl Literals {
    /// Prepares literals; those shorter than [`SHORTEST`] are never found, which a test of the catalogue rules out.
    pub(super) fn new<T: AsRef<[u8]>>(literals: &[T]) -> Self {
        let mut grams: Vec<(u32, u32, u32)> = Vec::new();
        let literals: Vec<Box<[u8]>> = literals.iter().map(|literal| literal.as_ref().into()).collect();
        for (index, literal) in (0_u32..).zip(&literals) {
            match literal.as_ref() {
                [a, b, c] => {
                    let mut every: Vec<u32> = (0..=u8::MAX).map(|d| fold([*a, *b, *c, d])).collect();
                    every.sort_unstable();
                    every.dedup();
                    grams.extend(every.into_iter().map(|gram| (gram, index, 0)));
                }
                longer => grams.extend(rarest(longer).map(|(gram, offset)| (gram, index, offset))),
            }
        }
        grams.sort_unstable_by_key(|(gram, ..)| (hash(*gram), *gram));
        let mut filters = [Box::new([0_u64; WORDS]), Box::new([0_u64; WORDS])];
        let mut first = vec![u32::MAX; 1 << BITS];
        for (at, (gram, ..)) in (0_u32..).zip(&grams) {
            let hash = hash(*gram);
            for (filter, hash) in filters.iter_mut().zip([hash, other_hash(*gram)]) {
                if let Some(word) = filter.get_mut(hash as usize / 64) {
                    *word |= 1 << (hash % 64);
                }
            }
            if let Some(slot) = first.get_mut(hash as usize) {
                *slot = (*slot).min(at);
            }
        }
        Self { literals, filters, grams, first }
    }

    /// Calls `found` for every literal in the text, in the order of what they are known by.
    pub(super) fn search(&self, text: &[u8], mut found: impl FnMut(Hit)) {
        for (at, bytes) in text.windows(GRAM).enumerate() {
            let [a, b, c, d] = *bytes else { continue };
            let gram = fold([a, b, c, d]);
            if self.may_hold(gram) {
                self.look(text, at, gram, &mut found);
            }
        }
        // Three bytes at the very end have no fourth; any stands for it.
        if let Some(at) = text.len().checked_sub(SHORTEST)
            && let Some(&[a, b, c]) = text.get(at..)
        {
            self.look(text, at, fold([a, b, c, 0]), &mut found);
        }
    }

    #[inline]
    fn may_hold(&self, gram: u32) -> bool {
        let [first, second] = &self.filters;
        let holds = |filter: &[u64; WORDS], hash: u32| {
            filter.get(hash as usize / 64).is_some_and(|word| word >> (hash % 64) & 1 == 1)
        };
        holds(first, hash(gram)) && holds(second, other_hash(gram))
    }

    #[cold]
    fn look(&self, text: &[u8], at: usize, gram: u32, found: &mut impl FnMut(Hit)) {
        let hash = hash(gram);
        let begin = self.first.get(hash as usize).copied().unwrap_or(u32::MAX) as usize;
        let same = self.grams.iter().skip(begin).take_while(|(other, ..)| self::hash(*other) == hash);
        for (other, literal, offset) in same {
            let Some(start) = at.checked_sub(*offset as usize).filter(|_| *other == gram) else { continue };
            let Some(bytes) = self.literals.get(*literal as usize) else { continue };
            let end = start + bytes.len();
            if text.get(start..end).is_some_and(|here| here.eq_ignore_ascii_case(bytes)) {
                found(Hit { literal: *literal as usize, start, end });
            }
        }
    }
}

#[inline]
const fn fold(bytes: [u8; GRAM]) -> u32 {
    u32::from_le_bytes(bytes) | FOLD
}

/// Fibonacci hashing: the top bits of a product.
#[inline]
const fn hash(gram: u32) -> u32 {
    gram.wrapping_mul(0x9E37_79B1) >> (32 - BITS)
}

/// A second hash, independent of the first.
#[inline]
const fn other_hash(gram: u32) -> u32 {
    (gram ^ (gram >> 15)).wrapping_mul(0x85EB_CA6B) >> (32 - BITS)
}

/// The four bytes of a literal that text holds least often, and where they stand in it.
fn rarest(literal: &[u8]) -> Option<(u32, u32)> {
    let cost = |bytes: &[u8]| bytes.iter().map(|byte| u32::from(commonness(*byte))).sum::<u32>();
    let best = literal.windows(GRAM).enumerate().min_by_key(|(_, bytes)| cost(bytes))?;
    let (offset, &[a, b, c, d]) = best else { return None };
    Some((fold([a, b, c, d]), u32::try_from(offset).ok()?))
}

/// How common a byte is in source text, roughly, from 1 to 20.
const fn commonness(byte: u8) -> u8 {
    match byte.to_ascii_lowercase() {
        b' ' | b'e' => 20,
        b't' | b'a' | b'o' | b'i' | b'n' | b's' | b'r' => 15,
        b'l' | b'd' | b'c' | b'u' | b'p' | b'm' | b'f' | b'h' | b'g' => 10,
        b'_' | b'.' | b'-' | b'=' | b'"' | b'/' | b'(' | b'*' | b'0' | b'1' | b'b' | b'y' | b'w' | b'v' => 7,
        b'k' | b'x' | b'2'..=b'9' => 4,
        _ => 2,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn naive(literals: &[Vec<u8>], text: &[u8]) -> Vec<Hit> {
        let mut hits = Vec::new();
        for (literal, bytes) in literals.iter().enumerate() {
            let windows = text.windows(bytes.len()).enumerate();
            let starts = windows.filter(|(_, here)| here.eq_ignore_ascii_case(bytes)).map(|(start, _)| start);
            hits.extend(starts.map(|start| Hit { literal, start, end: start + bytes.len() }));
        }
        hits
    }

    fn sorted(mut hits: Vec<Hit>) -> Vec<Hit> {
        hits.sort_by_key(|hit| (hit.start, hit.end, hit.literal));
        hits
    }

    #[test]
    fn finds_what_is_there_and_nothing_else() {
        let literals = ["password", "-----BEGIN", "hf_", "pass"].map(|text| text.as_bytes().to_vec());
        let found = |text: &[u8]| {
            let mut hits = Vec::new();
            Literals::new(&literals).search(text, |hit| hits.push((hit.literal, hit.start)));
            hits.sort_unstable();
            hits
        };
        assert_eq!(found(b"my PassWord"), [(0, 3), (3, 3)]);
        assert_eq!(found(b"x-----begin"), [(1, 1)]);
        assert_eq!(found(b"a hf_"), [(2, 2)], "three bytes at the very end");
        assert_eq!(found(b"hf_x"), [(2, 0)]);
        assert!(found(b"hf").is_empty() && found(b"").is_empty() && found(b"p@ssword").is_empty());
    }

    proptest! {
        #[test]
        fn agrees_with_the_plain_way(
            literals in prop::collection::vec("[abAB_]{3,6}", 1..12),
            text in "[abAB_@`\u{0}]{0,60}",
        ) {
            let mut literals: Vec<Vec<u8>> = literals.into_iter().map(String::into_bytes).collect();
            literals.sort();
            literals.dedup();
            let mut hits = Vec::new();
            Literals::new(&literals).search(text.as_bytes(), |hit| hits.push(hit));
            prop_assert_eq!(sorted(hits), sorted(naive(&literals, text.as_bytes())));
        }
    }
}
