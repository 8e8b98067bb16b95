//! Rotation and revocation: what they do, what they refuse, and what is left when the disk fails.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use crate::artifact::keys::{load_public_keys, load_rooted_keys};
use crate::artifact::signature::{self, Bar, KeyVerdict};
use crate::crypto::keys::{openssl, three};

fn moment(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn rotation<'a>(id: &'a str, old: &'a PrivateKey, new: &'a PrivateKey) -> Rotation<'a> {
    Rotation {
        id,
        old,
        old_id: None,
        new,
        window: Validity::default(),
        old_not_after: None,
        now: moment("2026-07-01T09:30:00Z"),
    }
}

fn first<'a>() -> Rotation<'a> {
    let [a, b, _] = three();
    Rotation { old_id: Some("a"), ..rotation("b", a, b) }
}

fn folder() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys.yaml");
    (folder, path)
}

fn files(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|one| one.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_set_is_made_and_old_keys_verify_what_they_signed_in_their_time() {
    let (folder, path) = folder();
    let [a, b, c] = three();
    let disk = Disk::real();
    let changed = rotate(&path, &first(), &disk).unwrap();
    assert!(!changed.existed && !changed.already && !changed.finished);
    assert_eq!(changed.window.to_text(), "2026-07-01/");
    assert_eq!(changed.old.unwrap().1.to_text(), "/2026-07-01");
    assert_eq!(files(folder.path()), ["keys.yaml", "keys.yaml.sig"]);
    assert_eq!(read_key_set(&path).unwrap().seal, Seal::By("b".to_owned()));

    let digest = HashAlgorithm::Sha256.digest(b"released");
    let [by_a, by_b] = [a, b].map(|key| rsa_pss::sign(key, &digest).unwrap());
    let verdicts = |signature: &[u8], at: &str| {
        let keys = load_public_keys(std::slice::from_ref(&path)).unwrap();
        let check = signature::verify(&[digest], signature, &keys, moment(at));
        check.attempts.into_iter().map(|attempt| attempt.verdict).collect::<Vec<_>>()
    };
    let verified =
        |verdicts: &[KeyVerdict]| verdicts.iter().any(|one| matches!(one, KeyVerdict::Verified { .. }));
    let (early, late) = ("2026-06-01T00:00:00Z", "2026-07-02T00:00:00Z");
    assert!(verified(&verdicts(&by_a, early)), "in its time");
    assert!(verified(&verdicts(&by_a, "2026-07-01T23:59:59Z")), "the day of the change is included");
    let after = verdicts(&by_a, late);
    assert!(matches!(after[0], KeyVerdict::Barred { bar: Bar::Expired(_), signed: true }), "{after:?}");
    assert!(!verified(&after));
    assert!(verified(&verdicts(&by_b, late)) && !verified(&verdicts(&by_b, early)));

    // A second rotation: the middle key's window becomes narrower, and what was vouched for stays vouched for.
    let second = Rotation { now: moment("2027-01-31T00:00:00Z"), ..rotation("c", b, c) };
    rotate(&path, &second, &disk).unwrap();
    let set = read_key_set(&path).unwrap();
    assert_eq!(set.seal, Seal::By("c".to_owned()));
    assert_eq!(set.members[1].entry.validity.to_text(), "2026-07-01/2027-01-31");
    let root = folder.path().join("root.pub");
    fs::write(&root, a.public().to_pem()).unwrap();
    assert_eq!(load_rooted_keys(std::slice::from_ref(&path), Some(&root)).unwrap().len(), 3);

    // A revoked key never verifies, at any time.
    let changed = revoke(&path, "a", c, &disk).unwrap();
    assert!(!changed.already);
    for at in [early, late] {
        let found = verdicts(&by_a, at);
        assert!(matches!(found[0], KeyVerdict::Barred { bar: Bar::Revoked, signed: true }), "{found:?}");
    }
    assert!(revoke(&path, "a", c, &disk).unwrap().already);
    let error = load_rooted_keys(std::slice::from_ref(&path), Some(&root)).unwrap_err().to_string();
    assert!(error.contains("revoked key `a`"), "{error}");
    fs::write(&root, b.public().to_pem()).unwrap();
    let keys = load_rooted_keys(std::slice::from_ref(&path), Some(&root)).unwrap();
    let found: Vec<_> = keys.iter().map(|key| (key.id.as_str(), key.revoked)).collect();
    assert_eq!(found, [("a", true), ("b", false), ("c", false)]);
}

#[test]
fn openssl_verifies_the_set_and_its_endorsements() {
    let (folder, path) = folder();
    let [a, b, _] = three();
    rotate(&path, &first(), &Disk::real()).unwrap();
    let here = folder.path();
    fs::write(here.join("a.pub"), a.public().to_pem()).unwrap();
    fs::write(here.join("b.pub"), b.public().to_pem()).unwrap();
    let verify = "-sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:digest -signature";
    if !openssl(here, &format!("dgst -sha256 -verify b.pub {verify} keys.yaml.sig keys.yaml")) {
        return;
    }
    let entry = read_key_set(&path).unwrap().members.remove(1).entry;
    fs::write(here.join("e.sig"), entry.endorsement.unwrap().signature).unwrap();
    let payload = format!("b\n{}\n2026-07-01\n\n", b.public().fingerprint());
    let length = payload.len();
    let pae = format!("DSSEv1 44 application/vnd.readiness.key-endorsement.v1 {length} {payload}");
    fs::write(here.join("e"), pae).unwrap();
    openssl(here, &format!("dgst -sha256 -verify a.pub {verify} e.sig e"));
}

#[test]
fn what_makes_no_sense_is_refused_and_changes_nothing() {
    let (folder, path) = folder();
    let [a, b, c] = three();
    let disk = Disk::real();
    let refused = |found: Result<Changed, KeySetFault>, words: &str| {
        let error = found.unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    };
    refused(rotate(&path, &Rotation { new: a, ..first() }, &disk), "the same");
    refused(rotate(&path, &Rotation { id: "b\n", ..first() }, &disk), "letters");
    refused(rotate(&path, &Rotation { id: "a", ..first() }, &disk), "already");
    refused(revoke(&path, "a", b, &disk), "no such key set");
    let backwards = Validity::parse("2026-08-01/2026-07-31").unwrap();
    refused(rotate(&path, &Rotation { window: backwards, ..first() }, &disk), "end before it begins");
    assert!(files(folder.path()).is_empty());

    rotate(&path, &first(), &disk).unwrap();
    let before = (fs::read(&path).unwrap(), fs::read(signature_path(&path)).unwrap());
    refused(rotate(&path, &rotation("d", c, a), &disk), "not in the set");
    refused(rotate(&path, &rotation("b", b, c), &disk), "another key");
    refused(rotate(&path, &rotation("d", a, b), &disk), "as `b`");
    refused(rotate(&path, &Rotation { old_id: Some("x"), ..rotation("c", b, c) }, &disk), "not `x`");
    let later = Validity::parse("/2026-07-02").unwrap().not_after;
    refused(
        rotate(&path, &Rotation { old_not_after: later, ..rotation("c", a, c) }, &disk),
        "never made wider",
    );
    refused(revoke(&path, "x", b, &disk), "no key `x`");
    refused(revoke(&path, "b", b, &disk), "itself");
    refused(revoke(&path, "b", c, &disk), "not in the set");
    assert_eq!((fs::read(&path).unwrap(), fs::read(signature_path(&path)).unwrap()), before);
    assert!(rotate(&path, &first(), &disk).unwrap().already, "the same again is done already");
    revoke(&path, "a", b, &disk).unwrap();
    refused(rotate(&path, &rotation("c", a, c), &disk), "is revoked");
    refused(revoke(&path, "b", a, &disk), "is revoked");

    // Anyone's set is not signed, nor trusted.
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("    revoked: true\n", "")).unwrap();
    for found in [rotate(&path, &rotation("c", b, c), &disk), revoke(&path, "a", b, &disk)] {
        refused(found, "do not belong together");
    }
    assert!(
        load_public_keys(std::slice::from_ref(&path))
            .unwrap_err()
            .to_string()
            .contains("do not belong together")
    );
    fs::remove_file(signature_path(&path)).unwrap();
    refused(revoke(&path, "a", b, &disk), "do not belong together");
    let broken = text.replace("id: \"b\"", "id: \"B\"");
    fs::write(&path, broken).unwrap();
    let error = load_public_keys(std::slice::from_ref(&path)).unwrap_err().to_string();
    assert!(error.contains("key `B`: its endorsement by `a` does not hold"), "{error}");
}

