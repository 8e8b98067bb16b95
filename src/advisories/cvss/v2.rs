//! Version 2 (<https://www.first.org/cvss/v2/guide>, section 3.2), in exact integers.

use super::CvssError;
use super::vector::{Metric, Vector, base, optional};

const METRICS: &[Metric] = &[
    base("AV", &["L", "A", "N"]),
    base("AC", &["H", "M", "L"]),
    base("Au", &["M", "S", "N"]),
    base("C", &["N", "P", "C"]),
    base("I", &["N", "P", "C"]),
    base("A", &["N", "P", "C"]),
    optional("E", &["U", "POC", "F", "H", "ND"]),
    optional("RL", &["OF", "TF", "W", "U", "ND"]),
    optional("RC", &["UC", "UR", "C", "ND"]),
    optional("CDP", &["N", "L", "LM", "MH", "H", "ND"]),
    optional("TD", &["N", "L", "M", "H", "ND"]),
    optional("CR", &["L", "M", "H", "ND"]),
    optional("IR", &["L", "M", "H", "ND"]),
    optional("AR", &["L", "M", "H", "ND"]),
];

/// The score of a vector in tenths. The parentheses that the NVD writes around vectors are no fault.
pub(super) fn score(text: &str) -> Result<u8, CvssError> {
    let text = text.strip_prefix('(').and_then(|inner| inner.strip_suffix(')')).unwrap_or(text);
    let vector = Vector::read(text, METRICS, false)?;
    let environmental = vector.any(&["CDP", "TD", "CR", "IR", "AR"]);
    let base = base_score(&vector, environmental);
    let temporal = round(base * temporal(&vector), 1_000_000);
    let tenths = if environmental { environment(&vector, temporal) } else { temporal };
    u8::try_from(tenths.clamp(0, 100)).map_err(|_| CvssError("the score is out of range".to_owned()))
}

/// Divides and rounds half away from zero: a number in units of 1/`unit` to whole ones.
const fn round(value: i128, unit: i128) -> i128 {
    if value < 0 { -((-value + unit / 2) / unit) } else { (value + unit / 2) / unit }
}

/// The base score in tenths; with the requirements of the environment if asked.
fn base_score(vector: &Vector, adjusted: bool) -> i128 {
    // 1 - impact on one property, in 1/100 000.
    let left = |property: &str, requirement: &str| -> i128 {
        let impact = match vector.get(property) {
            Some("C") => 660,
            Some("P") => 275,
            _ => 0,
        };
        let weight = match vector.get(requirement) {
            Some("L") if adjusted => 50,
            Some("H") if adjusted => 151,
            _ => 100,
        };
        100_000 - impact * weight
    };
    // In units of 1e-17: 10.41 × (1 - …).
    let impact = 1041 * (10_i128.pow(15) - left("C", "CR") * left("I", "IR") * left("A", "AR"));
    let impact = if adjusted { impact.min(10_i128.pow(18)) } else { impact };
    if impact == 0 {
        return 0;
    }
    let vector_weight = match vector.get("AV") {
        Some("L") => 395,
        Some("A") => 646,
        _ => 1000,
    };
    let complexity = match vector.get("AC") {
        Some("H") => 35,
        Some("M") => 61,
        _ => 71,
    };
    let authentication = match vector.get("Au") {
        Some("M") => 450,
        Some("S") => 560,
        _ => 704,
    };
    // In units of 1e-8.
    let exploitability = 20 * vector_weight * complexity * authentication;
    // In units of 1e-18, then with 1.176 in 1e-21.
    let sum = 6 * impact + 4 * exploitability * 10_i128.pow(9) - 15 * 10_i128.pow(17);
    round(sum * 1176, 10_i128.pow(20))
}

/// The product of the temporal metrics, in units of 1e-6.
fn temporal(vector: &Vector) -> i128 {
    let exploit = match vector.get("E") {
        Some("U") => 85,
        Some("POC") => 90,
        Some("F") => 95,
        _ => 100,
    };
    let remedy = match vector.get("RL") {
        Some("OF") => 87,
        Some("TF") => 90,
        Some("W") => 95,
        _ => 100,
    };
    let confidence = match vector.get("RC") {
        Some("UC") => 90,
        Some("UR") => 95,
        _ => 100,
    };
    exploit * remedy * confidence
}

/// The environmental score in tenths, from the adjusted temporal one in tenths.
fn environment(vector: &Vector, temporal: i128) -> i128 {
    let damage = match vector.get("CDP") {
        Some("L") => 10,
        Some("LM") => 30,
        Some("MH") => 40,
        Some("H") => 50,
        _ => 0,
    };
    let targets = match vector.get("TD") {
        Some("N") => 0,
        Some("L") => 25,
        Some("M") => 75,
        _ => 100,
    };
    round((temporal * 100 + (100 - temporal) * damage) * targets, 10_000)
}
