//! Version 4.0 (<https://www.first.org/cvss/v4.0/specification-document>, section 8): the score of the vector's group, less
//! the mean of how far it lies from the group's highest vector. In exact fractions.

use super::CvssError;
use super::v4_table::TABLE;
use super::vector::{Metric, Vector, base, optional};

const METRICS: &[Metric] = &[
    base("AV", &["N", "A", "L", "P"]),
    base("AC", &["L", "H"]),
    base("AT", &["N", "P"]),
    base("PR", &["N", "L", "H"]),
    base("UI", &["N", "P", "A"]),
    base("VC", &["H", "L", "N"]),
    base("VI", &["H", "L", "N"]),
    base("VA", &["H", "L", "N"]),
    base("SC", &["H", "L", "N"]),
    base("SI", &["H", "L", "N"]),
    base("SA", &["H", "L", "N"]),
    optional("E", &["X", "A", "P", "U"]),
    optional("CR", &["X", "H", "M", "L"]),
    optional("IR", &["X", "H", "M", "L"]),
    optional("AR", &["X", "H", "M", "L"]),
    optional("MAV", &["X", "N", "A", "L", "P"]),
    optional("MAC", &["X", "L", "H"]),
    optional("MAT", &["X", "N", "P"]),
    optional("MPR", &["X", "N", "L", "H"]),
    optional("MUI", &["X", "N", "P", "A"]),
    optional("MVC", &["X", "H", "L", "N"]),
    optional("MVI", &["X", "H", "L", "N"]),
    optional("MVA", &["X", "H", "L", "N"]),
    optional("MSC", &["X", "H", "L", "N"]),
    optional("MSI", &["X", "S", "H", "L", "N"]),
    optional("MSA", &["X", "S", "H", "L", "N"]),
    optional("S", &["X", "N", "P"]),
    optional("AU", &["X", "N", "Y"]),
    optional("R", &["X", "A", "U", "I"]),
    optional("V", &["X", "D", "C"]),
    optional("RE", &["X", "L", "M", "H"]),
    optional("U", &["X", "Clear", "Green", "Amber", "Red"]),
];

/// The score in tenths of what follows the prefix.
pub(super) fn score(text: &str) -> Result<u8, CvssError> {
    let effective = Effective(Vector::read(text, METRICS, true)?);
    if ["VC", "VI", "VA", "SC", "SI", "SA"].iter().all(|metric| effective.get(metric) == "N") {
        return Ok(0);
    }
    let group = Group::of(&effective);
    let Some(value) = group.score() else {
        return Err(CvssError("the vector has no score".to_owned()));
    };
    // Every denominator divides 840 (depths up to 10) and, for the mean, 60.
    let (mut sum, mut lower) = (0, 0);
    for part in PARTS {
        let Some(next) = part.next(&group) else { continue };
        lower += 1;
        let distance =
            part.highest(&group).iter().find_map(|highest| effective.distance(highest)).unwrap_or(0);
        sum += (value - next) * distance * 840 / part.depth(&group);
    }
    let unit = 840 * 60;
    let exact = value * unit - if lower == 0 { 0 } else { sum * 60 / lower };
    let tenths = (exact + unit / 2) / unit;
    u8::try_from(tenths.clamp(0, 100)).map_err(|_| CvssError("the score is out of range".to_owned()))
}

/// The values that count: modified before base, and what is not defined at its worst.
struct Effective(Vector);

impl Effective {
    fn get(&self, metric: &str) -> &'static str {
        let modifying = match metric {
            "E" => return self.0.get("E").unwrap_or("A"),
            "CR" | "IR" | "AR" => return self.0.get(metric).unwrap_or("H"),
            "AV" => "MAV",
            "AC" => "MAC",
            "AT" => "MAT",
            "PR" => "MPR",
            "UI" => "MUI",
            "VC" => "MVC",
            "VI" => "MVI",
            "VA" => "MVA",
            "SC" => "MSC",
            "SI" => "MSI",
            _ => "MSA",
        };
        self.0.modified(modifying, metric)
    }

    fn is(&self, metric: &str, value: &str) -> bool {
        self.get(metric) == value
    }

    /// How many steps it lies below a vector of highest values; none where it lies above in any metric.
    fn distance(&self, highest: &[(&str, &str)]) -> Option<i64> {
        let mut sum = 0;
        for (metric, top) in highest {
            let steps = level(metric, self.get(metric)) - level(metric, top);
            if steps < 0 {
                return None;
            }
            sum += steps;
        }
        Some(sum)
    }
}

