//! The written form, and who vouches for whom.

use super::*;
use crate::crypto::keys::{PrivateKey, three};

fn window(text: &str) -> Validity {
    Validity::parse(text).unwrap()
}

fn entry(id: &str, key: &PublicKey, validity: &str) -> KeySetEntry {
    KeySetEntry {
        id: id.to_owned(),
        source: KeySource::Inline(Box::new(key.clone())),
        validity: window(validity),
        revoked: false,
        hash: None,
        mgf1: None,
        salt: SaltPolicy::DigestLength,
        endorsement: None,
    }
}

/// a, endorses b, endorses c.
fn chain() -> Vec<Member> {
    let [a, b, c] = three();
    let mut members: Vec<Member> =
        [("a", a, "/2026-06-30"), ("b", b, "2026-07-01/"), ("c", c, "2027-01-01/2027-12-31")]
            .iter()
            .map(|(id, key, window)| Member {
                entry: entry(id, key.public(), window),
                key: key.public().clone(),
            })
            .collect();
    for (at, by, voucher) in [(1, "a", a), (2, "b", b)] {
        let Member { entry, key } = &mut members[at];
        let signature = endorse(voucher, &entry.id, key, &entry.validity).unwrap();
        entry.endorsement = Some(Endorsement { by: by.to_owned(), window: entry.validity, signature });
    }
    members
}

fn entries(members: &[Member]) -> Vec<KeySetEntry> {
    members.iter().map(|member| member.entry.clone()).collect()
}

#[test]
fn the_written_form_is_read_back_and_fixed() {
    let mut all = entries(&chain());
    all[0].revoked = true;
    all[0].hash = Some(HashAlgorithm::Sha512);
    all[0].mgf1 = Some(HashAlgorithm::Sha256);
    all[1].salt = SaltPolicy::Exactly(40);
    all[1].validity.not_after = window("/2026-12-31").not_after;
    all[2].salt = SaltPolicy::Any;
    let mut odd =
        entry("2025: \"ä\\\u{2028}#", three()[0].public(), "2026-01-01T12:00:00Z/2026-12-31T23:59:59Z");
    odd.source = KeySource::File("old/2025 ä.pem".to_owned());
    all.push(odd);
    let text = write_key_set(&all).unwrap();
    assert_eq!(write_key_set(&parse_key_set(text.as_bytes()).unwrap()).unwrap(), text);
    for line in [
        "  - id: \"a\"",
        "    pem: |",
        "      -----BEGIN PUBLIC KEY-----",
        "    not_after: 2026-06-30",
        "    revoked: true",
        "    hash: sha512",
        "    mgf1: sha256",
        "    not_before: 2026-07-01",
        "    salt: 40",
        "    endorsed_window: \"2026-07-01/\"",
        "    endorsed_by: \"b\"",
        "    not_before: 2026-01-01T12:00:00Z",
        "    not_after: 2026-12-31T23:59:59Z",
    ] {
        assert!(text.lines().any(|found| found == line), "{line}\n{text}");
    }
    let twice = [all[0].clone(), all[0].clone()];
    assert_eq!(write_key_set(&twice), Err(KeySetError::DuplicateId("a".to_owned())));
}

#[test]
fn what_belongs_together_is_demanded() {
    let text = write_key_set(&entries(&chain())).unwrap();
    let fails = |text: String| parse_key_set(text.as_bytes()).unwrap_err().to_string();
    let without = |start: &str| {
        text.lines().filter(|line| !line.trim().starts_with(start)).map(|line| format!("{line}\n")).collect()
    };
    assert!(fails(without("endorsement:")).contains("belong together"));
    assert!(fails(without("endorsed_by:")).contains("belong together"));
    assert!(
        fails(text.replace("endorsed_by: \"a\"", "endorsed_by: \"b\"")).contains("another key of the set")
    );
    assert!(
        fails(text.replace("endorsed_by: \"a\"", "endorsed_by: \"d\"")).contains("another key of the set")
    );
    assert!(fails(text.replace("endorsement: \"", "endorsement: \"!")).contains("not base64"));
    let windowed = |window: &str| {
        text.replace("endorsed_by: \"b\"", &format!("endorsed_by: \"b\"\n    endorsed_window: \"{window}\""))
    };
    for narrow in ["2027-01-02/", "/2027-12-30", "2027-01-01/2027-12-30", "2027-01-01T00:00:01Z/"] {
        assert!(fails(windowed(narrow)).contains("wider"), "{narrow}");
    }
    assert!(fails(windowed("2027")).contains("two dates"));
    assert!(fails(windowed("2027-13-01/")).contains("two dates"));
    assert!(parse_key_set(windowed("2026-12-31/2028-01-01").as_bytes()).is_ok());
}

