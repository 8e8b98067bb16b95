//! `etc/os-release` and `usr/lib/os-release` of a root filesystem (os-release(5)): which distribution its packages are of.

use super::ecosystem::{Ecosystem, Family};
use super::fault::Fault;
use super::package::Package;

/// How long the file may be, in bytes.
const MAX_BYTES: usize = 64 << 10;

/// A distribution.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Distribution {
    /// `ID`: `debian`, `alpine`; `linux` where the file does not tell, as os-release(5) says.
    pub id: String,
    /// `VERSION_ID`: `12`, `3.20.1`; none for releases that roll.
    pub version_id: Option<String>,
    /// `VERSION_CODENAME`.
    pub codename: Option<String>,
    /// `PRETTY_NAME`, for people.
    pub pretty: Option<String>,
}

/// Whether the file at a path relative to the tree says which distribution a root filesystem is.
#[must_use]
pub fn is_os_release_path(path: &str) -> bool {
    ["etc/os-release", "usr/lib/os-release"]
        .iter()
        .any(|known| path.strip_suffix(known).is_some_and(|rest| rest.is_empty() || rest.ends_with('/')))
}

/// Reads it.
///
/// # Errors
/// When the file is too long (64 KiB), not UTF-8, or holds no assignment.
pub fn parse(bytes: &[u8]) -> Result<Distribution, Fault> {
    if bytes.len() > MAX_BYTES {
        return Err(Fault::new(1, "the file is larger than an os-release file may be (64 KiB)"));
    }
    let text = std::str::from_utf8(bytes).map_err(|_| Fault::new(1, "not UTF-8"))?;
    let mut found = Distribution { id: "linux".to_owned(), ..Distribution::default() };
    let mut assignments = 0;
    for line in text.lines().map(str::trim).filter(|line| !line.starts_with('#')) {
        let Some((key, value)) = line.split_once('=') else { continue };
        assignments += 1;
        let value = unquote(value);
        if value.is_empty() {
            continue;
        }
        match key {
            "ID" => found.id = value.to_ascii_lowercase(),
            "VERSION_ID" => found.version_id = Some(value),
            "VERSION_CODENAME" => found.codename = Some(value),
            "PRETTY_NAME" => found.pretty = Some(value),
            _ => {}
        }
    }
    if assignments == 0 { Err(Fault::new(1, "no assignment")) } else { Ok(found) }
}

/// A value as a shell reads it: in quotes of either kind or none, `\` in front of a character that has a meaning.
fn unquote(text: &str) -> String {
    let quote = text.chars().next().filter(|first| matches!(first, '"' | '\''));
    let inner = quote.map_or(text, |quote| {
        text.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote)).unwrap_or(text)
    });
    let mut value = String::with_capacity(inner.len());
    let mut chars = inner.chars();
    while let Some(next) = chars.next() {
        if next == '\\' && quote != Some('\'') {
            value.extend(chars.next());
        } else {
            value.push(next);
        }
    }
    value
}

impl Distribution {
    /// OSV's ecosystem for its packages, with the release as OSV writes it. None for a distribution that OSV has no data
    /// of, and for a release without a number (Debian's testing), whose packages are those of no release yet.
    ///
    /// Ubuntu's has no `:LTS`, because the file does not tell it reliably: who compares has to allow for it.
    #[must_use]
    pub fn ecosystem(&self) -> Option<Ecosystem> {
        let version = self.version_id.as_deref();
        let major = || version?.split('.').next().map(str::to_owned);
        let (family, release) = match self.id.as_str() {
            "debian" => (Family::Debian, Some(major()?)),
            "ubuntu" => (Family::Ubuntu, Some(version?.to_owned())),
            "alpine" => (Family::Alpine, Some(alpine(version?)?)),
            "wolfi" => (Family::Wolfi, None),
            "chainguard" => (Family::Chainguard, None),
            "rhel" => (Family::RedHat, Some(major()?)),
            "rocky" => (Family::RockyLinux, Some(major()?)),
            "almalinux" => (Family::AlmaLinux, Some(major()?)),
            "opensuse-leap" => (Family::OpenSuse, Some(format!("Leap {}", version?))),
            "opensuse-tumbleweed" => (Family::OpenSuse, Some("Tumbleweed".to_owned())),
            "sles" => (Family::Suse, Some(suse(version?))),
            "azurelinux" | "mariner" => (Family::AzureLinux, Some(major()?)),
            "mageia" => (Family::Mageia, Some(major()?)),
            "photon" => (Family::PhotonOs, Some(version?.to_owned())),
            "minimos" => (Family::MinimOs, None),
            _ => return None,
        };
        Some(Ecosystem { family, release })
    }
}

