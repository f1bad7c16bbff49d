//! Lines against a naive split, in chunks of any size.

use proptest::prelude::*;

use super::*;

/// What came of an input: records and oversize heads, each with its position.
type Outcome = (Vec<(u64, Vec<u8>)>, Vec<(u64, Vec<u8>)>);

fn naive(input: &[u8], max: usize) -> Outcome {
    let (mut records, mut oversize, mut position) = (vec![], vec![], 0);
    for piece in input.split_inclusive(|byte| *byte == b'\n') {
        let line = piece.strip_suffix(b"\n").unwrap_or(piece);
        if line.len() > max {
            oversize.push((position, line[..=max].to_vec()));
        } else if !line.is_empty() && line != b"\r" {
            records.push((position, line.to_vec()));
        }
        position += piece.len() as u64;
    }
    (records, oversize)
}

/// Adds what a batch says, checked against itself and the limits.
fn note(batch: Batch, limits: Limits, outcome: &mut Outcome) {
    assert!(batch.records + batch.oversize.len() as u64 <= limits.records);
    let mut position = batch.position;
    let (mut records, mut before_last) = (0, 0);
    for piece in batch.bytes.split_inclusive(|byte| *byte == b'\n') {
        let line = piece.strip_suffix(b"\n").unwrap_or(piece);
        outcome.0.push((position, line.to_vec()));
        before_last = (position - batch.position) as usize;
        position += piece.len() as u64;
        records += 1;
    }
    assert_eq!(records, batch.records);
    assert!(before_last < limits.bytes, "only the last record passes the limit");
    outcome.1.extend(batch.oversize.into_iter().map(|over| (over.position, over.head)));
}

fn drain(lines: &mut Lines, limits: Limits, ended: bool, outcome: &mut Outcome) {
    loop {
        // A used buffer now and then, as readers hand them in.
        let mut batch = Batch::new(b"used".to_vec());
        lines.take(&mut batch, limits, ended);
        if batch.is_empty() {
            assert!(batch.bytes.is_empty());
            return;
        }
        note(batch, limits, outcome);
    }
}

fn split(chunks: &[&[u8]], max: usize, limits: Limits) -> Outcome {
    let mut lines = Lines::with_max_record(max);
    let mut outcome = Outcome::default();
    for chunk in chunks {
        lines.push(chunk);
        drain(&mut lines, limits, false, &mut outcome);
        assert!(lines.waiting() <= max, "an unfinished line is never held beyond the limit");
    }
    drain(&mut lines, limits, true, &mut outcome);
    assert_eq!(lines.waiting(), 0);
    outcome
}

const WIDE: Limits = Limits { records: u64::MAX, bytes: usize::MAX };

#[test]
fn carriage_returns_and_empty_lines_are_no_records() {
    let (records, oversize) = split(&[b"\n\r\na\r\n\n\nb\r\n\r"], 10, WIDE);
    assert_eq!(records, [(3, b"a\r".to_vec()), (8, b"b\r".to_vec())]);
    assert!(oversize.is_empty());
}

#[test]
fn a_line_of_100_mb_is_skipped_in_constant_memory() {
    let chunk = vec![b'x'; 1 << 20];
    let mut lines = Lines::new();
    let mut outcome = Outcome::default();
    lines.push(b"before\n");
    for _ in 0..100 {
        lines.push(&chunk);
        drain(&mut lines, WIDE, false, &mut outcome);
        assert!(lines.buffer.capacity() < 4 << 20);
    }
    lines.push(b"\nafter");
    drain(&mut lines, WIDE, true, &mut outcome);
    assert_eq!(outcome.0, [(0, b"before".to_vec()), ((100 << 20) + 8, b"after".to_vec())]);
    assert_eq!(outcome.1, [(7, vec![b'x'; OVERSIZE_HEAD])]);
}

#[test]
fn a_reader_is_read_in_chunks_and_what_it_gave_before_a_fault_is_kept() {
    struct Failing(usize);
    impl Read for Failing {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            if self.0 == 0 {
                return Err(io::Error::other("gone"));
            }
            self.0 -= 1;
            buffer[..2].copy_from_slice(b"a\n");
            Ok(2)
        }
    }
    let mut lines = Lines::new();
    assert_eq!(lines.fill(&mut Failing(3)).expect("some bytes"), 6);
    let mut batch = Batch::new(vec![]);
    lines.take(&mut batch, WIDE, false);
    assert_eq!(batch.records, 3);
    assert!(lines.fill(&mut Failing(0)).is_err());
    assert_eq!(lines.fill(&mut &vec![b'\n'; 3 * CHUNK][..]).expect("no fault"), CHUNK);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3_000))]

    #[test]
    fn lines_are_those_of_a_naive_split(
        input in "([ab]{0,12}|[xy]{0,60})(\r?\n{1,3}([ab]{0,12}|[xy]{0,60})){0,12}",
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..10),
        max in 1..40usize,
        records in prop_oneof![1..5u64, Just(u64::MAX)],
        bytes in prop_oneof![1..100usize, Just(usize::MAX)],
    ) {
        let input = input.as_bytes();
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(input.len() + 1)).collect();
        cuts.extend([0, input.len()]);
        cuts.sort_unstable();
        let chunks: Vec<&[u8]> = cuts.windows(2).map(|pair| &input[pair[0]..pair[1]]).collect();
        let mut outcome = split(&chunks, max, Limits { records, bytes });
        // How much of a line is known when it turns out to be too long is up to the cuts.
        outcome.1.iter_mut().for_each(|(_, head)| head.truncate(max + 1));
        prop_assert_eq!(outcome, naive(input, max));
    }
}

#[test]
fn a_byte_order_mark_is_left_out_at_the_very_beginning_alone() {
    let limits = Limits { records: 10, bytes: 100 };
    let all = |input: &str, step: usize| {
        let (mut lines, mut outcome) = (Lines::with_max_record(10), Outcome::default());
        for chunk in input.as_bytes().chunks(step) {
            lines.push(chunk);
            drain(&mut lines, limits, false, &mut outcome);
        }
        drain(&mut lines, limits, true, &mut outcome);
        outcome.0
    };
    let mark = "\u{feff}";
    for step in 1..8 {
        let text = format!("{mark}a\n{mark}b");
        assert_eq!(all(&text, step), [(3, b"a".to_vec()), (5, format!("{mark}b").into_bytes())], "{step}");
        assert_eq!(all(mark, step), [], "{step}");
        assert_eq!(all(&format!("{mark}\n{mark}"), step), [(4, mark.into())], "{step}");
        // The limit of a record is that of its own bytes.
        assert_eq!(all(&format!("{mark}0123456789"), step), [(3, b"0123456789".to_vec())], "{step}");
    }
}
