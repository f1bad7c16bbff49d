//! Tokens: what is known of them, and new ones.

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::{constant_time, digest, error::Unspecified, rand};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Bytes of a new token: nobody guesses 256 bits.
const BYTES: usize = 32;

/// The SHA-256 of a token: it tells the token from all others, and nothing about it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Digest([u8; digest::SHA256_OUTPUT_LEN]);

impl Digest {
    /// Of all the parts, each told from the next.
    pub(super) fn of(parts: &[&[u8]]) -> Self {
        let mut context = digest::Context::new(&digest::SHA256);
        for (place, part) in parts.iter().enumerate() {
            if place > 0 {
                context.update(&(part.len() as u64).to_be_bytes());
            }
            context.update(part);
        }
        let mut bytes = [0; digest::SHA256_OUTPUT_LEN];
        bytes.copy_from_slice(context.finish().as_ref());
        Digest(bytes)
    }

    /// Whether they are the same, in a time that does not tell how far they are.
    pub(super) fn is(&self, other: &Digest) -> bool {
        constant_time::verify_slices_are_equal(&self.0, &other.0).is_ok()
    }
}

/// A text is no digest.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct NoDigest;

impl FromStr for Digest {
    type Err = NoDigest;

    fn from_str(text: &str) -> Result<Self, NoDigest> {
        let mut bytes = [0; digest::SHA256_OUTPUT_LEN];
        let digits = text.as_bytes();
        if digits.len() != 2 * bytes.len() || !digits.iter().all(u8::is_ascii_hexdigit) {
            return Err(NoDigest);
        }
        for (byte, at) in bytes.iter_mut().zip((0..).step_by(2)) {
            *byte = u8::from_str_radix(&text[at..at + 2], 16).map_err(|_| NoDigest)?;
        }
        Ok(Digest(bytes))
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Digest")
    }
}

/// A new token, and what goes into the file of tokens: for people to read.
pub struct Fresh {
    token: String,
    digest: Digest,
}

/// Makes a token by chance.
///
/// # Errors
/// The system has no randomness to give.
pub fn fresh() -> Result<Fresh, NoChance> {
    let mut bytes = [0; BYTES];
    rand::fill(&mut bytes).map_err(|Unspecified| NoChance)?;
    let token = URL_SAFE_NO_PAD.encode(bytes);
    let digest = Digest::of(&[token.as_bytes()]);
    Ok(Fresh { token, digest })
}

/// There is no randomness.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the system has no random numbers to give")]
pub struct NoChance;

impl fmt::Display for Fresh {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Fresh { token, digest } = self;
        write!(
            f,
            "The token, for the one who connects; it is not kept anywhere:\n\n\
             {token}\n\n\
             For the file of --tokens; give it a name and the topics that are its own:\n\n\
             [[token]]\n\
             name = \"viewer\"\n\
             sha256 = \"{digest}\"\n\
             publish = []\n\
             subscribe = [\">\"]\n"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What `printf abc | sha256sum` says.
    const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    #[test]
    fn a_digest_is_that_of_sha256sum_in_either_case() {
        let digest = Digest::of(&[b"abc"]);
        assert_eq!(digest.to_string(), ABC);
        for text in [ABC.to_owned(), ABC.to_uppercase()] {
            assert!(text.parse::<Digest>().expect("a digest").is(&digest));
        }
        let other = Digest::of(&[b"abd"]);
        assert!(!other.is(&digest));
    }

    #[test]
    fn what_is_not_64_hexadecimal_digits_is_no_digest() {
        let short = &ABC[1..];
        for text in ["", short, &format!("{ABC}0"), &format!("+{short}"), &format!("ü{}", &ABC[2..])] {
            assert_eq!(text.parse::<Digest>(), Err(NoDigest), "{text}");
        }
    }

    #[test]
    fn parts_are_told_apart() {
        assert!(!Digest::of(&[b"ab", b"c"]).is(&Digest::of(&[b"a", b"bc"])));
        assert!(!Digest::of(&[b"a", b"", b"b"]).is(&Digest::of(&[b"a", b"b", b""])));
    }

    #[test]
    fn a_fresh_token_has_256_bits_and_is_shown_with_its_line() {
        let (one, other) = (fresh().expect("chance"), fresh().expect("chance"));
        assert_ne!(one.token, other.token);
        assert_eq!(URL_SAFE_NO_PAD.decode(&one.token).expect("base64url").len(), 32);
        let shown = one.to_string();
        assert!(shown.contains(&one.token));
        assert!(shown.contains(&format!("sha256 = \"{}\"", Digest::of(&[one.token.as_bytes()]))));
    }

    #[test]
    fn a_digest_is_not_shown_by_accident() {
        assert_eq!(format!("{:?}", Digest::of(&[b"abc"])), "Digest");
    }
}
