//! Where settings come from, and all that can be wrong with them.

use std::path::PathBuf;

use oriel_topics::{History, Slow};

use super::*;

mod reference;

/// A folder of this test's own, gone with it.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("oriel-settings-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&path).expect("a folder");
        Folder(path)
    }

    fn file(&self, name: &str, text: &str) -> String {
        let path = self.0.join(name);
        std::fs::write(&path, text).expect("written");
        path.display().to_string()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn asked(flags: &[&str], variables: &[(&str, &str)]) -> Result<Asked, Refused> {
    let line = ["oriel-broker"].iter().chain(flags).map(OsString::from);
    read(line, variables.iter().map(|(name, value)| (name.into(), value.into())))
}

fn serving(flags: &[&str], variables: &[(&str, &str)]) -> Settings {
    match asked(flags, variables) {
        Ok(Asked::Serve(settings)) => *settings,
        other => panic!("{other:?}"),
    }
}

fn printed(flags: &[&str], variables: &[(&str, &str)]) -> String {
    match asked(flags, variables) {
        Ok(Asked::Print(text)) => String::from_utf8(text).expect("a text"),
        other => panic!("{other:?}"),
    }
}

fn faults(flags: &[&str], variables: &[(&str, &str)]) -> Vec<String> {
    match asked(flags, variables) {
        Err(Refused::Faults(faults)) => faults.faults().iter().map(ToString::to_string).collect(),
        other => panic!("{other:?}"),
    }
}

/// The file has just these faults: a line, and how the message begins.
fn refused(text: &str, expected: &[(usize, &str)]) {
    let folder = Folder::new(std::thread::current().name().expect("a test").rsplit(':').next().expect("one"));
    let path = folder.file("broker.toml", text);
    let found = faults(&["--config", &path], &[]);
    let expected: Vec<String> =
        expected.iter().map(|(line, says)| format!("{path}:{line}: {says}")).collect();
    let begins = found.len() == expected.len()
        && found.iter().zip(&expected).all(|(found, expected)| found.starts_with(expected.as_str()));
    assert!(begins, "{found:#?}\nexpected\n{expected:#?}");
}

#[test]
fn nothing_has_to_be_said() {
    let settings = serving(&[], &[]);
    assert_eq!(settings.listen.to_string(), "127.0.0.1:8890");
    assert_eq!(format!("{:?}", settings.config), format!("{:?}", Config::default()));
    assert!(matches!(settings.reach, Reach::Loopback { .. }) && settings.unknown.is_empty());
}

#[test]
fn a_flag_weighs_more_than_a_variable_and_a_variable_more_than_the_file() {
    let folder = Folder::new("precedence");
    let text = "topics = 1\nsubscriptions = 1\nconnections = 1\nallow_host = [\"a\", \"b\"]\ninsecure = true";
    let path = folder.file("broker.toml", text);
    let (flags, variables) = (
        ["--config", &path, "--topics", "3"],
        [
            ("ORIEL_BROKER_TOPICS", "2"),
            ("ORIEL_BROKER_SUBSCRIPTIONS", "2"),
            ("ORIEL_BROKER_ALLOW_HOST", "c,d"),
            ("ORIEL_BROKER_INSECURE", "false"),
        ],
    );
    let settings = serving(&flags, &variables);
    let limits = &settings.config.limits;
    assert_eq!((limits.topics, limits.subscriptions, settings.config.connections), (3, 2, 1));
    assert_eq!(settings.config.allow_hosts, ["c", "d"], "a list replaces the other");
    assert!(matches!(settings.reach, Reach::Loopback { .. }));
    assert_eq!(serving(&flags[..2], &[]).config.allow_hosts, ["a", "b"]);
    assert_eq!(serving(&flags[..2], &[]).reach, Reach::Anybody);
}

#[test]
fn the_file_may_be_named_by_a_variable_and_its_paths_start_where_it_is() {
    let folder = Folder::new("named");
    let path = folder.file("broker.toml", "tokens = \"tokens.toml\"\nqueue_bytes = \"2MiB\"");
    folder.file("tokens.toml", "");
    let settings = serving(&[], &[("ORIEL_BROKER_CONFIG", &path)]);
    assert_eq!(settings.config.tokens, Some(folder.0.join("tokens.toml")));
    assert_eq!((settings.config.queue_bytes, settings.reach), (2 << 20, Reach::Anybody));
}

#[test]
fn every_value_of_the_file_may_be_a_number_or_a_text_where_both_make_sense() {
    let folder = Folder::new("values");
    let text = "listen = 8080\ntopics = \"7\"\nqueue_bytes = 4096\nhistory_bytes = \"1MB\"\n\
                topic_bytes = 0x10_0000\nallow_host = \"A.example\"\nping = \"1m\"";
    let settings = serving(&["--config", &folder.file("broker.toml", text)], &[]);
    assert_eq!(settings.listen.to_string(), "127.0.0.1:8080");
    let limits = &settings.config.limits;
    assert_eq!((limits.topics, limits.bytes, limits.history.bytes), (7, 1 << 20, 1_000_000));
    assert_eq!((settings.config.queue_bytes, settings.config.ping.as_secs()), (4096, 60));
    assert_eq!(settings.config.allow_hosts, ["a.example"]);
}

#[test]
fn rules_for_topics_leave_the_rest_as_it_is_for_all() {
    let folder = Folder::new("rules");
    let text = "history = 5\n[[topic]]\npattern = \"a.>\"\nslow = \"drop-oldest\"\n\
                [[topic]]\npattern = \"b.*\"\nhistory_bytes = \"2KiB\"\nhistory_age = \"9s\"";
    let path = folder.file("broker.toml", text);
    let rules = serving(&["--config", &path, "--history", "6"], &[]).config.limits.rules;
    let all: Vec<_> = rules.iter().map(|rule| (rule.pattern.as_str(), rule.slow, rule.history)).collect();
    let age = "9s".parse().expect("a span");
    let history = History { count: 6, bytes: 2 << 10, age };
    assert_eq!(all, [("a.>", Some(Slow::DropOldest), None), ("b.*", None, Some(history))]);
}

#[test]
fn every_fault_of_the_file_is_told_with_its_line() {
    refused(
        "topics = 0\nlisten = \"here\"\nqueue_byte = 1\nping = 5\n\nhandshake = \"0s\"\nallow_origin = [\"x\", 5]\n\
         tokens = 5\ninsecure = \"maybe\"\ntls_key = \"\"\nbad_frames = [1]\nsubscriptions = 1.5\n\
         connections = -1\n\n[message_bytes]\n[topics2]\n",
        &[
            (1, "`topics` is 0: it has to be a whole number of at least 1"),
            (2, "`listen` is \"here\": \"here\" is no address: use HOST:PORT"),
            (3, "unknown key `queue_byte` (did you mean `queue_bytes`?); allowed: allow_host, "),
            (
                4,
                "`ping` is 5: it has to be a whole number of ms, s, m, h or d, such as 500ms or 2h, from 1s to 1h",
            ),
            (6, "`handshake` is \"0s\": it has to be a whole number of ms, s, m, h or d"),
            (7, "`allow_origin` is \"x\": an origin is SCHEME://HOST[:PORT]"),
            (7, "`allow_origin` is 5: an origin is SCHEME://HOST[:PORT]"),
            (8, "`tokens` is 5: it has to be a path"),
            (9, "`insecure` is \"maybe\": it has to be true or false"),
            (10, "`tls_key` is \"\": it has to be left out or have a value"),
            (11, "`bad_frames` is a list: it has to be one value"),
            (12, "`subscriptions` is 1.5: it has to be a whole number"),
            (13, "`connections` is -1: it has to be a whole number from 1 to 1000000"),
            (15, "`message_bytes` is a table: it has to be one value"),
            (16, "unknown key `topics2` (did you mean `topics`?)"),
        ],
    );
}

#[test]
fn what_is_no_setting_is_none_in_the_file_either() {
    for key in ["config", "check", "help", "version", "action", "shell"] {
        refused(&format!("{key} = true"), &[(1, &format!("unknown key `{key}`"))]);
    }
}

#[test]
fn every_fault_of_a_rule_is_told_with_its_line() {
    refused("topic = 5", &[(1, "`topic` is no list of tables: write each as [[topic]]")]);
    refused("[topic]\npattern = \"a\"", &[(1, "`topic` is no list of tables")]);
    refused("topic = [5]", &[(1, "a [[topic]] is 5: write it as a table")]);
    refused(
        "[[topic]]\nslow = \"disconect\"\n[[topic]]\npattern = \"a.>.b\"\nslow = true\nhistory = -1\n\
         [[topic]]\npattern = 5\nhistory_byte = 1\nhistory_age = []\n\
         [[topic]]\npattern = \"a\"\n[[topic]]\npattern = \"a\"\n",
        &[
            (1, "`pattern` is missing in [[topic]]"),
            (
                2,
                "`slow` is \"disconect\" (did you mean `disconnect`?); allowed: conflate, drop-oldest, disconnect",
            ),
            (4, "`pattern` is \"a.>.b\": '*' stands for one whole token"),
            (5, "`slow` is true; allowed: conflate"),
            (6, "`history` is -1: it has to be a whole number of at least 0"),
            (8, "`pattern` is 5: it has to be a text such as \"ads.>\""),
            (
                9,
                "unknown key `history_byte` in [[topic]] (did you mean `history_bytes`?); allowed: pattern, slow, history",
            ),
            (10, "`history_age` is a list: it has to be one value"),
            (13, "there is a [[topic]] of this `pattern` above"),
        ],
    );
}

#[test]
fn what_is_no_toml_is_told_once_and_the_rest_too() {
    refused("topics = = 5\nping = 5", &[(1, "not TOML: "), (2, "`ping` is 5")]);
    refused("topics = 5\ntopics = 6", &[(2, "not TOML: duplicate key")]);
}

#[test]
fn a_file_that_cannot_be_read_is_a_fault() {
    let found = faults(&["--config", "/nowhere/at.toml"], &[("ORIEL_BROKER_TOPICS", "x")]);
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found.iter().any(|fault| fault.starts_with("/nowhere/at.toml: cannot read it")), "{found:?}");
}

