//! The file of tokens: a text to [`Keys`], or all its faults.
//!
//! ```toml
//! [[token]]
//! name = "dashboard"          # for logs
//! sha256 = "<64 digits>"      # of the token, which stands nowhere; see `oriel-broker token`
//! publish = ["ads.in"]        # patterns; none if left out
//! subscribe = ["ads.>"]
//! admin = false               # may see metrics and the admin page
//!
//! [[key]]                     # signs JSON web tokens
//! algorithm = "ES256"         # or RS256; HS256 with `secret_file`
//! id = "2024"                 # the `kid`, if there is one
//! public_key_file = "issuer.pem"
//! audience = "oriel"
//! ```

use std::io;
use std::path::Path;
use std::sync::Arc;

use oriel_protocol::pubsub::Pattern;
use oriel_runtime::faults::{Faults, Report};
use toml::de::DeTable;

use super::jwt::{Key, Signature};
use super::keys::Token;
use super::table::{Found, Table};
use super::token::Digest;
use super::{Keys, Rights};

/// Reads the text; the files that it names are read by `read`.
pub(super) fn parse(text: &str, read: impl Fn(&Path) -> io::Result<Vec<u8>>) -> Result<Keys, Faults> {
    let mut report = Report::new(text);
    let (tree, errors) = DeTable::parse_recoverable(text);
    errors.iter().for_each(|error| report.syntax(error.message(), error.span()));
    let mut root = Table::root(&tree);
    let mut tokens: Vec<Token> = Vec::new();
    for mut table in root.tables("token", "[[token]]", &mut report) {
        let token = token(&mut table, &tokens, &mut report);
        table.finish(&mut report);
        tokens.extend(token);
    }
    let mut keys: Vec<Key> = Vec::new();
    for mut table in root.tables("key", "[[key]]", &mut report) {
        let key = key(&mut table, &keys, &read, &mut report);
        table.finish(&mut report);
        keys.extend(key);
    }
    root.finish(&mut report);
    report.finish(Some(Keys::new(tokens, keys)))
}

fn token(table: &mut Table<'_>, before: &[Token], report: &mut Report<'_>) -> Option<Token> {
    let name = table.require("name", report);
    let name = name.and_then(|found| match before.iter().any(|token| *token.name == *found.value) {
        true => report.fault(format!("`name` {:?} is another token's too", found.value), found.at),
        false => Some(Arc::from(found.value)),
    });
    let digest = table.require("sha256", report);
    let digest = digest.and_then(|found| digest_of(&found, before, report));
    let publish = patterns("publish", table, report);
    let subscribe = patterns("subscribe", table, report);
    let rights = Arc::new(Rights::new(publish, subscribe, table.flag("admin", report)));
    Some(Token { name: name?, digest: digest?, rights })
}

fn digest_of(found: &Found<&str>, before: &[Token], report: &mut Report<'_>) -> Option<Digest> {
    let Ok(digest) = found.value.parse::<Digest>() else {
        let says =
            "`sha256` is not the SHA-256 of a token, 64 digits of 0-9 and a-f; see `oriel-broker token`";
        return report.fault(says.to_owned(), found.at.clone());
    };
    match before.iter().find(|token| token.digest.is(&digest)) {
        Some(token) => report.fault(format!("`sha256` is that of {:?} too", token.name), found.at.clone()),
        None => Some(digest),
    }
}

fn patterns(key: &'static str, table: &mut Table<'_>, report: &mut Report<'_>) -> Vec<Pattern> {
    let texts = table.texts(key, report);
    let pattern = |found: Found<&str>| match found.value.parse() {
        Ok(pattern) => Some(pattern),
        Err(error) => report.fault(format!("`{key}` {:?}: {error}", found.value), found.at),
    };
    texts.into_iter().filter_map(pattern).collect()
}

fn key(
    table: &mut Table<'_>,
    before: &[Key],
    read: impl Fn(&Path) -> io::Result<Vec<u8>>,
    report: &mut Report<'_>,
) -> Option<Key> {
    let signature = table.require("algorithm", report);
    let signature = signature.and_then(|found| match found.value.parse::<Signature>() {
        Ok(signature) => Some(signature),
        Err(()) => {
            let allowed = Signature::ALL.join(", ");
            report.fault(format!("`algorithm` {:?}; allowed: {allowed}", found.value), found.at)
        }
    });
    let id = table.text("id", report);
    if let Some(id) = &id
        && before.iter().any(|key| key.id() == Some(id.value))
    {
        report.fault::<()>(format!("`id` {:?} is another key's too", id.value), id.at.clone());
    }
    let audience = table.require("audience", report);
    let (secret, public) = (table.text("secret_file", report), table.text("public_key_file", report));
    let signature = signature?;
    let (file, other, name, wrong) = match signature.is_secret() {
        true => (secret, public, "secret_file", "public_key_file"),
        false => (public, secret, "public_key_file", "secret_file"),
    };
    if let Some(other) = other {
        report.fault::<()>(format!("`{wrong}` is not for this algorithm, which has `{name}`"), other.at);
    }
    let Some(file) = file else {
        return report.missing(format!("`{name}` is missing in [[key]]"), table.at());
    };
    let held = match read(Path::new(file.value)) {
        Ok(held) => held,
        Err(error) => return report.fault(format!("cannot read {}: {error}", file.value), file.at),
    };
    let id = id.map(|id| id.value.to_owned());
    match Key::new(signature, id, &held, audience?.value) {
        Ok(key) => Some(key),
        Err(error) => report.fault(format!("{} {error}", file.value), file.at),
    }
}

#[cfg(test)]
mod tests;
