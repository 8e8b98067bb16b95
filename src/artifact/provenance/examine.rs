//! Which signatures of a file hold, and what the verified bytes say.

use jiff::Timestamp;

use super::file::{Content, FileError, Item, items};
use super::trust::{Builder, SignerKey, Trust};
use crate::crypto::certificate::{Certificate, Fulcio};
use crate::crypto::dsse::{Envelope, IN_TOTO};
use crate::crypto::keys::WindowState;
use crate::crypto::verifying::{Scheme, VerifyingKey};
use crate::formats::intoto::{SlsaProvenance, Statement};

/// Most signatures that are held against keys for one file: hostile envelopes must not take hours.
const MAX_TRIES: usize = 20_000;

/// One attestation of a file.
#[derive(Clone, Debug)]
pub struct Attestation {
    /// The line of the file that it stands on, from 1.
    pub line: usize,
    /// How many signatures it has.
    pub signatures: usize,
    /// Those of signers who are trusted; each signer once.
    pub signed: Vec<Signed>,
    /// Why other signatures do not count, the most telling first.
    pub refusals: Vec<Refusal>,
    /// What it says, also where nobody is trusted for it; in words why it cannot be read.
    pub statement: Result<Statement, String>,
    /// The SLSA provenance in it.
    pub provenance: Option<Result<SlsaProvenance, String>>,
}

/// A signature that holds, of someone who is trusted.
#[derive(Clone, Debug)]
pub struct Signed {
    /// The key's name, or whom the certificate is made out to.
    pub name: String,
    /// The kind of the signature.
    pub scheme: Scheme,
    /// The builders (by their place in the trust) that it signs for.
    pub builders: Vec<usize>,
    /// Whether the key itself is trusted, besides for builders.
    pub any: bool,
    /// What a certificate says; none for a bare key.
    pub certificate: Option<Fulcio>,
    key: VerifyingKey,
}

/// Why a signature does not count.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum Refusal {
    /// True, but of a revoked key.
    #[error("signed with {0}, which is revoked")]
    Revoked(String),
    /// True, but outside of the key's window.
    #[error("signed with {0}, which was not valid at {1}")]
    Window(String, Timestamp),
    /// True, and the certificate is not made out to whom it must be.
    #[error("signed by `{0}`, whom nobody here trusts for a builder")]
    Identity(String),
    /// True, and the certificate goes back to a root, but nobody said whom to trust among those that it certifies.
    #[error("signed by `{0}`, certified by a given root, and nothing says that this signer is trusted")]
    Unnamed(String),
    /// The certificate goes back to no root.
    #[error("signed by a certificate for `{0}`: {1}")]
    Chain(String, String),
    /// Of a kind of payload that is no statement.
    #[error("its payload type `{0}` is not that of an in-toto statement")]
    PayloadType(String),
    /// Of nobody who is trusted, or not over these bytes.
    #[error("no trusted key verifies it: changed after it was signed, or signed by someone else")]
    Unknown,
    /// More than is looked at.
    #[error("more than {MAX_TRIES} signatures to try in one file")]
    TooMany,
}

/// Examines a file; `now` is the moment that windows of keys are held against where the provenance names none.
///
/// # Errors
/// The file holds no attestation that can be read.
pub fn examine(bytes: &[u8], trust: &Trust, now: Timestamp) -> Result<Vec<Attestation>, FileError> {
    let mut tries = MAX_TRIES;
    Ok(items(bytes)?.into_iter().map(|item| attestation(item, trust, now, &mut tries)).collect())
}

fn attestation(item: Item, trust: &Trust, now: Timestamp, tries: &mut usize) -> Attestation {
    let line = item.line;
    let (envelope, certificates) = match item.content {
        Content::Statement(bytes) => {
            let (statement, provenance) = said(&bytes);
            let (signed, refusals) = (Vec::new(), Vec::new());
            return Attestation { line, signatures: 0, signed, refusals, statement, provenance };
        }
        Content::Envelope(envelope, certificates) => (envelope, certificates),
    };
    // What is parsed are the very bytes that the signatures below are over.
    let fits = is_statement(&envelope.payload_type);
    let (statement, provenance) = if fits {
        said(&envelope.payload)
    } else {
        (Err(Refusal::PayloadType(printable(&envelope.payload_type)).to_string()), None)
    };
    let moment = match &provenance {
        Some(Ok(provenance)) => provenance.moment().and_then(|text| text.parse::<Timestamp>().ok()),
        _ => None,
    };
    // A moment to come is no moment at which anything was signed.
    let moment = moment.filter(|moment| *moment <= now).unwrap_or(now);
    let mut found = Found { signed: Vec::new(), refusals: Vec::new() };
    if fits {
        found.keys(&envelope, trust, moment, tries);
        found.certificates(&envelope, &certificates, trust);
    } else {
        found.refusals.push(Refusal::PayloadType(printable(&envelope.payload_type)));
    }
    let Found { signed, mut refusals } = found;
    if refusals.is_empty() && signed.is_empty() && !envelope.signatures.is_empty() {
        refusals.push(Refusal::Unknown);
    }
    refusals.sort();
    refusals.dedup();
    Attestation { line, signatures: envelope.signatures.len(), signed, refusals, statement, provenance }
}