#[test]
fn every_fault_of_the_variables_is_told_by_name() {
    let variables = [
        ("ORIEL_BROKER_TOPICS", "none"),
        ("ORIEL_BROKER_TOKENS", ""),
        ("ORIEL_BROKER_ALLOW_HOST", "a,b:80"),
        ("ORIEL_BROKER_INSECURE", "maybe"),
    ];
    let found = faults(&["--topics", "5"], &variables);
    let expected = [
        "ORIEL_BROKER_TOPICS is \"none\": it has to be a whole number of at least 1",
        "ORIEL_BROKER_TOKENS is \"\": it has to be left out or have a value",
        "ORIEL_BROKER_ALLOW_HOST is \"b:80\": a host is a name alone, such as my.host",
        "ORIEL_BROKER_INSECURE is \"maybe\": it has to be true or false",
    ];
    assert_eq!(found, expected);
}

#[test]
fn variables_that_are_no_settings_are_told_but_those_of_others_are_not() {
    let variables = [
        ("ORIEL_BROKER_TOPIC", "5"),
        ("ORIEL_BROKER_topics", "5"),
        ("ORIEL_BROKER_CHECK", "true"),
        ("ORIEL_BROKER_PORT", "tcp://10.0.0.1:80"),
        ("ORIEL_BROKER_SERVICE_HOST", "10.0.0.1"),
        ("ORIEL_STREAM_TOPICS", "5"),
    ];
    let settings = serving(&[], &variables);
    assert_eq!(settings.config.limits.topics, Config::default().limits.topics);
    assert_eq!(settings.unknown.len(), 3, "{:?}", settings.unknown);
    assert_eq!(settings.unknown[0], "ORIEL_BROKER_TOPIC (did you mean ORIEL_BROKER_TOPICS?)");
    let valid = printed(&["--check"], &variables[..1]);
    assert_eq!(
        valid,
        "valid: the defaults; ORIEL_BROKER_TOPIC (did you mean ORIEL_BROKER_TOPICS?) is no setting\n"
    );
}

