//! Who is known: the tokens and the keys of one reading of the file.

use std::io;
use std::path::Path;
use std::sync::Arc;

use oriel_time::ProcessingTime;

use super::jwt::{self, Key};
use super::token::Digest;
use oriel_runtime::faults::Faults;

use super::{Denied, Rights, file};

/// All tokens and keys; or none, and everybody may do everything.
#[derive(Debug)]
pub struct Keys(Option<Known>);

#[derive(Debug)]
struct Known {
    tokens: Vec<Token>,
    keys: Vec<Key>,
}

/// A token: its digest, and what it is for.
#[derive(Debug)]
pub(super) struct Token {
    pub(super) name: Arc<str>,
    pub(super) digest: Digest,
    pub(super) rights: Arc<Rights>,
}

/// What a connection was given when it came.
#[derive(Clone, Debug)]
pub struct Grant {
    rights: Arc<Rights>,
    name: Arc<str>,
    expires: Option<ProcessingTime>,
    by: By,
}

/// On what a grant stands.
#[derive(Clone, Debug)]
enum By {
    Nothing,
    Token(Digest),
    Key(Digest),
}

impl Grant {
    /// Nothing at all.
    pub(crate) fn none() -> Self {
        Grant { rights: Arc::default(), name: "".into(), expires: None, by: By::Nothing }
    }

    /// What it may do.
    pub fn rights(&self) -> &Arc<Rights> {
        &self.rights
    }

    /// The token's name, or a JSON web token's `sub`; for logs and the operators' page.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// When it ends by itself.
    pub fn expires(&self) -> Option<ProcessingTime> {
        self.expires
    }

    /// Whether there are no tokens, so that nothing will ever end it.
    pub fn is_open(&self) -> bool {
        matches!(self.by, By::Nothing)
    }
}

impl Keys {
    /// No tokens: everybody may do everything.
    pub fn open() -> Self {
        Keys(None)
    }

    /// Reads the text of a file of tokens; the files that it names are read by `read`.
    ///
    /// # Errors
    /// All that is wrong with the text and with those files.
    pub fn parse(text: &str, read: impl Fn(&Path) -> io::Result<Vec<u8>>) -> Result<Self, Faults> {
        file::parse(text, read)
    }

    pub(super) fn new(tokens: Vec<Token>, keys: Vec<Key>) -> Self {
        Keys(Some(Known { tokens, keys }))
    }

    /// Whether everybody may do everything.
    pub fn is_open(&self) -> bool {
        self.0.is_none()
    }

    /// How many tokens and keys there are.
    pub fn counts(&self) -> (usize, usize) {
        self.0.as_ref().map_or((0, 0), |known| (known.tokens.len(), known.keys.len()))
    }

    /// What the bringer of a token may do.
    pub fn admit(&self, token: Option<&str>, now: ProcessingTime) -> Result<Grant, Denied> {
        let Some(known) = &self.0 else { return Ok(open()) };
        let token = token.ok_or(Denied::Missing)?;
        if let Some(found) = known.token(&Digest::of(&[token.as_bytes()])) {
            let (rights, name) = (Arc::clone(&found.rights), Arc::clone(&found.name));
            return Ok(Grant { rights, name, expires: None, by: By::Token(found.digest) });
        }
        let said = jwt::judge(&known.keys, token, now)?;
        let name = said.subject.unwrap_or_else(|| "jwt".to_owned()).into();
        let (rights, by) = (Arc::new(said.rights), By::Key(said.mark));
        Ok(Grant { rights, name, expires: Some(said.expires), by })
    }

    /// Whether a grant of earlier keys would be given now, with the same rights.
    pub fn still(&self, grant: &Grant) -> bool {
        match (&self.0, &grant.by) {
            (None, By::Nothing) => true,
            (Some(known), By::Token(digest)) => {
                known.token(digest).is_some_and(|found| found.rights == grant.rights)
            }
            (Some(known), By::Key(mark)) => known.keys.iter().any(|key| key.mark().is(mark)),
            _ => false,
        }
    }
}

impl Known {
    /// Looks at every token, so that the time tells nothing of where it was found.
    fn token(&self, digest: &Digest) -> Option<&Token> {
        self.tokens
            .iter()
            .fold(None, |found, token| if token.digest.is(digest) { Some(token) } else { found })
    }
}

fn open() -> Grant {
    Grant { rights: Arc::new(Rights::everything()), name: "".into(), expires: None, by: By::Nothing }
}
