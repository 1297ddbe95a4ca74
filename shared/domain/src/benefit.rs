//! What a redemption code or a product gives.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Credits;
use crate::limits::{BENEFIT_CREDITS_MAX, BENEFIT_DAYS_MAX};

/// A level of membership. A higher one holds all of the lower.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "i64", into = "i64")]
pub enum Level {
    /// 会员: the models of the cheaper class are free.
    Member,
    /// 超级会员: all models are free.
    Super,
}

impl Level {
    /// The level that clients call by this number.
    pub const fn from_number(number: i64) -> Option<Self> {
        match number {
            1 => Some(Self::Member),
            2 => Some(Self::Super),
            _ => None,
        }
    }

    /// The number by which clients call it.
    pub const fn number(self) -> i64 {
        match self {
            Self::Member => 1,
            Self::Super => 2,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Member => "会员",
            Self::Super => "超级会员",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl TryFrom<i64> for Level {
    type Error = &'static str;

    fn try_from(number: i64) -> Result<Self, Self::Error> {
        Self::from_number(number).ok_or("not a level")
    }
}

impl From<Level> for i64 {
    fn from(level: Level) -> Self {
        level.number()
    }
}

/// Credits, or days of membership. One that [`Benefit::of`] made, or that was read from storage, is within the limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub enum Benefit {
    /// So many credits.
    Credits(Credits),
    /// So many days of membership of a level.
    Days(u32, Level),
}

impl Benefit {
    /// The benefit of `kind` (`integral` or `day`) and a positive number within the limits. Credits have no level.
    pub fn of(kind: &str, number: i64, level: Level) -> Option<Self> {
        match kind {
            "integral" => (1..=BENEFIT_CREDITS_MAX).contains(&number).then_some(Self::Credits(number)),
            "day" if (1..=BENEFIT_DAYS_MAX).contains(&number) => Some(Self::Days(u32::try_from(number).ok()?, level)),
            _ => None,
        }
    }

    /// How clients call this kind: `integral` or `day`.
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Credits(_) => "integral",
            Self::Days(..) => "day",
        }
    }

    /// How many credits, or how many days.
    pub fn number(self) -> i64 {
        match self {
            Self::Credits(credits) => credits,
            Self::Days(days, _) => i64::from(days),
        }
    }

    /// The level of the days; credits count as the lowest, because clients want a number there.
    pub const fn level(self) -> Level {
        match self {
            Self::Credits(_) => Level::Member,
            Self::Days(_, level) => level,
        }
    }

    /// What it is, as ledger texts say it: `积分`, `会员` or `超级会员`.
    pub const fn describe(self) -> &'static str {
        match self {
            Self::Credits(_) => "积分",
            Self::Days(_, level) => level.name(),
        }
    }
}

/// A benefit as the table keeps it, in the clients' own words.
#[derive(Serialize, Deserialize)]
struct Stored {
    #[serde(rename = "type")]
    kind: String,
    number: i64,
    level: Level,
}

impl TryFrom<Stored> for Benefit {
    type Error = &'static str;

    fn try_from(stored: Stored) -> Result<Self, Self::Error> {
        Self::of(&stored.kind, stored.number, stored.level).ok_or("not a benefit")
    }
}

impl From<Benefit> for Stored {
    fn from(benefit: Benefit) -> Self {
        Self { kind: benefit.kind().to_owned(), number: benefit.number(), level: benefit.level() }
    }
}