#[test]
fn listening_beyond_loopback_takes_tokens_or_the_word() {
    let says = "can be reached from outside, and there are no tokens: say with --tokens FILE";
    let found = faults(&["--listen", "0.0.0.0:80"], &[]);
    assert!(
        found.len() == 1 && found[0].starts_with("--listen is 0.0.0.0:80, which ") && found[0].contains(says)
    );
    let found = faults(&[], &[("ORIEL_BROKER_LISTEN", "[::]:80")]);
    assert!(
        found[0].starts_with("ORIEL_BROKER_LISTEN is [::]:80") && found[0].contains("--insecure"),
        "{found:?}"
    );
    refused("\nlisten = \"192.0.2.1:80\"", &[(2, "`listen` is 192.0.2.1:80, which can be reached")]);

    assert_eq!(serving(&["--listen", "0.0.0.0:80", "--insecure"], &[]).reach, Reach::Anybody);
    let folder = Folder::new("beyond");
    let tokens = folder.file("tokens.toml", "");
    assert_eq!(serving(&["--listen", "0.0.0.0:80", "--tokens", &tokens], &[]).reach, Reach::Anybody);
    // What a name stands for is not known before it is looked up.
    let reach = serving(&["--listen", "my.host:80"], &[]).reach;
    assert!(matches!(reach, Reach::Loopback { unless } if unless.contains("--tokens")), "{reach:?}");
}

