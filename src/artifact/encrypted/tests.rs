//! What can be told without a key, and checks with one.

use super::*;
use crate::crypto::digest::HashAlgorithm;
use crate::crypto::secret_key::parse_key_file;
use crate::crypto::streaming::{Seed, encrypt};

fn parameters() -> Parameters {
    Parameters::new(4096, HashAlgorithm::Sha256).unwrap()
}

fn keys(hex: &str) -> Vec<FileKey> {
    parse_key_file(hex.repeat(16).as_bytes()).unwrap().keys
}

fn secret(key: &FileKey) -> &SecretKey {
    let Material::Plain(secret) = &key.material else { panic!("{key:?}") };
    secret
}

fn sealed(key: &FileKey, plaintext: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let key = StreamingKey::from_secret(secret(key), parameters());
    encrypt(&key, b"", &Seed::random().unwrap(), &mut &plaintext[..], &mut out).unwrap();
    out
}

fn size(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap()
}

fn check(layout: Layout, keys: &[FileKey], file: &[u8]) -> Result<Authentic, CheckError> {
    let mut checker = Checker::new(layout, keys, b"")?;
    for chunk in file.chunks(1000) {
        if !checker.feed(chunk) {
            break;
        }
    }
    checker.finish()
}

#[test]
fn encrypted_files_are_plausible_and_others_are_not() {
    let keys = keys("1f2e");
    for plaintext in [0, 1, 5000, 20_000] {
        let file = sealed(&keys[0], &vec![b'a'; plaintext]);
        let found = classify(&file, size(&file), &parameters());
        let Classification::Streaming { header, plan } = found else { panic!("{found:?}") };
        assert_eq!(plan.plaintext_size, u64::try_from(plaintext).unwrap());
        assert!(!header.is_degenerate());
    }
    let file = sealed(&keys[0], &[b'a'; 4096 * 3]);
    let cut = classify(&file, 4096 * 3 + 5, &parameters());
    assert_eq!(cut, Classification::StreamingImplausible(HeaderError::LastSegment { bytes: 5 }));
    let text = b"(begins with the header byte, but is text) ".repeat(30);
    assert_eq!(classify(&text, size(&text), &parameters()), Classification::NotEncrypted(Plainness::Text));
    let zstd = [b"\x28\xb5\x2f\xfd".as_slice(), &file[40..140]].concat();
    assert_eq!(
        classify(&zstd, size(&zstd), &parameters()),
        Classification::NotEncrypted(Plainness::Format("zstd"))
    );
    let table: Vec<u8> = (0..4096_u32).flat_map(u32::to_le_bytes).collect();
    assert_eq!(
        classify(&table, size(&table), &parameters()),
        Classification::NotEncrypted(Plainness::Structured)
    );
    assert_eq!(classify(&[0x28; 11], 11, &parameters()), Classification::TooShort);
    assert_eq!(classify(&file[40..60], 20, &parameters()), Classification::TooShort);
}

#[test]
fn the_bare_layout_is_opaque() {
    let sealed = aes_gcm::seal(&SecretKey::from_bytes([9; 32]), &[0xa5; 12], b"", &[0; 2000]).unwrap();
    let found = classify(&sealed, size(&sealed), &parameters());
    assert_eq!(found, Classification::Opaque { nonce: [0xa5; 12] });
}

#[test]
fn streaming_files_are_checked_with_every_key() {
    let (first, second) = (keys("1f2e"), keys("3d4c"));
    let both = [first.clone(), second.clone()].concat();
    let file = sealed(&second[0], &[7; 10_000]);
    let layout = Layout::Streaming(parameters());
    let expected = Authentic { key_id: None, primary: true, plaintext_size: 10_000, segments: 3 };
    assert_eq!(check(layout, &both, &file).unwrap(), expected);
    let wrong = check(layout, &first, &file).unwrap_err();
    assert!(matches!(wrong, CheckError::Streaming(StreamError::FirstSegment)));
    // With both keys the error is that of the key which came farthest.
    let cut = check(layout, &both, &file[..8192]).unwrap_err();
    assert!(matches!(cut, CheckError::Streaming(StreamError::Truncated { segment: 1 })), "{cut:?}");
    let mut changed = file.clone();
    changed[9000] ^= 1;
    let damaged = check(layout, &both, &changed).unwrap_err();
    assert!(matches!(damaged, CheckError::Streaming(StreamError::Damaged { segment: 2 })), "{damaged:?}");
}

#[test]
fn bare_files_are_checked_up_to_the_limit() {
    let keys = keys("5b6a");
    let file = aes_gcm::seal(secret(&keys[0]), &[1; 12], b"", &[3; 2500]).unwrap();
    let layout = Layout::Bare { limit: 4000 };
    let expected = Authentic { key_id: None, primary: true, plaintext_size: 2500, segments: 1 };
    assert_eq!(check(layout, &keys, &file).unwrap(), expected);
    let tight = check(Layout::Bare { limit: 2000 }, &keys, &file).unwrap_err();
    assert!(matches!(tight, CheckError::TooLarge { limit: 2000 }));
    let mut changed = file.clone();
    changed[100] ^= 1;
    assert!(matches!(check(layout, &keys, &changed), Err(CheckError::Bare(GcmError::Unauthentic))));
    assert!(matches!(
        check(layout, &keys, &file[..20]),
        Err(CheckError::Bare(GcmError::TooShort { found: 20 }))
    ));
    assert!(matches!(check(layout, &[], &file), Err(CheckError::NoKey)));
}
