//! Files that are read, and all the faults of those that are not.

use std::path::PathBuf;

use oriel_protocol::pubsub::Topic;
use oriel_time::ProcessingTime;

use super::*;
use crate::auth::Denied;

const NOW: ProcessingTime = ProcessingTime::from_millis(0);

/// What `printf abc | sha256sum` says.
const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

/// Files that are there: `secret`, and `short`, which is none.
fn read(path: &Path) -> io::Result<Vec<u8>> {
    match path.to_str() {
        Some("secret") => Ok(vec![b'x'; 32]),
        Some("short") => Ok(vec![b'x'; 31]),
        _ => Err(io::ErrorKind::NotFound.into()),
    }
}

fn keys(text: &str) -> Keys {
    parse(text, read).expect("no fault")
}

fn check(text: &str, expected: &[&str]) {
    let faults = parse(text, read).expect_err(text).of("tokens").to_string();
    let lines: Vec<&str> = faults.lines().collect();
    let (last, lines) = lines.split_last().expect("a line");
    assert_eq!(lines, expected, "{text}");
    assert!(last.starts_with(&expected.len().to_string()), "{last}");
}

#[test]
fn a_token_is_known_by_its_digest_and_has_its_rights() {
    let text = format!(
        "[[token]]\nname = 'abc'\nsha256 = '{ABC}'\npublish = ['in']\nsubscribe = ['ads.>', 'b']\nadmin = true\n\
         [[key]]\nalgorithm = 'HS256'\nsecret_file = 'secret'\naudience = 'oriel'\n"
    );
    let keys = keys(&text);
    assert_eq!(keys.counts(), (1, 1));
    let grant = keys.admit(Some("abc"), NOW).expect("known");
    let topic = |text: &str| text.parse::<Topic>().expect(text);
    assert!(grant.rights().may_publish(&topic("in")) && !grant.rights().may_publish(&topic("b")));
    assert!(grant.rights().may_hear(&topic("ads.x")) && !grant.rights().may_hear(&topic("in")));
    assert!(grant.rights().is_admin());
    assert_eq!((grant.name(), grant.expires()), ("abc", None));
    assert_eq!(keys.admit(Some("abcd"), NOW).err(), Some(Denied::Unknown));
    assert_eq!(keys.admit(None, NOW).err(), Some(Denied::Missing));
}

#[test]
fn an_empty_file_lets_nobody_in() {
    let keys = keys("# nobody any more\n");
    assert!(!keys.is_open());
    assert_eq!(keys.admit(Some("abc"), NOW).err(), Some(Denied::Unknown));
    assert_eq!(keys.admit(None, NOW).err(), Some(Denied::Missing));
}

#[test]
fn all_faults_are_told_with_their_lines_and_what_is_right() {
    let text = format!(
        "[[token]]\nsha256 = 'secret-token'\npublish = 'in'\nsubscibe = ['a']\n\
         [[token]]\nname = 'a'\nsha256 = '{ABC}'\nsubscribe = ['a', 'b.>.c', 1]\nadmin = 1\n\
         [[token]]\nname = 'a'\nsha256 = '{ABC}'\n\
         [[key]]\nalgorithm = 'none'\n\
         [[tokens]]\n"
    );
    check(
        &text,
        &[
            "tokens:1: `name` is missing in [[token]]",
            "tokens:2: `sha256` is not the SHA-256 of a token, 64 digits of 0-9 and a-f; see `oriel-broker token`",
            "tokens:3: `publish` is a string; it has to be a list of strings",
            "tokens:4: unknown key `subscibe` in [[token]] (did you mean `subscribe`?); allowed: name, sha256, publish, subscribe, admin",
            "tokens:8: `subscribe` holds a number; it has to hold strings",
            "tokens:8: `subscribe` \"b.>.c\": '*' stands for one whole token between dots, '>' for all at the end, as in a.*.c or a.>",
            "tokens:9: `admin` is a number; it has to be true or false",
            "tokens:11: `name` \"a\" is another token's too",
            "tokens:12: `sha256` is that of \"a\" too",
            "tokens:13: `audience` is missing in [[key]]",
            "tokens:14: `algorithm` \"none\"; allowed: HS256, RS256, ES256",
            "tokens:15: unknown key `tokens` in the file (did you mean `token`?); allowed: token, key",
        ],
    );
}