#[test]
fn certificate_and_key_go_together_and_files_have_to_be_there() {
    let folder = Folder::new("together");
    let there = folder.file("cert.pem", "");
    let found = faults(&["--tls-cert", &there], &[]);
    assert_eq!(found, ["--tls-cert needs the key: add --tls-key FILE"]);
    let found = faults(&[], &[("ORIEL_BROKER_TLS_KEY", &there)]);
    assert_eq!(found, ["ORIEL_BROKER_TLS_KEY needs the certificate: add --tls-cert FILE"]);
    refused(
        "tls_cert = \"cert.pem\"\n\ntls_key = \"key.pem\"\ntokens = \"tokens.toml\"",
        &[
            (4, "`tokens` cannot be read: "),
            (1, "`tls_cert` cannot be read: "),
            (3, "`tls_key` cannot be read: "),
        ],
    );
}

#[test]
fn the_file_of_tokens_is_checked_too() {
    let folder = Folder::new("tokens");
    let tokens = folder.file("tokens.toml", "[[token]]\nname = \"a\"\nsha256 = \"short\"");
    let refused = asked(&["--check", "--tokens", &tokens], &[]).expect_err("a fault").to_string();
    assert!(refused.starts_with(&format!("{tokens}:3: `sha256` is not")), "{refused}");
    assert!(refused.ends_with(&format!("\n1 fault in {tokens}")), "{refused}");
}

#[test]
fn a_wrong_command_line_is_told_alone() {
    for flags in [&["--topics", "0"][..], &["--topic", "1"], &["man", "--topics", "1"], &["--check", "man"]] {
        let Err(Refused::Usage(error)) = asked(flags, &[("ORIEL_BROKER_PING", "0")]) else {
            panic!("{flags:?}")
        };
        assert!(error.use_stderr(), "{error}");
    }
    let Err(Refused::Usage(error)) = asked(&["--topics", "0"], &[]) else { panic!("refused") };
    assert!(
        error.to_string().contains("'--topics <N>': it has to be a whole number of at least 1"),
        "{error}"
    );
}

#[test]
fn a_command_asks_for_no_settings() {
    let variables = [("ORIEL_BROKER_PING", "0"), ("ORIEL_BROKER_CONFIG", "/nowhere/at.toml")];
    assert!(printed(&["completions", "bash"], &variables).contains("COMPREPLY"));
    assert!(printed(&["man"], &variables).contains("oriel\\-broker"));
}

#[test]
fn a_check_says_in_one_line_what_is_valid() {
    let folder = Folder::new("check");
    let path = folder.file("broker.toml", "topics = 5");
    assert_eq!(printed(&["--check"], &[]), "valid: the defaults\n");
    let variables = [("ORIEL_BROKER_QUEUE_BYTES", "2MiB"), ("ORIEL_BROKER_CONFIG", &*path)];
    let valid = printed(&["--check", "--allow-host", "a"], &variables);
    assert_eq!(valid, format!("valid: {path}, --allow-host, ORIEL_BROKER_QUEUE_BYTES\n"));
    assert_eq!(faults(&["--check"], &[("ORIEL_BROKER_PING", "0")]).len(), 1);
}
