//! A dump byte by byte, with the number of the line, whatever its size.

use std::io::{self, BufRead};

/// Bytes of a file, one ahead.
#[derive(Debug)]
pub(super) struct Bytes<R> {
    input: R,
    line: u64,
    read: u64,
}

impl<R: BufRead> Bytes<R> {
    pub(super) fn of(input: R) -> Self {
        Self { input, line: 1, read: 0 }
    }

    /// The number of the line that comes next, from 1.
    pub(super) fn line(&self) -> u64 {
        self.line
    }

    /// Bytes passed so far.
    pub(super) fn read(&self) -> u64 {
        self.read
    }

    /// The next byte, which stays; none at the end.
    pub(super) fn peek(&mut self) -> io::Result<Option<u8>> {
        loop {
            match self.input.fill_buf() {
                Ok(buffer) => return Ok(buffer.first().copied()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// The next byte.
    pub(super) fn next(&mut self) -> io::Result<Option<u8>> {
        let byte = self.peek()?;
        if let Some(byte) = byte {
            self.line += u64::from(byte == b'\n');
            self.read += 1;
            self.input.consume(1);
        }
        Ok(byte)
    }

    /// Passes the bytes up to the first one that `stops`, which stays, and hands them over piece by piece.
    pub(super) fn until(&mut self, stops: impl Fn(u8) -> bool, mut take: impl FnMut(&[u8])) -> io::Result<()> {
        loop {
            if self.peek()?.is_none() {
                return Ok(());
            }
            let buffer = self.input.fill_buf()?;
            let end = buffer.iter().position(|byte| stops(*byte));
            let (some, _) = buffer.split_at(end.unwrap_or(buffer.len()));
            take(some);
            self.line += u64::try_from(some.split(|byte| *byte == b'\n').count() - 1).unwrap_or(0);
            let count = some.len();
            self.read += u64::try_from(count).unwrap_or(0);
            self.input.consume(count);
            if end.is_some() {
                return Ok(());
            }
        }
    }
}
