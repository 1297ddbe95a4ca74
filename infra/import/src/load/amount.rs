//! Numbers as the classic schema writes them.

use domain::{Benefit, BusinessDay, Level, paste};

/// Larger credits are nobody's: sums of them would leave all bounds.
const CREDITS_MAX: i64 = 1_000_000_000_000;

/// What a row of a statement says: `10积分`, `-1积分`, `30天`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Amount {
    Credits(i64),
    Days(u32),
}

impl Amount {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        let text = text.replace('＋', "+").replace(['－', '−'], "-");
        let end = text.find(|c: char| !(c.is_ascii_digit() || "+-.".contains(c))).unwrap_or(text.len());
        let (number, unit) = text.split_at(end);
        let number = whole(number)?;
        match unit {
            "" | "积分" | "分" | "点" => Some(Self::Credits(number)),
            "天" | "日" => u32::try_from(number).ok().map(Self::Days),
            _ => None,
        }
    }

    /// Whether it is what this benefit gives.
    pub(super) fn is_of(self, benefit: Benefit) -> bool {
        match self {
            Self::Credits(credits) => benefit == Benefit::Credits(credits),
            Self::Days(days) => matches!(benefit, Benefit::Days(given, _) if given == days),
        }
    }
}

/// A whole number, perhaps with decimals that are all zero.
pub(super) fn whole(text: &str) -> Option<i64> {
    // One byte of a column of bits.
    if let [byte @ 0..=9] = text.as_bytes() {
        return Some(i64::from(*byte));
    }
    let text = &*paste::clean(text);
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    if !decimals.bytes().all(|digit| digit == b'0') {
        return None;
    }
    whole.parse().ok().filter(|number: &i64| (-CREDITS_MAX..=CREDITS_MAX).contains(number))
}

/// A benefit: `integral` or `day`, how many, and which level.
pub(super) fn benefit(kind: &str, number: &str, level: &str) -> Option<Benefit> {
    let level = whole(level).and_then(Level::from_number).unwrap_or(Level::Member);
    Benefit::of(&paste::clean(kind), whole(number)?, level)
}

/// A day, whatever time stands behind it.
pub(super) fn day(text: &str) -> Option<BusinessDay> {
    let text = text.trim();
    if text.is_empty() || text.starts_with("0000") {
        return None;
    }
    BusinessDay::parse(text.split_once('.').map_or(text, |(time, _)| time))
}

/// Whether what stands where a day would says that there is none.
pub(super) fn is_no_day(text: &str) -> bool {
    let text = text.trim();
    ["", "0", "\0", "-1"].contains(&text) || text.starts_with("0000")
}

/// Dollars as millionths of one; 0 for what is none.
pub(super) fn millionths(text: &str) -> i64 {
    let text = text.trim();
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    let digits: String = decimals.chars().take_while(char::is_ascii_digit).chain("000000".chars()).take(6).collect();
    let millionths = format!("{}{digits}", if whole.is_empty() { "0" } else { whole });
    millionths.parse().ok().filter(|number: &i64| *number >= 0).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_with_sign_and_unit() {
        for (text, expected) in [
            ("10积分", Some(Amount::Credits(10))),
            ("-1积分", Some(Amount::Credits(-1))),
            ("+5 积分", Some(Amount::Credits(5))),
            ("－3积分", Some(Amount::Credits(-3))),
            ("7", Some(Amount::Credits(7))),
            ("2.00积分", Some(Amount::Credits(2))),
            ("30天", Some(Amount::Days(30))),
            ("-30天", None),
            ("1.5积分", None),
            ("积分", None),
            ("10元", None),
            ("", None),
            ("--1积分", None),
            ("99999999999999999999积分", None),
        ] {
            assert_eq!(Amount::parse(text), expected, "{text}");
        }
    }

    #[test]
    fn dollars_become_millionths() {
        for (text, expected) in
            [("0.42", 420_000), ("5.00004", 5_000_040), ("5", 5_000_000), ("", 0), ("-1", 0), ("x", 0)]
        {
            assert_eq!(millionths(text), expected, "{text}");
        }
    }
}
