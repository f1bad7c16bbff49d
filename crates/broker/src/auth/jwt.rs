//! JSON web tokens: signed by others with a key that the file of tokens names.

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, VerificationAlgorithm,
};
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use oriel_protocol::pubsub::Pattern;
use oriel_time::ProcessingTime;
use serde::Deserialize;

use super::token::Digest;
use super::{Denied, Rights};

/// A secret is at least as long as what is made with it.
const SECRET_BYTES: usize = 32;

/// The ways to sign that are known here. `none` is none of them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Signature {
    /// A secret that both sides know.
    Hs256,
    /// RSA.
    Rs256,
    /// An elliptic curve, P-256.
    Es256,
}

impl Signature {
    pub(super) const ALL: [&str; 3] = ["HS256", "RS256", "ES256"];

    /// Whether the file holds a secret, not a public key.
    pub(super) fn is_secret(self) -> bool {
        self == Signature::Hs256
    }

    fn algorithm(self) -> Algorithm {
        match self {
            Signature::Hs256 => Algorithm::HS256,
            Signature::Rs256 => Algorithm::RS256,
            Signature::Es256 => Algorithm::ES256,
        }
    }
}

impl FromStr for Signature {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "HS256" => Ok(Signature::Hs256),
            "RS256" => Ok(Signature::Rs256),
            "ES256" => Ok(Signature::Es256),
            _ => Err(()),
        }
    }
}

/// A key that signs tokens, with the one way in which it does.
pub(super) struct Key {
    id: Option<String>,
    decoding: DecodingKey,
    validation: Validation,
    /// Tells the key from all others, its audience included.
    mark: Digest,
}

/// Why the contents of a file are no key.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub(super) enum KeyError {
    #[error("holds a key in PEM form, not a secret; with a public key the algorithm is RS256 or ES256")]
    NoSecret,
    #[error("holds a secret of less than {SECRET_BYTES} bytes, which can be guessed")]
    Short,
    #[error("holds a private key, which only the one who signs should have; give the public one")]
    Private,
    #[error("holds no RSA public key of 2048 to 8192 bits in PEM form")]
    NoRsa,
    #[error("holds no public key of the curve P-256 in PEM form")]
    NoCurve,
}

/// What a sound token says.
#[derive(Debug)]
pub(super) struct Said {
    pub(super) rights: Rights,
    pub(super) subject: Option<String>,
    pub(super) expires: ProcessingTime,
    /// The key's.
    pub(super) mark: Digest,
}

#[derive(Deserialize)]
struct Claims {
    exp: f64,
    nbf: Option<f64>,
    sub: Option<String>,
    #[serde(default)]
    publish: Vec<String>,
    #[serde(default)]
    subscribe: Vec<String>,
    #[serde(default)]
    admin: bool,
}

impl Key {
    /// A key from what its file holds. The line break that editors put at the end is no part
    /// of a secret.
    pub(super) fn new(
        signature: Signature,
        id: Option<String>,
        held: &[u8],
        audience: &str,
    ) -> Result<Self, KeyError> {
        let decoding = match signature {
            Signature::Hs256 => secret(held)?,
            Signature::Rs256 => public(DecodingKey::from_rsa_pem, held, &RSA_PKCS1_2048_8192_SHA256)
                .map_err(|private| if private { KeyError::Private } else { KeyError::NoRsa })?,
            Signature::Es256 => public(DecodingKey::from_ec_pem, held, &ECDSA_P256_SHA256_FIXED)
                .map_err(|private| if private { KeyError::Private } else { KeyError::NoCurve })?,
        };
        let algorithm = signature.algorithm();
        let mut validation = Validation::new(algorithm);
        validation.set_audience(&[audience]);
        validation.set_required_spec_claims(&["aud", "exp"]);
        // The time is an argument here; the library would ask a clock, and forgive a minute.
        validation.validate_exp = false;
        let name = format!("{algorithm:?}");
        let id_bytes = id.as_deref().unwrap_or_default().as_bytes();
        let mark = Digest::of(&[held, name.as_bytes(), id_bytes, audience.as_bytes()]);
        Ok(Key { id, decoding, validation, mark })
    }

