//! `readiness release keygen` and `keys`: what is made, what is refused, what other programs make of it.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::LazyLock;

use super::support::write;

const PASSPHRASE: &str = "correct horse battery staple";
/// 2026-07-01, noon in UTC.
const SUMMER: i64 = 1_782_907_200;

fn run_with(folder: &Path, arguments: &str, passphrase: Option<&str>) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_readiness"));
    command
        .args(arguments.split(' '))
        .current_dir(folder)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("SOURCE_DATE_EPOCH", SUMMER.to_string())
        .stdin(Stdio::null());
    if let Some(passphrase) = passphrase {
        command.env("READINESS_PASSPHRASE", passphrase);
    }
    command.output().unwrap()
}

/// Exit code, standard output and standard error.
fn run(folder: &Path, arguments: &str) -> (i32, String, String) {
    said(&run_with(folder, arguments, Some(PASSPHRASE)))
}

fn said(output: &Output) -> (i32, String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert!(!out.contains(PASSPHRASE) && !err.contains(PASSPHRASE), "{out}{err}");
    (output.status.code().unwrap(), out, err)
}

/// Two folders of keys, made once: `one` under the passphrase, `two` in the clear.
static MADE: LazyLock<tempfile::TempDir> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    let (code, out, err) = run(folder.path(), "release keygen --output one");
    assert_eq!(code, 0, "{out}{err}");
    assert!(err.is_empty(), "{err}");
    for words in ["one/signing.key", "one/signing.pub", "one/encryption.key", "RSA, 3072 bits", "Back up"] {
        assert!(out.contains(words), "{words}: {out}");
    }
    let (code, out, err) = run(folder.path(), "release keygen --output two --no-passphrase");
    assert_eq!(code, 0, "{out}{err}");
    assert!(err.contains("in the clear"), "{err}");
    folder
});

/// The made keys in a folder of their own.
fn keys() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    for set in ["one", "two"] {
        fs::create_dir(folder.path().join(set)).unwrap();
        for name in ["signing.key", "signing.pub", "encryption.key"] {
            fs::copy(MADE.path().join(set).join(name), folder.path().join(set).join(name)).unwrap();
        }
    }
    let path = folder.path().to_owned();
    (folder, path)
}

fn openssl(folder: &Path, arguments: &str) -> Option<String> {
    let done = Command::new("openssl").args(arguments.split(' ')).current_dir(folder).output();
    let Ok(done) = done else {
        eprintln!("no OpenSSL here: skipped");
        return None;
    };
    assert!(done.status.success(), "openssl {arguments}: {}", String::from_utf8_lossy(&done.stderr));
    Some(String::from_utf8(done.stdout).unwrap())
}

#[test]
fn keys_are_made_as_they_should_be() {
    let (_folder, here) = keys();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&MADE.path().join("one")), 0o700);
    for (name, expected) in [("signing.key", 0o600), ("encryption.key", 0o600), ("signing.pub", 0o644)] {
        assert_eq!(mode(&MADE.path().join("one").join(name)) | 0o044, expected | 0o044, "{name}");
        assert_eq!(mode(&MADE.path().join("one").join(name)) & 0o133, expected & 0o133, "{name}");
    }
    let text = |name: &str| fs::read_to_string(here.join(name)).unwrap();
    for name in ["one/signing.key", "one/encryption.key"] {
        assert!(text(name).starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----\n"), "{name}");
    }
    assert!(text("two/signing.key").starts_with("-----BEGIN PRIVATE KEY-----\n"));
    assert!(text("two/encryption.key").contains("AesGcmHkdfStreamingKey"));

    // What OpenSSL says of them.
    write(&here, "words", format!("{PASSPHRASE}\n"));
    let Some(said) = openssl(&here, "pkey -in one/signing.key -passin file:words -check -noout") else {
        return;
    };
    assert!(said.contains("Key is valid"), "{said}");
    let public = openssl(&here, "pkey -in one/signing.key -passin file:words -pubout").unwrap();
    assert_eq!(public, text("one/signing.pub"));
    let asn1 = openssl(&here, "asn1parse -in one/encryption.key").unwrap();
    for part in ["PBES2", "PBKDF2", "hmacWithSHA256", "aes-256-cbc", ":0927C0"] {
        assert!(asn1.contains(part), "{part} (0x927C0 is 600000): {asn1}");
    }
    openssl(&here, "pkey -pubin -in one/signing.pub -outform DER -out pub.der");
    let digest = openssl(&here, "dgst -sha256 -r pub.der").unwrap();
    let (_, out, _) = run(&here, "release keys inspect one/signing.pub");
    assert!(out.contains(digest.split(' ').next().unwrap()), "{out}");
}

