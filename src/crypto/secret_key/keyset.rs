//! Tink keysets in JSON (`tink.proto`, `aes_gcm_hkdf_streaming.proto`, `aes_gcm.proto`), cleartext only.
//!
//! The keys inside are small protocol buffers, read by hand: two messages of three fields do not justify a
//! code generator.

use std::borrow::Cow;

use base64::Engine as _;
use serde::Deserialize;
use zeroize::{Zeroize as _, Zeroizing};

use super::{FileKey, KeyFile, KeyForm, MAX_KEYS, Material, SecretKey, SecretKeyError};
use crate::crypto::digest::HashAlgorithm;
use crate::crypto::pem::BASE64;
use crate::crypto::streaming::{DEFAULT_SEGMENT_SIZE, Parameters, StreamingKey};

const STREAMING: &str = "type.googleapis.com/google.crypto.tink.AesGcmHkdfStreamingKey";
const GCM: &str = "type.googleapis.com/google.crypto.tink.AesGcmKey";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawKeyset<'a> {
    #[serde(default)]
    primary_key_id: u32,
    #[serde(borrow, default)]
    key: Vec<RawKey<'a>>,
    #[serde(borrow)]
    encrypted_keyset: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawKey<'a> {
    #[serde(borrow)]
    key_data: RawKeyData<'a>,
    #[serde(borrow)]
    status: Cow<'a, str>,
    key_id: u32,
    #[serde(borrow)]
    output_prefix_type: Cow<'a, str>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawKeyData<'a> {
    #[serde(borrow)]
    type_url: Cow<'a, str>,
    #[serde(borrow)]
    value: Cow<'a, str>,
}

impl Drop for RawKeyData<'_> {
    fn drop(&mut self) {
        // Borrowed values lie in the caller's buffer; only a copy made for unescaping is ours to clear.
        if let Cow::Owned(value) = &mut self.value {
            value.zeroize();
        }
    }
}

pub(super) fn parse(text: &[u8]) -> Result<KeyFile, SecretKeyError> {
    let raw: RawKeyset<'_> =
        serde_json::from_slice(text).map_err(|error| SecretKeyError::KeysetShape { line: error.line() })?;
    if raw.encrypted_keyset.is_some() {
        return Err(SecretKeyError::EncryptedKeyset);
    }
    if raw.key.len() > MAX_KEYS {
        return Err(SecretKeyError::TooManyKeys);
    }
    let mut keys = Vec::new();
    for key in raw.key.iter().filter(|key| key.status == "ENABLED") {
        let id = key.key_id;
        let material = material(key).map_err(|what| SecretKeyError::KeysetKey { id, what })?;
        keys.push(FileKey { id: Some(id), primary: id == raw.primary_key_id, material });
    }
    if keys.is_empty() {
        return Err(SecretKeyError::NoEnabledKey);
    }
    if !keys.iter().any(|key| key.primary) {
        return Err(SecretKeyError::NoPrimary(raw.primary_key_id));
    }
    keys.sort_by_key(|key| !key.primary);
    Ok(KeyFile { form: KeyForm::TinkKeyset, keys })
}

/// A keyset in the clear with one key of Tink's streaming encryption.
pub(super) fn write(key: &SecretKey, id: u32) -> Zeroizing<String> {
    // Room for all of it at once, here and below: what grows leaves copies behind.
    let mut message = Zeroizing::new(Vec::with_capacity(64));
    // params = 2 {ciphertext_segment_size = 1, derived_key_size = 2: 32, hkdf_hash_type = 3: SHA-256}.
    let mut params = vec![0x08];
    put_varint(&mut params, DEFAULT_SEGMENT_SIZE as u64);
    params.extend([0x10, 32, 0x18, 3]);
    message.push(0x12);
    put_varint(&mut message, params.len() as u64);
    message.extend(params);
    // key_value = 3.
    message.extend([0x1a, 32]);
    message.extend(key.bytes());
    let mut text = Zeroizing::new(String::with_capacity(1024));
    text.push_str(&format!("{{\n  \"primaryKeyId\": {id},\n  \"key\": [\n    {{\n      \"keyData\": {{\n"));
    text.push_str(&format!("        \"typeUrl\": \"{STREAMING}\",\n        \"value\": \""));
    BASE64.encode_string(&message, &mut text);
    text.push_str(
        "\",\n        \"keyMaterialType\": \"SYMMETRIC\"\n      },\n      \"status\": \"ENABLED\",\n",
    );
    text.push_str(&format!("      \"keyId\": {id},\n      \"outputPrefixType\": \"RAW\"\n    }}\n  ]\n}}\n"));
    text
}

/// A number in groups of seven bits, the lowest first, each but the last marked.
fn put_varint(to: &mut Vec<u8>, mut number: u64) {
    while number > 0x7f {
        to.push(number.to_le_bytes()[0] | 0x80);
        number >>= 7;
    }
    to.push(number.to_le_bytes()[0]);
}