    pub(super) fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    pub(super) fn mark(&self) -> &Digest {
        &self.mark
    }

    fn said(&self, token: &str, now: ProcessingTime) -> Result<Said, Denied> {
        let claims = decode::<Claims>(token, &self.decoding, &self.validation);
        let claims = claims.map_err(|error| match error.kind() {
            ErrorKind::InvalidAudience => Denied::Audience,
            ErrorKind::MissingRequiredClaim(name) if name == "aud" => Denied::Audience,
            ErrorKind::MissingRequiredClaim(_) | ErrorKind::Json(_) => Denied::Claims,
            _ => Denied::Unknown,
        })?;
        let claims = claims.claims;
        let expires = time(claims.exp);
        if expires <= now {
            return Err(Denied::Expired);
        }
        if claims.nbf.is_some_and(|nbf| time(nbf) > now) {
            return Err(Denied::Early);
        }
        let rights = Rights::new(patterns(&claims.publish)?, patterns(&claims.subscribe)?, claims.admin);
        Ok(Said { rights, subject: claims.sub, expires, mark: self.mark })
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key").field("id", &self.id).finish_non_exhaustive()
    }
}

/// Judges a token by the keys that may have signed it: those of its algorithm that have its
/// `kid`, or no id at all.
pub(super) fn judge(keys: &[Key], token: &str, now: ProcessingTime) -> Result<Said, Denied> {
    let header = decode_header(token).map_err(|_| Denied::Unknown)?;
    // What `crit` names has to be understood, and nothing of it is.
    if header.crit.is_some() {
        return Err(Denied::Unknown);
    }
    let may_have_signed = |key: &&Key| {
        let named = key.id.is_none() || key.id == header.kid;
        named && key.validation.algorithms.contains(&header.alg)
    };
    let mut denied = Denied::Unknown;
    for key in keys.iter().filter(may_have_signed) {
        match key.said(token, now) {
            Ok(said) => return Ok(said),
            Err(Denied::Unknown) => {}
            Err(why) => denied = why,
        }
    }
    Err(denied)
}

fn secret(held: &[u8]) -> Result<DecodingKey, KeyError> {
    if held.starts_with(b"-----BEGIN ") {
        return Err(KeyError::NoSecret);
    }
    let secret = held.strip_suffix(b"\n").unwrap_or(held);
    let secret = secret.strip_suffix(b"\r").unwrap_or(secret);
    if secret.len() < SECRET_BYTES { Err(KeyError::Short) } else { Ok(DecodingKey::from_secret(secret)) }
}

/// The public key, if it is one of the algorithm; else whether it is a private one.
fn public(
    read: fn(&[u8]) -> jsonwebtoken::errors::Result<DecodingKey>,
    held: &[u8],
    algorithm: &'static dyn VerificationAlgorithm,
) -> Result<DecodingKey, bool> {
    let private = b"PRIVATE KEY-----";
    if held.windows(private.len()).any(|window| window == private) {
        return Err(true);
    }
    let key = read(held).map_err(|_| false)?;
    let bytes = key.try_get_as_bytes().map_err(|_| false)?;
    ParsedPublicKey::new(algorithm, bytes).map_err(|_| false)?;
    Ok(key)
}

fn patterns(texts: &[String]) -> Result<Vec<Pattern>, Denied> {
    texts.iter().map(|text| text.parse().map_err(|_| Denied::Claims)).collect()
}

/// Seconds since 1970, as these tokens have it.
fn time(seconds: f64) -> ProcessingTime {
    ProcessingTime::from_millis((seconds * 1000.0) as i64)
}

#[cfg(test)]
mod tests;
