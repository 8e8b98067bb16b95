//! Keys under a passphrase, as files and as the structure inside their armour: nobody is asked for the passphrase of what
//! cannot be opened, and numbers that would take long are refused.
#![no_main]

use base64::Engine as _;
use libfuzzer_sys::fuzz_target;
use readiness::crypto::keys::{parse_private_key_with, protection};
use readiness::crypto::secret_key::parse_key_file_with;

fuzz_target!(|data: &[u8]| {
    open(data);
    let text = base64::engine::general_purpose::STANDARD.encode(data);
    let lines: Vec<&str> = (0..text.len()).step_by(64).map(|at| &text[at..text.len().min(at + 64)]).collect();
    let label = "ENCRYPTED PRIVATE KEY";
    open(format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n")).as_bytes());
});

fn open(bytes: &[u8]) {
    // What is derived with much work is not opened here: that it opens is for the tests.
    let strength = protection(bytes).ok().flatten();
    let cheap = strength.as_ref().is_some_and(|strength| strength.weak);
    let mut asked = 0;
    let mut ask = || {
        asked += 1;
        if cheap { Ok("correct horse".to_owned().into()) } else { Err("nobody is here".to_owned()) }
    };
    let _ = parse_private_key_with(bytes, &mut ask);
    let _ = parse_key_file_with(bytes, &mut ask);
    assert!(asked <= 2 && (asked == 0 || strength.is_some()));
}
