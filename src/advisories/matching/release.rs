//! Releases of distributions: whether what is said for one holds for another spelling of it.

use crate::formats::ecosystem::Family;
use crate::formats::purl;

/// Whether what is said for a release holds for the one that is asked about.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fit {
    /// It does.
    Yes,
    /// It does not.
    No,
    /// That cannot be told, for this reason.
    Maybe(String),
}

impl Fit {
    fn of(fits: bool) -> Self {
        if fits { Self::Yes } else { Self::No }
    }

    fn maybe(reason: impl Into<String>) -> Self {
        Self::Maybe(reason.into())
    }
}

/// Whether what is said for the release `given` of a family holds for the release `asked`. What is said without a release
/// holds for all; a question without a release cannot be answered where the family has releases.
pub(super) fn fit(family: Family, given: Option<&str>, asked: Option<&str>) -> Fit {
    let Some(asked) = asked else {
        return if family.has_releases() {
            Fit::maybe("release of the distribution is not known")
        } else {
            Fit::Yes
        };
    };
    let Some(given) = given else { return Fit::Yes };
    if given == asked {
        return Fit::Yes;
    }
    let asked = purl::code_name(family, &asked.to_ascii_lowercase()).unwrap_or(asked);
    match family {
        Family::Debian | Family::AlmaLinux | Family::RockyLinux | Family::AzureLinux | Family::Mageia => {
            Fit::of(numbers(given, 1) == numbers(asked, 1))
        }
        Family::Alpine | Family::Alpaquita => {
            Fit::of(numbers(unprefixed(given), 2) == numbers(unprefixed(asked), 2))
        }
        Family::PhotonOs => Fit::of(numbers(given, 2) == numbers(asked, 2)),
        Family::Ubuntu => ubuntu(given, asked),
        Family::RedHat => red_hat(given, asked),
        Family::Suse | Family::OpenSuse => suse(given, asked),
        Family::OpenEuler => open_euler(given, asked),
        _ => Fit::No,
    }
}

fn unprefixed(release: &str) -> &str {
    release.strip_prefix('v').unwrap_or(release)
}

/// The first so many parts of a dotted number; a release that is none (`edge`) is one part as it stands.
fn numbers(release: &str, count: usize) -> Vec<&str> {
    if release.starts_with(|letter: char| letter.is_ascii_digit()) {
        release.split('.').take(count).collect()
    } else {
        vec![release]
    }
}

/// `22.04:LTS`, `Pro:18.04:LTS`, `Pro:FIPS-updates:20.04:LTS` against `22.04`.
fn ubuntu(given: &str, asked: &str) -> Fit {
    let number = |release: &str| {
        release
            .split(':')
            .find(|part| part.starts_with(|letter: char| letter.is_ascii_digit()))
            .map(str::to_owned)
    };
    let channel = |release: &str| {
        let end =
            release.split(':').take_while(|part| !part.starts_with(|letter: char| letter.is_ascii_digit()));
        end.map(str::to_owned).collect::<Vec<_>>()
    };
    // A point release: 22.04.3.
    let (one, other) = (number(given).unwrap_or_default(), number(asked).unwrap_or_default());
    if numbers(&one, 2) != numbers(&other, 2) {
        return Fit::No;
    }
    match (channel(given).as_slice(), channel(asked).as_slice()) {
        (one, other) if one == other => Fit::Yes,
        ([], _) => Fit::Yes,
        (_, []) => Fit::maybe("the advisory is for Ubuntu Pro, and nothing tells whether the system has it"),
        _ => Fit::No,
    }
}

/// `enterprise_linux:9::baseos`, `rhel_eus:9.2::appstream`, `openshift:4.12::el9` against `9` or `9.4`.
fn red_hat(given: &str, asked: &str) -> Fit {
    let mut parts = given.split(':');
    let (product, version) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    // Asked about by product too: the variants (`baseos`, `appstream`) tell of repositories, not of versions.
    let asked = match asked.split_once(':') {
        Some((other, rest)) if other == product => {
            let other = rest.split(':').next().unwrap_or_default();
            return Fit::of(
                version == other || (product == "enterprise_linux" && same_major(version, other)),
            );
        }
        Some(("enterprise_linux", rest)) => rest.split(':').next().unwrap_or_default(),
        Some(_) => return Fit::No,
        None => asked,
    };
    if product == "enterprise_linux" {
        return Fit::of(same_major(version, asked));
    }
    let tagged = parts.find_map(|part| part.strip_prefix("el").filter(|major| starts_with_digit(major)));
    let major = if product.starts_with("rhel_") && product != "rhel_software_collections" {
        Some(version)
    } else {
        tagged
    };
    match major {
        Some(major) if !same_major(major, asked) => Fit::No,
        _ => Fit::maybe("the advisory is for another product of Red Hat on this release"),
    }
}

fn starts_with_digit(text: &str) -> bool {
    text.starts_with(|letter: char| letter.is_ascii_digit())
}

fn same_major(one: &str, other: &str) -> bool {
    numbers(one, 1) == numbers(other, 1)
}