/// A thief has a key that was revoked. He adds one of his own to the set, takes the revocation away, and signs.
#[test]
fn a_set_signed_by_a_key_that_does_not_go_back_to_the_root_is_refused() {
    let (folder, path) = folder();
    let [root, stolen, thief] = three();
    let disk = Disk::real();
    rotate(&path, &Rotation { new: stolen, ..first() }, &disk).unwrap();
    revoke(&path, "b", root, &disk).unwrap();
    let pem = folder.path().join("root.pub");
    fs::write(&pem, root.public().to_pem()).unwrap();
    let load = || load_rooted_keys(std::slice::from_ref(&path), Some(&pem));
    let revoked = |keys: &[signature::TrustedKey]| {
        keys.iter().filter(|key| key.revoked).map(|key| key.id.clone()).collect::<Vec<_>>()
    };
    assert_eq!(revoked(&load().unwrap()), ["b"]);

    let genuine = fs::read_to_string(&path).unwrap();
    let own = thief.public().to_pem().replace('\n', "\n      ");
    let forged = format!(
        "{}  - id: \"x\"\n    pem: |\n      {}\n",
        genuine.replace("    revoked: true\n", ""),
        own.trim_end()
    );
    assert_ne!(genuine.replace("    revoked: true\n", ""), genuine);
    fs::write(&path, &forged).unwrap();
    let seal = rsa_pss::sign(thief, &HashAlgorithm::Sha256.digest(forged.as_bytes())).unwrap();
    fs::write(signature_path(&path), seal).unwrap();
    assert_eq!(read_key_set(&path).unwrap().seal, Seal::By("x".to_owned()), "by itself it holds together");
    let error = load().unwrap_err().to_string();
    assert!(error.contains("key `x`: nobody vouches for it"), "{error}");
}

