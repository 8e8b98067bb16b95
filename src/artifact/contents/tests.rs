//! Artifacts made here by other programs' rules: `zip` and `tar` write the archives, the programs are laid out by hand
//! after the specifications of ELF, PE and Mach-O.

use std::io::{Cursor, Write as _};

use flate2::Compression;
use flate2::write::{GzEncoder, ZlibEncoder};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::*;
use crate::formats::go_buildinfo;

const CREATED: &str = "2026-06-15T12:00:00Z";
const LOCK: &str = "version = 4\n[[package]]\nname = \"app\"\nversion = \"0.1.0\"\ndependencies = [\"log\"]\n\
    [[package]]\nname = \"log\"\nversion = \"0.4.22\"\n\
    source = \"git+https://example.org/log#0123456789012345678901234567890123456789\"\n";

fn looked(name: &str, bytes: &[u8]) -> Contents {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("artifact");
    std::fs::write(&path, bytes).unwrap();
    look(&path, name, CREATED).unwrap()
}

fn bill(name: &str, bytes: &[u8]) -> Bill {
    match looked(name, bytes) {
        Contents::Bill(bill) => *bill,
        other => panic!("{name}: {other:?}"),
    }
}

fn identities(bill: &Bill) -> Vec<&str> {
    bill.packages.iter().map(|entry| entry.identity.as_str()).collect()
}

fn subject(bill: &Bill) -> Option<String> {
    bill.subject.purl.as_ref().map(ToString::to_string)
}

fn zipped(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in members {
        writer.start_file(*name, SimpleFileOptions::default()).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn tarred(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, content) in members {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        builder.append_data(&mut header, name, *content).unwrap();
    }
    builder.into_inner().unwrap()
}

fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// The inventory of cargo-auditable of a program with one dependency.
fn crates() -> Vec<u8> {
    let text =
        br#"{"packages":[{"name":"app","version":"0.1.0","source":"local","dependencies":[1],"root":true},
        {"name":"log","version":"0.4.22","source":"crates.io"}]}"#;
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

/// The build information of a Go program with one dependency.
fn modules() -> Vec<u8> {
    let lines = "mod\texample.com/app\tv1.0.0\ndep\tgolang.org/x/net\tv0.17.0\th1:x=\n";
    let mut bytes = [go_buildinfo::MAGIC, &[8, 2], &[0; 16], b"\x08go1.21.3"].concat();
    bytes.push(u8::try_from(lines.len() + 32).unwrap());
    bytes.extend([b"0123456789abcdef", lines.as_bytes(), b"fedcba9876543210"].concat());
    bytes
}

/// A 64-bit ELF file with one section.
fn elf(name: &str, content: &[u8]) -> Vec<u8> {
    let names = [b"\0", name.as_bytes(), b"\0"].concat();
    let (at, names_at) = (64_u64, 64 + content.len() as u64);
    let table = (names_at + names.len() as u64).next_multiple_of(8);
    let mut file = b"\x7fELF\x02\x01\x01".to_vec();
    file.resize(16, 0);
    file.extend([2_u16, 62].iter().flat_map(|half| half.to_le_bytes()));
    file.extend(1_u32.to_le_bytes());
    file.extend([0, 0, table].iter().flat_map(|word| word.to_le_bytes()));
    file.extend(0_u32.to_le_bytes());
    file.extend([64_u16, 0, 0, 64, 3, 2].iter().flat_map(|half| half.to_le_bytes()));
    file.extend(content);
    file.extend(&names);
    file.resize(usize::try_from(table).unwrap(), 0);
    let sizes = (content.len() as u64, names.len() as u64);
    for (name, kind, offset, size) in [(0_u32, 0_u32, 0, 0), (1, 1, at, sizes.0), (0, 3, names_at, sizes.1)] {
        file.extend([name, kind].iter().flat_map(|word| word.to_le_bytes()));
        file.extend([0, 0, offset, size].iter().flat_map(|word: &u64| word.to_le_bytes()));
        file.extend([0; 8]);
        file.extend([1_u64, 0].iter().flat_map(|word| word.to_le_bytes()));
    }
    file
}