/// How far a value lies below the worst one of its metric, in steps of a tenth.
fn level(metric: &str, value: &str) -> i64 {
    let order: &[&str] = match metric {
        "AV" => &["N", "A", "L", "P"],
        "PR" => &["N", "L", "H"],
        "UI" => &["N", "P", "A"],
        "AC" => &["L", "H"],
        "AT" => &["N", "P"],
        "SC" | "SI" | "SA" => &["S", "H", "L", "N"],
        "VC" | "VI" | "VA" => &["H", "L", "N"],
        _ => &["H", "M", "L"],
    };
    order.iter().position(|known| *known == value).and_then(|place| i64::try_from(place).ok()).unwrap_or(0)
}

/// The six digits of a group of vectors ("macro vector").
#[derive(Clone, Copy)]
struct Group {
    eq1: usize,
    eq2: usize,
    eq3: usize,
    eq4: usize,
    eq5: usize,
    eq6: usize,
}

impl Group {
    fn of(vector: &Effective) -> Self {
        let open = [vector.is("AV", "N"), vector.is("PR", "N"), vector.is("UI", "N")];
        let high = |metrics: [&str; 3]| metrics.iter().any(|metric| vector.is(metric, "H"));
        let safety = vector.is("SI", "S") || vector.is("SA", "S");
        let needed = [("CR", "VC"), ("IR", "VI"), ("AR", "VA")]
            .iter()
            .any(|(requirement, impact)| vector.is(requirement, "H") && vector.is(impact, "H"));
        Self {
            eq1: match open {
                [true, true, true] => 0,
                _ if vector.is("AV", "P") || open == [false; 3] => 2,
                _ => 1,
            },
            eq2: usize::from(!(vector.is("AC", "L") && vector.is("AT", "N"))),
            eq3: match (vector.is("VC", "H") && vector.is("VI", "H"), high(["VC", "VI", "VA"])) {
                (true, _) => 0,
                (false, true) => 1,
                (false, false) => 2,
            },
            eq4: match (safety, high(["SC", "SI", "SA"])) {
                (true, _) => 0,
                (false, true) => 1,
                (false, false) => 2,
            },
            eq5: match vector.get("E") {
                "A" => 0,
                "P" => 1,
                _ => 2,
            },
            eq6: usize::from(!needed),
        }
    }

    /// Its score in tenths; none where no such group exists.
    fn score(self) -> Option<i64> {
        let key = [self.eq1, self.eq2, self.eq3, self.eq6];
        let (_, scores) = TABLE.iter().find(|(known, _)| *known == key)?;
        scores.get(self.eq4)?.get(self.eq5).copied().map(i64::from)
    }
}

/// A part of the group within which vectors are ordered.
#[derive(Clone, Copy)]
enum Part {
    Reach,
    Complexity,
    Vulnerable,
    Subsequent,
    Threat,
}

const PARTS: [Part; 5] = [Part::Reach, Part::Complexity, Part::Vulnerable, Part::Subsequent, Part::Threat];

type Values = &'static [(&'static str, &'static str)];

impl Part {
    /// The score of the next lower group in this part.
    fn next(self, group: &Group) -> Option<i64> {
        match self {
            Self::Reach => Group { eq1: group.eq1 + 1, ..*group }.score(),
            Self::Complexity => Group { eq2: group.eq2 + 1, ..*group }.score(),
            Self::Subsequent => Group { eq4: group.eq4 + 1, ..*group }.score(),
            Self::Threat => Group { eq5: group.eq5 + 1, ..*group }.score(),
            Self::Vulnerable => match (group.eq3, group.eq6) {
                (0, 0) => {
                    let (one, other) =
                        (Group { eq6: 1, ..*group }.score(), Group { eq3: 1, ..*group }.score());
                    one.max(other)
                }
                (0, _) => Group { eq3: 1, ..*group }.score(),
                (1, 0) => Group { eq6: 1, ..*group }.score(),
                (1, _) => Group { eq3: 2, ..*group }.score(),
                _ => None,
            },
        }
    }

