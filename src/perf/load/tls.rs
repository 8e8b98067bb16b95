//! Whom the generator trusts when it speaks TLS.

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_name};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};

/// Whose certificates are accepted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Trust {
    /// Those that this machine trusts.
    #[default]
    System,
    /// Those signed by one of these certificates (PEM), and no others.
    File(Vec<u8>),
    /// Any, without a look: for test servers only. Whoever answers is believed to be the server.
    Nothing,
}

/// Why TLS could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// No certificate is trusted, so that no server would be.
    #[error(
        "this machine has no trusted certificates{detail}: install the package ca-certificates, name a file of certificates, or set SSL_CERT_FILE"
    )]
    NoRoots {
        /// What the system said, with its mark before it; empty if it said nothing.
        detail: String,
    },
    /// The file has no certificate, or one that cannot be read.
    #[error("the file of trusted certificates is no PEM with certificates: {0}")]
    File(String),
    /// The library refused.
    #[error("cannot set up TLS: {0}")]
    Setup(#[from] rustls::Error),
}

/// A client's side of TLS 1.2 and 1.3, offering the protocols `alpn` (RFC 7301, such as `h2`) in this order.
///
/// Sessions are resumed where the server agrees, as browsers and other clients do, so that of many connections only the
/// first ones have a full handshake.
///
/// # Errors
/// When nothing would be trusted, or the file is no PEM.
pub fn client_config(trust: &Trust, alpn: &[&str]) -> Result<Arc<ClientConfig>, TlsError> {
    let provider = Arc::new(ring::default_provider());
    let builder =
        ClientConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions()?;
    let verifier: Arc<dyn ServerCertVerifier> = match trust {
        Trust::Nothing => Arc::new(Unseen(provider)),
        Trust::System => verifier(system()?, provider)?,
        Trust::File(pem) => {
            let (roots, named) = file(pem)?;
            Arc::new(Named { usual: verifier(roots, provider)?, named })
        }
    };
    // The name says "dangerous" for the one that looks at nothing; the other two are the library's own.
    let mut config = builder.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth();
    config.alpn_protocols = alpn.iter().map(|name| name.as_bytes().to_vec()).collect();
    Ok(Arc::new(config))
}

fn verifier(
    roots: RootCertStore,
    provider: Arc<CryptoProvider>,
) -> Result<Arc<dyn ServerCertVerifier>, TlsError> {
    let built = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider).build();
    Ok(built.map_err(|error| TlsError::File(error.to_string()))?)
}

fn system() -> Result<RootCertStore, TlsError> {
    let found = rustls_native_certs::load_native_certs();
    let mut roots = RootCertStore::empty();
    // Single certificates that cannot be read are usual on old systems; none at all is not.
    roots.add_parsable_certificates(found.certs);
    if roots.is_empty() {
        let detail = found.errors.first().map(|error| format!(" ({error})")).unwrap_or_default();
        return Err(TlsError::NoRoots { detail });
    }
    Ok(roots)
}

fn file(pem: &[u8]) -> Result<(RootCertStore, Vec<CertificateDer<'static>>), TlsError> {
    let (mut roots, mut named) = (RootCertStore::empty(), Vec::new());
    for certificate in CertificateDer::pem_slice_iter(pem) {
        let certificate = certificate.map_err(|error| TlsError::File(error.to_string()))?;
        roots.add(certificate.clone()).map_err(|error| TlsError::File(error.to_string()))?;
        named.push(certificate);
    }
    if roots.is_empty() {
        return Err(TlsError::File("it has no certificate".to_owned()));
    }
    Ok((roots, named))
}

/// Takes what the certificates of a file vouch for, and a server that shows one of these itself: what `openssl req -x509`
/// makes is signed by itself and marked as an authority, which RFC 5280 does not let a server be.
#[derive(Debug)]
struct Named {
    usual: Arc<dyn ServerCertVerifier>,
    named: Vec<CertificateDer<'static>>,
}

impl ServerCertVerifier for Named {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        match self.usual.verify_server_cert(certificate, intermediates, name, ocsp, now) {
            // Its time was looked at before its purpose; its name was not.
            Err(rustls::Error::InvalidCertificate(CertificateError::Other(_)))
                if self.named.iter().any(|named| named == certificate) =>
            {
                verify_server_name(&ParsedCertificate::try_from(certificate)?, name)?;
                Ok(ServerCertVerified::assertion())
            }
            other => other,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.usual.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.usual.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.usual.supported_verify_schemes()
    }
}

/// Takes any certificate; signatures of the handshake are still checked, so that both sides have the same keys.
#[derive(Debug)]
struct Unseen(Arc<CryptoProvider>);

impl ServerCertVerifier for Unseen {
    fn verify_server_cert(
        &self,
        _certificate: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
        _ocsp: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_without_certificates_are_refused() {
        for wrong in [b"".as_slice(), b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", b"x"]
        {
            assert!(matches!(client_config(&Trust::File(wrong.to_vec()), &[]), Err(TlsError::File(_))));
        }
    }

    #[test]
    fn a_server_may_show_a_certificate_of_the_file_itself_under_its_own_name() {
        use rcgen::{BasicConstraints, CertificateParams, IsCa, KeyPair};
        let made = |name: &str| {
            let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
            params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
            params.self_signed(&KeyPair::generate().unwrap()).unwrap()
        };
        let (shown, other) = (made("server.example"), made("server.example"));
        let verified = |pem: String, name: &str| {
            let (roots, named) = file(pem.as_bytes()).unwrap();
            let provider = Arc::new(ring::default_provider());
            let usual = verifier(roots, provider).unwrap();
            let name = ServerName::try_from(name.to_owned()).unwrap();
            let verifier = Named { usual, named };
            verifier.verify_server_cert(shown.der(), &[], &name, &[], UnixTime::now())
        };
        assert!(verified(shown.pem(), "server.example").is_ok());
        assert!(verified(shown.pem(), "other.example").is_err(), "its name is another");
        assert!(verified(other.pem(), "server.example").is_err(), "another of that name is in the file");
    }

    #[test]
    fn protocols_are_offered_in_order() {
        let config = client_config(&Trust::Nothing, &["h2", "http/1.1"]).unwrap();
        assert_eq!(config.alpn_protocols, [b"h2".to_vec(), b"http/1.1".to_vec()]);
    }
}
