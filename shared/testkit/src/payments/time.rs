//! Times as the providers write them: China's, which is eight hours ahead all year.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};

/// How all of them write a time.
pub(super) const SECONDS: &str = "%Y-%m-%d %H:%M:%S";

/// The time `millis` after the Unix epoch, in `format`.
pub(super) fn write(millis: i64, format: &str) -> String {
    let zone = TimeZone::fixed(Offset::constant(8));
    Timestamp::from_millisecond(millis).unwrap_or_default().to_zoned(zone).strftime(format).to_string()
}

/// Whether `text` is a time in the format of [`SECONDS`].
pub(super) fn is_time(text: &str) -> bool {
    DateTime::strptime(SECONDS, text).is_ok_and(|time| time.strftime(SECONDS).to_string() == text)
}
