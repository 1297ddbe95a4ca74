//! Dumps in UTF-16, as `>` of `PowerShell` and some editors write them, as UTF-8.

use std::io::{self, BufRead, Read};

use encoding_rs::{Decoder, DecoderResult, Encoding, UTF_16BE, UTF_16LE};

/// How much is converted at once.
const PIECE_BYTES: usize = 64 * 1024;

/// The character set that a file begins with the signs of; none for UTF-8, and for whatever else has no zeros.
pub(crate) fn of(begins: &[u8]) -> Result<Option<&'static Encoding>, &'static str> {
    match begins {
        [0xFF, 0xFE, 0, 0, ..] | [0, 0, 0xFE, 0xFF, ..] => {
            Err("it is in UTF-32; convert it first: iconv -f UTF-32 -t UTF-8 dump.sql > utf8.sql")
        }
        // With the mark that says so, or without it: the first characters of a dump are ASCII.
        [0xFF, 0xFE, ..] | [1..=0x7F, 0, 1..=0x7F, 0, ..] => Ok(Some(UTF_16LE)),
        [0xFE, 0xFF, ..] | [0, 1..=0x7F, 0, 1..=0x7F, ..] => Ok(Some(UTF_16BE)),
        _ => Ok(None),
    }
}

/// What a text in bytes that are no UTF-8 may be, and what to do about it.
pub(crate) fn guess(bytes: &[u8]) -> &'static str {
    let is_gbk = encoding_rs::GB18030.decode_without_bom_handling_and_without_replacement(bytes).is_some();
    if is_gbk {
        ", GBK by the look of it: iconv -f GB18030 -t UTF-8 dump.sql > utf8.sql converts a dump that is all in it"
    } else {
        ""
    }
}

/// A file in another character set, read as UTF-8. The mark that it may begin with stays one.
pub(crate) struct Utf8<R> {
    input: R,
    decoder: Decoder,
    piece: Vec<u8>,
    /// How much of the piece is read.
    read: usize,
    is_done: bool,
}

impl<R: BufRead> Utf8<R> {
    pub(crate) fn of(input: R, encoding: &'static Encoding) -> Self {
        let decoder = encoding.new_decoder_without_bom_handling();
        Self { input, decoder, piece: Vec::new(), read: 0, is_done: false }
    }

    /// The next piece; an empty one at the end.
    fn convert(&mut self) -> io::Result<()> {
        self.piece.resize(PIECE_BYTES, 0);
        self.read = 0;
        let mut length = 0;
        while length == 0 && !self.is_done {
            let some = self.input.fill_buf()?;
            let is_last = some.is_empty();
            let (result, taken, written) =
                self.decoder.decode_to_utf8_without_replacement(some, &mut self.piece, is_last);
            self.input.consume(taken);
            if let DecoderResult::Malformed(..) = result {
                let what = "its UTF-16 is broken or cut; make it anew with mysqldump --result-file=dump.sql";
                return Err(io::Error::new(io::ErrorKind::InvalidData, what));
            }
            self.is_done = is_last && result == DecoderResult::InputEmpty;
            length = written;
        }
        self.piece.truncate(length);
        Ok(())
    }
}

impl<R: BufRead> Read for Utf8<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.read >= self.piece.len() {
            self.convert()?;
        }
        let left = self.piece.get(self.read..).unwrap_or_default();
        let count = left.len().min(buffer.len());
        if let (Some(to), Some(from)) = (buffer.get_mut(..count), left.get(..count)) {
            to.copy_from_slice(from);
        }
        self.read += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use super::*;

    fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(bytes).collect()
    }

    fn read(bytes: &[u8], room: usize) -> io::Result<String> {
        let Ok(Some(encoding)) = of(bytes) else { panic!("{bytes:?}") };
        let mut text = String::new();
        Utf8::of(BufReader::with_capacity(room, bytes), encoding).read_to_string(&mut text).map(|_| text)
    }

    #[test]
    fn utf16_is_read_in_both_orders_and_pieces_of_any_size() {
        let text = "-- 转储 🐱 é\n".repeat(9_000);
        let marked = format!("\u{feff}{text}");
        for room in [1, 7, 4096] {
            for (text, order) in [(&text, u16::to_le_bytes as fn(u16) -> [u8; 2]), (&marked, u16::to_be_bytes)] {
                assert!(read(&utf16(text, order), room).unwrap() == *text, "{room}");
            }
        }
        let cut = utf16(&marked, u16::to_le_bytes);
        assert_eq!(read(&cut[..cut.len() - 1], 4096).unwrap_err().kind(), io::ErrorKind::InvalidData);
    }

    #[test]
    fn other_files_are_left_alone() {
        for begins in [&b""[..], b"-", b"-- MySQL", "\u{feff}-- 转".as_bytes(), b"\xc4\xe3"] {
            assert_eq!(of(begins), Ok(None), "{begins:?}");
        }
        assert!(of(&[0xFF, 0xFE, 0, 0, 0x2D, 0, 0, 0]).is_err());
    }
}
