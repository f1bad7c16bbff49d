//! What a client shows to be let in.

use std::fmt;
use std::path::{Path, PathBuf};

use tokio_tungstenite::tungstenite::http::HeaderValue;

/// A token, or the file that holds it. It is sent as `Authorization: Bearer` and nowhere
/// else: not in an address, not in a log; `Debug` hides it.
///
/// A file is read again for each connection, so that a token that runs out can be
/// replaced while the program runs.
///
/// ```
/// use oriel_client::Token;
/// let token = Token::new("s3cret").unwrap();
/// assert_eq!(format!("{token:?}"), "Token(..)");
/// assert!(Token::new("two words").is_err());
/// ```
#[derive(Clone)]
pub struct Token(Source);

#[derive(Clone)]
enum Source {
    Text(HeaderValue),
    File(PathBuf),
}

/// Why there is no token. It never repeats what was read.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// There is nothing.
    #[error("the token is empty")]
    Empty,
    /// There is something that no token has.
    #[error("a token is one word of visible ASCII characters")]
    Character,
    /// Its file cannot be read.
    #[error("cannot read the token in {}: {error}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why not.
        error: std::io::Error,
    },
    /// What is in its file is none.
    #[error("{}: {error}", path.display())]
    In {
        /// The file.
        path: PathBuf,
        /// Why not.
        error: Box<TokenError>,
    },
}

impl Token {
    /// The token itself.
    ///
    /// # Errors
    /// When it is none.
    pub fn new(text: &str) -> Result<Self, TokenError> {
        header(text).map(|header| Token(Source::Text(header)))
    }

    /// The token in a file, which is looked at now and read again later.
    ///
    /// # Errors
    /// When there is none in it.
    pub fn file(path: impl Into<PathBuf>) -> Result<Self, TokenError> {
        let path = path.into();
        from_file(&path, std::fs::read_to_string(&path))?;
        Ok(Token(Source::File(path)))
    }

    /// What a program was given: a file goes before the value of a variable, and an empty
    /// variable is none.
    ///
    /// # Errors
    /// When something was given that is no token.
    pub fn given(file: Option<&Path>, variable: Option<&str>) -> Result<Option<Self>, TokenError> {
        match (file, variable.filter(|text| !text.is_empty())) {
            (Some(path), _) => Token::file(path).map(Some),
            (None, Some(text)) => Token::new(text).map(Some),
            (None, None) => Ok(None),
        }
    }

    /// The value of the header `Authorization`.
    ///
    /// # Errors
    /// When the file holds none any more.
    pub async fn bearer(&self) -> Result<HeaderValue, TokenError> {
        match &self.0 {
            Source::Text(header) => Ok(header.clone()),
            Source::File(path) => from_file(path, tokio::fs::read_to_string(path).await),
        }
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Source::Text(_) => f.write_str("Token(..)"),
            Source::File(path) => write!(f, "Token(in {})", path.display()),
        }
    }
}

fn from_file(path: &Path, read: std::io::Result<String>) -> Result<HeaderValue, TokenError> {
    match read {
        Ok(text) => header(text.trim())
            .map_err(|error| TokenError::In { path: path.to_owned(), error: Box::new(error) }),
        Err(error) => Err(TokenError::File { path: path.to_owned(), error }),
    }
}

fn header(token: &str) -> Result<HeaderValue, TokenError> {
    if token.is_empty() {
        return Err(TokenError::Empty);
    }
    if !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(TokenError::Character);
    }
    let mut header = HeaderValue::try_from(["Bearer ", token].concat()).map_err(|_| TokenError::Character)?;
    header.set_sensitive(true);
    Ok(header)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str, text: &str) -> PathBuf {
        let path = std::env::temp_dir().join(format!("oriel-client-{}-{name}", std::process::id()));
        std::fs::write(&path, text).expect("written");
        path
    }

    #[test]
    fn nothing_repeats_a_token() {
        let token = Token::new("hush").expect("a token");
        assert!(!format!("{token:?}").contains("hush"));
        let error = Token::new("hush hush").expect_err("two words");
        assert!(!format!("{error} {error:?}").contains("hush"));
        let path = file("two-words", "hush hush\n");
        let error = Token::file(&path).expect_err("two words");
        assert!(!format!("{error} {error:?}").contains("hush"));
        assert!(error.to_string().contains("two-words"), "{error}");
    }

    #[tokio::test]
    async fn a_file_is_read_again() {
        let path = file("again", "one\n");
        let token = Token::file(&path).expect("a token");
        assert_eq!(token.bearer().await.expect("read"), "Bearer one");
        file("again", "two");
        let header = token.bearer().await.expect("read");
        assert_eq!(header, "Bearer two");
        assert!(header.is_sensitive());
        std::fs::remove_file(&path).expect("removed");
        assert!(token.bearer().await.is_err());
    }

    #[test]
    fn a_file_goes_before_a_variable() {
        let path = file("before", "one");
        let given = |file, variable| format!("{:?}", Token::given(file, variable).expect("sound"));
        assert!(given(Some(&*path), Some("two")).contains("before"));
        assert_eq!(given(None, Some("two")), "Some(Token(..))");
        assert_eq!(given(None, Some("")), "None");
        assert_eq!(given(None, None), "None");
        assert!(Token::given(Some(Path::new("/no/such/file")), Some("two")).is_err());
    }
}