/// `v3.20` of `3.20.1`; what is built on the way to a release (`3.21_alpha20240807`) has no release.
fn alpine(version: &str) -> Option<String> {
    let mut parts = version.split('.');
    let (major, minor) = (parts.next()?, parts.next()?);
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    (digits(major) && digits(minor)).then(|| format!("v{major}.{minor}"))
}

/// `Linux Enterprise Server 15 SP5` of `15.5`.
fn suse(version: &str) -> String {
    match version.split_once('.') {
        Some((major, "0")) => format!("Linux Enterprise Server {major}"),
        Some((major, pack)) => format!("Linux Enterprise Server {major} SP{pack}"),
        None => format!("Linux Enterprise Server {version}"),
    }
}

/// Gives packages of a root filesystem's database their distribution, where they have none with a release yet. Where its
/// release is not known the family alone stands; of a distribution that OSV has no data of they have no ecosystem, because
/// packages of a derivative are not Debian's own.
pub fn set_distribution(packages: &mut [Package], distribution: &Distribution) {
    let ecosystem = distribution.ecosystem().or_else(|| match distribution.id.as_str() {
        "debian" => Some(Ecosystem::of(Family::Debian)),
        "ubuntu" => Some(Ecosystem::of(Family::Ubuntu)),
        "alpine" => Some(Ecosystem::of(Family::Alpine)),
        _ => None,
    });
    for package in packages {
        let unsettled = package.ecosystem.as_ref().is_some_and(|known| {
            matches!(known.family, Family::Debian | Family::Alpine) && known.release.is_none()
        });
        if unsettled {
            package.ecosystem.clone_from(&ecosystem);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_are_named_as_osv_does() {
        for (text, expected) in [
            ("ID=debian\nVERSION_ID=\"12\"\n", Some("Debian:12")),
            ("PRETTY_NAME=\"Debian GNU/Linux trixie/sid\"\nID=debian\n", None),
            ("ID=ubuntu\nVERSION_ID=\"22.04\"\n", Some("Ubuntu:22.04")),
            ("ID=alpine\nVERSION_ID=3.20.1\n", Some("Alpine:v3.20")),
            ("ID=alpine\nVERSION_ID=3.21_alpha20240807\n", None),
            ("ID=wolfi\nVERSION_ID=\"20230201\"\n", Some("Wolfi")),
            ("ID=chainguard\n", Some("Chainguard")),
            ("ID=\"rhel\"\nVERSION_ID='9.3'\n", Some("Red Hat:9")),
            ("ID=\"rocky\"\nVERSION_ID=\"9.3\"\n", Some("Rocky Linux:9")),
            ("ID=\"almalinux\"\nVERSION_ID=\"8.9\"\n", Some("AlmaLinux:8")),
            ("ID=\"opensuse-leap\"\nVERSION_ID=\"15.5\"\n", Some("openSUSE:Leap 15.5")),
            ("ID=\"sles\"\nVERSION_ID=\"15.5\"\n", Some("SUSE:Linux Enterprise Server 15 SP5")),
            ("ID=\"amzn\"\nVERSION_ID=\"2023\"\n", None),
            ("NAME=unknown\n", None),
        ] {
            let found = parse(text.as_bytes()).unwrap().ecosystem();
            assert_eq!(found.map(|one| one.to_string()).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn values_are_read_as_a_shell_does() {
        let text =
            "# ID=no\nID=Debian\nPRETTY_NAME=\"A \\\"B\\\"\"\nVERSION_CODENAME=bookworm\nVERSION_ID=''\n";
        let expected = Distribution {
            id: "debian".to_owned(),
            version_id: None,
            codename: Some("bookworm".to_owned()),
            pretty: Some("A \"B\"".to_owned()),
        };
        assert_eq!(parse(text.as_bytes()).unwrap(), expected);
        assert!(parse(b"").is_err() && parse(b"\xFF=1").is_err());
    }

    #[test]
    fn packages_get_their_release_once() {
        let of = |text: &str| Package { ecosystem: Ecosystem::parse(text), ..Package::default() };
        for (text, expected) in [
            ("ID=ubuntu\nVERSION_ID=22.04\n", of("Ubuntu:22.04")),
            ("ID=debian\n", of("Debian")),
            ("ID=kali\nVERSION_ID=2024.1\n", of("none")),
        ] {
            let mut packages = [of("Debian"), of("npm"), of("Debian:11")];
            set_distribution(&mut packages, &parse(text.as_bytes()).unwrap());
            assert_eq!(packages, [expected, of("npm"), of("Debian:11")], "{text}");
        }
    }
}
