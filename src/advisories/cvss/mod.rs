//! CVSS scores computed from vectors: versions 2, 3.0, 3.1 and 4.0 (<https://www.first.org/cvss/>).
//!
//! The score is that of the whole vector: environmental where it has environmental metrics, else temporal where it has
//! those, else base; version 4.0 has one score for all. All arithmetic is on integers, so that no score hangs on the
//! rounding of a float.

mod v2;
mod v3;
mod v4;
mod v4_table;
mod vector;

#[cfg(test)]
mod tests;

/// A computed score.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cvss {
    /// Version: `2.0`, `3.0`, `3.1`, `4.0`.
    pub version: &'static str,
    /// The score in tenths, 0 to 100.
    pub tenths: u8,
}

/// Why a vector has no score.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct CvssError(pub String);

/// A range of scores that goes by one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Band {
    /// 0.0; version 2 has no such word.
    None,
    /// To 3.9.
    Low,
    /// 4.0 to 6.9.
    Medium,
    /// 7.0 to 8.9; in version 2 to 10.0.
    High,
    /// From 9.0; version 2 has no such word.
    Critical,
}

/// Computes the score of a vector; the version is told by its prefix, none being version 2.
///
/// # Errors
/// When the vector is not valid: a prefix of no known version, a metric or value that the version does not have, a metric
/// given twice or (4.0) out of order, a base metric missing.
pub fn score(vector: &str) -> Result<Cvss, CvssError> {
    let (version, tenths) = match vector.strip_prefix("CVSS:") {
        None => ("2.0", v2::score(vector)?),
        Some(rest) => match rest.split_once('/') {
            Some(("3.0", metrics)) => ("3.0", v3::score(metrics, v3::Minor::Zero)?),
            Some(("3.1", metrics)) => ("3.1", v3::score(metrics, v3::Minor::One)?),
            Some(("4.0", metrics)) => ("4.0", v4::score(metrics)?),
            _ => return Err(CvssError("the prefix names no known version of CVSS".to_owned())),
        },
    };
    Ok(Cvss { version, tenths })
}

/// The word for a score in tenths: by the qualitative scale of versions 3 and 4, and for version `2.0` by the one that the
/// NVD used with it, which has three words.
#[must_use]
pub fn band(version: &str, tenths: u8) -> Band {
    let second = version.starts_with('2');
    match tenths {
        0 if !second => Band::None,
        0..=39 => Band::Low,
        40..=69 => Band::Medium,
        90.. if !second => Band::Critical,
        _ => Band::High,
    }
}