/// `application/vnd.in-toto+json`, or with the predicate's name in it.
fn is_statement(payload_type: &str) -> bool {
    let named = |text: &str| {
        let name = text.strip_prefix("application/vnd.in-toto.")?.strip_suffix("+json")?;
        Some(name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte)))
    };
    payload_type == IN_TOTO || named(payload_type).unwrap_or(false)
}

fn printable(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(100).collect()
}

fn said(bytes: &[u8]) -> (Result<Statement, String>, Option<Result<SlsaProvenance, String>>) {
    match Statement::parse(bytes) {
        Ok(statement) => {
            let is_slsa = statement.predicate_type.starts_with("https://slsa.dev/provenance/");
            let provenance =
                is_slsa.then(|| SlsaProvenance::of(&statement).map_err(|error| error.to_string()));
            (Ok(statement), provenance)
        }
        Err(error) => (Err(error.to_string()), None),
    }
}

/// What came of the signatures of one envelope.
struct Found {
    signed: Vec<Signed>,
    refusals: Vec<Refusal>,
}

impl Found {
    /// Tries every trusted key on every signature; what a `keyid` says is not asked.
    fn keys(&mut self, envelope: &Envelope, trust: &Trust, moment: Timestamp, tries: &mut usize) {
        let pae = envelope.pae();
        let free = trust.keys.iter().map(|key| (key, None));
        let bound = trust
            .builders
            .iter()
            .enumerate()
            .flat_map(|(place, builder)| builder.keys.iter().map(move |key| (key, Some(place))));
        for (key, builder) in free.chain(bound) {
            for signature in &envelope.signatures {
                if *tries == 0 {
                    return self.refusals.push(Refusal::TooMany);
                }
                *tries -= 1;
                let Some(scheme) = key.verify(&pae, &signature.bytes) else { continue };
                match bar(key, trust, moment) {
                    Some(refusal) => self.refusals.push(refusal),
                    None => self.accept(key, scheme, builder),
                }
                break;
            }
        }
    }

    fn accept(&mut self, key: &SignerKey, scheme: Scheme, builder: Option<usize>) {
        let signed = match self.signed.iter().position(|signed| signed.key.is_same_key(&key.key)) {
            Some(at) => self.signed.get_mut(at),
            None => {
                self.signed.push(Signed {
                    name: key.name.clone(),
                    scheme,
                    builders: Vec::new(),
                    any: false,
                    certificate: None,
                    key: key.key.clone(),
                });
                self.signed.last_mut()
            }
        };
        let Some(signed) = signed else { return };
        match builder {
            Some(builder) => signed.builders.push(builder),
            None => signed.any = true,
        }
    }

    /// The certificate that came with the envelope, if one of the signatures is of its key.
    fn certificates(&mut self, envelope: &Envelope, certificates: &[Certificate], trust: &Trust) {
        let Some((leaf, between)) = certificates.split_first() else { return };
        if trust.roots.is_empty() && trust.builders.iter().all(|builder| builder.roots.is_empty()) {
            return;
        }
        let pae = envelope.pae();
        let scheme = envelope.signatures.iter().find_map(|signature| leaf.key.verify(&pae, &signature.bytes));
        let Some(scheme) = scheme else { return };
        if trust.is_revoked(&leaf.key) {
            return self.refusals.push(Refusal::Revoked(printable(leaf.identity())));
        }
        let mut builders = Vec::new();
        let mut refusal = None;
        for (place, builder) in trust.builders.iter().enumerate().filter(|(_, one)| !one.roots.is_empty()) {
            match certified(leaf, between, builder) {
                Ok(()) => builders.push(place),
                Err(why) => refusal = refusal.max(Some(why)),
            }
        }
        if builders.is_empty() {
            if refusal.is_none() || matches!(refusal, Some(Refusal::Chain(..))) {
                refusal = match leaf.verify_chain(between, &trust.roots) {
                    Ok(()) => Some(Refusal::Unnamed(printable(leaf.identity()))),
                    Err(why) => Some(Refusal::Chain(printable(leaf.identity()), why.to_string())),
                };
            }
            return self.refusals.extend(refusal);
        }
        self.signed.push(Signed {
            name: printable(leaf.identity()),
            scheme,
            builders,
            any: false,
            certificate: Some(leaf.fulcio.clone()),
            key: leaf.key.clone(),
        });
    }
}

/// Why a key that made a signature may not.
fn bar(key: &SignerKey, trust: &Trust, moment: Timestamp) -> Option<Refusal> {
    if key.revoked || trust.is_revoked(&key.key) {
        return Some(Refusal::Revoked(key.name.clone()));
    }
    (key.window(moment) != WindowState::Valid).then(|| Refusal::Window(key.name.clone(), moment))
}

/// Whether a certificate goes back to a builder's root and is made out to whom it must be: one of its names is the
/// identity, or, where none is configured, is meant by the builder's id.
fn certified(leaf: &Certificate, between: &[Certificate], builder: &Builder) -> Result<(), Refusal> {
    leaf.verify_chain(between, &builder.roots)
        .map_err(|why| Refusal::Chain(printable(leaf.identity()), why.to_string()))?;
    let identity = builder.identity.as_ref().unwrap_or(&builder.id);
    let mut names = leaf.names.iter().chain(leaf.fulcio.build_signer.as_ref());
    if names.any(|name| identity.matches(name)) {
        Ok(())
    } else {
        Err(Refusal::Identity(printable(leaf.identity())))
    }
}
