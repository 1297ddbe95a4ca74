//! A page of a list.

use crate::limits::{PAGE_SIZE_DEFAULT, PAGE_SIZE_MAX};
use crate::paste;

/// Which rows of a list are wanted, newest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// From 1.
    pub number: u64,
    /// Rows a page, 1 to 100.
    pub size: u64,
}

impl Page {
    /// Reads the query values; anything unreadable falls back to the default, anything too large to the maximum.
    pub fn parse(number: Option<&str>, size: Option<&str>) -> Self {
        let read = |text: Option<&str>| text.and_then(|text| paste::clean(text).parse::<u64>().ok()).filter(|n| *n > 0);
        Self {
            number: read(number).unwrap_or(1),
            size: read(size).map_or(PAGE_SIZE_DEFAULT, |size| size.min(PAGE_SIZE_MAX)),
        }
    }

    /// The ordinals (from 1, oldest first) that this page shows of a list of `count` rows: `first..=last`.
    pub fn ordinals(self, count: u64) -> Option<(u64, u64)> {
        let last = count.checked_sub(self.size.checked_mul(self.number - 1)?).filter(|last| *last > 0)?;
        Some((last.saturating_sub(self.size - 1).max(1), last))
    }

    /// What this page shows of a small set that is at hand whole, newest first.
    pub fn of<T>(self, all: impl Iterator<Item = T>) -> impl Iterator<Item = T> {
        let size = usize::try_from(self.size).unwrap_or(usize::MAX);
        let before = usize::try_from(self.number - 1).unwrap_or(usize::MAX).saturating_mul(size);
        all.skip(before).take(size)
    }
}