/// A 64-bit PE file with one section.
fn pe(name: &str, content: &[u8]) -> Vec<u8> {
    let mut file = b"MZ".to_vec();
    file.resize(60, 0);
    file.extend(64_u32.to_le_bytes());
    file.extend(b"PE\0\0\x64\x86\x01\0");
    file.extend([0; 12]);
    file.extend([240, 0, 2, 0]);
    let mut optional = vec![0x0B, 2];
    optional.resize(240, 0);
    optional[108] = 16;
    file.extend(optional);
    let mut header = name.as_bytes().to_vec();
    header.resize(8, 0);
    let size = u32::try_from(content.len()).unwrap();
    header.extend([size, 0x1000, size, 512].iter().flat_map(|word| word.to_le_bytes()));
    header.resize(40, 0);
    file.extend(header);
    file.resize(512, 0);
    file.extend(content);
    file
}

/// A 64-bit Mach-O file with one section of the segment `__DATA`.
fn macho(name: &str, content: &[u8]) -> Vec<u8> {
    let at = 32 + 72 + 80_u32;
    let size = content.len() as u64;
    let mut file: Vec<u8> = [0xFEED_FACF_u32, 0x0100_000C, 0, 2, 1, 152, 0, 0]
        .iter()
        .flat_map(|word| word.to_le_bytes())
        .collect();
    let padded = |name: &str| [name.as_bytes(), &[0; 16]].concat()[..16].to_vec();
    file.extend([0x19_u32, 152].iter().flat_map(|word| word.to_le_bytes()));
    file.extend(padded("__DATA"));
    file.extend([0, size, u64::from(at), size].iter().flat_map(|word| word.to_le_bytes()));
    file.extend([3_u32, 3, 1, 0].iter().flat_map(|word| word.to_le_bytes()));
    file.extend([padded(name), padded("__DATA")].concat());
    file.extend([0, size].iter().flat_map(|word| word.to_le_bytes()));
    file.extend([at, 4, 0, 0, 0, 0, 0, 0].iter().flat_map(|word| word.to_le_bytes()));
    file.extend(content);
    file
}

/// A Mach-O file for two processors.
fn fat(one: &[u8], other: &[u8]) -> Vec<u8> {
    let sizes = [one, other].map(|part| u32::try_from(part.len()).unwrap());
    let mut file: Vec<u8> =
        [0xCAFE_BABE_u32, 2, 0x0100_0007, 3, 64, sizes[0], 0, 0x0100_000C, 0, 64 + sizes[0], sizes[1], 0]
            .iter()
            .flat_map(|word| word.to_be_bytes())
            .collect();
    file.resize(64, 0);
    [&file, one, other].concat()
}

#[test]
fn programs_tell_what_they_were_built_from() {
    let (crates, modules) = (crates(), modules());
    for program in [elf(".dep-v0", &crates), pe(".dep-v0", &crates), macho(".dep-v0", &crates)] {
        let bill = bill("app", &program);
        assert_eq!(subject(&bill).as_deref(), Some("pkg:cargo/app@0.1.0"));
        assert_eq!(identities(&bill), ["pkg:cargo/log@0.4.22"]);
        assert_eq!(bill.subject.depends_on, Some(vec![0]));
        assert!(bill.missing.is_empty());
    }
    let behind = [vec![0; 32], modules.clone()].concat();
    for program in [elf(".go.buildinfo", &modules), pe(".data", &behind), macho("__go_buildinfo", &modules)] {
        let bill = bill("app", &program);
        assert_eq!(subject(&bill).as_deref(), Some("pkg:golang/example.com/app@v1.0.0"));
        assert_eq!(identities(&bill), ["pkg:golang/golang.org/x/net@v0.17.0", "pkg:golang/stdlib@1.21.3"]);
        assert_eq!(bill.subject.depends_on, None, "it does not tell");
    }
    let both = bill("app", &fat(&macho(".dep-v0", &crates), &macho("__go_buildinfo", &modules)));
    assert_eq!(both.packages.len(), 5, "{:?}", identities(&both));
    assert_eq!(both.subject.name, "app");
}

