//! Ledger rows of a site that has grown, the same ones each time.

use domain::{MessageId, UserId};
use table::ledger::{Cause, Row};

use super::site::START_MILLIS;

const HOUR: u64 = 3_600_000;
const DAY: u64 = 24 * HOUR;

/// How long the site took for its rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Over {
    ThreeYears,
    Month,
}

impl Over {
    pub(crate) const ALL: [Self; 2] = [Self::ThreeYears, Self::Month];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::ThreeYears => "three years",
            Self::Month => "a month",
        }
    }

    const fn millis(self) -> u64 {
        match self {
            Self::ThreeYears => 3 * 365 * DAY,
            Self::Month => 30 * DAY,
        }
    }
}

/// One person to ten rows, and no more than ten thousand who are active.
pub(crate) fn people(number: u64) -> u64 {
    (number / 10).clamp(1, 10_000)
}

pub(crate) fn person(place: u64) -> UserId {
    UserId::at(START_MILLIS - 86_400_000).offset(u32::try_from(place).unwrap_or(u32::MAX))
}

/// `number` rows, oldest first.
pub(crate) fn rows(number: u64, over: Over) -> impl Iterator<Item = Row> {
    let mut ordinals = vec![0_u64; usize::try_from(people(number)).unwrap_or(1)];
    let mut last = 0_i64;
    (0..number).map(move |place| {
        let chance = mixed(place);
        let millis = START_MILLIS.saturating_add_unsigned(time(place, number, over.millis()));
        let salt = u32::try_from(chance >> 42).unwrap_or_default();
        last = MessageId::at(millis).offset(salt).as_i64().max(last + 1);
        let someone = usize::try_from(chance).unwrap_or(usize::MAX) % ordinals.len();
        let ordinal = ordinals.get_mut(someone).map_or(1, |ordinal| {
            *ordinal += 1;
            *ordinal
        });
        row(last, someone as u64, ordinal, millis)
    })
}

fn row(id: i64, someone: u64, ordinal: u64, created: i64) -> Row {
    Row {
        id: MessageId::from_i64(id).unwrap_or_else(|| MessageId::at(created)),
        user: person(someone),
        ordinal,
        amount: -2,
        total: 1_000_000_i64.saturating_sub_unsigned(2 * ordinal),
        days: None,
        describe: "对话(gpt-3.5-turbo)".to_owned(),
        cause: Cause::Chat {
            hold: format!("{id:024}"),
            model: "gpt-3.5-turbo".to_owned(),
            prompt_tokens: 512,
            completion_tokens: 256,
            estimated: false,
            upstream: "local".to_owned(),
            api_key: None,
        },
        created,
        corrections: Vec::new(),
        hidden: None,
    }
}

/// When the row at `place` came: evenly over the time, but for nights, which see a ninth of the evenings' rows.
#[expect(clippy::cast_precision_loss, clippy::cast_sign_loss, clippy::cast_possible_truncation, reason = "a bench")]
fn time(place: u64, number: u64, span: u64) -> u64 {
    let even = (place as f64 + 0.5) / number as f64 * span as f64;
    let swing = 0.8 * DAY as f64 / std::f64::consts::TAU;
    (even + swing * (even / DAY as f64 * std::f64::consts::TAU).sin()).max(0.0) as u64
}

/// The bits of a number, mixed: chance that is the same each time.
fn mixed(number: u64) -> u64 {
    let mut bits = number.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    bits ^ (bits >> 31)
}
