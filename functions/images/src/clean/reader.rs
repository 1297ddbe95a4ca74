//! A file that is read from its beginning to its end, and never beyond.

use super::Defect;

/// What is left to read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The next `count` bytes.
    pub(super) fn take(&mut self, count: usize) -> Result<&'a [u8], Defect> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or(Defect::Broken)?;
        self.0 = rest;
        Ok(taken)
    }

    /// As [`Reader::take`], for a length that the file itself tells.
    pub(super) fn take_u32(&mut self, count: u32) -> Result<&'a [u8], Defect> {
        self.take(usize::try_from(count).map_err(|_| Defect::Broken)?)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], Defect> {
        let (taken, rest) = self.0.split_first_chunk::<N>().ok_or(Defect::Broken)?;
        self.0 = rest;
        Ok(*taken)
    }

    pub(super) fn byte(&mut self) -> Result<u8, Defect> {
        self.array::<1>().map(|[byte]| byte)
    }

    pub(super) fn u16_be(&mut self) -> Result<u16, Defect> {
        self.array().map(u16::from_be_bytes)
    }

    pub(super) fn u32_be(&mut self) -> Result<u32, Defect> {
        self.array().map(u32::from_be_bytes)
    }

    pub(super) fn u16_le(&mut self) -> Result<u16, Defect> {
        self.array().map(u16::from_le_bytes)
    }

    pub(super) fn u24_le(&mut self) -> Result<u32, Defect> {
        self.array().map(|[low, middle, high]| u32::from_le_bytes([low, middle, high, 0]))
    }

    pub(super) fn u32_le(&mut self) -> Result<u32, Defect> {
        self.array().map(u32::from_le_bytes)
    }

    /// All that `walk` reads.
    pub(super) fn span(&mut self, walk: impl FnOnce(&mut Self) -> Result<(), Defect>) -> Result<&'a [u8], Defect> {
        let begin = self.0;
        walk(self)?;
        begin.get(..begin.len() - self.0.len()).ok_or(Defect::Broken)
    }
}
