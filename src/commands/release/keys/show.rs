//! What keys there are, and whether a key set is sound.

use std::path::{Path, PathBuf};

use super::super::super::passphrase::Passphrase;
use super::super::super::table::{table, visible};
use super::super::super::{Error, World};
use super::change::in_words;
use crate::artifact::keys::{
    KeySet, Kind, Protection, Seal, Seen, load_root_key, look, read_key_set, seal_fault, signature_path,
};
use crate::cli::{KeysInspectArgs, KeysListArgs, KeysVerifyArgs};
use crate::crypto::keys::{Member, PublicKey, chain_fault};
use crate::crypto::secret_key::KeyForm;
use crate::host::files::path_text;
use crate::release::key_set::is_interrupted;

/// Most files of a folder that are looked at.
const MAX_FILES: usize = 1000;
/// The exit code of a key set that is not sound: as for a critical finding.
const UNSOUND: u8 = 2;

/// The keys of a folder, or of a key set.
pub(super) fn list(args: &KeysListArgs, world: &mut World<'_>) -> Result<u8, Error> {
    if !args.path.is_dir() {
        let seen = look(&args.path, None)?;
        return describe(&args.path, &seen, world);
    }
    let failed = |source| Error::File { path: path_text(&args.path), source };
    let mut files: Vec<PathBuf> = Vec::new();
    for entry in std::fs::read_dir(&args.path).map_err(failed)?.take(MAX_FILES) {
        files.push(entry.map_err(failed)?.path());
    }
    files.sort();
    let mut rows = Vec::new();
    // What is no key is no concern of this list; what is a broken one would be missed.
    for file in files.iter().filter(|file| file.is_file()) {
        let name = file.file_name().map(|name| path_text(Path::new(name))).unwrap_or_default();
        match look(file, None) {
            Ok(seen) if is_plainly_a_key(file, &seen) => rows.extend(row(&name, &seen)),
            Err(error) if has_name_of_a_key(file) => {
                rows.push([
                    name,
                    format!("not usable: {}", error.reason),
                    String::new(),
                    String::new(),
                    String::new(),
                ]);
            }
            _ => {}
        }
    }
    if rows.is_empty() {
        writeln!(world.out, "no keys in {}", visible(&path_text(&args.path)))?;
        return Ok(0);
    }
    world
        .out
        .write_all(table(["FILE", "KIND", "KEPT", "NOTE", "SHA-256 OF THE PUBLIC KEY"], &rows).as_bytes())?;
    Ok(0)
}

/// Any 32 bytes are an AES-256 key; a file counts as one only if its name says so too.
fn is_plainly_a_key(file: &Path, seen: &Seen) -> bool {
    match seen.kind {
        Kind::Encryption(_, KeyForm::TinkKeyset | KeyForm::Protected) => true,
        Kind::Encryption(..) => has_name_of_a_key(file),
        _ => true,
    }
}

fn has_name_of_a_key(file: &Path) -> bool {
    file.extension()
        .is_some_and(|ending| ["key", "pub", "pem"].iter().any(|known| ending.eq_ignore_ascii_case(known)))
}

/// One key.
pub(super) fn inspect(args: &KeysInspectArgs, world: &mut World<'_>) -> Result<u8, Error> {
    let passphrase = Passphrase::of(&args.passphrase, world)?;
    let seen = look(&args.file, Some(&|key| passphrase.get(key)))?;
    describe(&args.file, &seen, world)
}

fn describe(file: &Path, seen: &Seen, world: &mut World<'_>) -> Result<u8, Error> {
    if let Kind::Set(set) = &seen.kind {
        world.out.write_all(set_table(set).as_bytes())?;
        let seal = match &set.seal {
            Seal::Missing => "the set has no signature beside it".to_owned(),
            Seal::By(id) => format!("the set is signed by `{id}`"),
            Seal::Broken => "the set and its signature do not belong together".to_owned(),
        };
        writeln!(world.out, "\n{}", visible(&seal))?;
        return Ok(0);
    }
    let name = file.file_name().map(|name| path_text(Path::new(name))).unwrap_or_default();
    for [name, kind, kept, note, fingerprint] in row(&name, seen) {
        let kept = if kept.is_empty() { kept } else { format!(", {kept}") };
        writeln!(world.out, "{}: {}", visible(&name), visible(&format!("{kind}{kept}")))?;
        if !fingerprint.is_empty() {
            writeln!(world.out, "  SHA-256 of the public key: {fingerprint}")?;
        }
        if !note.is_empty() {
            writeln!(world.out, "  note: {}", visible(&note))?;
        }
    }
    if let Kind::Public(keys) = &seen.kind {
        for key in keys {
            writeln!(world.out, "  public exponent: {}", key.exponent())?;
        }
    }
    Ok(0)
}