#[test]
fn names_digests_and_ids_are_of_one_each() {
    let token = |name: &str| format!("[[token]]\nname = '{name}'\nsha256 = '{ABC}'\n");
    check(
        &(token("a") + &token("b") + &token("a").replace("ba78", "ba79")),
        &["tokens:6: `sha256` is that of \"a\" too", "tokens:8: `name` \"a\" is another token's too"],
    );
    let key = "[[key]]\nalgorithm = 'HS256'\nid = 'k'\nsecret_file = 'secret'\naudience = 'a'\n";
    check(&[key, key].concat(), &["tokens:8: `id` \"k\" is another key's too"]);
}

#[test]
fn a_key_has_the_file_of_its_algorithm() {
    let key = |rest: &str| format!("[[key]]\naudience = 'a'\n{rest}\n");
    check(&key("algorithm = 'HS256'"), &["tokens:1: `secret_file` is missing in [[key]]"]);
    check(
        &key("algorithm = 'RS256'\nsecret_file = 'secret'"),
        &[
            "tokens:1: `public_key_file` is missing in [[key]]",
            "tokens:4: `secret_file` is not for this algorithm, which has `public_key_file`",
        ],
    );
    check(
        &key("algorithm = 'HS256'\nsecret_file = 'nowhere'"),
        &["tokens:4: cannot read nowhere: entity not found"],
    );
    check(
        &key("algorithm = 'HS256'\nsecret_file = 'short'"),
        &["tokens:4: short holds a secret of less than 32 bytes, which can be guessed"],
    );
    check(
        &key("algorithm = 'ES256'\npublic_key_file = 'secret'"),
        &["tokens:4: secret holds no public key of the curve P-256 in PEM form"],
    );
}

#[test]
fn what_is_no_toml_is_told_once_and_the_rest_too() {
    check(
        &format!("[[token]]\nname = 'a\nsha256 = '{ABC}'\n[[token]]\nname = 'b'\nsha256 = 1\n"),
        &[
            "tokens:2: not TOML: invalid literal string, expected `'`",
            "tokens:6: `sha256` is a number; it has to be a string",
        ],
    );
    check("token = 1\n", &["tokens:1: `token` is not [[token]]: write each as a table of its own"]);
    check("[token]\nname = 'a'\n", &["tokens:1: `token` is not [[token]]: write each as a table of its own"]);
}

#[test]
fn no_fault_repeats_what_may_be_a_token() {
    let secret = "pasted-by-mistake";
    for text in [
        format!("[[token]]\nname = 1\nsha256 = '{secret}'\n"),
        format!("[[token]]\nsha256 = '{secret}\n"),
        format!("token = '{secret}'\n"),
        format!("[[token]]\ntoken = '{secret}'\n"),
        format!("[[token]]\nadmin = '{secret}'\n"),
    ] {
        let faults = parse(&text, read).expect_err(&text);
        assert!(!format!("{faults} {faults:?}").contains(secret), "{faults}");
    }
}

#[test]
fn a_reading_says_which_earlier_grants_still_hold() {
    let token = |rest: &str| format!("[[token]]\nname = 'a'\nsha256 = '{ABC}'\n{rest}\n");
    let before = keys(&token("subscribe = ['a', 'b']"));
    let grant = before.admit(Some("abc"), NOW).expect("known");
    assert!(before.still(&grant));
    assert!(
        keys(&token("subscribe = ['b', 'a']").replace("'a'\ns", "'c'\ns")).still(&grant),
        "the name is none"
    );
    for other in [token("subscribe = ['a']"), token("subscribe = ['a', 'b']\nadmin = true"), String::new()] {
        assert!(!keys(&other).still(&grant), "{other}");
    }
    let open = Keys::open();
    assert!(open.still(&open.admit(None, NOW).expect("open")) && !open.still(&grant));
    assert!(!before.still(&open.admit(Some("any"), NOW).expect("open")));
}

#[test]
fn nothing_of_what_is_known_is_shown() {
    let keys = keys(&format!("[[token]]\nname = 'a'\nsha256 = '{ABC}'\n"));
    let grant = keys.admit(Some("abc"), NOW).expect("known");
    let shown = format!("{keys:?} {grant:?} {:?}", PathBuf::new());
    assert!(!shown.contains("ba78") && !shown.contains("abc"), "{shown}");
}
