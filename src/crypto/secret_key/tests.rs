//! Key files in every form; the Tink keysets are of the form that Tink for Python writes.

use super::*;
use crate::crypto::streaming::Parameters;

const HEX: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

/// The key 00 01 02 … 1f.
fn counting() -> [u8; 32] {
    std::array::from_fn(|index| u8::try_from(index).unwrap())
}

fn keyset(type_name: &str, value: &str, rest: &str) -> String {
    format!(
        r#"{{"primaryKeyId":42,"key":[{{"keyData":{{"typeUrl":"type.googleapis.com/google.crypto.tink.{type_name}",
        "value":"{value}","keyMaterialType":"SYMMETRIC"}},"status":"ENABLED","keyId":42,{rest}}}]}}"#
    )
}

const STREAMING_VALUE: &str = "EggIgIBAECAYAxogAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const GCM_VALUE: &str = "GiAAAQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHw==";

#[test]
fn plain_keys_in_every_form() {
    let raw = counting().to_vec();
    let url = HEX.replace("00010203", "fbffbefb");
    let url_bytes = hex::decode(url.as_bytes()).unwrap();
    let cases: [(Vec<u8>, KeyForm, &[u8]); 10] = [
        (raw.clone(), KeyForm::Raw, &raw),
        ([&raw[..], b"\n"].concat(), KeyForm::Raw, &raw),
        ([&raw[..], b"\r\n"].concat(), KeyForm::Raw, &raw),
        (HEX.into(), KeyForm::Hex, &raw),
        (format!("{}\n", HEX.to_uppercase()).into(), KeyForm::Hex, &raw),
        (format!(" 0x{HEX}\r\n").into(), KeyForm::Hex, &raw),
        ("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n".into(), KeyForm::Base64, &raw),
        ("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8".into(), KeyForm::Base64, &raw),
        ("+/+++wQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=".into(), KeyForm::Base64, &url_bytes),
        ("-_---wQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8".into(), KeyForm::Base64, &url_bytes),
    ];
    for (file, form, expected) in cases {
        let read = parse_key_file(&file).unwrap();
        assert_eq!(read.form, form);
        let [FileKey { id: None, primary: true, material: Material::Plain(key) }] = read.keys.as_slice()
        else {
            panic!("{read:?}");
        };
        assert_eq!(key.bytes().as_slice(), expected);
    }
}

#[test]
fn raw_bytes_that_are_white_space_at_the_ends_stay() {
    let mut raw = counting();
    (raw[0], raw[31]) = (b' ', b'\n');
    let read = parse_key_file(&raw).unwrap();
    assert!(matches!(&read.keys[0].material, Material::Plain(key) if *key.bytes() == raw));
}