#[test]
fn programs_without_or_with_damaged_inventories_do_not_pass_for_empty_ones() {
    let opaque = |bytes: &[u8]| matches!(looked("app", bytes), Contents::Opaque);
    assert!(opaque(&elf(".text", b"code")));
    // The first bytes of build information where none stands.
    assert!(opaque(&pe(".data", &[&[0; 8], &modules()[..]].concat())));
    assert!(opaque(b"plain text") && opaque(b"") && opaque(b"MZ") && opaque(b"\x7fELF"));
    assert!(opaque(b"\xca\xfe\xba\xbe\0\0\0\x41a class of Java"));
    let mut cut = crates();
    cut.truncate(20);
    let bill_of = bill("app", &elf(".dep-v0", &cut));
    assert_eq!(bill_of.missing, ["app: the inventory of cargo-auditable is damaged: it does not inflate"]);
    assert!(bill_of.packages.is_empty());
    let mut old = modules();
    old[15] = 0;
    assert!(bill("app", &elf(".go.buildinfo", &old)).missing[0].contains("before Go 1.18"));
    for program in [elf(".dep-v0", &crates()), pe(".dep-v0", &crates()), macho(".dep-v0", &crates())] {
        for end in 0..program.len() {
            drop(looked("app", &program[..end]));
        }
        for at in 0..program.len().min(400) {
            let mut changed = program.clone();
            changed[at] ^= 0xFF;
            drop(looked("app", &changed));
        }
    }
}

#[test]
fn source_archives_hold_what_their_lock_files_pin() {
    let members: &[(&str, &[u8])] = &[
        ("app-0.1.0/Cargo.lock", LOCK.as_bytes()),
        (
            "app-0.1.0/Cargo.toml",
            b"[package]\nname = \"app\"\nversion = \"0.1.0\"\n[dependencies]\nlog = \"0.4\"\n",
        ),
        ("app-0.1.0/tests/data/Cargo.lock", LOCK.as_bytes()),
        ("app-0.1.0/web/package.json", b"{\"name\":\"web\",\"dependencies\":{\"left-pad\":\"^1\"}}"),
        ("app-0.1.0/.github/workflows/ci.yml", b"on: push\njobs: {a: {steps: [{uses: x/y@v1}]}}"),
    ];
    for archive in [tarred(members), gzipped(&tarred(members)), zipped(members)] {
        let bill = bill("app-0.1.0.tar.gz", &archive);
        assert_eq!(subject(&bill).as_deref(), Some("pkg:cargo/app@0.1.0"));
        assert_eq!(bill.packages.len(), 1);
        assert!(bill.packages[0].files.contains("app-0.1.0/Cargo.lock"));
        assert_eq!(bill.missing, ["app-0.1.0/web/package.json: no lock file tells what it resolves to"]);
        assert_eq!(bill.outside, ["app-0.1.0/tests/data/Cargo.lock, a file of tests"]);
    }
}

#[test]
fn root_filesystems_hold_what_is_installed() {
    let status =
        b"Package: zlib1g\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1:1.2.13.dfsg-1\n";
    let release = b"ID=debian\nVERSION_ID=\"12\"\n";
    let long = format!("usr/lib/{}/site-packages/b-2.dist-info/METADATA", "deep/".repeat(40));
    let root = tarred(&[
        ("./var/lib/dpkg/status", status),
        ("./etc/os-release", release),
        ("usr/local/lib/node_modules/@s/a/package.json", b"{\"name\":\"@s/a\",\"version\":\"1.0.0\"}"),
        (&long, b"Name: B\nVersion: 2\n"),
        ("usr/lib/sysimage/rpm/rpmdb.sqlite", b"x"),
    ]);
    let bill_of = bill("root.tar", &root);
    assert_eq!(
        identities(&bill_of),
        [
            "pkg:deb/debian/zlib1g@1:1.2.13.dfsg-1?arch=amd64&distro=debian-12",
            "pkg:npm/%40s/a@1.0.0",
            "pkg:pypi/b@2"
        ]
    );
    assert!(bill_of.missing[0].starts_with("usr/lib/sysimage/rpm/rpmdb.sqlite: "), "{:?}", bill_of.missing);
    let without = bill("root.tar", &tarred(&[("var/lib/dpkg/status", status)]));
    assert!(without.missing[0].contains("nothing names the release"), "{:?}", without.missing);
}

