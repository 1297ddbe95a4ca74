//! Business time: one zone for every date that people see.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use serde::{Deserialize, Serialize};

/// The business time zone.
#[derive(Clone, Debug)]
pub struct Zone(TimeZone);

/// A day of the business time zone, `YYYY-MM-DD` as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct BusinessDay(Date);

impl Zone {
    /// The day of `millis` since the Unix epoch.
    pub fn day(&self, millis: i64) -> BusinessDay {
        BusinessDay(self.0.to_datetime(timestamp(millis)).date())
    }

    /// `millis` since the Unix epoch as `YYYY-MM-DD HH:mm:ss`.
    pub fn text(&self, millis: i64) -> String {
        self.0.to_datetime(timestamp(millis)).strftime("%Y-%m-%d %H:%M:%S").to_string()
    }
}

fn timestamp(millis: i64) -> Timestamp {
    Timestamp::from_millisecond(millis).unwrap_or(Timestamp::UNIX_EPOCH)
}

impl FromStr for Zone {
    type Err = &'static str;

    /// Reads an IANA name such as `Asia/Shanghai`.
    fn from_str(name: &str) -> Result<Self, Self::Err> {
        TimeZone::get(name).map(Self).map_err(|_| "not a time zone")
    }
}

impl BusinessDay {
    /// The day before.
    #[must_use]
    pub fn yesterday(self) -> Self {
        Self(self.0.saturating_sub(1.day()))
    }
}

impl fmt::Display for BusinessDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.strftime("%Y-%m-%d").fmt(f)
    }
}

impl TryFrom<String> for BusinessDay {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse().map(Self).map_err(|_| "not a date")
    }
}

impl From<BusinessDay> for String {
    fn from(day: BusinessDay) -> Self {
        day.to_string()
    }
}