#[test]
fn what_is_no_256_bit_key_is_refused() {
    let fails = |bytes: &[u8]| parse_key_file(bytes).unwrap_err();
    assert_eq!(fails(b" \n"), SecretKeyError::Empty);
    assert_eq!(fails(&[0x81; 31]), SecretKeyError::Unknown);
    assert_eq!(fails(&HEX.as_bytes()[..32]), SecretKeyError::Size { form: "hexadecimal text", bits: 128 });
    assert_eq!(fails(&HEX.as_bytes()[..62]), SecretKeyError::Size { form: "hexadecimal text", bits: 248 });
    assert_eq!(fails(b"AAECAwQFBgcICQoLDA0ODw=="), SecretKeyError::Size { form: "base64 text", bits: 128 });
    assert_eq!(fails(&[0; 32]), SecretKeyError::Placeholder);
    assert_eq!(fails("ab".repeat(32).as_bytes()), SecretKeyError::Placeholder);
    assert_eq!(fails(&vec![1; 2 << 20]), SecretKeyError::TooLarge);
    assert_eq!(fails(b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"), SecretKeyError::Pem);
}

#[test]
fn tink_keysets() {
    let raw = r#""outputPrefixType":"RAW""#;
    let read = parse_key_file(keyset("AesGcmHkdfStreamingKey", STREAMING_VALUE, raw).as_bytes()).unwrap();
    assert_eq!(read.form, KeyForm::TinkKeyset);
    let [FileKey { id: Some(42), primary: true, material: Material::Streaming(key) }] = read.keys.as_slice()
    else {
        panic!("{read:?}");
    };
    assert_eq!(*key.parameters(), Parameters::default());
    let tink = r#""outputPrefixType":"TINK""#;
    let read = parse_key_file(keyset("AesGcmKey", GCM_VALUE, tink).as_bytes()).unwrap();
    let Material::Gcm { key, prefix } = &read.keys[0].material else { panic!("{read:?}") };
    assert_eq!((key.bytes(), prefix.as_slice()), (&counting(), &[1, 0, 0, 0, 42][..]));
    // `aead.encrypt(b"readiness", b"context")` of Tink for Python with this keyset.
    let sealed = "010000002a52eaf4de0ec8d2d30cc3330aca9b8c554a91226ea2070c5c7d699232cbc326e3f2241dfec2";
    let sealed = hex::decode(sealed.as_bytes()).unwrap();
    let body = sealed.strip_prefix(prefix.as_slice()).unwrap();
    assert_eq!(crate::crypto::aes_gcm::open(key, b"context", body).as_deref(), Ok(&b"readiness"[..]));
}

#[test]
fn keysets_that_cannot_be_used() {
    let raw = r#""outputPrefixType":"RAW""#;
    let fails = |text: String| parse_key_file(text.as_bytes()).unwrap_err();
    let good = keyset("AesGcmHkdfStreamingKey", STREAMING_VALUE, raw);
    assert_eq!(fails(good.replace("ENABLED", "DISABLED")), SecretKeyError::NoEnabledKey);
    assert_eq!(fails(good.replace(r#"yId":42,"key""#, r#"yId":7,"key""#)), SecretKeyError::NoPrimary(7));
    assert_eq!(
        fails(good.replace("\"key\"", "\"encryptedKeyset\":\"AAAA\",\"key\"")),
        SecretKeyError::EncryptedKeyset
    );
    assert_eq!(fails(good.replace("\"status\"", "\"state\"")), SecretKeyError::KeysetShape { line: 2 });
    let unusable = |text: String| matches!(fails(text), SecretKeyError::KeysetKey { id: 42, .. });
    // Cut, not base64, another type, AES-128, SHA-1, a segment size of 16 MiB · 256.
    for value in [
        "EggIgIBAECAYAxogAAEC",
        "!!",
        "EgcIgIBAEBAYAxogAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
        "EggIgIBAECAYARogAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
        "EgoIgICAgBAQIBgDGiAAAQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHw==",
        "",
    ] {
        assert!(unusable(keyset("AesGcmHkdfStreamingKey", value, raw)), "{value}");
    }
    assert!(unusable(keyset("ChaCha20Poly1305Key", GCM_VALUE, raw)));
    assert!(unusable(keyset("AesGcmKey", "GhAAAQIDBAUGBwgJCgsMDQ4P", raw)));
}

#[test]
fn nothing_of_a_key_is_shown() {
    let file = parse_key_file(HEX.as_bytes()).unwrap();
    let text = format!("{file:?}");
    assert!(!text.contains("1, 2, 3") && !text.contains("010203"), "{text}");
    let broken = keyset("AesGcmHkdfStreamingKey", "c2VjcmV0", "\"outputPrefixType\":3");
    let error = parse_key_file(broken.as_bytes()).unwrap_err();
    assert!(!format!("{error} {error:?}").contains("c2Vj"));
}

#[test]
fn a_keyset_is_written_as_tink_writes_it() {
    let text = keyset::write(&SecretKey::from_bytes(counting()), 42);
    // The value that Tink for Python writes for the same key and parameters.
    assert!(text.contains(&format!("\"value\": \"{STREAMING_VALUE}\"")), "{}", *text);
    let read = parse_key_file(text.as_bytes()).unwrap();
    assert_eq!((read.form, read.keys[0].id), (KeyForm::TinkKeyset, Some(42)));
    assert!(text.len() < 1024, "it grew");
}

#[test]
fn a_key_under_a_passphrase() {
    let key = SecretKey::from_bytes(counting());
    let text = key.to_protected_pem("correct horse battery").unwrap();
    let given = |words: &'static str| move || Ok(Zeroizing::new(words.to_owned()));
    let read = parse_key_file_with(text.as_bytes(), &mut given("correct horse battery")).unwrap();
    let Material::Plain(found) = &read.keys[0].material else { panic!("{read:?}") };
    assert_eq!((read.form, found.bytes()), (KeyForm::Protected, &counting()));
    let wrong = parse_key_file_with(text.as_bytes(), &mut given("correct horse batterY")).err();
    assert_eq!(wrong, Some(SecretKeyError::Protection(ProtectionError::WrongPassphrase)));
    assert_eq!(parse_key_file(text.as_bytes()).err(), Some(SecretKeyError::Protected));
    let none = parse_key_file_with(text.as_bytes(), &mut || Err("nobody to ask".to_owned())).err();
    assert_eq!(none, Some(SecretKeyError::NoPassphrase("nobody to ask".to_owned())));
    assert!(!text.contains("0001"));
}