#[test]
fn an_endorsement_is_over_id_key_and_window() {
    let members = chain();
    assert_eq!(check_endorsements(&members), Ok(()));
    let broken = |by: &str, id: &str| Err(EndorsementFault::Broken { id: id.to_owned(), by: by.to_owned() });
    let change = |change: fn(&mut Vec<Member>)| {
        let mut changed = members.clone();
        change(&mut changed);
        check_endorsements(&changed)
    };
    assert_eq!(change(|all| all[1].entry.id = "B".to_owned()), broken("a", "B"));
    assert_eq!(change(|all| all[1].key = all[2].key.clone()), broken("a", "b"));
    assert_eq!(change(|all| all[0].key = all[2].key.clone()), broken("a", "b"));
    let endorsement = |all: &mut Vec<Member>, change: fn(&mut Endorsement)| {
        change(all[2].entry.endorsement.as_mut().unwrap());
    };
    for fault in [
        |one: &mut Endorsement| one.window.not_after = None,
        |one: &mut Endorsement| one.window.not_before = None,
        |one: &mut Endorsement| one.signature[100] ^= 1,
        |one: &mut Endorsement| one.signature.truncate(255),
        |one: &mut Endorsement| one.signature.clear(),
        |one: &mut Endorsement| one.by = "a".to_owned(),
    ] {
        let mut changed = members.clone();
        endorsement(&mut changed, fault);
        assert!(matches!(check_endorsements(&changed), Err(EndorsementFault::Broken { .. })));
    }
    // A narrower window of the entry itself is the set's own affair.
    let narrowed =
        change(|all| all[1].entry.validity.not_after = Validity::parse("/2026-12-31").unwrap().not_after);
    assert_eq!(narrowed, Ok(()));
}

#[test]
fn a_signature_over_the_plain_payload_is_no_endorsement() {
    let [a, ..] = three();
    let mut members = chain();
    let one = &mut members[1];
    let payload = format!("b\n{}\n2026-07-01\n\n", one.key.fingerprint());
    let digest = HashAlgorithm::Sha256.digest(payload.as_bytes());
    one.entry.endorsement.as_mut().unwrap().signature = crate::crypto::rsa_pss::sign(a, &digest).unwrap();
    assert!(check_endorsements(&members).is_err());
    // The encoding by hand, as the specification of DSSE has it.
    let one = &mut members[1];
    let pae = format!("DSSEv1 44 application/vnd.readiness.key-endorsement.v1 {} {payload}", payload.len());
    let digest = HashAlgorithm::Sha256.digest(pae.as_bytes());
    one.entry.endorsement.as_mut().unwrap().signature = crate::crypto::rsa_pss::sign(a, &digest).unwrap();
    assert_eq!(check_endorsements(&members), Ok(()));
}

#[test]
fn every_key_goes_back_to_the_root_without_a_revoked_one() {
    let mut members = chain();
    let [a, b, _] = three().each_ref().map(PrivateKey::public);
    let fault = |members: &[Member], at: usize, root: &PublicKey| chain_fault(members, &members[at], root);
    assert!((0..3).all(|at| fault(&members, at, a).is_none()));
    assert!(matches!(fault(&members, 0, b), Some(EndorsementFault::Unrooted { .. })));
    assert!(fault(&members, 2, b).is_none());
    members[1].entry.revoked = true;
    let revoked = Some(EndorsementFault::Revoked { id: "c".to_owned(), by: "b".to_owned() });
    assert_eq!(fault(&members, 2, a), revoked);
    assert_eq!(fault(&members, 2, b), revoked, "a revoked key is no root");
    assert!(fault(&members, 0, a).is_none());
    // Revoked under another name is revoked.
    members[1].entry.revoked = false;
    let alias = Member { entry: KeySetEntry { revoked: true, ..entry("alias", b, "/") }, key: b.clone() };
    members.push(alias);
    assert_eq!(fault(&members, 2, a), revoked);
    members.pop();
    members[0].entry.endorsement =
        members[2].entry.endorsement.clone().map(|one| Endorsement { by: "c".to_owned(), ..one });
    let elsewhere = parse_public_keys(include_bytes!("../../../../fixtures/crypto/rsa2048.pub.pem")).unwrap();
    assert!(matches!(fault(&members, 2, &elsewhere[0]), Some(EndorsementFault::Ring { .. })));
}