    /// How many steps the group spans in this part.
    const fn depth(self, group: &Group) -> i64 {
        match self {
            Self::Reach => match group.eq1 {
                0 => 1,
                1 => 4,
                _ => 5,
            },
            Self::Complexity => match group.eq2 {
                0 => 1,
                _ => 2,
            },
            Self::Vulnerable => match (group.eq3, group.eq6) {
                (0, 0) => 7,
                (0, _) => 6,
                (1, _) => 8,
                _ => 10,
            },
            Self::Subsequent => match group.eq4 {
                0 => 6,
                1 => 5,
                _ => 4,
            },
            Self::Threat => 1,
        }
    }

    /// The highest values of the group in this part.
    const fn highest(self, group: &Group) -> &'static [Values] {
        match self {
            Self::Reach => match group.eq1 {
                0 => &[&[("AV", "N"), ("PR", "N"), ("UI", "N")]],
                1 => &[
                    &[("AV", "A"), ("PR", "N"), ("UI", "N")],
                    &[("AV", "N"), ("PR", "L"), ("UI", "N")],
                    &[("AV", "N"), ("PR", "N"), ("UI", "P")],
                ],
                _ => &[&[("AV", "P"), ("PR", "N"), ("UI", "N")], &[("AV", "A"), ("PR", "L"), ("UI", "P")]],
            },
            Self::Complexity => match group.eq2 {
                0 => &[&[("AC", "L"), ("AT", "N")]],
                _ => &[&[("AC", "H"), ("AT", "N")], &[("AC", "L"), ("AT", "P")]],
            },
            Self::Vulnerable => match (group.eq3, group.eq6) {
                (0, 0) => &[&[("VC", "H"), ("VI", "H"), ("VA", "H"), ("CR", "H"), ("IR", "H"), ("AR", "H")]],
                (0, _) => &[
                    &[("VC", "H"), ("VI", "H"), ("VA", "L"), ("CR", "M"), ("IR", "M"), ("AR", "H")],
                    &[("VC", "H"), ("VI", "H"), ("VA", "H"), ("CR", "M"), ("IR", "M"), ("AR", "M")],
                ],
                (1, 0) => &[
                    &[("VC", "L"), ("VI", "H"), ("VA", "H"), ("CR", "H"), ("IR", "H"), ("AR", "H")],
                    &[("VC", "H"), ("VI", "L"), ("VA", "H"), ("CR", "H"), ("IR", "H"), ("AR", "H")],
                ],
                (1, _) => &[
                    &[("VC", "L"), ("VI", "H"), ("VA", "L"), ("CR", "H"), ("IR", "M"), ("AR", "H")],
                    &[("VC", "L"), ("VI", "H"), ("VA", "H"), ("CR", "H"), ("IR", "M"), ("AR", "M")],
                    &[("VC", "H"), ("VI", "L"), ("VA", "H"), ("CR", "M"), ("IR", "H"), ("AR", "M")],
                    &[("VC", "H"), ("VI", "L"), ("VA", "L"), ("CR", "M"), ("IR", "H"), ("AR", "H")],
                    &[("VC", "L"), ("VI", "L"), ("VA", "H"), ("CR", "H"), ("IR", "H"), ("AR", "M")],
                ],
                _ => &[&[("VC", "L"), ("VI", "L"), ("VA", "L"), ("CR", "H"), ("IR", "H"), ("AR", "H")]],
            },
            Self::Subsequent => match group.eq4 {
                0 => &[&[("SC", "H"), ("SI", "S"), ("SA", "S")]],
                1 => &[&[("SC", "H"), ("SI", "H"), ("SA", "H")]],
                _ => &[&[("SC", "L"), ("SI", "L"), ("SA", "L")]],
            },
            // The value of the exploit metric is the group's digit itself.
            Self::Threat => &[],
        }
    }
}
