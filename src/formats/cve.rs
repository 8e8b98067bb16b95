//! CVE ids: `CVE-2021-44228`.

use std::fmt;

/// Largest sequence number that is read: 12 digits, where the ids given out so far have at most 7.
const MAX_NUMBER: u64 = 999_999_999_999;

/// A CVE id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CveId {
    year: u16,
    number: u64,
}

impl CveId {
    /// Reads an id: a year of four digits, a number of four digits or more (at most twelve) that is padded to no more
    /// than four. None for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (year, number) = text.strip_prefix("CVE-")?.split_once('-')?;
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let padded = number.len() > 4 && number.starts_with('0');
        if year.len() != 4 || !digits(year) || !(4..=12).contains(&number.len()) || !digits(number) || padded
        {
            return None;
        }
        Some(Self { year: year.parse().ok()?, number: number.parse().ok()? })
    }

    /// The id as one number that orders as ids do: the year, then twelve digits of the number.
    #[must_use]
    pub fn key(self) -> i64 {
        let key = u64::from(self.year) * (MAX_NUMBER + 1) + self.number;
        i64::try_from(key).unwrap_or(i64::MAX)
    }

    /// The id of a key; none for what is no key.
    #[must_use]
    pub fn of_key(key: i64) -> Option<Self> {
        let key = u64::try_from(key).ok()?;
        let year = u16::try_from(key / (MAX_NUMBER + 1)).ok().filter(|year| *year <= 9999)?;
        Some(Self { year, number: key % (MAX_NUMBER + 1) })
    }
}

impl fmt::Display for CveId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "CVE-{:04}-{:04}", self.year, self.number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_go_both_ways() {
        for text in ["CVE-1999-0001", "CVE-2021-44228", "CVE-2024-999999999999", "CVE-2024-1234567"] {
            let id = CveId::parse(text).unwrap();
            assert_eq!((id.to_string(), CveId::of_key(id.key())), (text.to_owned(), Some(id)));
        }
        assert!(CveId::parse("CVE-2023-9999").unwrap().key() < CveId::parse("CVE-2024-0001").unwrap().key());
        assert_eq!(CveId::of_key(-1), None);
        assert_eq!(CveId::of_key(i64::MAX), None);
    }

    #[test]
    fn what_is_no_id() {
        for text in ["", "CVE-2021-1", "CVE-2021-01234", "CVE-21-1234", "cve-2021-1234", "CVE-2021-12a4"] {
            assert_eq!(CveId::parse(text), None, "{text}");
        }
        assert_eq!(CveId::parse("CVE-2021-1234567890123"), None);
        assert_eq!(CveId::parse("CVE-+021-1234"), None);
    }
}