#[test]
fn the_window_of_an_overlap_is_as_it_was_asked() {
    let (_folder, path) = folder();
    let window = Validity::parse("2026-06-15/2027-06-30").unwrap();
    let old_not_after = Validity::parse("/2026-08-31").unwrap().not_after;
    let changed = rotate(&path, &Rotation { window, old_not_after, ..first() }, &Disk::real()).unwrap();
    assert_eq!(changed.window.to_text(), "2026-06-15/2027-06-30");
    let text = fs::read_to_string(&path).unwrap();
    assert!(
        text.contains("    not_after: 2026-08-31\n") && text.contains("    not_before: 2026-06-15\n"),
        "{text}"
    );
    assert!(!text.contains("endorsed_window"));
}

#[test]
fn a_set_that_was_written_by_hand_is_taken_over() {
    let (_folder, path) = folder();
    let [a, b, _] = three();
    let pem = a.public().to_pem().replace('\n', "\n      ");
    fs::write(&path, format!("# ours\nkeys:\n  - id: a\n    salt: any\n    pem: |\n      {pem}\n")).unwrap();
    let changed = rotate(&path, &rotation("b", a, b), &Disk::real()).unwrap();
    assert!(changed.existed && changed.was_unsigned);
    let set = read_key_set(&path).unwrap();
    assert_eq!((set.seal, set.members[0].entry.salt), (Seal::By("b".to_owned()), SaltPolicy::Any));
}

/// A disk on which the operation of a number fails, and with `dead` all after it too.
fn failing(at: usize, dead: bool) -> (Disk, Arc<AtomicUsize>) {
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    let disk = Disk::watched(move |_, _| {
        let number = counted.fetch_add(1, Ordering::Relaxed);
        let fails = if dead { number >= at } else { number == at };
        if fails { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) }
    });
    (disk, count)
}

/// Runs a change with the disk failing at every operation in turn: what is loaded afterwards is the old state, the new one
/// or nothing, and the same command ends it. Returns the number of cases.
fn survives(prepare: &dyn Fn(&Path), change: &dyn Fn(&Path, &Disk) -> Result<Changed, KeySetFault>) -> usize {
    let (_folder, path) = folder();
    prepare(&path);
    let (disk, count) = failing(usize::MAX, false);
    change(&path, &disk).unwrap();
    let (new, operations) = (read_key_set(&path).unwrap(), count.load(Ordering::Relaxed));
    let mut cases = 0;
    for (at, dead) in (0..operations).flat_map(|at| [(at, false), (at, true)]) {
        let (folder, path) = folder();
        prepare(&path);
        let before = fs::read(&path).ok();
        assert!(change(&path, &failing(at, dead).0).is_err(), "operation {at}");
        let here = fs::read(&path).ok();
        let loaded = read_key_set(&path).ok();
        let whole = loaded.as_ref().is_some_and(|set| matches!(set.seal, Seal::By(_)));
        // Nothing is lost: the old set as it was, or the new one whole; and a pair that does not fit is noticed.
        assert!(here == before || whole, "operation {at}");
        if !whole && loaded.as_ref().is_some_and(|set| set.seal == Seal::Broken) {
            assert!(load_public_keys(std::slice::from_ref(&path)).is_err(), "operation {at}");
            assert!(is_interrupted(&path), "operation {at}");
        }
        change(&path, &Disk::real()).unwrap_or_else(|error| panic!("operation {at}: {error}"));
        assert_eq!(files(folder.path()), ["keys.yaml", "keys.yaml.sig"], "operation {at}");
        let after = read_key_set(&path).unwrap();
        assert_eq!(after.seal, new.seal, "operation {at}");
        let shape = |set: &KeySet| {
            let member = |one: &Member| (one.entry.id.clone(), one.entry.validity, one.entry.revoked);
            set.members.iter().map(member).collect::<Vec<_>>()
        };
        assert_eq!(shape(&after), shape(&new), "operation {at}");
        cases += 1;
    }
    cases
}

#[test]
fn a_disk_that_fails_loses_nothing() {
    let [_, b, c] = three();
    let nothing = |_: &Path| {};
    let made = |path: &Path| drop(rotate(path, &first(), &Disk::real()).unwrap());
    let cases = [
        survives(&nothing, &|path, disk| rotate(path, &first(), disk)),
        survives(&made, &|path, disk| rotate(path, &rotation("c", b, c), disk)),
        survives(&made, &|path, disk| revoke(path, "a", b, disk)),
    ];
    eprintln!("cases: {cases:?}");
    assert!(cases.iter().all(|cases| *cases >= 20), "{cases:?}");
}
