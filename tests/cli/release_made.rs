//! A small whole release, made without the program's own code for releases: lists and the manifest by hand, digests with the
//! `sha2` crate, signatures by OpenSSL where there is one. Encryption, bills of materials and base64 are the library's, each
//! held against other programs elsewhere.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{LazyLock, Mutex};

use base64::Engine as _;
use readiness::artifact::sbom::{Bill, Subject, cyclonedx, spdx};
use readiness::artifact::signature::TrustedKey;
use readiness::crypto::digest::HashAlgorithm;
use readiness::crypto::keys::{parse_private_key, parse_public_keys};
use readiness::crypto::rsa_pss;
use readiness::crypto::secret_key::parse_key_file;
use readiness::crypto::streaming::{Parameters, Seed, StreamingKey, encrypt};
use readiness::release::verify::{Decryption, Trust};
use readiness::report::{Details, Report};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// Files by path.
pub(crate) type Files = BTreeMap<String, Vec<u8>>;

/// When the releases of tests are made.
pub(crate) const MADE: &str = "2026-06-15T10:00:00Z";
/// Bytes of ciphertext in a segment: small, so that a small artifact has several.
const SEGMENT: usize = 256;
/// The key of encrypted artifacts, in hexadecimal.
pub(crate) const SECRET: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
/// Another one.
pub(crate) const OTHER_SECRET: &str = "1f1e1d1c1b1a191817161514131211100f0e0d0c0b0a09080706050403020100";

/// A key that signs.
pub(crate) struct Signer {
    /// Its name among those that are trusted.
    pub(crate) name: &'static str,
    private: PathBuf,
    /// The public key, PEM.
    pub(crate) public: String,
    /// SHA-256 of its SubjectPublicKeyInfo.
    pub(crate) fingerprint: String,
    made: Mutex<HashMap<Vec<u8>, Vec<u8>>>,
    _folder: tempfile::TempDir,
}

/// The key that releases of tests are signed with.
pub(crate) static OURS: LazyLock<Signer> = LazyLock::new(|| Signer::new("ours.pub"));
/// A key that nobody trusts.
pub(crate) static THEIRS: LazyLock<Signer> = LazyLock::new(|| Signer::new("theirs.pub"));

/// Whether OpenSSL is here.
pub(crate) fn has_openssl() -> bool {
    static HAS: LazyLock<bool> = LazyLock::new(|| {
        Command::new("openssl").arg("version").output().is_ok_and(|done| done.status.success())
    });
    *HAS
}