#[test]
fn nothing_is_overwritten_and_no_passphrase_is_made_up() {
    let (_folder, here) = keys();
    fs::remove_file(here.join("one/signing.key")).unwrap();
    fs::remove_file(here.join("one/signing.pub")).unwrap();
    let before = fs::read(here.join("one/encryption.key")).unwrap();
    let (code, out, err) = run(&here, "release keygen --output one");
    assert_eq!((code, out.as_str()), (4, ""));
    assert!(err.contains("one/encryption.key is there already"), "{err}");
    assert_eq!(fs::read(here.join("one/encryption.key")).unwrap(), before);
    assert_eq!(fs::read_dir(here.join("one")).unwrap().count(), 1);
    for (arguments, passphrase, words) in [
        ("release keygen --output new", None, "--passphrase-file"),
        ("release keygen --output new", Some("eleven char"), "11 characters"),
        ("release keygen --output new --bits 3584", Some(PASSPHRASE), "3072 or 4096"),
        ("release keygen --output new --passphrase-file absent", Some(PASSPHRASE), "absent"),
        ("release keygen --output words", Some(PASSPHRASE), "words"),
    ] {
        write(&here, "words", "x");
        let (code, _, err) = said(&run_with(&here, arguments, passphrase));
        assert_eq!(code, 4, "{arguments}");
        assert!(err.contains(words), "{arguments}: {err}");
        assert!(!here.join("new").exists(), "{arguments}");
    }
}

#[test]
fn keys_are_listed_and_inspected() {
    let (_folder, here) = keys();
    fs::set_permissions(here.join("two/encryption.key"), fs::Permissions::from_mode(0o644)).unwrap();
    write(&here, "two/notes.txt", "nothing of a key");
    write(&here, "two/\u{1b}[31m.key", "nothing of a key");
    let (code, out, _) = run(&here, "release keys list two");
    assert_eq!(code, 0);
    assert!(!out.contains('\u{1b}') && out.contains("\\u{1b}[31m.key"), "{out}");
    let line = |start: &str| {
        out.lines().find(|line| line.starts_with(start)).unwrap_or_else(|| panic!("{start}: {out}"))
    };
    assert!(
        line("signing.key").contains("signing, RSA 3072") && line("signing.key").contains("in the clear")
    );
    assert!(line("signing.pub").contains("public, RSA 3072"));
    assert!(line("encryption.key").contains("Tink keyset") && line("encryption.key").contains("mode 0644"));
    assert!(!out.contains("notes.txt"));
    let fingerprint = line("signing.pub").split(' ').next_back().unwrap();
    assert!(fingerprint.len() == 64 && line("signing.key").ends_with(fingerprint));

    let (_, out, _) = run(&here, "release keys list one");
    assert_eq!(
        out.matches("under a passphrase (PBKDF2-HMAC-SHA-256, 600000 iterations)").count(),
        2,
        "{out}"
    );
    let (code, out, _) = run(&here, "release keys inspect one/signing.key");
    assert!(code == 0 && out.contains("signing, RSA 3072"), "{out}");
    let (code, out, _) = run(&here, "release keys inspect one/encryption.key");
    assert!(code == 0 && out.contains("encryption, AES-256"), "{out}");
    let (code, _, err) =
        said(&run_with(&here, "release keys inspect one/signing.key", Some("something else")));
    assert!(code == 4 && err.contains("the passphrase is not the right one"), "{err}");
    let (code, _, err) = said(&run_with(&here, "release keys inspect one/signing.key", None));
    assert!(code == 4 && err.contains("no terminal"), "{err}");
    if openssl(
        &here,
        "pkcs8 -topk8 -in two/signing.key -v2 aes-256-cbc -iter 2048 -passout pass:x -out weak.key",
    )
    .is_some()
    {
        let (_, out, _) = run(&here, "release keys list weak.key");
        assert!(out.contains("2048 iterations") && out.contains("guessed cheaply"), "{out}");
    }
}

