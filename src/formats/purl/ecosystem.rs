//! Between package URLs and the names that ecosystems give.

use super::{Purl, distro};
use crate::formats::ecosystem::{Ecosystem, Family};
use crate::formats::package::SourcePackage;

/// Families whose packages have a name and nothing besides, with their type.
const PLAIN: &[(Family, &str)] = &[
    (Family::Bitnami, "bitnami"),
    (Family::ConanCenter, "conan"),
    (Family::Cran, "cran"),
    (Family::CratesIo, "cargo"),
    (Family::Hackage, "hackage"),
    (Family::NuGet, "nuget"),
    (Family::Opam, "opam"),
    (Family::Pub, "pub"),
    (Family::PyPi, "pypi"),
    (Family::RubyGems, "gem"),
];

/// Families whose packages have a path for a name, with their type.
const PATHS: &[(Family, &str)] = &[
    (Family::Go, "golang"),
    (Family::Hex, "hex"),
    (Family::Npm, "npm"),
    (Family::Packagist, "composer"),
    (Family::SwiftUrl, "swift"),
];

/// Distributions, with their type and the vendors that stand for them; the first one is written.
const DISTRIBUTIONS: &[(Family, &str, &[&str])] = &[
    (Family::AlmaLinux, "rpm", &["almalinux", "alma"]),
    (Family::Alpaquita, "apk", &["alpaquita"]),
    (Family::Alpine, "apk", &["alpine"]),
    (Family::AzureLinux, "rpm", &["azurelinux", "azure-linux"]),
    (Family::BellSoft, "apk", &["bellsoft-hardened-containers"]),
    (Family::Chainguard, "apk", &["chainguard"]),
    (Family::CleanStart, "apk", &["cleanstart"]),
    (Family::Debian, "deb", &["debian"]),
    (Family::Echo, "deb", &["echo"]),
    (Family::Mageia, "rpm", &["mageia"]),
    (Family::MinimOs, "apk", &["minimos"]),
    (Family::OpenEuler, "rpm", &["openeuler"]),
    (Family::OpenSuse, "rpm", &["opensuse", "opensuse-leap", "opensuse-tumbleweed"]),
    (Family::PhotonOs, "rpm", &["photon", "photon-os"]),
    (Family::RedHat, "rpm", &["redhat", "rhel"]),
    (Family::RockyLinux, "rpm", &["rocky", "rocky-linux", "rockylinux"]),
    (Family::Suse, "rpm", &["suse", "sles"]),
    (Family::Ubuntu, "deb", &["ubuntu"]),
    (Family::Wolfi, "apk", &["wolfi"]),
];

