//! The inventory that `cargo auditable` leaves in a program: the crates it was built from, as JSON under zlib, in a
//! section called [`SECTION`]. Format: `PARSING.md` and the schema in the repository of cargo-auditable.

use std::io::Read as _;

use flate2::read::ZlibDecoder;
use serde::Deserialize;

use super::ecosystem::{Ecosystem, Family};
use super::package::{Origin, Package, Scope};

/// The section of ELF, PE and Mach-O files that holds the inventory.
pub const SECTION: &str = ".dep-v0";
/// Most bytes of the section, and of the JSON in it: the format's description calls 8 MiB enough for any.
pub const MAX_BYTES: u64 = 8 << 20;
/// Most crates.
const MAX_CRATES: usize = 50_000;
/// Longest name or version, in bytes.
const MAX_TEXT: usize = 256;

/// Why an inventory is not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuditableError {
    /// The section does not inflate.
    #[error("the inventory of cargo-auditable is damaged: it does not inflate")]
    Damaged,
    /// More than [`MAX_BYTES`] or `MAX_CRATES`.
    #[error("the inventory of cargo-auditable is larger than 8 MiB or 50000 crates")]
    TooLarge,
    /// It inflates to something else than the format describes.
    #[error("the inventory of cargo-auditable is not of its form")]
    Malformed,
    /// A crate depends on one that is not in the list.
    #[error("the inventory of cargo-auditable names a crate that it does not list")]
    OutOfRange,
}

#[derive(Deserialize)]
struct Inventory {
    packages: Vec<Crate>,
}

#[derive(Deserialize)]
struct Crate {
    name: String,
    version: String,
    source: String,
    #[serde(default)]
    kind: Kind,
    #[serde(default)]
    dependencies: Vec<usize>,
    #[serde(default)]
    root: bool,
}

#[derive(Clone, Copy, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Build,
    #[default]
    Runtime,
}

/// Reads the content of the section.
///
/// The crates stand in the order of the inventory; the one that the program was built from is the project's own. The
/// format tells of crates from git or another registry only that they are, not from where. What is only used while
/// building (`build`) is of scope [`Scope::Development`].
///
/// # Errors
/// When nothing or not everything is understood: half an inventory would look like a whole one.
pub fn parse(section: &[u8]) -> Result<Vec<Package>, AuditableError> {
    let mut text = Vec::new();
    let mut inflated = ZlibDecoder::new(section).take(MAX_BYTES + 1);
    inflated.read_to_end(&mut text).map_err(|_| AuditableError::Damaged)?;
    if text.len() as u64 > MAX_BYTES {
        return Err(AuditableError::TooLarge);
    }
    let inventory: Inventory = serde_json::from_slice(&text).map_err(|_| AuditableError::Malformed)?;
    let count = inventory.packages.len();
    if count > MAX_CRATES {
        return Err(AuditableError::TooLarge);
    }
    // Several crates may be called the root by a program that was made to mislead; then none is.
    let one_root = inventory.packages.iter().filter(|one| one.root).count() == 1;
    inventory.packages.into_iter().map(|one| package(one, count, one_root)).collect()
}

fn package(one: Crate, count: usize, one_root: bool) -> Result<Package, AuditableError> {
    let is_text = |text: &str| {
        !text.is_empty() && text.len() <= MAX_TEXT && text.bytes().all(|byte| byte.is_ascii_graphic())
    };
    if !is_text(&one.name) || !is_text(&one.version) {
        return Err(AuditableError::Malformed);
    }
    let mut depends_on = one.dependencies;
    if depends_on.iter().any(|index| *index >= count) {
        return Err(AuditableError::OutOfRange);
    }
    depends_on.sort_unstable();
    depends_on.dedup();
    let origin = match one.source.as_str() {
        _ if one.root && one_root => Origin::Own,
        "crates.io" => Origin::Registry(String::new()),
        "git" => Origin::Git { url: String::new(), commit: None },
        "local" => Origin::Path(String::new()),
        _ => Origin::Unknown,
    };
    Ok(Package {
        name: one.name,
        version: Some(one.version),
        ecosystem: Some(Ecosystem::of(Family::CratesIo)),
        scope: match one.kind {
            Kind::Build => Scope::Development,
            Kind::Runtime => Scope::Runtime,
        },
        origin,
        depends_on: Some(depends_on),
        ..Package::default()
    })
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::ZlibEncoder;

    use super::*;

    fn packed(text: &[u8]) -> Vec<u8> {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn crates_are_read_with_graph_and_kind() {
        let text = br#"{"packages":[
            {"name":"app","version":"0.1.0","source":"local","dependencies":[2,1,2],"root":true},
            {"name":"cc","version":"1.0.3","source":"crates.io","kind":"build"},
            {"name":"log","version":"0.4.22","source":"git","kind":"runtime","features":["std"]},
            {"name":"odd","version":"2.0.0","source":"elsewhere"}],"format":1}"#;
        let packages = parse(&packed(text)).unwrap();
        let facts: Vec<_> =
            packages.iter().map(|one| (one.name.as_str(), one.version.as_deref(), one.scope)).collect();
        assert_eq!(
            facts,
            [
                ("app", Some("0.1.0"), Scope::Runtime),
                ("cc", Some("1.0.3"), Scope::Development),
                ("log", Some("0.4.22"), Scope::Runtime),
                ("odd", Some("2.0.0"), Scope::Runtime),
            ]
        );
        assert_eq!(packages[0].origin, Origin::Own);
        assert_eq!(packages[0].depends_on, Some(vec![1, 2]));
        assert_eq!(packages[1].origin, Origin::Registry(String::new()));
        assert_eq!(packages[2].origin, Origin::Git { url: String::new(), commit: None });
        assert_eq!(packages[3].origin, Origin::Unknown);
    }

    #[test]
    fn what_is_not_understood_is_no_inventory() {
        let one = |text: &str| parse(&packed(text.as_bytes()));
        assert_eq!(parse(b"no zlib"), Err(AuditableError::Damaged));
        let whole = packed(br#"{"packages":[]}"#);
        assert_eq!(parse(&whole), Ok(Vec::new()));
        assert_eq!(parse(&whole[..whole.len() - 6]), Err(AuditableError::Damaged));
        assert_eq!(one("{}"), Err(AuditableError::Malformed));
        assert_eq!(one(r#"{"packages":[{"name":"a","version":"1"}]}"#), Err(AuditableError::Malformed));
        let outside = r#"{"packages":[{"name":"a","version":"1","source":"local","dependencies":[1]}]}"#;
        assert_eq!(one(outside), Err(AuditableError::OutOfRange));
        let control = r#"{"packages":[{"name":"a\u001b[2J","version":"1","source":"local"}]}"#;
        assert_eq!(one(control), Err(AuditableError::Malformed));
        let bomb = packed(&vec![b' '; usize::try_from(MAX_BYTES).unwrap() + 1]);
        assert!(bomb.len() < 100_000);
        assert_eq!(parse(&bomb), Err(AuditableError::TooLarge));
    }

    #[test]
    fn two_roots_are_none() {
        let text = br#"{"packages":[{"name":"a","version":"1","source":"local","root":true},
            {"name":"b","version":"1","source":"local","root":true}]}"#;
        assert!(parse(&packed(text)).unwrap().iter().all(|one| one.origin != Origin::Own));
    }
}
