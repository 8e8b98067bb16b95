//! Releases of distributions, as the qualifier `distro` and as OSV names them.

use crate::formats::ecosystem::Family;

/// Code names of Debian and the release that OSV knows them by.
const DEBIAN: &[(&str, &str)] = &[
    ("woody", "3.0"),
    ("sarge", "3.1"),
    ("etch", "4.0"),
    ("lenny", "5.0"),
    ("squeeze", "6.0"),
    ("wheezy", "7"),
    ("jessie", "8"),
    ("stretch", "9"),
    ("buster", "10"),
    ("bullseye", "11"),
    ("bookworm", "12"),
    ("trixie", "13"),
    ("forky", "14"),
    ("duke", "15"),
];

/// Code names of Ubuntu.
const UBUNTU: &[(&str, &str)] = &[
    ("precise", "12.04"),
    ("trusty", "14.04"),
    ("xenial", "16.04"),
    ("bionic", "18.04"),
    ("focal", "20.04"),
    ("groovy", "20.10"),
    ("hirsute", "21.04"),
    ("impish", "21.10"),
    ("jammy", "22.04"),
    ("kinetic", "22.10"),
    ("lunar", "23.04"),
    ("mantic", "23.10"),
    ("noble", "24.04"),
    ("oracular", "24.10"),
    ("plucky", "25.04"),
    ("questing", "25.10"),
    ("resolute", "26.04"),
];

/// The release that a code name in lower case stands for.
#[must_use]
pub fn code_name(family: Family, name: &str) -> Option<&'static str> {
    let names = match family {
        Family::Debian => DEBIAN,
        Family::Ubuntu => UBUNTU,
        _ => return None,
    };
    names.iter().find(|(known, _)| *known == name).map(|(_, release)| *release)
}

/// How a distribution calls itself in front of its release.
fn ids(family: Family) -> &'static [&'static str] {
    match family {
        Family::AlmaLinux => &["almalinux", "alma"],
        Family::Alpine => &["alpine"],
        Family::AzureLinux => &["azurelinux"],
        Family::Debian => &["debian"],
        Family::Mageia => &["mageia"],
        Family::OpenEuler => &["openeuler"],
        Family::OpenSuse => &["opensuse-leap", "opensuse"],
        Family::PhotonOs => &["photon"],
        Family::RockyLinux => &["rocky"],
        Family::Ubuntu => &["ubuntu"],
        _ => &[],
    }
}

/// The release that a `distro` names, in the form that OSV has it in for the family; none where it is not known.
pub(super) fn release(family: Family, distro: &str) -> Option<String> {
    let distro = distro.trim().to_ascii_lowercase();
    let bare = ids(family)
        .iter()
        .find_map(|id| distro.strip_prefix(id)?.strip_prefix(['-', ':', '_']))
        .unwrap_or(&distro);
    if let Some(release) = code_name(family, bare) {
        return Some(release.to_owned());
    }
    match family {
        Family::Debian => match numbers(bare)? {
            // Since wheezy, what follows the dot is a point release.
            (Some(major @ 7..), _) => Some(major.to_string()),
            (Some(_), _) => Some(bare.to_owned()),
            _ => None,
        },
        Family::Ubuntu => match numbers(bare)? {
            (Some(year), Some(month)) => Some(format!("{year:02}.{month:02}")),
            _ => None,
        },
        Family::Alpine => match numbers(bare.strip_prefix('v').unwrap_or(bare))? {
            (Some(major), Some(minor)) => Some(format!("v{major}.{minor}")),
            _ => None,
        },
        Family::AlmaLinux | Family::AzureLinux | Family::Mageia | Family::RockyLinux => {
            numbers(bare)?.0.map(|major| major.to_string())
        }
        Family::PhotonOs => match numbers(bare)? {
            (Some(major), minor) => Some(format!("{major}.{}", minor.unwrap_or(0))),
            _ => None,
        },
        Family::OpenSuse if bare == "tumbleweed" => Some("Tumbleweed".to_owned()),
        Family::OpenSuse => match numbers(bare)? {
            (Some(major), Some(minor)) => Some(format!("Leap {major}.{minor}")),
            _ => None,
        },
        Family::OpenEuler => numbers(bare.split('-').next()?).map(|_| bare.to_ascii_uppercase()),
        _ => None,
    }
}

/// The first two numbers of a release; none where it is no row of numbers.
fn numbers(release: &str) -> Option<(Option<u16>, Option<u16>)> {
    let numbers = release.split('.').map(str::parse::<u16>).collect::<Result<Vec<_>, _>>().ok()?;
    Some((numbers.first().copied(), numbers.get(1).copied()))
}

/// The `distro` of a release as OSV names it: `debian-12` for `12`, `alpine-3.20` for `v3.20`, `ubuntu-18.04` for
/// `Pro:18.04:LTS`.
pub(super) fn distro(family: Family, release: &str) -> Option<String> {
    let id = match family {
        Family::OpenSuse if release == "Tumbleweed" => "opensuse",
        _ => ids(family).first()?,
    };
    let release = match family {
        Family::Alpine => release.strip_prefix('v').unwrap_or(release),
        Family::Ubuntu => release.split(':').find(|part| numbers(part).is_some())?,
        Family::OpenSuse => release.strip_prefix("Leap ").unwrap_or(release),
        _ => release,
    };
    (!release.is_empty()).then(|| format!("{id}-{}", release.to_ascii_lowercase()))
}
