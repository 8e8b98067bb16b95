//! Package ecosystems, by the names that the OSV schema gives them
//! (<https://ossf.github.io/osv-schema/#defined-ecosystems>).

use std::borrow::Cow;
use std::fmt;

/// A family of packages that share names and a version order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the names are OSV's own")]
pub enum Family {
    AlmaLinux,
    Alpaquita,
    Alpine,
    Android,
    AzureLinux,
    BellSoft,
    Bioconductor,
    Bitnami,
    Chainguard,
    CleanStart,
    ConanCenter,
    Cran,
    CratesIo,
    Debian,
    DockerHardenedImages,
    Echo,
    FreeBsd,
    Ghc,
    GitHubActions,
    Go,
    Hackage,
    Hex,
    Julia,
    Kubernetes,
    Linux,
    Mageia,
    Maven,
    MinimOs,
    Npm,
    NuGet,
    Opam,
    OpenEuler,
    OpenSuse,
    OssFuzz,
    Packagist,
    PhotonOs,
    Pub,
    PyPi,
    RedHat,
    RockyLinux,
    Root,
    RubyGems,
    Suse,
    SwiftUrl,
    TuxCare,
    Ubuntu,
    VsCode,
    Wolfi,
}

/// Every family with OSV's name for it, in the order of [`Family`].
pub const FAMILIES: &[(Family, &str)] = &[
    (Family::AlmaLinux, "AlmaLinux"),
    (Family::Alpaquita, "Alpaquita"),
    (Family::Alpine, "Alpine"),
    (Family::Android, "Android"),
    (Family::AzureLinux, "Azure Linux"),
    (Family::BellSoft, "BellSoft Hardened Containers"),
    (Family::Bioconductor, "Bioconductor"),
    (Family::Bitnami, "Bitnami"),
    (Family::Chainguard, "Chainguard"),
    (Family::CleanStart, "CleanStart"),
    (Family::ConanCenter, "ConanCenter"),
    (Family::Cran, "CRAN"),
    (Family::CratesIo, "crates.io"),
    (Family::Debian, "Debian"),
    (Family::DockerHardenedImages, "Docker Hardened Images"),
    (Family::Echo, "Echo"),
    (Family::FreeBsd, "FreeBSD"),
    (Family::Ghc, "GHC"),
    (Family::GitHubActions, "GitHub Actions"),
    (Family::Go, "Go"),
    (Family::Hackage, "Hackage"),
    (Family::Hex, "Hex"),
    (Family::Julia, "Julia"),
    (Family::Kubernetes, "Kubernetes"),
    (Family::Linux, "Linux"),
    (Family::Mageia, "Mageia"),
    (Family::Maven, "Maven"),
    (Family::MinimOs, "MinimOS"),
    (Family::Npm, "npm"),
    (Family::NuGet, "NuGet"),
    (Family::Opam, "opam"),
    (Family::OpenEuler, "openEuler"),
    (Family::OpenSuse, "openSUSE"),
    (Family::OssFuzz, "OSS-Fuzz"),
    (Family::Packagist, "Packagist"),
    (Family::PhotonOs, "Photon OS"),
    (Family::Pub, "Pub"),
    (Family::PyPi, "PyPI"),
    (Family::RedHat, "Red Hat"),
    (Family::RockyLinux, "Rocky Linux"),
    (Family::Root, "Root"),
    (Family::RubyGems, "RubyGems"),
    (Family::Suse, "SUSE"),
    (Family::SwiftUrl, "SwiftURL"),
    (Family::TuxCare, "TuxCare"),
    (Family::Ubuntu, "Ubuntu"),
    (Family::VsCode, "VSCode"),
    (Family::Wolfi, "Wolfi"),
];

