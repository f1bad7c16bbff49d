//! The guard before a router, and who has to leave.

use std::fs;
use std::net::Ipv4Addr;

use axum::body::Body;
use axum::http::{StatusCode, header};
use axum::middleware::from_fn_with_state;
use axum::routing::get;
use axum::{Extension, Router};
use jsonwebtoken::{EncodingKey, Header, encode};
use serde_json::json;
use tokio::time::timeout;
use tower::ServiceExt;

use super::*;
use crate::auth::token::Digest;

const SOON: Duration = Duration::from_secs(20);
const SECRET: &[u8] = b"0123456789abcdef0123456789abcdef";

/// A file of tokens that is gone when the test is.
struct Tokens(PathBuf);

impl Tokens {
    fn new(name: &str, text: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("oriel-auth-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder");
        fs::write(folder.join("secret"), SECRET).expect("written");
        let tokens = Tokens(folder.join("tokens.toml"));
        tokens.write(text);
        tokens
    }

    fn write(&self, text: &str) {
        fs::write(&self.0, text).expect("written");
    }
}

impl Drop for Tokens {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(self.0.parent().expect("a folder"));
    }
}

fn token(name: &str, rest: &str) -> String {
    format!("[[token]]\nname = '{name}'\nsha256 = '{}'\n{rest}\n", Digest::of(&[name.as_bytes()]))
}

const KEY: &str = "[[key]]\nalgorithm = 'HS256'\nsecret_file = 'secret'\naudience = 'oriel'\n";

fn jwt(exp: f64) -> String {
    let claims = json!({ "aud": "oriel", "exp": exp, "sub": "ann" });
    encode(&Header::default(), &claims, &EncodingKey::from_secret(SECRET)).expect("signed")
}

fn seconds() -> f64 {
    now().millis() as f64 / 1000.0
}

fn router(auth: &Auth) -> Router {
    let who = get(async |Extension(grant): Extension<Grant>| grant.name().to_owned());
    Router::new()
        .route("/admin/state", get(async || "all"))
        .layer(from_fn_with_state(auth.clone(), admin))
        .route("/", who)
        .layer(from_fn_with_state(auth.clone(), guard))
}

async fn ask(auth: &Auth, from: [u8; 4], path: &str, token: Option<&str>) -> (StatusCode, HeaderMap, String) {
    let mut request = Request::builder().uri(path);
    if let Some(token) = token {
        request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
    }
    let peer = Peer((Ipv4Addr::from(from), 1).into());
    let request = request.extension(peer).body(Body::empty()).expect("a request");
    let answer = router(auth).oneshot(request).await.expect("an answer");
    let (parts, body) = answer.into_parts();
    let body = axum::body::to_bytes(body, 1 << 20).await.expect("a body");
    (parts.status, parts.headers, String::from_utf8_lossy(&body).into_owned())
}

