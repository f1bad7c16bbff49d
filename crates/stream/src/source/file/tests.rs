//! Files: packed, broken, followed.

use std::fs::OpenOptions;
use std::io::Write;
use std::time::{Duration, Instant};

use oriel_dataflow::source::{Batch, Limits, Source, Status};

use super::*;

const LIMITS: Limits = Limits { records: 1 << 16, bytes: 1 << 20 };

/// A folder of its own that goes with the test.
struct Folder(PathBuf);

impl Folder {
    fn new(test: &str) -> Self {
        let path = std::env::temp_dir().join(format!("oriel-file-{test}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).expect("a folder");
        Folder(path)
    }

    fn path(&self, name: &str) -> String {
        self.0.join(name).to_string_lossy().into_owned()
    }

    fn write(&self, name: &str, bytes: &[u8]) -> String {
        fs::write(self.0.join(name), bytes).expect("a file");
        self.path(name)
    }

    fn append(&self, name: &str, bytes: &[u8]) {
        let mut file = OpenOptions::new().append(true).open(self.0.join(name)).expect("a file");
        file.write_all(bytes).expect("room");
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).expect("memory");
    encoder.finish().expect("memory")
}

/// Everything there is, as `name@position:line`, and how it ended.
fn read_all(paths: &[String], limits: Limits) -> (Vec<String>, Result<(), String>) {
    let opened =
        expand(paths, false).and_then(|paths| open(paths, false, false)).map(|mut all| all.remove(0));
    let mut source = match opened {
        Ok(source) => source,
        Err(error) => return (vec![], Err(error.0)),
    };
    let mut lines = Vec::new();
    loop {
        let mut batch = Batch::new(Vec::new());
        match source.read(&mut batch, limits) {
            Err(error) => return (lines, Err(error.0)),
            Ok(Status::Ended) => return (lines, Ok(())),
            Ok(_) => note(&batch, &mut lines),
        }
    }
}

fn note(batch: &Batch, lines: &mut Vec<String>) {
    let name = Path::new(&*batch.origin).file_name().map(|name| name.to_string_lossy().into_owned());
    let name = name.expect("a name");
    // What is too long comes before a batch's records.
    lines.extend(
        batch.oversize.iter().map(|over| format!("{name}@{}:oversize {}", over.position, over.head.len())),
    );
    let mut position = batch.position;
    for line in batch.bytes.split_inclusive(|byte| *byte == b'\n') {
        lines.push(format!("{name}@{position}:{}", String::from_utf8_lossy(line).trim_end()));
        position += line.len() as u64;
    }
}

#[test]
fn plain_and_packed_files_are_read_whatever_their_names() {
    let folder = Folder::new("packed");
    let twice = [gzip(b"a\nb"), gzip(b"b\nc\n")].concat();
    let zstd =
        [zstd::encode_all(&b"d\n"[..], 1), zstd::encode_all(&b"e"[..], 1)].map(|part| part.expect("memory"));
    let paths = [
        folder.write("2.ndjson", b"x\r\n\r\ny"),
        folder.write("1.txt", &twice),
        folder.write("3", &zstd.concat()),
        folder.write("empty", b""),
        folder.write("dot", b"."),
    ];
    let (lines, end) = read_all(&paths, LIMITS);
    let expected =
        ["2.ndjson@0:x", "2.ndjson@5:y", "1.txt@0:a", "1.txt@2:bb", "1.txt@5:c", "3@0:d", "3@2:e", "dot@0:."];
    assert_eq!((lines, end), (expected.map(String::from).to_vec(), Ok(())));
}

#[test]
fn globs_are_sorted_and_lists_keep_their_order() {
    let folder = Folder::new("globs");
    for name in ["b.x", "a.x", "c.y", "[z].x"] {
        folder.write(name, name.as_bytes());
    }
    let (lines, end) = read_all(&[folder.path("c.y"), folder.path("?.x"), folder.path("[z].x")], LIMITS);
    assert_eq!(
        (lines, end),
        (["c.y@0:c.y", "a.x@0:a.x", "b.x@0:b.x", "[z].x@0:[z].x"].map(String::from).to_vec(), Ok(()))
    );
}

#[test]
fn what_cannot_be_read_is_named_before_the_start() {
    let folder = Folder::new("unreadable");
    let good = folder.write("good", b"x");
    for (path, why) in [("none", "No such file"), ("*.none", "no file matches"), ("", "is a folder")] {
        let path = folder.path(path);
        let fault = read_all(&[good.clone(), path.clone()], LIMITS);
        let Err(fault) = fault.1 else { panic!("{path} was read") };
        assert!(fault.starts_with(&path) && fault.contains(why), "{fault}");
    }
}

#[test]
fn a_damaged_archive_gives_its_lines_and_then_its_name() {
    let folder = Folder::new("damaged");
    let text: Vec<u8> = (0..100_000)
        .flat_map(|number: u32| format!("{}\n", number.wrapping_mul(2_654_435_761)).into_bytes())
        .collect();
    let mut packed = gzip(&text);
    packed.truncate(packed.len() / 2);
    let path = folder.write("half.gz", &packed);
    let (lines, end) = read_all(std::slice::from_ref(&path), LIMITS);
    assert!(lines.len() > 10_000 && end.is_err_and(|fault| fault.starts_with(&path)));
}

#[test]
fn limits_are_kept_to_the_record_and_long_lines_told() {
    let folder = Folder::new("limits");
    let long = [b"first\n".to_vec(), vec![b'x'; 3 << 20], b"\nlast\n".to_vec()].concat();
    let (lines, end) = read_all(&[folder.write("long", &long)], LIMITS);
    assert_eq!(lines, ["long@0:first", "long@6:oversize 1024", "long@3145735:last"]);
    assert_eq!(end, Ok(()));
    let many: String = (0..50_000).map(|number| format!("{{\"number\":{number}}}\n")).collect();
    let paths = expand(&[folder.write("many", many.as_bytes())], false).expect("a file");
    let mut source = Files::open("file".into(), paths, &Progress::none()).expect("readable");
    let (mut batches, mut all) = (0, Vec::new());
    loop {
        let mut batch = Batch::new(Vec::new());
        if source.read(&mut batch, Limits { records: 777, bytes: 1 << 20 }).expect("readable")
            == Status::Ended
        {
            break;
        }
        assert_eq!(batch.position, all.len() as u64);
        all.extend_from_slice(&batch.bytes);
        batches += 1;
        assert!(batch.records <= 777);
    }
    assert!(all == many.as_bytes() && batches < 100, "{batches}");
}

/// Reads until so many lines are there.
fn wait_for(source: &mut Follow, count: usize) -> Vec<String> {
    let deadline = Instant::now() + Duration::from_secs(20);
    let mut lines = Vec::new();
    while lines.len() < count {
        assert!(Instant::now() < deadline, "only {lines:?}");
        let mut batch = Batch::new(Vec::new());
        source.read(&mut batch, LIMITS).expect("readable");
        note(&batch, &mut lines);
    }
    assert_nothing(source);
    lines
}

fn assert_nothing(source: &mut Follow) {
    for _ in 0..2 {
        let mut batch = Batch::new(Vec::new());
        assert_eq!(source.read(&mut batch, LIMITS).expect("readable"), Status::CaughtUp);
        assert!(batch.is_empty());
    }
}

fn follow(folder: &Folder, names: &[&str]) -> Follow {
    let paths: Vec<String> = names.iter().map(|name| folder.path(name)).collect();
    Follow::open("file".into(), expand(&paths, true).expect("paths")).expect("readable")
}

#[test]
fn a_followed_file_is_waited_for_and_its_partial_line_too() {
    let folder = Folder::new("grows");
    let mut source = follow(&folder, &["log"]);
    assert_nothing(&mut source);
    folder.write("log", b"a\nb");
    assert_eq!(wait_for(&mut source, 1), ["log@0:a"]);
    folder.append("log", b"c\n");
    assert_eq!(wait_for(&mut source, 1), ["log@2:bc"]);
}

#[test]
fn a_rotated_file_is_read_to_its_end_and_the_new_one_from_its_beginning() {
    let folder = Folder::new("rotates");
    folder.write("log", b"a\n");
    let mut source = follow(&folder, &["log"]);
    assert_eq!(wait_for(&mut source, 1), ["log@0:a"]);
    fs::rename(folder.path("log"), folder.path("log.1")).expect("a rename");
    folder.append("log.1", b"b\nlast");
    assert_eq!(wait_for(&mut source, 1), ["log@2:b"]);
    folder.write("log", b"new\n");
    assert_eq!(wait_for(&mut source, 2), ["log@4:last", "log@0:new"]);
}

#[test]
fn a_cut_file_is_read_from_its_beginning_again() {
    let folder = Folder::new("cut");
    folder.write("log", b"first\nsecond\n");
    let mut source = follow(&folder, &["log"]);
    assert_eq!(wait_for(&mut source, 2), ["log@0:first", "log@6:second"]);
    folder.write("log", b"a\n");
    assert_eq!(wait_for(&mut source, 1), ["log@0:a"]);
}

#[test]
fn several_files_are_followed_together_but_no_packed_one() {
    let folder = Folder::new("several");
    folder.write("a", b"a\n");
    folder.write("b", b"b\n");
    let mut source = follow(&folder, &["a", "b"]);
    let mut lines = wait_for(&mut source, 2);
    lines.sort();
    assert_eq!(lines, ["a@0:a", "b@0:b"]);
    folder.append("a", b"more\n");
    assert_eq!(wait_for(&mut source, 1), ["a@2:more"]);
    let path = folder.write("packed.gz", &gzip(b"x\n"));
    let fault = Follow::open("file".into(), vec![path.into()]).err().expect("a fault");
    assert!(fault.0.contains("cannot be followed"), "{fault}");
}

#[test]
fn parallel_files_are_partitions_named_by_their_paths() {
    let folder = Folder::new("parallel");
    let paths = [folder.write("b.ndjson", b"1\n"), folder.write("a.ndjson", b"2\n")];
    for follow in [false, true] {
        let names = |parallel| {
            let opened = open(paths.iter().map(PathBuf::from).collect(), follow, parallel).expect("readable");
            opened.iter().map(|source| source.partition().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(names(true), paths);
        assert_eq!(names(false), ["file"]);
    }
}