impl Family {
    /// OSV's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        FAMILIES.iter().find(|(family, _)| *family == self).map_or("", |(_, name)| name)
    }

    /// The family that OSV calls so. Case counts: these are identifiers.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        FAMILIES.iter().find(|(_, known)| *known == name).map(|(family, _)| *family)
    }

    /// A package name in the form in which two spellings of one package are equal: `PyPI` names by PEP 503 (lower case,
    /// runs of `-`, `_` and `.` as one `-`), `NuGet`, Packagist and GitHub Actions in lower case, Go module paths in lower
    /// case (purls fold them, OSV does not), extensions of `VSCode` in lower case, Swift packages as the URL of their
    /// repository in lower case without scheme and `.git` (no host of repositories tells case apart), everything else as
    /// it is.
    #[must_use]
    pub fn normal_name(self, name: &str) -> Cow<'_, str> {
        match self {
            Self::PyPi => Cow::Owned(pep503(name)),
            Self::NuGet | Self::Packagist | Self::GitHubActions | Self::Go | Self::VsCode => {
                Cow::Owned(name.to_lowercase())
            }
            Self::SwiftUrl => {
                let name = name.to_lowercase();
                let plain =
                    name.split_once("://").map_or(name.as_str(), |(_, rest)| rest).trim_end_matches('/');
                Cow::Owned(plain.strip_suffix(".git").unwrap_or(plain).to_owned())
            }
            _ => Cow::Borrowed(name),
        }
    }

    /// Whether its packages are those of rpm. Some of these distributions name the source packages in their advisories,
    /// others the packages that are built from them.
    #[must_use]
    pub const fn is_rpm(self) -> bool {
        matches!(
            self,
            Self::AlmaLinux
                | Self::AzureLinux
                | Self::Mageia
                | Self::OpenEuler
                | Self::OpenSuse
                | Self::PhotonOs
                | Self::RedHat
                | Self::RockyLinux
                | Self::Suse
        )
    }

    /// Whether a package of it means nothing without a release of the distribution.
    #[must_use]
    pub const fn has_releases(self) -> bool {
        matches!(
            self,
            Self::AlmaLinux
                | Self::Alpine
                | Self::AzureLinux
                | Self::Debian
                | Self::Mageia
                | Self::OpenEuler
                | Self::OpenSuse
                | Self::PhotonOs
                | Self::RedHat
                | Self::RockyLinux
                | Self::Suse
                | Self::Ubuntu
        )
    }
}

fn pep503(name: &str) -> String {
    let mut normal = String::with_capacity(name.len());
    let mut separated = false;
    for letter in name.chars() {
        if matches!(letter, '-' | '_' | '.') {
            separated = true;
            continue;
        }
        if separated && !normal.is_empty() {
            normal.push('-');
        }
        separated = false;
        normal.extend(letter.to_lowercase());
    }
    normal
}

/// A family, and for distributions the release: `Debian:12`, `Alpine:v3.20`, `Ubuntu:22.04:LTS`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ecosystem {
    /// The family.
    pub family: Family,
    /// What follows the first `:`; none where there is none or where it is not known.
    pub release: Option<String>,
}

impl Ecosystem {
    /// An ecosystem without releases.
    #[must_use]
    pub const fn of(family: Family) -> Self {
        Self { family, release: None }
    }

    /// Reads OSV's form; none for a family that is not known.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (family, release) = match text.split_once(':') {
            Some((family, release)) => (family, Some(release.to_owned())),
            None => (text, None),
        };
        Some(Self { family: Family::of_name(family)?, release })
    }
}

impl fmt::Display for Ecosystem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.family.name())?;
        match &self.release {
            Some(release) => write!(formatter, ":{release}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_go_both_ways() {
        for (family, name) in FAMILIES {
            assert_eq!((family.name(), Family::of_name(name)), (*name, Some(*family)));
        }
        for text in ["Debian:12", "Ubuntu:22.04:LTS", "crates.io"] {
            assert_eq!(Ecosystem::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(Ecosystem::parse("npmjs"), None);
    }

    #[test]
    fn spellings_of_one_package_are_equal() {
        assert_eq!(Family::PyPi.normal_name("Zope._Interface"), "zope-interface");
        assert_eq!(Family::NuGet.normal_name("Newtonsoft.Json"), "newtonsoft.json");
        assert_eq!(Family::Npm.normal_name("JSONStream"), "JSONStream");
        for name in [
            "https://github.com/Apple/swift-nio.git",
            "github.com/apple/Swift-NIO",
            "github.com/apple/swift-nio/",
        ] {
            assert_eq!(Family::SwiftUrl.normal_name(name), "github.com/apple/swift-nio");
        }
        assert_eq!(Family::VsCode.normal_name("Owner/Name"), "owner/name");
    }
}