#[tokio::test]
async fn only_who_brings_a_token_comes_in_and_the_route_knows_who_it_is() {
    let tokens = Tokens::new("guard", &(token("viewer", "") + &token("chief", "admin = true")));
    let auth = Auth::load(&tokens.0).expect("loads");
    let (status, headers, body) = ask(&auth, [192, 0, 2, 1], "/", None).await;
    assert_eq!(
        (status, &headers[header::WWW_AUTHENTICATE]),
        (StatusCode::UNAUTHORIZED, &"Bearer".parse().expect("text"))
    );
    assert!(body.contains("Authorization: Bearer TOKEN"), "{body}");
    let (status, headers, body) = ask(&auth, [192, 0, 2, 1], "/", Some("guess")).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    assert_eq!(headers[header::WWW_AUTHENTICATE], "Bearer error=\"invalid_token\"");
    assert!(!body.contains("guess"), "{body}");
    assert_eq!(ask(&auth, [192, 0, 2, 1], "/", Some("viewer")).await.2, "viewer");
    assert_eq!(ask(&auth, [192, 0, 2, 1], "/?token=viewer", None).await.0, StatusCode::BAD_REQUEST);
    assert_eq!(ask(&auth, [192, 0, 2, 1], "/admin/state", None).await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(ask(&auth, [192, 0, 2, 1], "/admin/state", Some("viewer")).await.0, StatusCode::FORBIDDEN);
    assert_eq!(ask(&auth, [192, 0, 2, 1], "/admin/state", Some("chief")).await.2, "all");
    let metrics = Metrics::default();
    auth.export("x", &metrics);
    let text = metrics.encode();
    for (reason, count) in [("missing", 2), ("unknown", 1), ("url", 1), ("admin", 1)] {
        let line = format!("x_denied_requests_total{{reason=\"{reason}\"}} {count}\n");
        assert!(text.contains(&line), "{line} {text}");
    }
}

#[tokio::test]
async fn without_tokens_everybody_comes_in_and_does_everything() {
    let auth = Auth::open();
    assert_eq!(ask(&auth, [192, 0, 2, 1], "/admin/state", None).await.2, "all");
    assert_eq!(ask(&auth, [192, 0, 2, 1], "/", Some("any")).await.0, StatusCode::OK);
    auth.reload().expect("nothing to read");
}

#[tokio::test]
async fn who_guesses_is_slowed_and_nobody_else() {
    let tokens = Tokens::new("guess", &token("viewer", ""));
    let auth = Auth::load(&tokens.0).expect("loads");
    let mut slowed = None;
    for _ in 0..1000 {
        let (status, headers, _) = ask(&auth, [192, 0, 2, 1], "/", Some("guess")).await;
        if status == StatusCode::TOO_MANY_REQUESTS {
            slowed = Some(headers);
        }
    }
    let wait: u64 =
        slowed.expect("slowed")[header::RETRY_AFTER].to_str().expect("text").parse().expect("seconds");
    assert!((1..=2).contains(&wait), "{wait}");
    assert_eq!(ask(&auth, [192, 0, 2, 1], "/", Some("viewer")).await.0, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(ask(&auth, [192, 0, 2, 1], "/", None).await.0, StatusCode::UNAUTHORIZED, "no guess");
    assert_eq!(ask(&auth, [192, 0, 2, 2], "/", Some("viewer")).await.0, StatusCode::OK);
}

#[tokio::test]
async fn a_reload_lets_those_stay_whose_rights_are_unchanged() {
    let all = token("same", "subscribe = ['a']")
        + &token("less", "subscribe = ['a', 'b']")
        + &token("gone", "")
        + KEY;
    let tokens = Tokens::new("reload", &all);
    let auth = Auth::load(&tokens.0).expect("loads");
    let signed = jwt(seconds() + 1000.0);
    let grant = |token: &str| auth.current().admit(Some(token), now()).expect(token);
    let [same, less, gone, signed] = ["same", "less", "gone", &signed].map(grant);
    tokens.write("[[token]]\nname = 1\n");
    let faults = auth.reload().expect_err("faults").to_string();
    assert!(
        faults.contains("tokens.toml:1: `sha256` is missing") && faults.contains(":2: `name`"),
        "{faults}"
    );
    assert!(auth.current().still(&gone), "the old ones stay in use");
    let staying = async { tokio::join!(auth.lost(&same), auth.lost(&signed)) };
    let leaving = async { tokio::join!(auth.lost(&less), auth.lost(&gone)) };
    tokens.write(&(token("same", "subscribe = ['a']") + &token("less", "subscribe = ['a']") + KEY));
    let reload = async { auth.reload().expect("reloads") };
    tokio::select! {
        _ = staying => panic!("nothing of theirs has changed"),
        ((why, other), ()) = async { tokio::join!(leaving, reload) } => {
            assert_eq!((why, other), (Lost::Changed, Lost::Changed));
        }
    }
    tokens.write("");
    auth.reload().expect("reloads");
    assert_eq!(timeout(SOON, auth.lost(&signed)).await, Ok(Lost::Changed), "its key is gone");
}

#[tokio::test]
async fn a_signed_tokens_end_is_the_connections_end() {
    let tokens = Tokens::new("expiry", KEY);
    let auth = Auth::load(&tokens.0).expect("loads");
    let end = seconds() + 1.5;
    let grant = auth.current().admit(Some(&jwt(end)), now()).expect("sound");
    assert_eq!(timeout(SOON, auth.lost(&grant)).await, Ok(Lost::Expired));
    assert!(seconds() >= end - 0.001, "not before");
    assert_eq!(auth.current().admit(Some(&jwt(end)), now()).err(), Some(Denied::Expired));
}

#[tokio::test]
async fn a_file_that_is_not_there_is_named() {
    let faults = Auth::load(Path::new("/nowhere/tokens.toml")).expect_err("nowhere").to_string();
    assert!(faults.starts_with("/nowhere/tokens.toml: cannot read it: "), "{faults}");
}
