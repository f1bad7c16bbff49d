//! Which tokens are taken, and which are not.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{EncodingKey, Header, encode};
use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384, PKCS_RSA_SHA256, SignatureAlgorithm};
use serde_json::{Value, json};

use super::*;

const SECRET: &[u8] = b"0123456789abcdef0123456789abcdef";
const NOW: ProcessingTime = ProcessingTime::from_millis(1_000_000);

fn hs256(id: Option<&str>, secret: &[u8], audience: &str) -> Key {
    Key::new(Signature::Hs256, id.map(str::to_owned), secret, audience).expect("a secret")
}

fn pair(algorithm: &'static SignatureAlgorithm) -> KeyPair {
    KeyPair::generate_for(algorithm).expect("made")
}

fn claims() -> Value {
    json!({ "aud": "oriel", "exp": 1001, "sub": "ann", "publish": ["in"], "subscribe": ["ads.>"] })
}

fn with(key: &str, value: Value) -> Value {
    let mut claims = claims();
    claims[key] = value;
    claims
}

fn without(key: &str) -> Value {
    let mut claims = claims();
    claims.as_object_mut().expect("an object").remove(key);
    claims
}

fn signed(header: &Header, claims: &Value, key: &EncodingKey) -> String {
    encode(header, claims, key).expect("signed")
}

/// Signed with the secret, without an id.
fn hs(claims: &Value) -> String {
    signed(&Header::new(Algorithm::HS256), claims, &EncodingKey::from_secret(SECRET))
}

fn denied(keys: &[Key], token: &str) -> Option<Denied> {
    judge(keys, token, NOW).err()
}

#[test]
fn a_signed_token_carries_its_rights_and_its_end() {
    let keys = [hs256(None, SECRET, "oriel")];
    let said = judge(&keys, &hs(&claims()), NOW).expect("sound");
    let rights =
        Rights::new(patterns(&["in".into()]).expect("one"), patterns(&["ads.>".into()]).expect("one"), false);
    assert_eq!((said.rights, said.subject.as_deref()), (rights, Some("ann")));
    assert_eq!(said.expires, ProcessingTime::from_millis(1_001_000));
    assert!(said.mark.is(keys[0].mark()));
    let said = judge(&keys, &hs(&json!({ "aud": ["x", "oriel"], "exp": 1000.5, "admin": true })), NOW);
    let said = said.expect("sound");
    assert_eq!(said.rights, Rights::new(vec![], vec![], true), "no pattern, no right");
    assert_eq!(said.expires, ProcessingTime::from_millis(1_000_500));
}

#[test]
fn every_algorithm_is_taken_with_its_own_key() {
    let rsa = pair(&PKCS_RSA_SHA256);
    let curve = pair(&PKCS_ECDSA_P256_SHA256);
    let key = |signature, pair: &KeyPair| {
        [Key::new(signature, None, pair.public_key_pem().as_bytes(), "oriel").expect("a public key")]
    };
    let (rs256, es256) = (key(Signature::Rs256, &rsa), key(Signature::Es256, &curve));
    let private = EncodingKey::from_rsa_pem(rsa.serialize_pem().as_bytes()).expect("a private key");
    let rs = signed(&Header::new(Algorithm::RS256), &claims(), &private);
    let other = signed(&Header::new(Algorithm::RS512), &claims(), &private);
    let private = EncodingKey::from_ec_pem(curve.serialize_pem().as_bytes()).expect("a private key");
    let es = signed(&Header::new(Algorithm::ES256), &claims(), &private);
    assert_eq!((denied(&rs256, &rs), denied(&es256, &es)), (None, None));
    assert_eq!(denied(&rs256, &other), Some(Denied::Unknown), "a key has one algorithm");
    assert_eq!((denied(&es256, &rs), denied(&rs256, &es)), (Some(Denied::Unknown), Some(Denied::Unknown)));
}

#[test]
fn a_public_key_does_not_pass_for_a_secret() {
    let public = pair(&PKCS_ECDSA_P256_SHA256).public_key_pem();
    let keys = [Key::new(Signature::Es256, None, public.as_bytes(), "oriel").expect("a public key")];
    let forged =
        signed(&Header::new(Algorithm::HS256), &claims(), &EncodingKey::from_secret(public.as_bytes()));
    assert_eq!(denied(&keys, &forged), Some(Denied::Unknown));
}

#[test]
fn a_token_that_is_not_signed_or_was_changed_is_not_known() {
    let keys = [hs256(None, SECRET, "oriel")];
    let sound = hs(&claims());
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let (head, rest) = sound.split_once('.').expect("three parts");
    let (body, signature) = rest.split_once('.').expect("three parts");
    let none = |alg: &str| format!("{}.{body}.", part(&json!({ "alg": alg, "typ": "JWT" })));
    let changed = format!("{head}.{}.{signature}", part(&with("admin", json!(true))));
    let other = signed(&Header::new(Algorithm::HS256), &claims(), &EncodingKey::from_secret(b"another"));
    for token in [
        none("none"),
        none("None"),
        none("HS256"),
        changed,
        other,
        format!("{head}.{body}"),
        format!("{sound}."),
        format!("{sound}x"),
        String::new(),
        "..".to_owned(),
        "a.b.c".to_owned(),
    ] {
        assert_eq!(denied(&keys, &token), Some(Denied::Unknown), "{token}");
    }
    assert_eq!(denied(&[], &sound), Some(Denied::Unknown));
}

