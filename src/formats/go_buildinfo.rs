//! What the Go linker leaves in a program: the toolchain and the modules it was built from. Format: the documentation of
//! Go's packages `debug/buildinfo` and `runtime/debug`.
//!
//! ```text
//! \xff Go buildinf:   14 bytes
//! pointer size        1 byte
//! flags               1 byte; bit 1: the strings follow at byte 32 (from Go 1.18 on), else there are pointers to them
//! at 32               length as varint ‖ version of Go; length as varint ‖ 16 bytes ‖ modules as lines ‖ 16 bytes
//! ```

use super::ecosystem::{Ecosystem, Family};
use super::package::{Origin, Package, Scope};

/// What it begins with.
pub const MAGIC: &[u8] = b"\xff Go buildinf:";
/// It stands at a multiple of this many bytes.
pub const ALIGNMENT: usize = 16;
/// Most bytes of it that are read.
pub const MAX_BYTES: u64 = 4 << 20;
/// Where the strings begin.
const HEADER: usize = 32;
/// The flag of strings that follow.
const INLINE: u8 = 2;
/// Bytes before and after the lines of modules.
const MARK: usize = 16;
/// Most modules.
const MAX_MODULES: usize = 50_000;
/// Longest path of a module or version, in bytes.
const MAX_TEXT: usize = 1024;

/// Why it is not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BuildInfoError {
    /// It does not begin as it should.
    #[error("no build information of Go")]
    Absent,
    /// The form of before Go 1.18, with pointers into the program.
    #[error("build information in the form of before Go 1.18, which is not read: its modules are not known")]
    OldForm,
    /// It ends too early, or is no text.
    #[error("the build information of Go is damaged")]
    Damaged,
    /// More than `MAX_MODULES`.
    #[error("the build information of Go names more than 50000 modules")]
    TooLarge,
    /// A line of it is not of its form.
    #[error("the build information of Go has a line that is not understood")]
    Malformed,
}

/// What a program was built from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BuildInfo {
    /// The version of Go, as written: `go1.22.1`.
    pub go: String,
    /// The modules: the program's own one with [`Origin::Own`], the others, and the standard library as `stdlib`, which
    /// is what advisories call it. A replaced module is what replaces it, since that was built.
    pub packages: Vec<Package>,
    /// Whether it names modules at all; programs built without modules, or by tools of their own, do not.
    pub has_modules: bool,
}

/// Reads it from its first byte on; what follows it does not matter.
///
/// # Errors
/// When nothing or not everything is understood: half an inventory would look like a whole one.
pub fn parse(bytes: &[u8]) -> Result<BuildInfo, BuildInfoError> {
    if !bytes.starts_with(MAGIC) {
        return Err(BuildInfoError::Absent);
    }
    let flags = *bytes.get(MAGIC.len() + 1).ok_or(BuildInfoError::Damaged)?;
    if flags & INLINE == 0 {
        return Err(BuildInfoError::OldForm);
    }
    let (go, rest) = string(bytes.get(HEADER..).ok_or(BuildInfoError::Damaged)?)?;
    let (modules, _) = string(rest)?;
    let go = text(go)?;
    if !is_word(go.split(' ').next().unwrap_or_default()) || go.chars().any(char::is_control) {
        return Err(BuildInfoError::Damaged);
    }
    // Go itself tells by the line feed before the closing mark whether there are marks around lines.
    let inner = modules
        .len()
        .checked_sub(MARK)
        .and_then(|end| modules.get(MARK..end))
        .filter(|inner| inner.last() == Some(&b'\n'));
    let mut info = BuildInfo { go: go.to_owned(), has_modules: inner.is_some(), ..BuildInfo::default() };
    info.packages = lines(text(inner.unwrap_or_default())?)?;
    info.packages.push(standard_library(go));
    Ok(info)
}

/// A string behind its length.
fn string(bytes: &[u8]) -> Result<(&[u8], &[u8]), BuildInfoError> {
    let (mut length, mut shift) = (0_u64, 0_u32);
    for (at, byte) in bytes.iter().enumerate() {
        length |= u64::from(byte & 0x7F).checked_shl(shift).ok_or(BuildInfoError::Damaged)?;
        if byte & 0x80 == 0 {
            let rest = bytes.get(at + 1..).unwrap_or_default();
            let length = usize::try_from(length).map_err(|_| BuildInfoError::Damaged)?;
            return rest.split_at_checked(length).ok_or(BuildInfoError::Damaged);
        }
        shift += 7;
    }
    Err(BuildInfoError::Damaged)
}

fn text(bytes: &[u8]) -> Result<&str, BuildInfoError> {
    std::str::from_utf8(bytes).map_err(|_| BuildInfoError::Damaged)
}