/// `Linux Enterprise Server 15 SP5`, `Leap 15.5`, `Tumbleweed` against `15.5`, `15-SP5`, `Leap 15.5`, `tumbleweed`.
fn suse(given: &str, asked: &str) -> Fit {
    if given.eq_ignore_ascii_case(asked) {
        return Fit::Yes;
    }
    let number = |release: &str| {
        let upper = release.to_ascii_uppercase().replace("-SP", ".").replace(" SP", ".");
        upper.rsplit([' ', '-', ':']).find(|word| starts_with_digit(word)).map(str::to_owned)
    };
    match (number(given), number(asked)) {
        (Some(one), Some(other)) => {
            // Micro and Leap Micro count on their own, so a name on both sides has to be the same one.
            let micro = |release: &str| release.to_ascii_lowercase().contains("micro");
            if one != other {
                Fit::No
            } else if micro(given) != micro(asked) {
                Fit::maybe("the advisory is for another product of SUSE with this number")
            } else {
                Fit::Yes
            }
        }
        // Tumbleweed numbers its snapshots by day.
        (None, Some(day)) => Fit::of(given.eq_ignore_ascii_case("tumbleweed") && day.len() == 8),
        _ => Fit::No,
    }
}

/// `22.03-LTS-SP3` against `22.03`.
fn open_euler(given: &str, asked: &str) -> Fit {
    let given = given.to_ascii_uppercase();
    let asked = asked.to_ascii_uppercase();
    match given.strip_prefix(&asked) {
        Some("") => Fit::Yes,
        Some(rest) if rest.starts_with('-') => {
            Fit::maybe("the service pack of the distribution is not known")
        }
        _ => Fit::No,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Y, N or M for each pair.
    fn letter(family: Family, given: &str, asked: &str) -> char {
        match fit(family, Some(given), Some(asked)) {
            Fit::Yes => 'Y',
            Fit::No => 'N',
            Fit::Maybe(_) => 'M',
        }
    }

    #[test]
    fn spellings_of_one_release_fit() {
        for (family, given, asked, expected) in [
            (Family::Debian, "12", "12", 'Y'),
            (Family::Debian, "12", "12.5", 'Y'),
            (Family::Debian, "12", "bookworm", 'Y'),
            (Family::Debian, "12", "11", 'N'),
            (Family::Debian, "1", "12", 'N'),
            (Family::Alpine, "v3.20", "3.20", 'Y'),
            (Family::Alpine, "v3.20", "v3.20.3", 'Y'),
            (Family::Alpine, "v3.2", "v3.20", 'N'),
            (Family::Alpine, "v3.20", "edge", 'N'),
            (Family::Ubuntu, "22.04:LTS", "22.04", 'Y'),
            (Family::Ubuntu, "22.04:LTS", "jammy", 'Y'),
            (Family::Ubuntu, "24.10", "Oracular", 'Y'),
            (Family::Ubuntu, "22.04:LTS", "22.04.3", 'Y'),
            (Family::Ubuntu, "22.04:LTS", "22.10", 'N'),
            (Family::Ubuntu, "Pro:18.04:LTS", "18.04", 'M'),
            (Family::Ubuntu, "Pro:18.04:LTS", "Pro:18.04:LTS", 'Y'),
            (Family::Ubuntu, "18.04:LTS", "Pro:18.04:LTS", 'Y'),
            (Family::Ubuntu, "Pro:FIPS:18.04:LTS", "Pro:18.04:LTS", 'N'),
            (Family::RedHat, "enterprise_linux:9::baseos", "9", 'Y'),
            (Family::RedHat, "enterprise_linux:9::baseos", "9.4", 'Y'),
            (Family::RedHat, "enterprise_linux:9::baseos", "8", 'N'),
            (Family::RedHat, "enterprise_linux:9::baseos", "enterprise_linux:9::appstream", 'Y'),
            (Family::RedHat, "rhel_eus:9.2::baseos", "9", 'M'),
            (Family::RedHat, "rhel_eus:8.2::baseos", "9", 'N'),
            (Family::RedHat, "openshift:4.12::el9", "9", 'M'),
            (Family::RedHat, "openshift:4.12::el8", "9", 'N'),
            (Family::RedHat, "rhel_software_collections:3::el7", "7", 'M'),
            (Family::AlmaLinux, "9", "9.3", 'Y'),
            (Family::Suse, "Linux Enterprise Server 15 SP5", "15.5", 'Y'),
            (Family::Suse, "Linux Enterprise Module for Basesystem 15 SP5", "15-SP5", 'Y'),
            (Family::Suse, "Linux Enterprise Server 15 SP5", "15.4", 'N'),
            (Family::Suse, "Linux Enterprise Micro 5.5", "15.5", 'N'),
            (Family::OpenSuse, "Leap 15.5", "15.5", 'Y'),
            (Family::OpenSuse, "Tumbleweed", "20240612", 'Y'),
            (Family::OpenSuse, "Tumbleweed", "15.5", 'N'),
            (Family::OpenEuler, "22.03-LTS-SP3", "22.03-lts-sp3", 'Y'),
            (Family::OpenEuler, "22.03-LTS-SP3", "22.03", 'M'),
            (Family::OpenEuler, "22.03-LTS-SP3", "24.03", 'N'),
        ] {
            assert_eq!(letter(family, given, asked), expected, "{given} against {asked}");
        }
    }

    #[test]
    fn a_release_that_is_not_known_is_no_match() {
        assert!(matches!(fit(Family::Debian, Some("12"), None), Fit::Maybe(_)));
        assert_eq!(fit(Family::Debian, None, Some("12")), Fit::Yes);
        assert_eq!(fit(Family::Maven, Some("https://example.org"), None), Fit::Yes);
    }
}