#[test]
fn keys_are_rotated_revoked_and_verified() {
    let (_folder, here) = keys();
    fs::set_permissions(here.join("two/signing.key"), fs::Permissions::from_mode(0o600)).unwrap();
    let rotate = "release keys rotate --key-set set.yaml --id release-2027 --old one/signing.key --old-id release-2026 --new two/signing.key";
    let (code, out, err) = run(&here, &format!("{rotate} --old-not-after 2026-08-31"));
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
    assert!(out.contains("`release-2026` verifies to 2026-08-31"), "{out}");
    assert!(out.contains("`release-2027` verifies from 2026-07-01; endorsed by `release-2026`"), "{out}");
    let (code, out, _) = run(&here, "release keys verify set.yaml --root one/signing.pub");
    assert_eq!(code, 0, "{out}");
    assert!(out.contains("sound: signed by `release-2027`") && out.contains("go back to the root"), "{out}");
    let (code, out, _) = run(&here, "release keys verify set.yaml --root two/signing.pub");
    assert!(code == 2 && out.contains("key `release-2026`: nobody vouches for it"), "{out}");
    let (code, out, _) = run(&here, "release keys list set.yaml");
    assert!(code == 0 && out.contains("release-2026") && out.contains("to 2026-08-31"), "{out}");
    // The same again, as after an interruption.
    let (code, out, _) = run(&here, rotate);
    assert!(code == 0 && out.contains("already"), "{out}");

    let (code, _, err) =
        run(&here, "release keys revoke --key-set set.yaml --id release-2026 --signing-key one/signing.key");
    assert!(code == 4 && err.contains("itself"), "{err}");
    let (code, out, _) =
        run(&here, "release keys revoke --key-set set.yaml --id release-2026 --signing-key two/signing.key");
    assert!(code == 0 && out.contains("is revoked"), "{out}");
    let (code, out, _) = run(&here, "release keys verify set.yaml");
    assert!(code == 0 && out.contains("never: revoked") && out.contains("release-2026 (revoked)"), "{out}");
    let (code, out, _) = run(&here, "release keys verify set.yaml --root one/signing.pub");
    assert!(code == 2 && out.contains("only by way of the revoked key"), "{out}");
    let (code, _, err) = run(
        &here,
        "release keys rotate --key-set set.yaml --id next --old one/signing.key --new two/signing.key",
    );
    assert!(code == 4 && err.contains("revoked"), "{err}");

    // Every changed line is noticed.
    let text = fs::read_to_string(here.join("set.yaml")).unwrap();
    for (from, to) in [("    revoked: true\n", ""), ("# Key set", "# key set"), ("2026-08-31", "2026-09-30")]
    {
        assert!(text.contains(from), "{from}");
        write(&here, "set.yaml", text.replacen(from, to, 1));
        let (code, out, _) = run(&here, "release keys verify set.yaml");
        assert!(code == 2 && out.contains("do not belong together"), "{out}");
    }
    write(&here, "set.yaml", text.replace("release-2027", "release-2028"));
    let (code, out, _) = run(&here, "release keys verify set.yaml");
    assert!(code == 2 && out.contains("does not hold"), "{out}");
    let (code, _, err) = run(&here, "release keys verify absent.yaml");
    assert!(code == 4 && err.contains("absent.yaml"), "{err}");
}

#[test]
fn an_encryption_key_is_exported_once() {
    let (_folder, here) = keys();
    let (code, out, err) = run(&here, "release keys export one/encryption.key --output tink.json");
    assert_eq!((code, out.as_str()), (0, "tink.json\n"), "{err}");
    assert!(err.contains("in the clear"), "{err}");
    assert_eq!(fs::metadata(here.join("tink.json")).unwrap().permissions().mode() & 0o777, 0o600);
    let (code, _, err) = run(&here, "release keys export one/encryption.key --output tink.json");
    assert!(code == 4 && err.contains("tink.json"), "{err}");
    let (code, _, err) = run(&here, "release keys export two/encryption.key --output other.json");
    assert!(code == 4 && err.contains("keyset in the clear already"), "{err}");
    let (code, _, err) = run(&here, "release keys export one/signing.key --output other.json");
    assert!(code == 4 && err.contains("is it the signing key"), "{err}");
    fs::set_permissions(here.join("one/encryption.key"), fs::Permissions::from_mode(0o640)).unwrap();
    let (code, _, err) = run(&here, "release keys export one/encryption.key --output other.json");
    assert!(code == 4 && err.contains("chmod 600"), "{err}");
    assert!(!here.join("other.json").exists());
}
