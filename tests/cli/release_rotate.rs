//! `readiness release rotate-encryption` on the command line: what it says, what it does, how it ends.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;

use readiness::artifact::keys::load_encryption_key;
use readiness::crypto::secret_key::Material;
use readiness::crypto::streaming::{Decryptor, Parameters, StreamingKey};
use zeroize::Zeroizing;

use super::support::write;

const PASSPHRASE: &str = "correct horse battery staple";
const ROTATE: &str = "release rotate-encryption tree --old old/encryption.key --new new/encryption.key";
/// What the encrypted files hold: nothing, and more than one segment of 1 MiB.
const SHORT: &[u8] = b"";
static LONG: LazyLock<Vec<u8>> = LazyLock::new(|| (0..1_500_000_u32).map(|at| (at % 251) as u8).collect());

/// Exit code, standard output and standard error.
fn run_with(folder: &Path, arguments: &str, passphrase: Option<&str>) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_readiness"));
    command.args(arguments.split(' ')).current_dir(folder).env_clear().stdin(Stdio::null());
    if let Some(passphrase) = passphrase {
        command.env("READINESS_PASSPHRASE", passphrase);
    }
    let output = command.output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert!(!out.contains(PASSPHRASE) && !err.contains(PASSPHRASE), "{out}{err}");
    (output.status.code().unwrap(), out, err)
}

fn run(folder: &Path, arguments: &str) -> (i32, String, String) {
    run_with(folder, arguments, Some(PASSPHRASE))
}

/// Keys `old`, `new` and `third`, all under the passphrase, and files that `old` encrypted: `tree/a.enc`, `tree/b/c.enc`;
/// and the release that they are from.
static MADE: LazyLock<tempfile::TempDir> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    for name in ["old", "new", "third"] {
        let (code, out, err) = run(path, &format!("release keygen --output {name} --only-encryption"));
        assert_eq!(code, 0, "{out}{err}");
    }
    write(path, "a", SHORT);
    write(path, "c", LONG.as_slice());
    let made = "release prepare a c --no-trail --version 1 --encrypt --output-dir out/v1 --encryption-key";
    let (code, out, err) = run(path, &format!("{made} old/encryption.key"));
    assert_eq!(code, 0, "{out}{err}");
    folder
});

/// A copy of what was made.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let at = |path: &str| folder.path().join(path);
    for name in ["old", "new", "third"] {
        fs::create_dir(at(name)).unwrap();
        fs::copy(MADE.path().join(name).join("encryption.key"), at(name).join("encryption.key")).unwrap();
    }
    fs::create_dir_all(at("tree/b")).unwrap();
    fs::copy(MADE.path().join("out/v1/artifacts/a.enc"), at("tree/a.enc")).unwrap();
    fs::copy(MADE.path().join("out/v1/artifacts/c.enc"), at("tree/b/c.enc")).unwrap();
    folder
}

/// What a file holds under a key; none when the key does not open it.
fn opened(folder: &Path, key: &str, file: &str) -> Option<Vec<u8>> {
    let passphrase = |_: &Path| Ok(Zeroizing::new(PASSPHRASE.to_owned()));
    let loaded = load_encryption_key(&folder.join(key).join("encryption.key"), &passphrase).unwrap();
    let key = match &loaded.keys[0].material {
        Material::Plain(secret) => StreamingKey::from_secret(secret, Parameters::default()),
        Material::Streaming(key) => key.clone(),
        Material::Gcm { .. } => panic!("a key of another kind"),
    };
    let mut decryptor = Decryptor::new(&key, b"");
    let mut plain = Vec::new();
    decryptor.update(&fs::read(folder.join(file)).unwrap(), &mut plain).ok()?;
    decryptor.finish(&mut plain).ok()?;
    Some(plain)
}

fn bytes(folder: &Path) -> Vec<Vec<u8>> {
    ["tree/a.enc", "tree/b/c.enc"].iter().map(|file| fs::read(folder.join(file)).unwrap()).collect()
}

fn names(folder: &Path) -> Vec<PathBuf> {
    let mut names: Vec<PathBuf> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into()).collect();
    names.sort();
    names
}

#[test]
fn files_go_from_one_key_to_the_other() {
    let folder = folder();
    let path = folder.path();
    let before = bytes(path);

    let (code, out, _) = run(path, &format!("{ROTATE} --dry-run"));
    assert_eq!(code, 0, "{out}");
    assert!(out.contains("would rotate  a.enc\n") && out.contains("would rotate  b/c.enc\n"), "{out}");
    assert!(out.contains("2 files (") && out.contains("would be rotated") && out.contains("0 left"), "{out}");
    assert!(!out.contains("needs the old key"), "nothing was done yet: {out}");
    assert_eq!(bytes(path), before, "a dry run changes nothing");

    let (code, out, _) = run(path, ROTATE);
    assert_eq!(code, 0, "{out}");
    assert!(
        out.contains("2 files (") && out.contains("rotated, 0 under the new key before, 0 left"),
        "{out}"
    );
    assert!(out.contains("nothing here needs the old key any more"), "{out}");
    for (file, plain) in [("tree/a.enc", SHORT), ("tree/b/c.enc", LONG.as_slice())] {
        assert_eq!(opened(path, "old", file), None, "{file}");
        assert!(opened(path, "new", file).as_deref() == Some(plain), "{file}");
    }
    assert_eq!(names(&path.join("tree")), [Path::new("a.enc"), Path::new("b")], "nothing is left beside");

    // Again there is nothing to do, and every file stays as it is.
    let after = bytes(path);
    let (code, out, _) = run(path, ROTATE);
    assert_eq!(code, 0, "{out}");
    assert!(out.contains("0 files (0 B) rotated, 2 under the new key before, 0 left"), "{out}");
    assert_eq!(bytes(path), after);
}

