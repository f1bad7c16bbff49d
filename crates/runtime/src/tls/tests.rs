//! What makes files a certificate and its key.

use std::fs;

use rcgen::generate_simple_self_signed;

use super::*;

/// A folder that is gone when the test is.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("oriel-tls-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).expect("a folder");
        Folder(path)
    }

    fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.join(name);
        fs::write(&path, text).expect("written");
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A certificate and its key.
fn pair() -> (String, String) {
    let made = generate_simple_self_signed(["localhost".to_owned()]).expect("made");
    (made.cert.pem(), made.signing_key.serialize_pem())
}

#[test]
fn a_certificate_and_its_key_are_taken_and_taken_again() {
    let folder = Folder::new("pair");
    let (certificate, key) = pair();
    let tls = Tls::load(&folder.file("cert", &certificate), &folder.file("key", &key)).expect("loads");
    let first = tls.acceptor();
    let (certificate, key) = pair();
    folder.file("cert", &certificate);
    assert!(matches!(tls.reload(), Err(TlsError::Pair { .. })), "half renewed");
    assert!(Arc::ptr_eq(first.config(), tls.acceptor().config()), "the old pair stays");
    folder.file("key", &key);
    tls.reload().expect("renewed");
    assert!(!Arc::ptr_eq(first.config(), tls.acceptor().config()));
}

#[test]
fn faults_name_the_file_and_the_reason() {
    let folder = Folder::new("faults");
    let (certificate, key) = pair();
    let (certificate, key) = (folder.file("cert.pem", &certificate), folder.file("key.pem", &key));
    let check = |certificate: &Path, key: &Path, expected: &[&str]| {
        let error = Tls::load(certificate, key).expect_err("no pair").to_string();
        assert!(expected.iter().all(|part| error.contains(part)), "{error}");
    };
    check(&folder.0.join("nothing"), &key, &["cannot read", "nothing: No such file"]);
    check(&key, &key, &["key.pem: has no certificate"]);
    check(&certificate, &certificate, &["cert.pem: has no private key"]);
    let broken = folder.file("broken", "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n");
    check(&broken, &key, &["broken: "]);
    let other = folder.file("other.pem", &pair().1);
    check(&certificate, &other, &["other.pem does not go with", "cert.pem"]);
}

#[test]
fn nothing_of_the_key_is_shown() {
    let folder = Folder::new("shown");
    let (certificate, key) = pair();
    let tls = Tls::load(&folder.file("cert", &certificate), &folder.file("key", &key)).expect("loads");
    let shown = format!("{tls:?}");
    assert!(shown.starts_with("Tls(") && shown.len() < 200, "{shown}");
}