#[test]
fn what_a_token_says_is_checked() {
    let keys = [hs256(None, SECRET, "oriel")];
    for (claims, expected) in [
        (with("exp", json!(1000)), Denied::Expired),
        (with("exp", json!(-5.0)), Denied::Claims),
        (with("exp", json!("1001")), Denied::Claims),
        (without("exp"), Denied::Claims),
        (with("nbf", json!(1000.5)), Denied::Early),
        (with("aud", json!("other")), Denied::Audience),
        (with("aud", json!([])), Denied::Audience),
        (without("aud"), Denied::Audience),
        (with("publish", json!("in")), Denied::Claims),
        (with("subscribe", json!(["a.>.b"])), Denied::Claims),
        (with("admin", json!("true")), Denied::Claims),
        (json!([]), Denied::Claims),
    ] {
        assert_eq!(denied(&keys, &hs(&claims)), Some(expected), "{claims}");
    }
    assert_eq!(denied(&keys, &hs(&with("nbf", json!(1000)))), None);
    assert_eq!(denied(&keys, &hs(&with("exp", json!(1e300)))), Some(Denied::Claims));
}

#[test]
fn a_header_that_has_to_be_understood_is_not() {
    let mut header = Header::new(Algorithm::HS256);
    header.crit = Some(vec!["exp".to_owned()]);
    let token = signed(&header, &claims(), &EncodingKey::from_secret(SECRET));
    assert_eq!(denied(&[hs256(None, SECRET, "oriel")], &token), Some(Denied::Unknown));
}

#[test]
fn the_kid_chooses_among_keys_with_ids() {
    let named = |kid: Option<&str>, secret: &[u8]| {
        let mut header = Header::new(Algorithm::HS256);
        header.kid = kid.map(str::to_owned);
        signed(&header, &claims(), &EncodingKey::from_secret(secret))
    };
    let other = b"another-secret-of-32-bytes-......";
    let keys = [hs256(Some("a"), SECRET, "oriel"), hs256(Some("b"), other, "oriel")];
    assert_eq!(denied(&keys, &named(Some("a"), SECRET)), None);
    assert_eq!(denied(&keys, &named(Some("b"), other)), None);
    for token in [named(Some("b"), SECRET), named(None, SECRET), named(Some("c"), other)] {
        assert_eq!(denied(&keys, &token), Some(Denied::Unknown));
    }
    let keys = [hs256(None, SECRET, "else"), hs256(None, SECRET, "oriel")];
    assert_eq!(denied(&keys, &named(Some("z"), SECRET)), None, "a key without an id takes every kid");
    assert_eq!(denied(&keys[..1], &named(None, SECRET)), Some(Denied::Audience));
}

#[test]
fn a_file_that_holds_another_thing_is_no_key() {
    let error = |signature, held: &str| Key::new(signature, None, held.as_bytes(), "a").err();
    let curve = pair(&PKCS_ECDSA_P256_SHA256);
    let large = pair(&PKCS_ECDSA_P384_SHA384).public_key_pem();
    let (public, private) = (curve.public_key_pem(), curve.serialize_pem());
    assert_eq!(error(Signature::Hs256, &public), Some(KeyError::NoSecret));
    assert_eq!(error(Signature::Hs256, "0123456789012345678901234567890\r\n"), Some(KeyError::Short));
    assert_eq!(error(Signature::Es256, &private), Some(KeyError::Private));
    assert_eq!(error(Signature::Rs256, &private), Some(KeyError::Private));
    assert_eq!(error(Signature::Rs256, &public), Some(KeyError::NoRsa));
    assert_eq!(error(Signature::Es256, &large), Some(KeyError::NoCurve));
    assert_eq!(error(Signature::Es256, ""), Some(KeyError::NoCurve));
    assert_eq!(error(Signature::Es256, &public), None);
}

#[test]
fn the_line_break_at_its_end_is_no_part_of_a_secret() {
    let token = hs(&claims());
    for end in ["\n", "\r\n"] {
        let held = [SECRET, end.as_bytes()].concat();
        assert_eq!(denied(&[hs256(None, &held, "oriel")], &token), None, "{end:?}");
    }
}

#[test]
fn nothing_of_a_key_is_shown() {
    let shown = format!("{:?}", hs256(Some("a"), SECRET, "oriel"));
    assert_eq!(shown, r#"Key { id: Some("a"), .. }"#);
}
