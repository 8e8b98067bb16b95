//! X.509 certificates behind signatures over provenance: whose they are, when they are valid, and whether they go back to
//! one that is trusted.
//!
//! The chain is verified by `webpki` (RFC 5280 section 6, for code signing); names and the extensions of Sigstore's
//! certificate authority (`docs/oid-info.md` of Fulcio) are read here. No transparency log and no revocation list is asked:
//! this program has no network. So it is never proven *when* something was signed with a certificate.

#[cfg(test)]
mod tests;

use std::time::Duration;

use jiff::Timestamp;
use rustls::pki_types::{CertificateDer, TrustAnchor, UnixTime};
use spki::ObjectIdentifier;
use spki::der::{Decode as _, Encode as _};
use webpki::{ALL_VERIFICATION_ALGS, EndEntityCert, KeyUsage, anchor_from_trusted_cert};
use x509_cert::Certificate as X509;
use x509_cert::ext::pkix::SubjectAltName;
use x509_cert::ext::pkix::name::GeneralName;

use super::digest::{Digest, HashAlgorithm};
use super::keys::{KeyError, Validity};
use super::pem;
use super::verifying::VerifyingKey;

/// Largest certificate, in bytes.
const MAX_BYTES: usize = 64 << 10;
/// Most certificates of one file or bundle.
pub const MAX_CERTIFICATES: usize = 32;
/// Most names of one certificate.
const MAX_NAMES: usize = 100;
/// id-kp-codeSigning, 1.3.6.1.5.5.7.3.3, as the content of its DER.
const CODE_SIGNING: &[u8] = &[43, 6, 1, 5, 5, 7, 3, 3];
/// The arc of the extensions of Fulcio; the last number follows.
const FULCIO: &str = "1.3.6.1.4.1.57264.1.";

/// Why bytes are no certificate that can be used, or why one is not trusted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    /// Not an X.509 certificate in DER.
    #[error("not a certificate")]
    Malformed,
    /// More than any file has.
    #[error("more than {MAX_CERTIFICATES} certificates")]
    TooMany,
    /// Its key is of an algorithm that is not verified here.
    #[error("its key cannot be used: {0}")]
    Key(KeyError),
    /// A PEM file without certificates, or with something else in it.
    #[error("no certificate in it")]
    None,
    /// The armour is damaged.
    #[error(transparent)]
    Pem(#[from] pem::PemError),
    /// No chain to a trusted certificate.
    #[error("it does not go back to a certificate that is trusted: {0}")]
    Chain(String),
}

/// A certificate. Everything in it but the key is a claim until its chain is verified.
#[derive(Clone, Debug)]
pub struct Certificate {
    der: Vec<u8>,
    /// The key.
    pub key: VerifyingKey,
    /// From when to when it is valid.
    pub validity: Validity,
    /// The common name of its subject, or the whole subject.
    pub subject: String,
    /// The URIs, e-mail addresses and DNS names that it is for.
    pub names: Vec<String>,
    /// What Fulcio knows of the workflow that it was made out to.
    pub fulcio: Fulcio,
    /// SHA-256 of the certificate.
    pub fingerprint: Digest,
}

/// What Fulcio writes into its certificates.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fulcio {
    /// Who vouched for the identity (`.8`, or the older `.1`).
    pub issuer: Option<String>,
    /// The build instructions that sign (`.9`).
    pub build_signer: Option<String>,
    /// The source repository (`.12`).
    pub source: Option<String>,
    /// Its commit (`.13`).
    pub source_digest: Option<String>,
    /// Its reference (`.14`).
    pub source_ref: Option<String>,
}

impl Certificate {
    /// Reads a certificate in DER.
    ///
    /// # Errors
    /// It is none, or its key is of no use.
    pub fn from_der(der: &[u8]) -> Result<Self, CertificateError> {
        if der.len() > MAX_BYTES {
            return Err(CertificateError::Malformed);
        }
        let read = X509::from_der(der).map_err(|_| CertificateError::Malformed)?;
        let body = read.tbs_certificate();
        let spki = body.subject_public_key_info().to_der().map_err(|_| CertificateError::Malformed)?;
        let key = VerifyingKey::from_spki(&spki).map_err(CertificateError::Key)?;
        let seconds = |time: x509_cert::time::Time| {
            let seconds = i64::try_from(time.to_unix_duration().as_secs()).ok()?;
            Timestamp::from_second(seconds).ok()
        };
        let dates = body.validity();
        let validity = Validity {
            not_before: Some(seconds(dates.not_before).ok_or(CertificateError::Malformed)?),
            // A date beyond what is counted here is no end.
            not_after: seconds(dates.not_after),
        };
        let subject = body.subject();
        let common_name = subject.common_name().ok().flatten().map(|name| name.value().to_string());
        Ok(Self {
            key,
            validity,
            subject: common_name.unwrap_or_else(|| subject.to_string()),
            names: names(&read),
            fulcio: fulcio(&read),
            fingerprint: HashAlgorithm::Sha256.digest(der),
            der: der.to_vec(),
        })
    }

