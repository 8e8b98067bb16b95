//! Encrypts, decrypts and inspects files in Tink's streaming format; driven by `tests/interop/encrypted_files.py`.
//!
//! ```text
//! encrypted_file encrypt KEYFILE CONTEXT PLAINTEXT CIPHERTEXT
//! encrypted_file decrypt KEYFILE CONTEXT CIPHERTEXT PLAINTEXT
//! encrypted_file inspect CIPHERTEXT [SEGMENT_SIZE]
//! ```
//! CONTEXT is the associated data as text, often empty. Plain keys use segments of 1 MiB.

use std::error::Error;
use std::fs::{self, File};
use std::io::{Read as _, Write as _};

use readiness::crypto::digest::HashAlgorithm;
use readiness::crypto::secret_key::{Material, parse_key_file};
use readiness::crypto::streaming::{Decryptor, Parameters, Seed, StreamingKey, encrypt, inspect};
use zeroize::Zeroizing;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["encrypt", key, context, from, to] => {
            let mut out = File::create(to)?;
            encrypt(&primary(key)?, context.as_bytes(), &Seed::random()?, &mut File::open(from)?, &mut out)?;
            out.sync_all()?;
        }
        ["decrypt", key, context, from, to] => {
            // Plaintext of a file whose end turns out to be missing must not stay behind.
            let partial = format!("{to}.partial");
            let result = decrypt(&primary(key)?, context.as_bytes(), from, &partial);
            if result.is_err() {
                fs::remove_file(&partial)?;
            }
            result?;
            fs::rename(partial, to)?;
        }
        ["inspect", file] => show(file, Parameters::default())?,
        ["inspect", file, size] => show(file, Parameters::new(size.parse()?, HashAlgorithm::Sha256)?)?,
        _ => {
            return Err("usage: encrypted_file encrypt|decrypt KEYFILE CONTEXT FROM TO | inspect FILE".into());
        }
    }
    Ok(())
}

fn primary(path: &str) -> Result<StreamingKey, Box<dyn Error>> {
    let bytes = Zeroizing::new(fs::read(path)?);
    let first = parse_key_file(&bytes)?.keys.into_iter().next().ok_or("no key")?;
    match first.material {
        Material::Plain(key) => Ok(StreamingKey::from_secret(&key, Parameters::default())),
        Material::Streaming(key) => Ok(key),
        Material::Gcm { .. } => Err("the key is for AES-GCM, not for streaming".into()),
    }
}

fn decrypt(key: &StreamingKey, context: &[u8], from: &str, to: &str) -> Result<(), Box<dyn Error>> {
    let (mut from, mut to) = (File::open(from)?, File::create(to)?);
    let mut decryptor = Decryptor::new(key, context);
    let mut chunk = vec![0; 64 << 10];
    loop {
        let read = from.read(&mut chunk)?;
        match chunk.get(..read) {
            Some(bytes) if read > 0 => decryptor.update(bytes, &mut to)?,
            _ => break,
        }
    }
    decryptor.finish(&mut to)?;
    Ok(to.sync_all()?)
}

fn show(path: &str, parameters: Parameters) -> Result<(), Box<dyn Error>> {
    let size = fs::metadata(path)?.len();
    let mut head = Vec::new();
    File::open(path)?.take(64).read_to_end(&mut head)?;
    let (_, plan) = inspect(&head, size, &parameters)?;
    writeln!(std::io::stdout(), "segments={} plaintext={}", plan.segments, plan.plaintext_size)?;
    Ok(())
}
