//! Whose certificates a client believes.

use std::fmt;
use std::sync::Arc;

use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

/// The certificate authorities that a client trusts, and what it speaks TLS with.
#[derive(Clone)]
pub struct Trust(Arc<ClientConfig>);

/// Why nobody can be trusted.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum TrustError {
    /// This machine has no authorities.
    #[error("no certificate authorities on this machine (SSL_CERT_FILE may name a file of them): {0}")]
    None(String),
    /// What was given is no certificate.
    #[error("no certificate authority: {0}")]
    Bad(String),
}

impl Trust {
    /// Those of this machine, or of the file that the variable `SSL_CERT_FILE` names.
    ///
    /// # Errors
    /// When there are none.
    pub fn system() -> Result<Self, TrustError> {
        let found = rustls_native_certs::load_native_certs();
        let mut roots = RootCertStore::empty();
        if roots.add_parsable_certificates(found.certs).0 == 0 {
            let faults: Vec<String> = found.errors.iter().map(ToString::to_string).collect();
            return Err(TrustError::None(faults.join("; ")));
        }
        Trust::roots(roots)
    }

    /// Only those in this text, in the PEM form.
    ///
    /// # Errors
    /// When there is none in it, or one is not sound.
    pub fn only(pem: &[u8]) -> Result<Self, TrustError> {
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(pem) {
            let certificate = certificate.map_err(|error| TrustError::Bad(error.to_string()))?;
            roots.add(certificate).map_err(|error| TrustError::Bad(error.to_string()))?;
        }
        if roots.is_empty() {
            return Err(TrustError::Bad("there is none in the file".to_owned()));
        }
        Trust::roots(roots)
    }

    /// The same for other connections to the same broker.
    pub fn config(&self) -> Arc<ClientConfig> {
        Arc::clone(&self.0)
    }

    fn roots(roots: RootCertStore) -> Result<Self, TrustError> {
        let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| TrustError::Bad(error.to_string()))?;
        Ok(Trust(Arc::new(config.with_root_certificates(roots).with_no_client_auth())))
    }
}

impl fmt::Debug for Trust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Trust(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_without_a_sound_certificate_is_refused() {
        let begin = "-----BEGIN CERTIFICATE-----\n";
        let end = "\n-----END CERTIFICATE-----\n";
        for text in ["", "hello", &format!("{begin}AAAA{end}"), &format!("{begin}?{end}")] {
            assert!(matches!(Trust::only(text.as_bytes()), Err(TrustError::Bad(_))), "{text}");
        }
    }
}
