//! A file as a reader of plain bytes, whatever it is packed in.

use std::fs::File;
use std::io::{self, BufReader, Cursor, Read};
use std::path::Path;

use flate2::read::MultiGzDecoder;

use super::progress::Progress;

const GZIP: [u8; 2] = [0x1f, 0x8b];
const ZSTD: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// How a file is packed, by its first bytes rather than by its name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Packing {
    Plain,
    Gzip,
    Zstd,
}

/// Opens a file for unpacked reading. The progress counts packed bytes.
pub(super) fn open(path: &Path, progress: &Progress) -> io::Result<Box<dyn Read + Send>> {
    let mut file = File::open(path)?;
    let (head, packing) = sniff(&mut file)?;
    // A pipe cannot be read again, so its first bytes are put in front.
    let file = progress.count(Cursor::new(head).chain(file));
    Ok(match packing {
        Packing::Plain => Box::new(file),
        Packing::Gzip => Box::new(MultiGzDecoder::new(BufReader::new(file))),
        Packing::Zstd => Box::new(zstd::Decoder::new(file)?),
    })
}

/// The first bytes, and what they tell.
pub(super) fn sniff(file: &mut impl Read) -> io::Result<(Vec<u8>, Packing)> {
    let mut head = Vec::new();
    file.take(ZSTD.len() as u64).read_to_end(&mut head)?;
    let packing = match head.as_slice() {
        head if head.starts_with(&GZIP) => Packing::Gzip,
        head if head.starts_with(&ZSTD) => Packing::Zstd,
        _ => Packing::Plain,
    };
    Ok((head, packing))
}
