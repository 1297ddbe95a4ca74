//! `Retry-After`, in seconds.

use std::time::SystemTime;

use reqwest::header::{DATE, HeaderMap, HeaderName, RETRY_AFTER};

/// What `Retry-After` says: a number of seconds, or a date. A date is compared with the upstream's own `Date`, so that
/// its clock and ours need not agree.
pub(crate) fn after_seconds(head: &HeaderMap) -> Option<u32> {
    let said = text_of(head, &RETRY_AFTER);
    if let Ok(seconds) = said.parse::<f64>() {
        return (seconds >= 0.0).then(|| whole(seconds));
    }
    let date = |text| httpdate::parse_http_date(text).ok();
    let now: SystemTime = date(text_of(head, &DATE))?;
    let wait = date(said)?.duration_since(now).unwrap_or_default();
    Some(whole(wait.as_secs_f64()))
}

/// Rounded up, and no more than the type holds.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the range of the type")]
fn whole(seconds: f64) -> u32 {
    seconds.ceil().clamp(0.0, f64::from(u32::MAX)) as u32
}

/// A header as text; empty when it is missing or none.
pub(crate) fn text_of<'a>(head: &'a HeaderMap, name: &HeaderName) -> &'a str {
    head.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_dates_are_read() {
        let date = "Wed, 21 Oct 2037 07:28:00 GMT";
        for (said, at, expected) in [
            ("20", "", Some(20)),
            ("0", "", Some(0)),
            ("1.2", "", Some(2)),
            ("99999999999", "", Some(u32::MAX)),
            (date, "Wed, 21 Oct 2037 07:27:15 GMT", Some(45)),
            (date, "Wed, 21 Oct 2037 08:00:00 GMT", Some(0)),
            (date, "", None),
            ("-3", "", None),
            ("NaN", "", None),
            ("soon", date, None),
            ("", date, None),
        ] {
            let mut head = HeaderMap::new();
            for (name, value) in [(RETRY_AFTER, said), (DATE, at)] {
                if !value.is_empty() {
                    head.insert(name, value.parse().unwrap());
                }
            }
            assert_eq!(after_seconds(&head), expected, "{said} at {at}");
        }
    }
}
