use super::{Band, band, score};

/// Vectors with the scores that FIRST publishes or its calculators give.
const PUBLISHED: &[(&str, u8)] = &[
    // The guide to version 2, section 3.3: base, temporal and environmental scores of its three examples.
    ("AV:N/AC:L/Au:N/C:N/I:N/A:C", 78),
    ("AV:N/AC:L/Au:N/C:N/I:N/A:C/E:F/RL:OF/RC:C", 64),
    ("AV:N/AC:L/Au:N/C:N/I:N/A:C/E:F/RL:OF/RC:C/CDP:H/TD:H/CR:M/IR:M/AR:H", 92),
    ("AV:N/AC:L/Au:N/C:N/I:N/A:C/E:F/RL:OF/RC:C/CDP:N/TD:N/CR:M/IR:M/AR:H", 0),
    ("AV:N/AC:L/Au:N/C:C/I:C/A:C", 100),
    ("AV:N/AC:L/Au:N/C:C/I:C/A:C/E:F/RL:OF/RC:C", 83),
    ("AV:L/AC:H/Au:N/C:C/I:C/A:C", 62),
    ("AV:L/AC:H/Au:N/C:C/I:C/A:C/E:POC/RL:OF/RC:C", 49),
    ("AV:L/AC:H/Au:N/C:C/I:C/A:C/E:POC/RL:OF/RC:C/CDP:H/TD:H/CR:M/IR:M/AR:M", 75),
    ("(AV:N/AC:L/Au:N/C:N/I:N/A:C)", 78),
    // Version 3.1.
    ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", 98),
    ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H", 100),
    ("CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N", 61),
    ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H", 75),
    ("CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H", 78),
    ("CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:C/C:H/I:N/A:N", 68),
    ("CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:N/A:N", 31),
    ("CVSS:3.1/AV:P/AC:H/PR:H/UI:R/S:U/C:L/I:N/A:N", 16),
    ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N", 0),
    ("CVSS:3.1/A:H/I:H/C:H/S:U/UI:N/PR:N/AC:L/AV:N", 98),
    ("CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", 98),
    ("CVSS:3.0/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N", 61),
    // Version 4.0.
    ("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H", 100),
    ("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", 93),
    ("CVSS:4.0/AV:N/AC:L/AT:N/PR:H/UI:N/VC:L/VI:L/VA:N/SC:N/SI:N/SA:N", 51),
    ("CVSS:4.0/AV:L/AC:L/AT:N/PR:L/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", 85),
    ("CVSS:4.0/AV:N/AC:H/AT:P/PR:N/UI:A/VC:N/VI:L/VA:N/SC:L/SI:L/SA:N", 21),
    ("CVSS:4.0/AV:P/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:H/SC:N/SI:N/SA:N", 51),
    ("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:N/SC:N/SI:N/SA:N", 0),
    ("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:H/SC:N/SI:N/SA:N/E:P", 77),
    ("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:P/VC:H/VI:H/VA:N/SC:N/SI:N/SA:N/E:U", 62),
    ("CVSS:4.0/AV:A/AC:L/AT:N/PR:N/UI:N/VC:L/VI:N/VA:N/SC:N/SI:N/SA:N/CR:L", 53),
    ("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N/MSI:S", 100),
    // Metrics that are said not to be defined, and supplemental ones, change nothing.
    ("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N/E:X/MAV:X/S:P/AU:Y/U:Red", 93),
    ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:N/A:N/E:X/RL:X/RC:X/CR:X/MS:X", 86),
    ("AV:N/AC:L/Au:N/C:N/I:N/A:C/E:ND/RL:ND/RC:ND/CDP:ND/TD:ND/CR:ND/IR:ND/AR:ND", 78),
];

#[test]
fn published_vectors_have_their_scores() {
    for (vector, tenths) in PUBLISHED {
        assert_eq!(score(vector).map(|one| one.tenths), Ok(*tenths), "{vector}");
    }
}

#[test]
fn the_version_is_told_by_the_prefix() {
    for (vector, version) in [(0, "2.0"), (10, "3.1"), (20, "3.0"), (22, "4.0")] {
        assert_eq!(score(PUBLISHED[vector].0).unwrap().version, version);
    }
}

#[test]
fn invalid_vectors_are_named() {
    for (vector, fault) in [
        ("", "`` is no metric of this version"),
        ("CVSS:3.1", "the prefix names no known version of CVSS"),
        ("CVSS:3.2/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "the prefix names no known version of CVSS"),
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H/", "`` is no metric of this version"),
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H", "A is missing"),
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:X", "`X` is no value of A"),
        ("CVSS:3.1/AV:N/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "AV stands twice"),
        ("CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:U/A:U", "`U` is no value of I"),
        (
            "CVSS:3.1/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N",
            "`AT` is no metric of this version",
        ),
        ("CVSS:4.0/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "`U` is no value of S"),
        ("CVSS:4.0/AC:L/AV:N/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", "AV is out of order"),
        ("AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "`PR` is no metric of this version"),
        ("AV:N/AC:L/Au:N/C:N/I:N/A:C/A:C", "A stands twice"),
        ("cvss:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "`cvss` is no metric of this version"),
        ("CVSS:3.1/AV:N /AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "`N ` is no value of AV"),
    ] {
        assert_eq!(score(vector).unwrap_err().to_string(), fault, "{vector}");
    }
}

#[test]
fn words_follow_the_scale_of_the_version() {
    for (version, tenths, word) in [
        ("3.1", 0, Band::None),
        ("3.1", 1, Band::Low),
        ("3.0", 39, Band::Low),
        ("3.1", 40, Band::Medium),
        ("4.0", 69, Band::Medium),
        ("4.0", 70, Band::High),
        ("3.1", 89, Band::High),
        ("3.1", 90, Band::Critical),
        ("2.0", 0, Band::Low),
        ("2.0", 69, Band::Medium),
        ("2.0", 100, Band::High),
    ] {
        assert_eq!(band(version, tenths), word, "{version} {tenths}");
    }
}
