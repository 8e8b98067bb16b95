//! Streaming decryption and inspection of arbitrary bytes: nothing forged is accepted, no plaintext comes out.
#![no_main]

use libfuzzer_sys::fuzz_target;
use readiness::artifact::encrypted::classify;
use readiness::crypto::digest::HashAlgorithm;
use readiness::crypto::streaming::{Decryptor, Parameters, StreamingKey};

fuzz_target!(|data: (u8, u64, &[u8])| {
    let (piece, size, file) = data;
    let parameters = Parameters::new(64, HashAlgorithm::Sha256).expect("a legal segment size");
    let _ = classify(file, size, &parameters);
    let key = StreamingKey::new(&[0x5a; 32], parameters).expect("a legal key");
    let mut decryptor = Decryptor::new(&key, b"");
    let mut plaintext = Vec::new();
    let fed = file.chunks(usize::from(piece) + 1).try_for_each(|chunk| decryptor.update(chunk, &mut plaintext));
    assert!(fed.is_err() || decryptor.finish(&mut plaintext).is_err());
    assert!(plaintext.is_empty());
});