#[test]
fn packages_say_what_they_are() {
    let wheel = zipped(&[
        ("a/__init__.py", b""),
        ("A_B-1.0.dist-info/METADATA", b"Name: A_B\nVersion: 1.0\nRequires-Dist: c\n"),
    ]);
    let wheel = bill("A_B-1.0-py3-none-any.whl", &wheel);
    assert_eq!(subject(&wheel).as_deref(), Some("pkg:pypi/a-b@1.0"));
    assert_eq!(
        wheel.missing,
        ["A_B-1.0.dist-info/METADATA: asks for 1 packages, which are not in it and which nothing pins"]
    );
    let npm = gzipped(&tarred(&[("package/package.json", b"{\"name\":\"@s/a\",\"version\":\"1.0.0\"}")]));
    assert_eq!(subject(&bill("s-a-1.0.0.tgz", &npm)).as_deref(), Some("pkg:npm/%40s/a@1.0.0"));
    let nuget = zipped(&[(
        "A.B.nuspec",
        b"<package><metadata><id>A.B</id><version>3.1.0</version></metadata></package>",
    )]);
    assert_eq!(subject(&bill("a.b.3.1.0.nupkg", &nuget)).as_deref(), Some("pkg:nuget/A.B@3.1.0"));
}

#[test]
fn jars_in_archives_are_looked_into() {
    let pom = |artifact: &str| format!("groupId=org.example\nartifactId={artifact}\nversion=1.2\n");
    let at = |artifact: &str| format!("META-INF/maven/org.example/{artifact}/pom.properties");
    let jar = |artifact: &str| zipped(&[(&at(artifact), pom(artifact).as_bytes())]);
    let war = zipped(&[
        (&at("shop"), pom("shop").as_bytes()),
        ("WEB-INF/lib/core.jar", &jar("core")),
        ("WEB-INF/lib/plain.jar", &zipped(&[("A.class", b"x")])),
        ("WEB-INF/lib/broken.jar", b"no zip"),
    ]);
    let expected = "WEB-INF/lib/core.jar!/META-INF/maven/org.example/core/pom.properties";
    let bill_of = bill("shop-1.2.war", &war);
    assert_eq!(subject(&bill_of).as_deref(), Some("pkg:maven/org.example/shop@1.2"));
    assert_eq!(identities(&bill_of), ["pkg:maven/org.example/core@1.2"]);
    assert!(bill_of.packages[0].files.contains(expected), "{:?}", bill_of.packages[0].files);
    assert_eq!(
        bill_of.missing,
        [
            "WEB-INF/lib/broken.jar: not a zip archive",
            "jars that do not say which package they are: WEB-INF/lib/plain.jar"
        ]
    );
    // A shaded jar is the one that it is named after.
    let shaded =
        zipped(&[(&at("core"), pom("core").as_bytes()), (&at("core-all"), pom("core-all").as_bytes())]);
    let shaded = bill("core-all-1.2.jar", &shaded);
    assert_eq!(subject(&shaded).as_deref(), Some("pkg:maven/org.example/core-all@1.2"));
    assert_eq!(identities(&shaded), ["pkg:maven/org.example/core@1.2"]);
    // And one that bears another name holds what it tells.
    assert_eq!(identities(&bill("other.jar", &jar("core"))), ["pkg:maven/org.example/core@1.2"]);
    let deep = tarred(&[("a.ear", &zipped(&[("b.war", &war)]))]);
    let deep = bill("a.tar", &deep);
    assert!(
        deep.missing.iter().any(|one| one.contains("a.ear!/b.war!/WEB-INF/lib/core.jar")),
        "{:?}",
        deep.missing
    );
}