/// The modules: `mod`, `dep` and `=>`, each with path, version and perhaps a digest, parted by tabs.
fn lines(text: &str) -> Result<Vec<Package>, BuildInfoError> {
    let mut packages: Vec<Package> = Vec::new();
    for line in text.lines() {
        let mut parts = line.split('\t');
        let verb = parts.next().unwrap_or_default();
        if !matches!(verb, "mod" | "dep" | "=>") {
            // `path` is the package with `main`, `build` a setting; others may come.
            continue;
        }
        let (Some(path), version) = (parts.next(), parts.next().unwrap_or_default()) else {
            return Err(BuildInfoError::Malformed);
        };
        if !is_word(path) || !(version.is_empty() || is_word(version)) {
            return Err(BuildInfoError::Malformed);
        }
        // Between brackets: built from a work tree, of no version.
        let version = Some(version).filter(|version| !version.is_empty() && !version.starts_with('('));
        if verb == "=>" {
            let replaced = packages.last_mut().ok_or(BuildInfoError::Malformed)?;
            if path.starts_with(['.', '/', '\\']) || path.get(1..2) == Some(":") {
                replaced.version = None;
                replaced.origin = Origin::Path(path.to_owned());
            } else {
                *replaced = module(path, version);
            }
            continue;
        }
        if packages.len() >= MAX_MODULES {
            return Err(BuildInfoError::TooLarge);
        }
        packages.push(module(path, version));
        if let Some(package) = packages.last_mut().filter(|_| verb == "mod") {
            package.origin = Origin::Own;
        }
    }
    Ok(packages)
}

fn module(path: &str, version: Option<&str>) -> Package {
    Package {
        name: path.to_owned(),
        version: version.map(str::to_owned),
        ecosystem: Some(Ecosystem::of(Family::Go)),
        scope: Scope::Runtime,
        ..Package::default()
    }
}

/// The standard library of a toolchain: `go1.22.1` and `go1.22.1 X:experiment` hold 1.22.1, `devel …` an unknown one.
fn standard_library(go: &str) -> Package {
    let version = go.strip_prefix("go").and_then(|rest| rest.split([' ', '-']).next());
    module("stdlib", version.filter(|version| version.starts_with(|first: char| first.is_ascii_digit())))
}

fn is_word(text: &str) -> bool {
    let plain = |letter: char| !letter.is_control() && !letter.is_whitespace();
    !text.is_empty() && text.len() <= MAX_TEXT && text.chars().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(flags: u8, go: &str, modules: &str) -> Vec<u8> {
        let mut bytes = [MAGIC, &[8, flags], &[0; 16]].concat();
        let mut put = |text: &[u8]| {
            let mut length = text.len();
            while length >= 0x80 {
                bytes.push(u8::try_from(length & 0x7F).unwrap() | 0x80);
                length >>= 7;
            }
            bytes.push(u8::try_from(length).unwrap());
            bytes.extend(text);
        };
        put(go.as_bytes());
        let marked = [b"0123456789abcdef", modules.as_bytes(), b"fedcba9876543210"].concat();
        put(if modules.is_empty() { b"" } else { &marked });
        bytes
    }

    fn named(info: &BuildInfo) -> Vec<(&str, Option<&str>)> {
        info.packages.iter().map(|one| (one.name.as_str(), one.version.as_deref())).collect()
    }

    #[test]
    fn modules_are_read_and_replaced() {
        let text = "path\texample.com/a/cmd\nmod\texample.com/a\t(devel)\t\n\
            dep\tgolang.org/x/net\tv0.17.0\th1:pVaXccu2ozPjCXewfr1S7xza/zcXTity9cCdXQYSjIM=\n\
            dep\texample.com/b\tv1.0.0\n=>\texample.com/fork\tv1.0.1\th1:x=\n\
            dep\texample.com/c\tv1.2.3\n=>\t../c\t(devel)\t\nbuild\tCGO_ENABLED=1\n";
        let info = parse(&of(2, "go1.21.3 X:boringcrypto", text)).unwrap();
        assert_eq!(info.go, "go1.21.3 X:boringcrypto");
        assert!(info.has_modules);
        assert_eq!(
            named(&info),
            [
                ("example.com/a", None),
                ("golang.org/x/net", Some("v0.17.0")),
                ("example.com/fork", Some("v1.0.1")),
                ("example.com/c", None),
                ("stdlib", Some("1.21.3")),
            ]
        );
        assert_eq!(info.packages[0].origin, Origin::Own);
        assert_eq!(info.packages[3].origin, Origin::Path("../c".to_owned()));
    }

    #[test]
    fn a_program_without_modules_says_so() {
        let info = parse(&of(2, "devel go1.23-8e1fdea831 Mon Jan 1", "")).unwrap();
        assert!(!info.has_modules);
        assert_eq!(named(&info), [("stdlib", None)]);
    }

    #[test]
    fn what_is_not_understood_is_no_inventory() {
        assert_eq!(parse(b"\x7fELF"), Err(BuildInfoError::Absent));
        assert_eq!(parse(&of(0, "go1.17", "")), Err(BuildInfoError::OldForm));
        let good = of(2, "go1.21.3", "mod\ta.example\tv1.0.0\n");
        for end in MAGIC.len()..good.len() {
            assert_eq!(parse(&good[..end]), Err(BuildInfoError::Damaged), "{end}");
        }
        assert!(parse(&[&good[..], b"more"].concat()).is_ok());
        for bad in ["dep\n", "dep\t\tv1\n", "=>\ta\tv1\n", "dep\ta\x1b[2J\tv1\n", "dep\ta b\tv1\n"] {
            assert_eq!(parse(&of(2, "go1.21.3", bad)), Err(BuildInfoError::Malformed), "{bad:?}");
        }
        assert_eq!(parse(&of(2, "go1\x1b[2J", "")), Err(BuildInfoError::Damaged));
        // A length of more than 64 bits.
        let endless = [MAGIC, &[8, 2], &[0; 16], &[0xFF; 12]].concat();
        assert_eq!(parse(&endless), Err(BuildInfoError::Damaged));
    }
}
