//! JSON Pointers (RFC 6901), with `*` for every element of an array.

use std::str::FromStr;

/// One step of a pointer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Step {
    /// The member of that name; in an array, the element of that number.
    Key(Box<str>),
    /// Every element of an array.
    Each,
}

/// A checked pointer into a document.
///
/// ```
/// use oriel_record::Pointer;
/// assert!("/data/entities/urls/*/url".parse::<Pointer>()?.is_list());
/// assert!(!"/a~1b/0".parse::<Pointer>()?.is_list());
/// assert!("data/url".parse::<Pointer>().is_err());
/// # Ok::<(), oriel_record::PointerError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Pointer {
    pub(crate) steps: Vec<Step>,
}

/// Why a text is not a pointer.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum PointerError {
    /// A pointer that does not begin at the root.
    #[error("a path starts with `/`, as in /data/id")]
    NoSlash,
    /// A `~` that escapes nothing.
    #[error("`~` is written `~0`, and `/` inside a name `~1`")]
    Escape,
    /// More steps than a document may be deep.
    #[error("a path has at most {MAX_STEPS} steps")]
    Long,
}

/// The decoder follows documents to a depth of 254, so longer paths never match.
const MAX_STEPS: usize = 64;

impl Pointer {
    /// Whether it may point at more than one value.
    pub fn is_list(&self) -> bool {
        self.steps.contains(&Step::Each)
    }
}

impl FromStr for Pointer {
    type Err = PointerError;

    fn from_str(text: &str) -> Result<Self, PointerError> {
        let mut names = text.split('/');
        if names.next() != Some("") {
            return Err(PointerError::NoSlash);
        }
        let steps = names.map(step).collect::<Result<Vec<_>, _>>()?;
        if steps.len() > MAX_STEPS {
            return Err(PointerError::Long);
        }
        Ok(Pointer { steps })
    }
}

fn step(name: &str) -> Result<Step, PointerError> {
    if name == "*" {
        return Ok(Step::Each);
    }
    let mut parts = name.split('~');
    let mut key = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        match part.as_bytes().first() {
            Some(b'0') => key.push('~'),
            Some(b'1') => key.push('/'),
            _ => return Err(PointerError::Escape),
        }
        key.push_str(&part[1..]);
    }
    Ok(Step::Key(key.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[&str]) {
        let pointer: Pointer = text.parse().expect(text);
        let steps: Vec<&str> = pointer
            .steps
            .iter()
            .map(|step| match step {
                Step::Key(key) => &**key,
                Step::Each => "EACH",
            })
            .collect();
        assert_eq!(steps, expected, "{text}");
    }

    #[test]
    fn steps_and_escapes_are_read_as_the_rfc_says() {
        check("", &[]);
        check("/", &[""]);
        check("/a/b", &["a", "b"]);
        check("/a~1b/m~0n/~01", &["a/b", "m~n", "~1"]);
        check("/list/*/x", &["list", "EACH", "x"]);
        check("/*x/é", &["*x", "é"]);
    }

    #[test]
    fn what_is_no_pointer_is_refused() {
        assert_eq!("a/b".parse::<Pointer>(), Err(PointerError::NoSlash));
        assert_eq!("/a~".parse::<Pointer>(), Err(PointerError::Escape));
        assert_eq!("/a~2".parse::<Pointer>(), Err(PointerError::Escape));
        assert_eq!("/a~é".parse::<Pointer>(), Err(PointerError::Escape));
        assert_eq!("/a".repeat(65).parse::<Pointer>(), Err(PointerError::Long));
    }
}