impl Purl {
    /// The purl of a package that an ecosystem names so; none for ecosystems without a purl type, and for names that the
    /// type does not allow.
    ///
    /// A distribution's release becomes the qualifier `distro`, an rpm's epoch the qualifier `epoch`.
    #[must_use]
    pub fn of(ecosystem: &Ecosystem, name: &str, version: Option<&str>) -> Option<Self> {
        let family = ecosystem.family;
        let of = |list: &[(Family, &'static str)]| {
            list.iter().find(|(known, _)| *known == family).map(|(_, kind)| *kind)
        };
        let simple = |kind: &str, namespace: Option<&str>, name: &str, subpath: Option<&str>| {
            Self::new(kind, namespace, name, version, [], subpath).ok()
        };
        if let Some(kind) = of(PLAIN) {
            return simple(kind, None, name, None);
        }
        if let Some(kind) = of(PATHS) {
            let name = match family {
                Family::SwiftUrl => without_scheme(name),
                _ => name,
            };
            let (namespace, name) = split_last(name, '/');
            return simple(kind, namespace, name, None);
        }
        match family {
            Family::Maven => {
                let (group, artifact) = name.split_once(':')?;
                simple("maven", Some(group), artifact, None)
            }
            Family::GitHubActions => {
                let (owner, rest) = name.split_once('/')?;
                let (repository, path) = rest.split_once('/').unwrap_or((rest, ""));
                simple("github", Some(owner), repository, Some(path))
            }
            Family::VsCode => {
                let (publisher, name) = name.split_once(['/', '.'])?;
                simple("vscode-extension", Some(publisher), name, None)
            }
            _ => {
                let (_, kind, vendors) = DISTRIBUTIONS.iter().find(|(known, ..)| *known == family)?;
                let release =
                    ecosystem.release.as_deref().and_then(|release| distro::distro(family, release));
                let (epoch, version) = match version.and_then(|version| version.split_once(':')) {
                    Some((epoch, version)) if *kind == "rpm" => (Some(epoch), Some(version)),
                    _ => (None, version),
                };
                let epoch = epoch.filter(|epoch| epoch.bytes().any(|digit| digit != b'0'));
                let qualifiers = [("distro", release), ("epoch", epoch.map(str::to_owned))];
                let qualifiers =
                    qualifiers.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?)));
                Self::new(kind, vendors.first().copied(), name, version, qualifiers, None).ok()
            }
        }
    }

    /// The ecosystem and the name there, if advisories know one for the type. The release is none where the qualifier
    /// `distro` is missing or not understood.
    #[must_use]
    pub fn package(&self) -> Option<(Ecosystem, String)> {
        let of = |list: &[(Family, &str)]| {
            list.iter().find(|(_, kind)| *kind == self.kind).map(|(family, _)| *family)
        };
        if let Some(family) = of(PLAIN) {
            return Some((Ecosystem::of(family), self.name.clone()));
        }
        let join = |separator: char| match &self.namespace {
            Some(namespace) => format!("{namespace}{separator}{}", self.name),
            None => self.name.clone(),
        };
        if let Some(family) = of(PATHS) {
            return Some((Ecosystem::of(family), join('/')));
        }
        match self.kind.as_str() {
            "julia" => Some((Ecosystem::of(Family::Julia), self.name.clone())),
            "maven" => Some((Ecosystem::of(Family::Maven), join(':'))),
            "github" => Some((Ecosystem::of(Family::GitHubActions), join('/'))),
            "vscode-extension" => Some((Ecosystem::of(Family::VsCode), join('/'))),
            // Not registered, but older generators wrote it.
            "alpine" => Some((self.distribution(Family::Alpine), self.name.clone())),
            kind => {
                let vendor = self.namespace.as_deref()?;
                let (family, ..) = DISTRIBUTIONS
                    .iter()
                    .find(|(_, known, vendors)| *known == kind && vendors.contains(&vendor))?;
                Some((self.distribution(*family), self.name.clone()))
            }
        }
    }

    fn distribution(&self, family: Family) -> Ecosystem {
        let release = self.qualifier("distro").and_then(|distro| distro::release(family, distro));
        Ecosystem { family, release }
    }

    /// The version as its ecosystem writes it: with the epoch in front for an rpm, which keeps it in a qualifier.
    #[must_use]
    pub fn package_version(&self) -> Option<String> {
        let version = self.version.as_deref()?;
        Some(match self.qualifier("epoch") {
            Some(epoch) if self.kind == "rpm" => format!("{epoch}:{version}"),
            _ => version.to_owned(),
        })
    }

    /// The source package of a distribution's package, where the qualifier `upstream` names one: `glibc`,
    /// `glibc@2.36-9`, or for an rpm `glibc-2.36-9.src.rpm`.
    #[must_use]
    pub fn source(&self) -> Option<SourcePackage> {
        let upstream = self.qualifier("upstream")?;
        let (name, version) = match self.kind.as_str() {
            "deb" | "apk" => match upstream.split_once('@') {
                Some((name, version)) => (name, Some(version)),
                None => (upstream, None),
            },
            "rpm" => {
                let (rest, release) = upstream.strip_suffix(".src.rpm")?.rsplit_once('-')?;
                let (name, version) = rest.rsplit_once('-')?;
                let version = format!("{version}-{release}");
                return Some(SourcePackage { name: name.to_owned(), version: Some(version) });
            }
            _ => return None,
        };
        (!name.is_empty())
            .then(|| SourcePackage { name: name.to_owned(), version: version.map(str::to_owned) })
    }
}

/// A name of a Swift package is the URL of its repository without scheme and suffix.
fn without_scheme(url: &str) -> &str {
    let url = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://")).unwrap_or(url);
    url.strip_suffix(".git").unwrap_or(url)
}

fn split_last(name: &str, separator: char) -> (Option<&str>, &str) {
    match name.rsplit_once(separator) {
        Some((namespace, name)) => (Some(namespace), name),
        None => (None, name),
    }
}