#[test]
fn one_file_is_one_file() {
    let folder = folder();
    let (code, out, _) = run(folder.path(), &format!("{ROTATE} --files c.*"));
    assert_eq!(code, 0, "{out}");
    assert!(out.starts_with("1 file ("), "{out}");
    assert!(opened(folder.path(), "old", "tree/a.enc").is_some(), "no other file is touched");
}

#[test]
fn a_file_under_another_key_is_named_and_left() {
    let folder = folder();
    let path = folder.path();
    let from_third = ROTATE.replace("--old old", "--old third");
    let before = bytes(path);
    let (code, out, _) = run(path, &from_third);
    assert_eq!(code, 1, "{out}");
    assert!(out.contains("left          a.enc: it does not open with either key"), "{out}");
    assert!(out.contains("keep the old key: 2 files not under the new one"), "{out}");
    assert!(!out.contains("needs the old key any more"), "{out}");
    assert_eq!(bytes(path), before);
    assert_eq!(run(path, &format!("{from_third} --dry-run")).0, 1, "a plan says so, too");

    // One that is damaged fails, and the other is rotated all the same.
    let mut damaged = before[1].clone();
    *damaged.last_mut().unwrap() ^= 1;
    write(path, "tree/b/c.enc", &damaged);
    let (code, out, _) = run(path, ROTATE);
    assert_eq!(code, 1, "{out}");
    assert!(out.contains("failed        b/c.enc: under the old key, but not sound"), "{out}");
    assert!(out.contains("1 file (") && out.contains("keep the old key: 1 file not under"), "{out}");
    assert_eq!(fs::read(path.join("tree/b/c.enc")).unwrap(), damaged);
    assert!(opened(path, "new", "tree/a.enc").is_some());
}

#[test]
fn a_release_is_never_changed() {
    let folder = folder();
    let path = folder.path();
    let release = MADE.path().join("out/v1");
    let digest = fs::read(release.join("artifacts/c.enc")).unwrap();
    let rotate = format!(
        "release rotate-encryption {} --old old/encryption.key --new new/encryption.key",
        release.display()
    );
    let (code, out, _) = run(path, &rotate);
    assert_eq!(code, 1, "{out}");
    assert!(out.contains("prepare the release again"), "{out}");
    assert!(fs::read(release.join("artifacts/c.enc")).unwrap() == digest);
}

#[test]
fn what_cannot_be_begun_changes_nothing() {
    let folder = folder();
    let path = folder.path();
    let before = bytes(path);
    let refused = |arguments: &str, passphrase: Option<&str>, words: &str| {
        let (code, out, err) = run_with(path, arguments, passphrase);
        assert_eq!(code, 4, "{arguments}: {out}{err}");
        assert!(err.contains(words), "{arguments}: {err}");
        assert!(out.is_empty(), "{arguments}: {out}");
        assert_eq!(bytes(path), before, "{arguments}");
    };
    let right = Some(PASSPHRASE);
    refused(ROTATE, None, "READINESS_PASSPHRASE");
    refused(ROTATE, Some("another passphrase"), "the passphrase is not the right one");
    refused(&ROTATE.replace("--new new", "--new old"), right, "the old and the new key are the same");
    refused(&ROTATE.replace("--new new", "--new gone"), right, "gone/encryption.key");
    refused(&ROTATE.replace(" tree ", " gone "), right, "gone");
    refused(&format!("{ROTATE} --files *.gpg"), right, "no file here is called *.gpg");
    refused(&format!("{ROTATE} --files b/*"), right, "without `/`");
    refused("release rotate-encryption tree --old old/encryption.key", right, "--new");
}

#[test]
fn the_passphrase_may_stand_in_a_file() {
    let folder = folder();
    let path = folder.path();
    write(path, "passphrase", format!("{PASSPHRASE}\nwhat follows does not count\n").as_bytes());
    let (code, out, err) = run_with(path, &format!("{ROTATE} --passphrase-file passphrase"), None);
    assert_eq!(code, 0, "{out}{err}");
}

/// A key file that others can read is refused, whatever passphrase it is under.
#[cfg(unix)]
#[test]
fn a_key_that_is_open_to_others_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = folder();
    let path = folder.path();
    fs::set_permissions(path.join("new/encryption.key"), fs::Permissions::from_mode(0o644)).unwrap();
    let (code, _, err) = run(path, ROTATE);
    assert_eq!(code, 4, "{err}");
    assert!(err.contains("new/encryption.key") && err.contains("chmod 600"), "{err}");
}
