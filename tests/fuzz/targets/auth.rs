//! Any bytes as what decides who comes in: the file of tokens and the files of keys that it
//! names, the head of a request, and JSON web tokens, signed or not. Never a panic, and
//! nobody comes in without the one token or a signature. The first byte chooses.
#![no_main]

use std::io;
use std::path::Path;
use std::sync::OnceLock;

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
use http::{HeaderMap, HeaderValue, Uri, header};
use jsonwebtoken::crypto::sign;
use jsonwebtoken::{Algorithm, EncodingKey};
use libfuzzer_sys::fuzz_target;
use oriel_broker::auth::{Auth, Grant, Keys};
use oriel_protocol::pubsub::{Pattern, Topic};
use oriel_time::ProcessingTime;
use serde_json::Value;

/// The token, whose digest is in [`TOKENS`].
const TOKEN: &str = "the-one-token-that-is-known";

const TOKENS: &str = r#"
[[token]]
name = "one"
sha256 = "0458e2fd82e56e437a70ab38e34fb6d55740a566a3fbd7759d5d9386e23b27e4"
publish = ["ads.*"]
subscribe = [">"]

[[key]]
algorithm = "HS256"
id = "a"
secret_file = "secret"
audience = "oriel"

[[key]]
algorithm = "RS256"
public_key_file = "rsa.pem"
audience = "oriel"

[[key]]
algorithm = "ES256"
public_key_file = "ec.pem"
audience = "oriel"
"#;

const SECRET: &[u8] = b"a secret of more than 32 bytes, as it has to be";

/// 2017-05-01, in milliseconds.
const NOW: ProcessingTime = ProcessingTime::from_millis(1_493_619_720_000);

fuzz_target!(|data: &[u8]| {
    let Some((first, rest)) = data.split_first() else { return };
    let text = str::from_utf8(rest).unwrap_or_default();
    match first % 4 {
        0 => a_file(text),
        1 => a_request(rest),
        2 => a_token(text),
        _ => a_signed_token(rest),
    }
});

/// What follows a line of dashes is the file that the text names.
fn a_file(text: &str) {
    let (text, named) = text.split_once("\n---\n").unwrap_or((text, ""));
    match Keys::parse(text, |path| held(path, named.as_bytes())) {
        Ok(keys) => assert!(keys.admit(None, NOW).is_err(), "a file of tokens lets nobody in without one"),
        Err(faults) => assert!(!faults.to_string().is_empty()),
    }
}

fn held(path: &Path, otherwise: &[u8]) -> io::Result<Vec<u8>> {
    Ok(match path.to_str() {
        Some("secret") => SECRET.to_vec(),
        Some("rsa.pem") => include_bytes!("../keys/rsa.pem").to_vec(),
        Some("ec.pem") => include_bytes!("../keys/ec.pem").to_vec(),
        Some("none") => return Err(io::ErrorKind::NotFound.into()),
        _ => otherwise.to_vec(),
    })
}

fn keys() -> &'static Keys {
    static KEYS: OnceLock<Keys> = OnceLock::new();
    KEYS.get_or_init(|| Keys::parse(TOKENS, |path| held(path, b"")).expect("the file is sound"))
}

/// A URL, and behind line breaks any number of headers: those that begin with a space are
/// subprotocols, the others bring a token.
fn a_request(bytes: &[u8]) {
    static AUTH: OnceLock<Auth> = OnceLock::new();
    let auth = AUTH.get_or_init(|| {
        let (tokens, _) = TOKENS.split_once("[[key]]").expect("tokens, and then keys");
        let file = std::env::temp_dir().join(format!("oriel-fuzz-{}.toml", std::process::id()));
        std::fs::write(&file, tokens).expect("written");
        let auth = Auth::load(&file).expect("the file is sound");
        std::fs::remove_file(file).expect("removed");
        auth
    });
    let mut lines = bytes.split(|byte| *byte == b'\n');
    let Ok(uri) = Uri::try_from(lines.next().unwrap_or_default()) else { return };
    let mut headers = HeaderMap::new();
    for line in lines {
        let Ok(value) = HeaderValue::from_bytes(line) else { return };
        let protocol = line.starts_with(b" ");
        headers.append(if protocol { header::SEC_WEBSOCKET_PROTOCOL } else { header::AUTHORIZATION }, value);
    }
    if auth.admit(None, &uri, &headers).is_ok() {
        assert!(bytes.windows(TOKEN.len()).any(|part| part == TOKEN.as_bytes()), "in without the token");
    }
}

fn a_token(text: &str) {
    if keys().admit(Some(text), NOW).is_ok() {
        assert_eq!(text, TOKEN, "in without the token or a signature");
    }
}

/// A line with the head of a JSON web token, and what it claims, both signed.
fn a_signed_token(bytes: &[u8]) {
    let (head, claims) = bytes.split_at(bytes.iter().position(|byte| *byte == b'\n').unwrap_or(0));
    let claims = claims.strip_prefix(b"\n").unwrap_or(claims);
    let said = [head, claims].map(|part| BASE64_URL_SAFE_NO_PAD.encode(part)).join(".");
    let key = EncodingKey::from_secret(SECRET);
    let signature = sign(said.as_bytes(), &key, Algorithm::HS256).expect("signed");
    let Ok(grant) = keys().admit(Some(&format!("{said}.{signature}")), NOW) else { return };
    // What nobody asked for may be text that is none, as half a letter; it is not read here.
    let read = |part| serde_json::from_slice::<Value>(part).ok();
    assert!(read(head).is_none_or(|head| head["alg"] == "HS256"), "the key's one algorithm");
    if let Some(claims) = read(claims) {
        grants(&grant, &claims);
    }
}

/// What is granted is what is claimed, and has an end.
fn grants(grant: &Grant, claims: &Value) {
    assert!(grant.expires().is_some_and(|end| end > NOW), "{claims}");
    let topic: Topic = "ads.eu".parse().expect("a topic");
    let claimed = |list: &str| {
        let texts = claims[list].as_array().into_iter().flatten();
        texts.filter_map(|text| text.as_str()?.parse::<Pattern>().ok()).any(|pattern| pattern.matches(&topic))
    };
    let rights = grant.rights();
    assert_eq!(rights.may_publish(&topic), claimed("publish"), "{claims}");
    assert_eq!(rights.may_hear(&topic), claimed("subscribe"), "{claims}");
    assert_eq!(rights.is_admin(), claims["admin"] == true, "{claims}");
}
