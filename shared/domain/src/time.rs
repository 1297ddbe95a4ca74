//! Business time: one zone for every date that people see.

use std::fmt;
use std::str::FromStr;

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, ToSpan as _};
use serde::{Deserialize, Serialize};

use crate::paste;

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

    /// The first millisecond of `day` since the Unix epoch. Where clocks skip midnight, the day begins as much later
    /// as they skip.
    pub fn start(&self, day: BusinessDay) -> i64 {
        // Only the calendar's very ends, years -9999 and 9999, have days that begin beyond all timestamps.
        let beyond = if day.0.year() > 0 { Timestamp::MAX } else { Timestamp::MIN };
        self.0.to_timestamp(day.0.at(0, 0, 0, 0)).unwrap_or(beyond).as_millisecond()
    }

    /// The first millisecond after `day`: that of the next one.
    pub fn end(&self, day: BusinessDay) -> i64 {
        day.0.tomorrow().map_or(Timestamp::MAX.as_millisecond(), |next| self.start(BusinessDay(next)))
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
    /// Reads `YYYY-MM-DD`, alone or before a time of day as `HH:mm:ss` (after blanks or a `T`), which does not count.
    /// A time with an offset is refused: its date may be another one here.
    pub fn parse(text: &str) -> Option<Self> {
        let text = paste::clean(text);
        let (date, time) = text.split_at_checked(10)?;
        let is_time = |time: &str| is_form(time, "00:00:00") && time.parse::<Time>().is_ok();
        let is_time = time.strip_prefix('T').map_or_else(|| time.is_empty() || is_time(time), is_time);
        (is_time && is_form(date, "0000-00-00")).then(|| date.parse().ok().map(Self))?
    }

    /// The day before.
    #[must_use]
    pub fn yesterday(self) -> Self {
        Self(self.0.saturating_sub(1.day()))
    }

    /// The day `days` later; at most the calendar's last.
    #[must_use]
    pub fn plus(self, days: u32) -> Self {
        Self(Span::new().try_days(days).map_or(Date::MAX, |span| self.0.saturating_add(span)))
    }

    /// The day `days` earlier; at least the calendar's first.
    #[must_use]
    pub fn minus(self, days: u32) -> Self {
        Self(Span::new().try_days(days).map_or(Date::MIN, |span| self.0.saturating_sub(span)))
    }

    /// The first day of this day's month.
    #[must_use]
    pub fn first_of_month(self) -> Self {
        Self(self.0.first_of_month())
    }

    /// The last day of this day's month.
    #[must_use]
    pub fn last_of_month(self) -> Self {
        Self(self.0.last_of_month())
    }
}

/// Whether `text` has a digit wherever `form` has one, and is `form` elsewhere.
fn is_form(text: &str, form: &str) -> bool {
    let fits = |(a, b): (u8, u8)| if b == b'0' { a.is_ascii_digit() } else { a == b };
    text.len() == form.len() && text.bytes().zip(form.bytes()).all(fits)
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
