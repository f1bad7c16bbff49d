//! What the program says of its input.

use super::{GENERATOR, ended, file, program, terminate};
use std::io::{BufRead, BufReader, Write};
use std::process::{Output, Stdio};

#[test]
fn a_lookup_whose_file_is_deleted_is_told_once_and_so_is_its_return() {
    let lookup = "\n[record.fields]\nlang = \"/data/lang\"\n[lookup.langs]\npath = \"gone.csv\"\nkey = \"code\"\nfield = \"lang\"\n";
    let config = file("gone.toml", &GENERATOR.replace("\n[view.all]", &format!("{lookup}[view.all]")));
    let table = file("gone.csv", "code,name\nen,English\n");
    let mut child =
        program().arg(&config).args(["--print", "--listen", "0"]).stdout(Stdio::null()).spawn().unwrap();
    let mut log = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
    let mut told =
        |what: &str| log.by_ref().find(|line| line.contains("lookup")).filter(|line| line.contains(what));
    assert!(told("lookup read").is_some());
    std::fs::remove_file(&table).unwrap();
    let gone = told("a lookup keeps its rows from before").unwrap();
    assert!(gone.contains("gone.csv: No such file or directory"), "{gone}");
    file("gone.csv", "code,name\nen,English\nde,German\n");
    assert!(told("the file of a lookup is back").is_some());
    assert!(told("keys=2").is_some());
    assert_eq!(terminate(&mut child), Some(0));
}

#[test]
fn a_lookup_that_is_missing_or_no_table_is_named_and_exits_66() {
    let lookup = "\n[record.fields]\nlang = \"/data/lang\"\n[lookup.langs]\npath = \"langs.csv\"\nkey = \"code\"\nfield = \"lang\"\n";
    let config = file("lookup.toml", &GENERATOR.replace("\n[view.all]", &format!("{lookup}[view.all]")));
    let _ = std::fs::remove_file(config.with_file_name("langs.csv"));
    for (text, says) in [(None, "No such file"), (Some("code,name\nen\n"), "line 2")] {
        text.map(|text| file("langs.csv", text));
        let (code, stderr) = ended(&[config.to_str().unwrap(), "--listen", "0"]);
        assert_eq!(code, 66, "{stderr}");
        assert!(stderr.contains("langs.csv") && stderr.contains(says), "{stderr}");
    }
}

#[test]
fn a_late_record_is_logged_with_its_view_and_a_byte_order_mark_is_no_fault() {
    let stdin = GENERATOR
        .replace("type = \"generator\"\nrate = 100", "type = \"stdin\"")
        .replace("{ at = \"/data/created_at\" }", "{ at = \"/t\", unit = \"s\" }\ndisorder = \"1s\"");
    let config = file("late.toml", &format!("{stdin}[engine]\nepoch = {{ records = 1 }}\n"));
    let mut child =
        program().arg(&config).args(["--print", "--listen", "0"]).stdin(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all("\u{feff}{\"t\":1}\n{\"t\":100}\n{\"t\":2}\n".as_bytes()).unwrap();
    let Output { status, stderr, .. } = child.wait_with_output().unwrap();
    let stderr = String::from_utf8(stderr).unwrap();
    assert!(status.success(), "{stderr}");
    let sample = stderr.lines().find(|line| line.contains("record not counted")).unwrap();
    for part in ["reason=\"late\"", "view=\"all\"", "origin=\"stdin\"", "position=21", r#"{\"t\":2}"#] {
        assert!(sample.contains(part), "{part}: {sample}");
    }
    assert!(stderr.contains("records in=3 counted=2 filtered=0 late=1 bad=0 "), "{stderr}");
}

#[test]
fn an_unreadable_file_is_named_and_exits_66() {
    let config = file(
        "missing.toml",
        &GENERATOR.replace("type = \"generator\"\nrate = 100", "type = \"file\"\npath = \"no/such.ndjson\""),
    );
    let (code, stderr) = ended(&[config.to_str().unwrap(), "--listen", "0"]);
    assert_eq!(code, 66, "{stderr}");
    assert!(stderr.contains("no/such.ndjson"), "{stderr}");
}
