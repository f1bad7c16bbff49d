//! The keys of rows: one value, or a pair of them in one text.

use std::borrow::Cow;
use std::sync::Arc;

/// A key value; nothing where the record had none, and in views without keys. A pair is
/// one text, see [`pair`].
pub type Key = Option<Arc<str>>;

/// The key of all that found no room.
pub const OTHER: &str = "__other__";

/// The text of two values, different for every two. Those of equal first values are
/// ordered by the second.
///
/// ```
/// use oriel_snapshot::{pair, split};
/// let text = pair(Some("a-b"), Some("c"));
/// assert_ne!(text, pair(Some("a"), Some("b-c")));
/// assert_eq!(split(&text), (Some("a-b"), Some("c")));
/// assert_eq!(split(&pair(None, Some(""))), (None, Some("")));
/// ```
pub fn pair(per: Option<&str>, key: Option<&str>) -> String {
    let first = per.map_or(String::new(), |per| format!("{}:{per}", per.len()));
    // What is absent comes before all that is present.
    format!("{first}{}{}", if key.is_some() { '=' } else { '-' }, key.unwrap_or_default())
}

/// The two values of a [`pair`].
pub fn split(text: &str) -> (Option<&str>, Option<&str>) {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let length: Option<usize> = text.get(..digits).and_then(|digits| digits.parse().ok());
    let (per, rest) = match length {
        Some(length) => (text.get(digits + 1..digits + 1 + length), text.get(digits + 1 + length..)),
        None => (None, Some(text)),
    };
    let key = rest.unwrap_or_default();
    (per, key.strip_prefix('='))
}

/// The values of a key: of a pair both, else the second alone.
pub fn values(key: &Key, pairs: bool) -> (Option<&str>, Option<&str>) {
    match key.as_deref() {
        Some(text) if pairs => split(text),
        key => (None, key),
    }
}

/// A value that looks like [`OTHER`], written so that it is not taken for it.
pub fn escape(value: Cow<'_, str>) -> Cow<'_, str> {
    if value.ends_with(OTHER) && value.bytes().take(value.len() - OTHER.len()).all(|byte| byte == b'\\') {
        return format!("\\{value}").into();
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pair_comes_back() {
        let values = [None, Some(""), Some("-"), Some("="), Some("1:a"), Some("3:"), Some("äß"), Some("12")];
        let mut texts = std::collections::BTreeSet::new();
        for per in values {
            for key in values {
                let text = pair(per, key);
                assert_eq!(split(&text), (per, key), "{text:?}");
                assert!(texts.insert(text));
            }
        }
    }

    #[test]
    fn only_what_looks_like_the_rest_is_escaped() {
        for (value, escaped) in [
            ("__other__", "\\__other__"),
            ("\\__other__", "\\\\__other__"),
            ("x__other__", "x__other__"),
            ("", ""),
        ] {
            assert_eq!(escape(value.into()), escaped);
        }
    }
}