/// Rows of a file: its name, kind, how it is kept, what is to be said, fingerprint.
fn row(name: &str, seen: &Seen) -> Vec<[String; 5]> {
    let mut notes: Vec<String> = Vec::new();
    let kept = match &seen.protection {
        Protection::Public => String::new(),
        Protection::Clear => "in the clear".to_owned(),
        Protection::Passphrase(strength) => {
            if strength.weak {
                notes.push("its passphrase is guessed cheaply: derive it with more work".to_owned());
            }
            format!("under a passphrase ({})", strength.derivation)
        }
    };
    notes.extend(seen.too_open.map(|mode| format!("mode {mode:04o}: others can use it; `chmod 600`")));
    let line = |kind: String, fingerprint: String, notes: &[String]| {
        [name.to_owned(), kind, kept.clone(), notes.join("; "), fingerprint]
    };
    let rsa = |what: &str, key: &PublicKey| {
        let mut notes = notes.clone();
        notes.extend(key.warnings().iter().map(ToString::to_string));
        line(format!("{what}, RSA {}", key.modulus_bits()), key.fingerprint().to_string(), &notes)
    };
    match &seen.kind {
        Kind::Public(keys) => keys.iter().map(|key| rsa("public", key)).collect(),
        Kind::Signing(key) => vec![rsa("signing", key)],
        Kind::Encryption(count, form) => {
            let form = match form {
                KeyForm::TinkKeyset => ", Tink keyset",
                KeyForm::Protected => "",
                KeyForm::Raw | KeyForm::Hex | KeyForm::Base64 => ", bare",
            };
            let several = if *count > 1 { format!(", {count} keys") } else { String::new() };
            vec![line(format!("encryption, AES-256{form}{several}"), String::new(), &notes)]
        }
        Kind::Unopened => vec![line("secret".to_owned(), String::new(), &notes)],
        Kind::Set(set) => {
            let several = if set.members.len() == 1 { "" } else { "s" };
            vec![line(format!("key set, {} key{several}", set.members.len()), String::new(), &notes)]
        }
    }
}

/// The endorsements and the signature of a key set.
pub(super) fn verify(args: &KeysVerifyArgs, world: &mut World<'_>) -> Result<u8, Error> {
    let name = visible(&path_text(&args.key_set));
    let root = args.root.as_deref().map(load_root_key).transpose()?;
    let set = match read_key_set(&args.key_set) {
        Ok(set) => set,
        // A file that is there and not sound is an answer; one that is not there is none.
        Err(error) if error.is_unreadable() && !signature_path(&args.key_set).exists() => {
            return Err(error.into());
        }
        Err(error) => {
            writeln!(world.out, "{name}: not sound: {}", visible(&error.reason.to_string()))?;
            if is_interrupted(&args.key_set) {
                writeln!(world.out, "{}", visible(AGAIN))?;
            }
            return Ok(UNSOUND);
        }
    };
    world.out.write_all(set_table(&set).as_bytes())?;
    let mut wrong = Vec::new();
    match &set.seal {
        Seal::By(_) => {}
        Seal::Missing => wrong.push("the set has no signature (`.sig`) beside it".to_owned()),
        Seal::Broken if is_interrupted(&args.key_set) => {
            wrong.push(format!("the set and its signature do not belong together. {AGAIN}"));
        }
        Seal::Broken => wrong.push(
            "the set and its signature do not belong together, or a key signed it that is revoked or not in it".to_owned(),
        ),
    }
    if let Some(root) = &root {
        let faults = set.members.iter().filter(|member| !set.is_revoked(&member.key));
        wrong.extend(
            faults.filter_map(|one| chain_fault(&set.members, one, root)).map(|fault| fault.to_string()),
        );
        wrong.extend(seal_fault(&set, root).map(|fault| format!("the key that signed the set: {fault}")));
    }
    writeln!(world.out)?;
    for fault in &wrong {
        writeln!(world.out, "{name}: not sound: {}", visible(fault))?;
    }
    if !wrong.is_empty() {
        return Ok(UNSOUND);
    }
    let by = if let Seal::By(id) = &set.seal { visible(id) } else { String::new() };
    let rooted =
        if root.is_some() { ", and all keys that are not revoked go back to the root key" } else { "" };
    writeln!(world.out, "{name}: sound: signed by `{by}`, every endorsement holds{rooted}")?;
    if root.is_none() {
        writeln!(
            world.out,
            "Whether the keys are the right ones only a key that you trust can tell: --root PUB"
        )?;
    }
    Ok(0)
}

const AGAIN: &str = "A change was interrupted before it was whole: run the same `rotate` or `revoke` again, which finishes it.";

fn set_table(set: &KeySet) -> String {
    let rows: Vec<[String; 5]> = set.members.iter().map(|member| member_row(set, member)).collect();
    table(["KEY", "RSA", "VERIFIES", "ENDORSED BY", "SHA-256 OF THE PUBLIC KEY"], &rows)
}

fn member_row(set: &KeySet, Member { entry, key }: &Member) -> [String; 5] {
    let verifies = if set.is_revoked(key) { "never: revoked".to_owned() } else { in_words(&entry.validity) };
    let by = entry.endorsement.as_ref().map(|one| {
        let revoked = set.members.iter().any(|other| other.entry.id == one.by && set.is_revoked(&other.key));
        if revoked { format!("{} (revoked)", one.by) } else { one.by.clone() }
    });
    [
        entry.id.clone(),
        key.modulus_bits().to_string(),
        verifies,
        by.unwrap_or_default(),
        key.fingerprint().to_string(),
    ]
}
