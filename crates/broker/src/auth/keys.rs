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
pub struct Keys(Who);

#[derive(Debug)]
enum Who {
    Everybody(Grant),
    Known { tokens: Vec<Token>, keys: Vec<Key> },
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
        let rights = Arc::new(Rights::everything());
        Keys(Who::Everybody(Grant { rights, ..Grant::none() }))
    }

    /// Reads the text of a file of tokens; the files that it names are read by `read`.
    ///
    /// # Errors
    /// All that is wrong with the text and with those files.
    pub fn parse(text: &str, read: impl Fn(&Path) -> io::Result<Vec<u8>>) -> Result<Self, Faults> {
        file::parse(text, read)
    }

    pub(super) fn new(tokens: Vec<Token>, keys: Vec<Key>) -> Self {
        Keys(Who::Known { tokens, keys })
    }

    /// Whether everybody may do everything.
    pub fn is_open(&self) -> bool {
        matches!(self.0, Who::Everybody(_))
    }

    /// How many tokens and keys there are.
    pub fn counts(&self) -> (usize, usize) {
        match &self.0 {
            Who::Everybody(_) => (0, 0),
            Who::Known { tokens, keys } => (tokens.len(), keys.len()),
        }
    }

    /// What the bringer of a token may do.
    pub fn admit(&self, token: Option<&str>, now: ProcessingTime) -> Result<Grant, Denied> {
        let (tokens, keys) = match &self.0 {
            Who::Everybody(grant) => return Ok(grant.clone()),
            Who::Known { tokens, keys } => (tokens, keys),
        };
        let token = token.ok_or(Denied::Missing)?;
        if let Some(found) = find(tokens, &Digest::of(&[token.as_bytes()])) {
            let (rights, name) = (Arc::clone(&found.rights), Arc::clone(&found.name));
            return Ok(Grant { rights, name, expires: None, by: By::Token(found.digest) });
        }
        let said = jwt::judge(keys, token, now)?;
        let name = said.subject.unwrap_or_else(|| "jwt".to_owned()).into();
        let (rights, by) = (Arc::new(said.rights), By::Key(said.mark));
        Ok(Grant { rights, name, expires: Some(said.expires), by })
    }

    /// Whether a grant of earlier keys would be given now, with the same rights.
    pub fn still(&self, grant: &Grant) -> bool {
        match (&self.0, &grant.by) {
            (Who::Everybody(_), By::Nothing) => true,
            (Who::Known { tokens, .. }, By::Token(digest)) => {
                find(tokens, digest).is_some_and(|found| found.rights == grant.rights)
            }
            (Who::Known { keys, .. }, By::Key(mark)) => keys.iter().any(|key| key.mark().is(mark)),
            _ => false,
        }
    }
}

/// Looks at every token, so that the time tells nothing of where it was found.
fn find<'t>(tokens: &'t [Token], digest: &Digest) -> Option<&'t Token> {
    tokens.iter().fold(None, |found, token| if token.digest.is(digest) { Some(token) } else { found })
}
