//! The token that a request brings.

use axum::http::{HeaderMap, HeaderName, HeaderValue, Uri, header};

use super::Denied;

/// The subprotocol that a browser's WebSocket offers beside its token and that is answered.
const SUBPROTOCOL: &str = "oriel";

/// What the other subprotocol begins with.
const BEARER: &str = "bearer.";

/// Names of query parameters by which people try to send a token.
const IN_URL: [&str; 9] =
    ["token", "access_token", "auth_token", "id_token", "bearer", "auth", "authorization", "jwt", "api_key"];

/// The token, from the header or from a WebSocket's subprotocols; none if there is none.
pub(super) fn read<'r>(uri: &Uri, headers: &'r HeaderMap) -> Result<Option<&'r str>, Denied> {
    if uri.query().is_some_and(has_token) {
        return Err(Denied::Url);
    }
    match (in_header(headers)?, in_subprotocols(headers)?) {
        (Some(_), Some(_)) => Err(Denied::Malformed),
        (header, subprotocol) => Ok(header.or(subprotocol)),
    }
}

/// What a WebSocket's answer says of the subprotocols that were offered.
pub(crate) fn subprotocol(headers: &HeaderMap) -> Option<HeaderValue> {
    offered(headers).any(|name| name == SUBPROTOCOL).then(|| HeaderValue::from_static(SUBPROTOCOL))
}

fn has_token(query: &str) -> bool {
    let names = query.split('&').map(|pair| pair.split('=').next().unwrap_or_default());
    let mut names = names.map(|name| name.replace('-', "_"));
    names.any(|name| IN_URL.iter().any(|token| name.eq_ignore_ascii_case(token)))
}

fn in_header(headers: &HeaderMap) -> Result<Option<&str>, Denied> {
    let Some(text) = single(headers, header::AUTHORIZATION)? else { return Ok(None) };
    let (scheme, token) = text.split_once(' ').ok_or(Denied::Malformed)?;
    if scheme.eq_ignore_ascii_case("bearer") { sound(token.trim()).map(Some) } else { Err(Denied::Malformed) }
}

fn in_subprotocols(headers: &HeaderMap) -> Result<Option<&str>, Denied> {
    let mut tokens = offered(headers).filter_map(|name| name.strip_prefix(BEARER));
    match (tokens.next(), tokens.next()) {
        (None, _) => Ok(None),
        // Without it there is nothing to answer but the token, and a browser wants an answer.
        (Some(token), None) if subprotocol(headers).is_some() => sound(token).map(Some),
        _ => Err(Denied::Malformed),
    }
}

fn offered(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    let values = headers.get_all(header::SEC_WEBSOCKET_PROTOCOL).into_iter();
    values.filter_map(|value| value.to_str().ok()).flat_map(|text| text.split(',')).map(str::trim)
}

fn single(headers: &HeaderMap, name: HeaderName) -> Result<Option<&str>, Denied> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => value.to_str().map(Some).map_err(|_| Denied::Malformed),
        (Some(_), Some(_)) => Err(Denied::Malformed),
    }
}

fn sound(token: &str) -> Result<&str, Denied> {
    let visible = !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic());
    if visible { Ok(token) } else { Err(Denied::Malformed) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(uri: &str, headers: &[(HeaderName, &str)], expected: Result<Option<&str>, Denied>) {
        let pairs = headers.iter().map(|(name, value)| (name.clone(), value.parse().expect(value)));
        let mut map = HeaderMap::new();
        pairs.for_each(|(name, value): (_, HeaderValue)| {
            map.append(name, value);
        });
        assert_eq!(read(&uri.parse().expect(uri), &map), expected, "{uri} {headers:?}");
    }

    #[test]
    fn a_token_comes_in_the_header_or_as_a_subprotocol() {
        use header::{AUTHORIZATION as A, SEC_WEBSOCKET_PROTOCOL as S};
        check("/", &[], Ok(None));
        check("/", &[(A, "Bearer t.o-k_n")], Ok(Some("t.o-k_n")));
        check("/", &[(A, "bearer  t")], Ok(Some("t")));
        check("/", &[(S, "oriel, bearer.t")], Ok(Some("t")));
        check("/", &[(S, "bearer.t,oriel")], Ok(Some("t")));
        check("/", &[(S, "oriel"), (S, "bearer.a.b.c")], Ok(Some("a.b.c")));
        check("/", &[(S, "oriel, other")], Ok(None));
        for headers in [
            &[(A, "Basic dTpw")][..],
            &[(A, "t")],
            &[(A, "Bearer ")],
            &[(A, "Bearer a b")],
            &[(A, "Bearer a"), (A, "Bearer a")],
            &[(A, "Bearer a"), (S, "oriel, bearer.a")],
            &[(S, "bearer.t")],
            &[(S, "oriel, bearer.")],
            &[(S, "oriel, bearer.a, bearer.b")],
        ] {
            check("/", headers, Err(Denied::Malformed));
        }
    }

    #[test]
    fn a_token_in_the_url_is_refused_whatever_else_there_is() {
        for query in ["token=t", "a=1&access_token=t", "Bearer=t", "auth", "API-Key=t", "jwt="] {
            check(&format!("/x?{query}"), &[], Err(Denied::Url));
            check(&format!("/x?{query}"), &[(header::AUTHORIZATION, "Bearer t")], Err(Denied::Url));
        }
        check("/token/x?topic=token&tokens=1&laterThan=1", &[], Ok(None));
    }

    #[test]
    fn the_token_is_never_answered() {
        let offer = |text: &str| {
            let mut map = HeaderMap::new();
            map.insert(header::SEC_WEBSOCKET_PROTOCOL, text.parse().expect(text));
            subprotocol(&map)
        };
        assert_eq!(offer("bearer.t, oriel"), Some(HeaderValue::from_static("oriel")));
        assert_eq!(offer("bearer.t"), None);
        assert_eq!(offer("orielx, other"), None);
    }
}