fn material(key: &RawKey<'_>) -> Result<Material, String> {
    let value = BASE64.decode(key.key_data.value.as_bytes()).map(Zeroizing::new);
    let value = value.map_err(|_| "its value is not base64".to_owned())?;
    let damaged = || "its value is not the protocol buffer that its type says".to_owned();
    match key.key_data.type_url.as_ref() {
        STREAMING => streaming(&fields(&value).ok_or_else(damaged)?),
        GCM => {
            let fields = fields(&value).ok_or_else(damaged)?;
            let bytes = bytes_field(&fields, 3).unwrap_or_default();
            let key_256 = SecretKey::from_slice(bytes)
                .ok_or_else(|| format!("AES-{}-GCM; only AES-256-GCM is supported", bytes.len() * 8))?;
            let prefix = match key.output_prefix_type.as_ref() {
                "RAW" => Vec::new(),
                "TINK" => [&[1][..], &key.key_id.to_be_bytes()].concat(),
                "LEGACY" | "CRUNCHY" => [&[0][..], &key.key_id.to_be_bytes()].concat(),
                _ => return Err("an unknown output prefix type".to_owned()),
            };
            Ok(Material::Gcm { key: key_256, prefix })
        }
        // A type URL is a public name, but only one that looks like a name is repeated.
        other => {
            let name = other.rsplit('.').next().unwrap_or_default();
            let plain = name.len() <= 64 && name.chars().all(|c| c.is_ascii_alphanumeric());
            Err(format!("the key type {} is not supported", if plain { name } else { "it names" }))
        }
    }
}

/// AesGcmHkdfStreamingKey: version = 1, params = 2 {ciphertext_segment_size = 1, derived_key_size = 2,
/// hkdf_hash_type = 3}, key_value = 3.
fn streaming(key: &[(u32, Field<'_>)]) -> Result<Material, String> {
    if number_field(key, 1) != 0 {
        return Err("a key version that is not known".to_owned());
    }
    let params = fields(bytes_field(key, 2).unwrap_or_default()).ok_or("damaged parameters")?;
    let derived = number_field(&params, 2);
    if derived != 32 {
        return Err(format!("derived keys of {derived} bytes; only AES-256 is supported"));
    }
    let hkdf_hash = match number_field(&params, 3) {
        3 => HashAlgorithm::Sha256,
        4 => HashAlgorithm::Sha512,
        _ => return Err("key derivation with another hash than SHA-256 or SHA-512".to_owned()),
    };
    let segment_size = usize::try_from(number_field(&params, 1)).map_err(|_| "an absurd segment size")?;
    let parameters = Parameters::new(segment_size, hkdf_hash).map_err(|error| error.to_string())?;
    let key = StreamingKey::new(bytes_field(key, 3).unwrap_or_default(), parameters);
    key.map(Material::Streaming).map_err(|error| error.to_string())
}

#[derive(Clone, Copy)]
enum Field<'a> {
    Number(u64),
    Bytes(&'a [u8]),
}

/// The last value of a field wins, as the protocol buffer specification demands; absent numbers are 0.
fn number_field(fields: &[(u32, Field<'_>)], number: u32) -> u64 {
    let found = fields.iter().rev().find(|(tag, _)| *tag == number);
    if let Some((_, Field::Number(value))) = found { *value } else { 0 }
}

fn bytes_field<'a>(fields: &[(u32, Field<'a>)], number: u32) -> Option<&'a [u8]> {
    let found = fields.iter().rev().find(|(tag, _)| *tag == number);
    if let Some((_, Field::Bytes(value))) = found { Some(value) } else { None }
}

/// The fields of one message; `None` when it is cut short, uses another wire type, or has absurdly many.
fn fields(mut bytes: &[u8]) -> Option<Vec<(u32, Field<'_>)>> {
    let mut fields = Vec::new();
    while !bytes.is_empty() {
        let tag = varint(&mut bytes)?;
        let number = u32::try_from(tag >> 3).ok().filter(|&number| number != 0)?;
        let field = match tag & 7 {
            0 => Field::Number(varint(&mut bytes)?),
            2 => {
                let length = usize::try_from(varint(&mut bytes)?).ok()?;
                let (value, rest) = bytes.split_at_checked(length)?;
                bytes = rest;
                Field::Bytes(value)
            }
            _ => return None,
        };
        if fields.len() == 32 {
            return None;
        }
        fields.push((number, field));
    }
    Some(fields)
}

fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0_u64;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        let part = u64::from(byte & 0x7f);
        // The tenth byte has room for one bit.
        if shift == 63 && part > 1 {
            return None;
        }
        value |= part << shift;
        if byte < 0x80 {
            return Some(value);
        }
    }
    None
}