fn openssl(arguments: &[&str], input: &[u8]) -> Vec<u8> {
    let mut child = Command::new("openssl")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    let done = child.wait_with_output().unwrap();
    assert!(done.status.success(), "openssl {arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
    done.stdout
}

impl Signer {
    fn new(name: &'static str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let private = folder.path().join("signing.key");
        let named = private.to_str().unwrap().to_owned();
        let public = if has_openssl() {
            let bits = "rsa_keygen_bits:3072";
            openssl(&["genpkey", "-quiet", "-algorithm", "RSA", "-pkeyopt", bits, "-out", &named], b"");
            String::from_utf8(openssl(&["pkey", "-in", &named, "-pubout"], b"")).unwrap()
        } else {
            use rsa::pkcs8::{EncodePrivateKey as _, EncodePublicKey as _, LineEnding};
            let mut random = rsa::rand_core::UnwrapErr(aes_gcm::aead::common::getrandom::SysRng);
            let key = rsa::RsaPrivateKey::new(&mut random, 3072).unwrap();
            let pem = key.to_pkcs8_pem(LineEnding::LF).unwrap();
            super::support::write(folder.path(), "signing.key", pem.as_bytes());
            key.to_public_key().to_public_key_pem(LineEnding::LF).unwrap()
        };
        let der: String = public.lines().filter(|line| !line.starts_with('-')).collect();
        let der = base64::engine::general_purpose::STANDARD.decode(der).unwrap();
        let fingerprint = hex(&Sha256::digest(der));
        Self { name, private, public, fingerprint, made: Mutex::default(), _folder: folder }
    }

    /// The file of the private key.
    pub(crate) fn private(&self) -> &str {
        self.private.to_str().unwrap()
    }

    /// A signature as releases have it; the same for the same bytes.
    pub(crate) fn sign(&self, bytes: &[u8]) -> Vec<u8> {
        let digest = Sha256::digest(bytes).to_vec();
        if let Some(made) = self.made.lock().unwrap().get(&digest) {
            return made.clone();
        }
        let signature = if has_openssl() {
            self.sign_with("digest", bytes)
        } else {
            let key = parse_private_key(&fs::read(&self.private).unwrap()).unwrap();
            rsa_pss::sign(&key, &HashAlgorithm::Sha256.digest(bytes)).unwrap()
        };
        self.made.lock().unwrap().insert(digest, signature.clone());
        signature
    }

    /// A signature by OpenSSL with another length of salt.
    pub(crate) fn sign_with(&self, salt: &str, bytes: &[u8]) -> Vec<u8> {
        let (key, salt) = (self.private(), format!("rsa_pss_saltlen:{salt}"));
        let padding = "rsa_padding_mode:pss";
        openssl(&["dgst", "-sha256", "-sign", key, "-sigopt", padding, "-sigopt", &salt], bytes)
    }

    /// The key among those that are trusted, without conditions.
    pub(crate) fn trusted(&self) -> TrustedKey {
        let key = parse_public_keys(self.public.as_bytes()).unwrap().remove(0);
        TrustedKey::unconditional(self.name.to_owned(), key)
    }
}

/// Trust in [`OURS`] alone.
pub(crate) fn trust() -> Trust {
    Trust { keys: vec![OURS.trusted()] }
}

/// The key of the encrypted artifact.
pub(crate) fn decryption() -> Decryption {
    decryption_with(SECRET)
}

/// Another key.
pub(crate) fn decryption_with(secret: &str) -> Decryption {
    Decryption { keys: parse_key_file(secret.as_bytes()).unwrap().keys }
}

/// SHA-256 in lower-case hexadecimal.
pub(crate) fn digest(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What a release is made of.
#[derive(Clone, Copy)]
pub(crate) struct Recipe<'a> {
    /// Its version, which stands in its artifact too.
    pub(crate) version: &'a str,
    /// Whether there is an encrypted artifact, bills of materials, reports and documents.
    pub(crate) full: bool,
    /// Whether it is signed.
    pub(crate) signed: bool,
}

/// A full, signed release.
pub(crate) const FULL: Recipe<'_> = Recipe { version: "1.2.3", full: true, signed: true };
/// The smallest release with everything that is signed in another way: one artifact and its provenance.
pub(crate) const SMALL: Recipe<'_> = Recipe { version: "1.2.3", full: false, signed: true };

/// A release before it is listed: its files, and of artifacts what they were before encryption.
pub(crate) struct Draft {
    /// The files, none of them a list or a signature.
    pub(crate) files: Files,
    /// Artifacts: path, name, and bytes before encryption.
    pub(crate) artifacts: Vec<(String, String, Vec<u8>)>,
    recipe: Recipe<'static>,
}

/// The draft of a release.
pub(crate) fn draft(recipe: Recipe<'static>) -> Draft {
    let app: Vec<u8> = format!("program of version {}\n", recipe.version).bytes().cycle().take(700).collect();
    let mut files = Files::from([("artifacts/app.tar".to_owned(), app.clone())]);
    let mut artifacts = vec![("artifacts/app.tar".to_owned(), "app.tar".to_owned(), app)];
    if recipe.full {
        let dump: Vec<u8> = (0..1_000_u32).map(|number| (number * 7 % 251) as u8).collect();
        files.insert("artifacts/db.dump.enc".to_owned(), encrypted(&dump));
        artifacts.push(("artifacts/db.dump.enc".to_owned(), "db.dump".to_owned(), dump));
        for (name, file) in [("acme", "source"), ("app.tar", "app.tar")] {
            let subject = Subject { name: name.to_owned(), ..Subject::default() };
            let bill = Bill { subject, created: MADE.to_owned(), ..Bill::default() };
            files.insert(format!("sbom/{file}.cdx.json"), cyclonedx(&bill));
            files.insert(format!("sbom/{file}.spdx.json"), spdx(&bill));
        }
        files.insert("security_audit/report.json".to_owned(), report(None));
        files.insert("security_audit/report.md".to_owned(), b"# READY\n".to_vec());
        files.insert("performance/report.json".to_owned(), report(Some(&Details::Perf(Box::default()))));
        files.insert("performance/report.md".to_owned(), b"# READY, fast\n".to_vec());
        files.insert("README.md".to_owned(), b"# acme\n".to_vec());
        files.insert("RELEASE_NOTES.md".to_owned(), b"Nothing new.\n".to_vec());
    }
    Draft { files, artifacts, recipe }
}

fn encrypted(plain: &[u8]) -> Vec<u8> {
    let parameters = Parameters::new(SEGMENT, HashAlgorithm::Sha256).unwrap();
    let secret: Vec<u8> = (0..32).collect();
    let key = StreamingKey::new(&secret, parameters).unwrap();
    // The same at every call, so that signatures are made once.
    let seed = Seed::fixed(Sha256::digest(plain).into(), [1, 2, 3, 4, 5, 6, 7]);
    let mut out = Vec::new();
    encrypt(&key, b"", &seed, &mut &plain[..], &mut out).unwrap();
    out
}

/// A report whose verdict is ready.
fn report(details: Option<&Details>) -> Vec<u8> {
    let value = json!({
        "schema": readiness::report::SCHEMA,
        "tool": {"name": "readiness", "version": "1.0.0", "rules_digest": ""},
        "subject": {"name": ".", "deep": true},
        "created": MADE,
        "verdict": {
            "decision": "ready", "exit_code": 0, "reasons": [],
            "policy": {"fail_on": "high", "strict": false, "optional": [], "conditions": [], "source": "",
                       "tree_trusted": true},
        },
        "summary": readiness::report::Summary::default(),
        "checks": [], "coverage": {"examined": {}, "left_out": []}, "waivers": [], "rules": [],
        "details": details,
    });
    let report: Report = serde_json::from_value(value).unwrap();
    serde_json::to_vec_pretty(&report).unwrap()
}

/// Our provenance of some artifacts: the statement, and its envelope.
pub(crate) fn statement(subjects: &[(String, String, Vec<u8>)]) -> Value {
    let subject = |(_, name, bytes): &(String, String, Vec<u8>)| json!({"name": name, "digest": {"sha256": digest(bytes)}});
    json!({
        "_type": "https://in-toto.io/Statement/v1",
        "subject": subjects.iter().map(subject).collect::<Vec<_>>(),
        "predicateType": "https://slsa.dev/provenance/v1",
        "predicate": {
            "buildDefinition": {"buildType": "https://example.org/build/v1", "externalParameters": {}},
            "runDetails": {"builder": {"id": "https://example.org/builder"}},
        },
    })
}

/// An envelope around a payload.
pub(crate) fn envelope(signer: &Signer, payload: &[u8]) -> Vec<u8> {
    let kind = "application/vnd.in-toto+json";
    let mut signed = format!("DSSEv1 {} {kind} {} ", kind.len(), payload.len()).into_bytes();
    signed.extend_from_slice(payload);
    let text = |bytes: &[u8]| base64::engine::general_purpose::STANDARD.encode(bytes);
    let value = json!({
        "payload": text(payload), "payloadType": kind,
        "signatures": [{"keyid": signer.fingerprint, "sig": text(&signer.sign(&signed))}],
    });
    format!("{value}\n").into_bytes()
}

impl Draft {
    /// Adds provenance, of these artifacts or of others, by this signer or none.
    pub(crate) fn prove(&mut self, statement: &Value, signer: Option<&Signer>) {
        let payload = serde_json::to_vec(statement).unwrap();
        let (path, bytes) = match signer {
            Some(signer) => ("slsa/provenance.intoto.jsonl", envelope(signer, &payload)),
            None => ("slsa/provenance.statement.json", payload),
        };
        self.files.insert(path.to_owned(), bytes);
    }

    /// The manifest of the files as they are.
    pub(crate) fn manifest(&self) -> Value {
        let file = |(path, bytes): (&String, &Vec<u8>)| {
            let role = match path.split('/').next().unwrap() {
                "sbom" => "sbom",
                "slsa" => "attestation",
                "security_audit" | "performance" => "report",
                _ => "document",
            };
            if path.ends_with("provenance.intoto.jsonl") {
                let envelope: Value = serde_json::from_slice(bytes).unwrap();
                let payload = envelope["payload"].as_str().unwrap();
                let payload = base64::engine::general_purpose::STANDARD.decode(payload).unwrap();
                return json!({"path": path, "role": role, "sha256": digest(&payload)});
            }
            json!({"path": path, "role": role, "size": bytes.len(), "sha256": digest(bytes)})
        };
        let artifact = |(path, name, plain): &(String, String, Vec<u8>)| {
            let mut value = json!({"name": name, "path": path, "size": plain.len(), "sha256": digest(plain)});
            if path.ends_with(".enc") {
                value["encrypted_size"] = json!(self.files[path].len());
            }
            value
        };
        let is_artifact = |path: &str| self.artifacts.iter().any(|(known, ..)| known == path);
        let Recipe { version, full, signed } = self.recipe;
        let tried = |report: &str| {
            if full {
                json!({"status": "passed", "report": report})
            } else {
                json!({"status": "not_run", "reason": "not asked for"})
            }
        };
        let files: Vec<Value> = self.files.iter().filter(|(path, _)| !is_artifact(path)).map(file).collect();
        let mut value = json!({
            "schema": 1, "name": "acme", "version": version, "created": MADE,
            "source": {"commit": "1f2e3d4c5b6a79881f2e3d4c5b6a79881f2e3d4c", "dirty": false},
            "tool": "readiness 1.0.0",
            "enterprise": {"signed": signed, "encrypted": full, "sbom": full,
                           "slsa": self.files.keys().any(|path| path.starts_with("slsa/"))},
            "validation": {"security_audit": tried("security_audit/report.json"),
                           "performance_tests": tried("performance/report.json")},
            "artifacts": self.artifacts.iter().map(artifact).collect::<Vec<_>>(),
            "files": files,
        });
        if signed {
            value["signature"] = json!({
                "algorithm": "RSASSA-PSS, SHA-256, MGF1 with SHA-256, salt of 32 bytes",
                "key": OURS.fingerprint,
            });
        }
        if full {
            value["encryption"] =
                json!({"format": "AES256-GCM-HKDF-SHA256 streaming (Tink)", "segment_size": SEGMENT});
        }
        value
    }

    /// The release with a manifest: listed, and signed if it is to be.
    pub(crate) fn finish(self, manifest: &Value) -> Files {
        let Self { mut files, recipe, .. } = self;
        files.insert("manifest.json".to_owned(), serde_json::to_vec_pretty(manifest).unwrap());
        list(&mut files);
        if recipe.signed {
            sign(&mut files);
        }
        files
    }
}

/// Writes the list of digests of all files but signatures.
pub(crate) fn list(files: &mut Files) {
    let listed = files.iter().filter(|(path, _)| *path != "SHA256SUMS" && !path.ends_with(".sig"));
    let sums: String = listed.map(|(path, bytes)| format!("{}  {path}\n", digest(bytes))).collect();
    files.insert("SHA256SUMS".to_owned(), sums.into_bytes());
}

/// Signs every file with [`OURS`].
pub(crate) fn sign(files: &mut Files) {
    let signed: Vec<(String, Vec<u8>)> = files
        .iter()
        .filter(|(path, _)| !path.ends_with(".sig"))
        .map(|(path, bytes)| (format!("{path}.sig"), OURS.sign(bytes)))
        .collect();
    files.extend(signed);
}

/// A release as it should be.
pub(crate) fn made(recipe: Recipe<'static>) -> Files {
    let mut draft = draft(recipe);
    draft.prove(&statement(&draft.artifacts), recipe.signed.then_some(&OURS));
    let manifest = draft.manifest();
    draft.finish(&manifest)
}

/// Writes files under a folder.
pub(crate) fn write_all(folder: &Path, files: &Files) {
    for (path, bytes) in files {
        super::support::write(folder, path, bytes);
    }
}
