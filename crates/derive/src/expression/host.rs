//! The host of a URL.

use std::borrow::Cow;

use url::Url;

/// The host that a URL names, in the form browsers give it: lower case, without user and
/// port, international names in ASCII. None where the text is no URL with a host.
pub(super) fn host(text: &str) -> Option<Cow<'_, str>> {
    if let Some(plain) = plain(text) {
        return Some(Cow::Borrowed(plain));
    }
    let url = Url::parse(text).ok()?;
    url.host_str().filter(|host| !host.is_empty()).map(|host| Cow::Owned(host.to_owned()))
}

/// The host where it stands in the text as it is: most URLs of the web are of this form,
/// and reading one in full takes longer than decoding its record.
fn plain(text: &str) -> Option<&str> {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"))?;
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let host = &rest[..end];
    let simple = |label: &str| {
        let letters = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        !label.is_empty() && label.bytes().all(letters) && !label.starts_with("xn--")
    };
    // A last label that begins with a digit may make the host a number: an IPv4 address.
    let is_name =
        host.rsplit('.').next().is_some_and(|last| last.starts_with(|c: char| c.is_ascii_lowercase()));
    (is_name && host.split('.').all(simple)).then_some(host)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What makes a URL easy or hard to read.
    const PIECES: [&str; 30] = [
        "http://",
        "https://",
        "HTTP://",
        "ftp://",
        "a",
        "example",
        "com",
        "B",
        "é",
        "xn--",
        "xn--bcher-kva",
        "-",
        "--",
        "_",
        ".",
        "..",
        "1",
        "127",
        "0x7f",
        ":",
        "80",
        "@",
        "/",
        "\\",
        "?",
        "#",
        "%41",
        "[::1]",
        " ",
        "\t",
    ];

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(5_000))]

        #[test]
        fn what_is_read_at_a_glance_is_what_is_read_in_full(
            scheme in prop::sample::select(&["http://", "https://", ""][..]),
            pieces in prop::collection::vec(prop::sample::select(&PIECES[..]), 0..8),
        ) {
            let text = format!("{scheme}{}", pieces.concat());
            let full = Url::parse(&text).ok().and_then(|url| url.host_str().map(str::to_owned));
            let full = full.filter(|host| !host.is_empty());
            prop_assert_eq!(host(&text).map(Cow::into_owned), full);
        }
    }

    #[test]
    fn most_are_read_at_a_glance() {
        assert_eq!(plain("https://www.example.com/a@b:1"), Some("www.example.com"));
        assert_eq!(plain("http://localhost"), Some("localhost"));
        assert_eq!(plain("http://example.com:80/"), None);
        assert_eq!(plain("http://127.0.0.1/"), None);
    }
}
