//! Versions 3.0 and 3.1 (<https://www.first.org/cvss/v3.1/specification-document>, section 7), in fixed-point integers of
//! sixteen decimals. Everything but the powers of a changed scope is exact; those are truncated, with an error below 1e-14,
//! while no reachable value lies within 1e-6 of a boundary at which rounding changes.

use super::CvssError;
use super::vector::{Metric, Vector, base, optional};

/// The version after the dot.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Minor {
    /// 3.0: scores are rounded up as they are.
    Zero,
    /// 3.1: to five decimals first, and a changed scope weighs differently in the environment.
    One,
}

const METRICS: &[Metric] = &[
    base("AV", &["N", "A", "L", "P"]),
    base("AC", &["L", "H"]),
    base("PR", &["N", "L", "H"]),
    base("UI", &["N", "R"]),
    base("S", &["U", "C"]),
    base("C", &["H", "L", "N"]),
    base("I", &["H", "L", "N"]),
    base("A", &["H", "L", "N"]),
    optional("E", &["X", "H", "F", "P", "U"]),
    optional("RL", &["X", "U", "W", "T", "O"]),
    optional("RC", &["X", "C", "R", "U"]),
    optional("CR", &["X", "H", "M", "L"]),
    optional("IR", &["X", "H", "M", "L"]),
    optional("AR", &["X", "H", "M", "L"]),
    optional("MAV", &["X", "N", "A", "L", "P"]),
    optional("MAC", &["X", "L", "H"]),
    optional("MPR", &["X", "N", "L", "H"]),
    optional("MUI", &["X", "N", "R"]),
    optional("MS", &["X", "U", "C"]),
    optional("MC", &["X", "H", "L", "N"]),
    optional("MI", &["X", "H", "L", "N"]),
    optional("MA", &["X", "H", "L", "N"]),
];

const ENVIRONMENT: &[&str] = &["CR", "IR", "AR", "MAV", "MAC", "MPR", "MUI", "MS", "MC", "MI", "MA"];

/// One, in fixed point.
const ONE: i128 = 10_i128.pow(16);

/// The score in tenths of what follows the prefix.
pub(super) fn score(text: &str, minor: Minor) -> Result<u8, CvssError> {
    let vector = Vector::read(text, METRICS, false)?;
    let untimed = untimed(&vector, minor, vector.any(ENVIRONMENT));
    let tenths = round_up(untimed * temporal(&vector) * 10_i128.pow(9), minor);
    u8::try_from(tenths.clamp(0, 100)).map_err(|_| CvssError("the score is out of range".to_owned()))
}

/// Rounds up to tenths.
const fn round_up(value: i128, minor: Minor) -> i128 {
    match minor {
        Minor::Zero => (value + ONE / 10 - 1) / (ONE / 10),
        Minor::One => {
            let hundred_thousandths = (value + ONE / 200_000) / (ONE / 100_000);
            (hundred_thousandths + 9_999) / 10_000
        }
    }
}

/// The base score in tenths, or the environmental one before the temporal metrics count.
fn untimed(vector: &Vector, minor: Minor, environmental: bool) -> i128 {
    let value = |modifying: &str, name: &str| {
        if environmental { vector.modified(modifying, name) } else { vector.get(name).unwrap_or("") }
    };
    let changed = value("MS", "S") == "C";
    let impact = impact(vector, minor, environmental, changed);
    if impact <= 0 {
        return 0;
    }
    let place = match value("MAV", "AV") {
        "N" => 85,
        "A" => 62,
        "L" => 55,
        _ => 20,
    };
    let complexity = if value("MAC", "AC") == "L" { 77 } else { 44 };
    let privileges = match (value("MPR", "PR"), changed) {
        ("N", _) => 85,
        ("L", false) => 62,
        ("L", true) => 68,
        (_, false) => 27,
        (_, true) => 50,
    };
    let interaction = if value("MUI", "UI") == "N" { 85 } else { 62 };
    // 8.22 and four hundredths: units of 1e-10.
    let sum = impact + 822 * place * complexity * privileges * interaction * 10_i128.pow(6);
    let sum = if changed { sum * 108 / 100 } else { sum };
    round_up(sum.min(10 * ONE), minor)
}

/// The impact sub-score, in fixed point.
fn impact(vector: &Vector, minor: Minor, environmental: bool, changed: bool) -> i128 {
    // 1 - impact on one property, in 1/1000.
    let left = |modifying: &str, name: &str, requirement: &str| -> i128 {
        let value =
            if environmental { vector.modified(modifying, name) } else { vector.get(name).unwrap_or("") };
        let impact = match value {
            "H" => 56,
            "L" => 22,
            _ => 0,
        };
        let weight = match vector.get(requirement) {
            Some("H") if environmental => 15,
            Some("L") if environmental => 5,
            _ => 10,
        };
        1000 - impact * weight
    };
    // In units of 1e-9.
    let loss = 1_000_000_000 - left("MC", "C", "CR") * left("MI", "I", "IR") * left("MA", "A", "AR");
    let loss = if environmental { loss.min(915_000_000) } else { loss };
    if !changed {
        return 642 * loss * 10_i128.pow(5);
    }
    let (loss_weight, power) = if environmental && minor == Minor::One { (9731, 13) } else { (10_000, 15) };
    let root = loss * loss_weight * 1000 - 2 * ONE / 100;
    let mut raised = ONE;
    for _ in 0..power {
        raised = raised * root / ONE;
    }
    752 * (loss - 29_000_000) * 10_i128.pow(5) - raised * 325 / 100
}

/// The product of the temporal metrics, in units of 1e-6.
fn temporal(vector: &Vector) -> i128 {
    let exploit = match vector.get("E") {
        Some("F") => 97,
        Some("P") => 94,
        Some("U") => 91,
        _ => 100,
    };
    let remedy = match vector.get("RL") {
        Some("W") => 97,
        Some("T") => 96,
        Some("O") => 95,
        _ => 100,
    };
    let confidence = match vector.get("RC") {
        Some("R") => 96,
        Some("U") => 92,
        _ => 100,
    };
    exploit * remedy * confidence
}