#[test]
fn programs_in_archives_are_looked_into() {
    let large = |program: Vec<u8>| [program, vec![0; 64 << 10]].concat();
    let program = large(elf(".go.buildinfo", &modules()));
    let members: &[(&str, &[u8])] =
        &[("app/app", &program), ("app/other", &large(elf(".text", b"x"))), ("app/README", b"x")];
    for archive in [gzipped(&tarred(members)), zipped(members)] {
        let bill = bill("app.tar.gz", &archive);
        assert_eq!(subject(&bill).as_deref(), Some("pkg:golang/example.com/app@v1.0.0"));
        assert_eq!(bill.packages.len(), 2);
        assert_eq!(bill.missing, ["programs without an inventory of what they were built from: app/other"]);
    }
}

#[test]
fn hostile_archives_break_no_bounds_and_say_what_is_missing() {
    // Names that lead out, in a form that the writers would refuse.
    let mut out = tarred(&[("xx/Cargo.lock", LOCK.as_bytes())]);
    out[..2].copy_from_slice(b"..");
    let sum: u32 = out[..148].iter().chain(&out[156..512]).map(|byte| u32::from(*byte)).sum::<u32>() + 8 * 32;
    out[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    assert_eq!(bill("a.tar", &out).missing, ["../Cargo.lock: its path leads out of the archive: not read"]);

    let twice = bill("a.tar", &tarred(&[("Cargo.lock", LOCK.as_bytes()), ("./Cargo.lock", LOCK.as_bytes())]));
    assert!(twice.missing[0].contains("twice"), "{:?}", twice.missing);

    let mut builder = tar::Builder::new(Vec::new());
    let mut link = tar::Header::new_gnu();
    link.set_entry_type(tar::EntryType::Symlink);
    link.set_size(0);
    builder.append_link(&mut link, "Cargo.lock", "/etc/passwd").unwrap();
    assert_eq!(
        bill("a.tar", &builder.into_inner().unwrap()).missing,
        ["Cargo.lock: a link, which is not followed"]
    );

    let huge = vec![b' '; (16 << 20) + 1];
    for archive in [gzipped(&tarred(&[("Cargo.lock", &huge)])), zipped(&[("Cargo.lock", &huge)])] {
        assert_eq!(bill("a", &archive).missing, ["Cargo.lock: larger than 16 MiB: not read"]);
    }
    // A bomb, as far as that is free.
    let bomb =
        gzipped(&[tarred(&[("Cargo.lock", LOCK.as_bytes())])[..1024].to_vec(), vec![1; 1 << 20]].concat());
    assert!(bill("a", &bomb).missing[0].contains("not read to its end"));

    // A header with a name that never ends.
    let mut name = tar::Header::new_gnu();
    name.set_path("long").unwrap();
    name.set_entry_type(tar::EntryType::GNULongName);
    name.set_size(1 << 40);
    name.set_cksum();
    assert!(bill("a.tar", name.as_bytes()).missing[0].contains("a header of 1099511627776 bytes"));

    let good = gzipped(&tarred(&[("Cargo.lock", LOCK.as_bytes())]));
    for end in 0..good.len() {
        drop(looked("a.tar.gz", &good[..end]));
    }
    let good = zipped(&[("Cargo.lock", LOCK.as_bytes())]);
    for at in 0..good.len() {
        let mut changed = good.clone();
        changed[at] ^= 0x81;
        drop(looked("a.zip", &changed));
    }
}

#[test]
fn what_is_not_read_is_named() {
    for (start, word) in CLOSED {
        let bytes = [*start, &[0; 600]].concat();
        assert!(matches!(looked("a.tar.zst", &bytes), Contents::Closed(reason) if reason == *word));
    }
    assert!(matches!(looked("a.gz", &gzipped(b"one file")), Contents::Opaque));
    let silent = zipped(&[("a.txt", b"x")]);
    assert!(
        matches!(looked("a.zip", &silent), Contents::Closed(reason) if reason.contains("nothing names packages"))
    );
    let nested = bill("a.tar", &tarred(&[("b.tar.xz", b"x"), ("Cargo.lock", LOCK.as_bytes())]));
    assert_eq!(nested.missing, ["archives within the archive that are not looked into: b.tar.xz"]);
}