    /// The certificates of a file: PEM blocks, or one in DER.
    ///
    /// # Errors
    /// Anything in it that is no certificate.
    pub fn parse_all(bytes: &[u8]) -> Result<Vec<Self>, CertificateError> {
        if !pem::is_armoured(bytes) {
            return Self::from_der(bytes).map(|certificate| vec![certificate]);
        }
        let blocks = pem::blocks(bytes)?;
        if blocks.len() > MAX_CERTIFICATES {
            return Err(CertificateError::TooMany);
        }
        let read = |block: &pem::PemBlock| match block.label.as_str() {
            "CERTIFICATE" | "X509 CERTIFICATE" | "TRUSTED CERTIFICATE" => Self::from_der(&block.der),
            _ => Err(CertificateError::None),
        };
        let read: Vec<Self> = blocks.iter().map(read).collect::<Result<_, _>>()?;
        if read.is_empty() { Err(CertificateError::None) } else { Ok(read) }
    }

    /// Whom it is made out to: its first name, else its subject.
    #[must_use]
    pub fn identity(&self) -> &str {
        self.names.first().unwrap_or(&self.subject)
    }

    /// Whether it goes back to one of `roots`, by way of `between`, for signing code, at the beginning of its own
    /// validity. A root may itself stand between: whoever names one trusts it.
    ///
    /// # Errors
    /// Why it does not.
    pub fn verify_chain(&self, between: &[Self], roots: &[Self]) -> Result<(), CertificateError> {
        let chain = |error: webpki::Error| CertificateError::Chain(error.to_string());
        let roots: Vec<CertificateDer<'_>> =
            roots.iter().map(|root| CertificateDer::from(root.der.as_slice())).collect();
        let anchors: Vec<TrustAnchor<'_>> =
            roots.iter().map(anchor_from_trusted_cert).collect::<Result<_, _>>().map_err(chain)?;
        let between: Vec<CertificateDer<'_>> = between
            .iter()
            .take(MAX_CERTIFICATES)
            .map(|other| CertificateDer::from(other.der.as_slice()))
            .collect();
        let der = CertificateDer::from(self.der.as_slice());
        let leaf = EndEntityCert::try_from(&der).map_err(chain)?;
        let moment = self.validity.not_before.map_or(0, Timestamp::as_second);
        let moment =
            UnixTime::since_unix_epoch(Duration::from_secs(u64::try_from(moment).unwrap_or_default()));
        let usage = KeyUsage::required_if_present(CODE_SIGNING);
        leaf.verify_for_usage(ALL_VERIFICATION_ALGS, &anchors, &between, moment, usage, None, None)
            .map(|_| ())
            .map_err(chain)
    }
}

fn names(certificate: &X509) -> Vec<String> {
    let Ok(Some((_, SubjectAltName(names)))) =
        certificate.tbs_certificate().get_extension::<SubjectAltName>()
    else {
        return Vec::new();
    };
    let name = |name: &GeneralName| match name {
        GeneralName::UniformResourceIdentifier(text)
        | GeneralName::Rfc822Name(text)
        | GeneralName::DnsName(text) => Some(text.as_str().to_owned()),
        _ => None,
    };
    names.iter().filter_map(name).take(MAX_NAMES).collect()
}

/// `.1` to `.6` are bare text; from `.8` on the value is a UTF8String in DER.
fn fulcio(certificate: &X509) -> Fulcio {
    let extension = |number: u8| {
        let id = ObjectIdentifier::new(&format!("{FULCIO}{number}")).ok()?;
        let all = certificate.tbs_certificate().extensions()?;
        all.iter().find(|extension| extension.extn_id == id).map(|extension| extension.extn_value.as_bytes())
    };
    let text = |number: u8| String::from_der(extension(number)?).ok().filter(|text| !text.is_empty());
    let bare = |number: u8| String::from_utf8(extension(number)?.to_vec()).ok();
    Fulcio {
        issuer: text(8).or_else(|| bare(1)),
        build_signer: text(9),
        source: text(12),
        source_digest: text(13),
        source_ref: text(14),
    }
}
