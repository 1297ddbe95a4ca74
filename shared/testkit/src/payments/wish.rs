//! The `[[…]]` directives in the title of a trade that is created.

use std::time::Duration;

use crate::link::Link;
use crate::upstream::{WAIT_MS_MAX, split};

/// What a title asks for.
#[derive(Debug, Clone, Copy, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a directive of its own; they combine freely")]
pub(super) struct Wish {
    pub(super) slow: Duration,
    pub(super) refuse: bool,
    pub(super) garbage: bool,
    pub(super) unsigned: bool,
    pub(super) drop: bool,
    pub(super) nested: bool,
    pub(super) link: Link,
}

impl Wish {
    /// Reads `title`; returns also what it says besides, which is what its length counts by.
    pub(super) fn read(title: &str) -> (Self, String) {
        // Merchants write this sign wide for Alipay.
        let title = title.replace('＝', "=");
        let (found, said) = split(&title);
        let mut wish = Self::default();
        for (name, value) in found {
            match (name, value.trim().parse::<u64>()) {
                ("slow_ms", Ok(millis)) => wish.slow = Duration::from_millis(millis.min(WAIT_MS_MAX)),
                ("refuse", _) => wish.refuse = true,
                ("garbage", _) => wish.garbage = true,
                ("unsigned", _) => wish.unsigned = true,
                ("drop", _) => wish.drop = true,
                ("nested", _) => wish.nested = true,
                ("link", _) => wish.link = Link::parse(value),
                _ => {}
            }
        }
        (wish, said)
    }
}
