//! A person's ledger: the rows of the dump in a dense order, linked to the codes and orders that they tell of, and one
//! more where they do not add up to the credits.

use domain::{Benefit, Credits, MessageId, UserId};
use table::ledger::{Cause, Row};

use super::amount::Amount;

/// The text of the row that opens the books.
const OPENING: &str = "期初余额";
/// Longest text of a row that is kept.
const TEXT_CHARS_MAX: usize = 200;
/// Milliseconds between a code or an order and the row that tells of it.
const APART_MILLIS_MAX: i64 = 24 * 3600 * 1000;

/// A row of the dump.
#[derive(Clone, Debug)]
pub(super) struct Old {
    pub(super) id: MessageId,
    pub(super) line: u64,
    pub(super) value: String,
    pub(super) describe: String,
    pub(super) created: i64,
}

/// Something that gave a person what it gives, at some time.
#[derive(Clone, Debug)]
pub(super) struct Gift {
    pub(super) benefit: Benefit,
    pub(super) at: i64,
    pub(super) cause: Cause,
    /// What the row that tells of it has in its text.
    pub(super) word: &'static str,
}

/// A ledger as it will be.
#[derive(Debug, Default)]
pub(super) struct Opened {
    pub(super) rows: Vec<Row>,
    /// Rows whose value cannot be read, which give nothing: their lines, ids and values.
    pub(super) unreadable: Vec<(u64, i64, String)>,
    /// The sum of the rows of the dump.
    pub(super) old_sum: Credits,
    /// Gifts with the rows that tell of them: the place among the gifts, the ordinal and the row's id.
    pub(super) linked: Vec<(usize, u64, MessageId)>,
}

/// The ledger of a person who has `credits`. `opening` is the id and the time of the row that opens it, if one must.
pub(super) fn open(user: UserId, credits: Credits, old: Vec<Old>, gifts: &[Gift], opening: (MessageId, i64)) -> Opened {
    let mut opened = Opened::default();
    let mut free: Vec<bool> = vec![true; gifts.len()];
    for (ordinal, row) in (1..).zip(old) {
        let amount = Amount::parse(&row.value);
        let (given, days) = match amount {
            Some(Amount::Credits(credits)) => (credits, None),
            Some(Amount::Days(days)) => (0, Some(days)),
            None => {
                opened.unreadable.push((row.line, row.id.as_i64(), row.value.clone()));
                (0, None)
            }
        };
        let gift = amount.and_then(|amount| nearest(gifts, &free, &row, amount));
        let cause = gift.and_then(|place| gifts.get(place)).map(|gift| gift.cause.clone());
        if let Some(place) = gift {
            free.iter_mut().skip(place).take(1).for_each(|free| *free = false);
            opened.linked.push((place, ordinal, row.id));
        }
        opened.old_sum = opened.old_sum.saturating_add(given);
        let mut describe: String = row.describe.chars().take(TEXT_CHARS_MAX).collect();
        if amount.is_none() && !row.value.is_empty() {
            let value: String = row.value.chars().take(TEXT_CHARS_MAX).collect();
            describe = format!("{describe} ({value})");
        }
        let cause = cause.unwrap_or(Cause::Imported { row: row.id });
        let sums = (ordinal, given, opened.old_sum);
        opened.rows.push(Row { days, ..new_row(user, row.id, sums, describe, cause, row.created) });
    }
    if opened.old_sum != credits {
        let ordinal = opened.rows.last().map_or(1, |row| row.ordinal + 1);
        let sums = (ordinal, credits.saturating_sub(opened.old_sum), credits);
        opened.rows.push(new_row(user, opening.0, sums, OPENING.to_owned(), Cause::Opening, opening.1));
    }
    opened
}

fn new_row(
    user: UserId,
    id: MessageId,
    (ordinal, amount, total): (u64, Credits, Credits),
    describe: String,
    cause: Cause,
    created: i64,
) -> Row {
    let (days, corrections, hidden) = (None, Vec::new(), None);
    Row { id, user, ordinal, amount, total, days, describe, cause, created, corrections, hidden }
}

/// The gift that a row tells of: of those with its amount that no other row tells of, the nearest in time.
fn nearest(gifts: &[Gift], free: &[bool], row: &Old, amount: Amount) -> Option<usize> {
    let fits = |gift: &Gift| amount.is_of(gift.benefit) && row.describe.contains(gift.word);
    let apart = |gift: &Gift| gift.at.saturating_sub(row.created).saturating_abs();
    let near = gifts.iter().zip(free).enumerate().filter(|(_, (gift, free))| **free && fits(gift));
    let near = near.map(|(place, (gift, _))| (apart(gift), place)).filter(|(apart, _)| *apart <= APART_MILLIS_MAX);
    near.min().map(|(_, place)| place)
}

#[cfg(test)]
mod tests {
    use domain::{BatchId, CodeId};

    use super::*;

    fn id(number: i64) -> MessageId {
        MessageId::from_i64(number).unwrap()
    }

    fn old(number: i64, value: &str, describe: &str) -> Old {
        Old { id: id(number), line: 1, value: value.to_owned(), describe: describe.to_owned(), created: number * 1000 }
    }

    fn opened(credits: Credits, rows: Vec<Old>, gifts: &[Gift]) -> Opened {
        open(UserId::from_i64(7).unwrap(), credits, rows, gifts, (id(999), 99_000))
    }

    #[test]
    fn rows_that_add_up_need_no_other() {
        let rows = vec![old(1, "10积分", "注册奖励"), old(2, "-1积分", "对话"), old(3, "30天", "购买")];
        let opened = opened(9, rows, &[]);
        assert_eq!(opened.rows.iter().map(|row| row.total).collect::<Vec<_>>(), [10, 9, 9]);
        assert_eq!(opened.rows.iter().map(|row| row.ordinal).collect::<Vec<_>>(), [1, 2, 3]);
        assert_eq!(opened.rows[2].days, Some(30));
    }

    #[test]
    fn what_is_missing_is_opened() {
        for (credits, rows, amount) in
            [(5, vec![], 5), (50, vec![old(1, "10积分", "x")], 40), (0, vec![old(1, "10积分", "x")], -10)]
        {
            let opened = opened(credits, rows, &[]);
            let last = opened.rows.last().unwrap();
            assert_eq!((last.amount, last.total, &last.cause), (amount, credits, &Cause::Opening));
            assert_eq!((last.id, last.created, last.describe.as_str()), (id(999), 99_000, OPENING));
        }
        assert!(opened(0, vec![], &[]).rows.is_empty());
    }

    #[test]
    fn values_that_cannot_be_read_are_kept_as_text() {
        let opened = opened(3, vec![old(1, "3元", "充值")], &[]);
        assert_eq!((opened.rows[0].amount, opened.rows[0].describe.as_str()), (0, "充值 (3元)"));
        assert_eq!(opened.unreadable, [(1, 1, "3元".to_owned())]);
        assert_eq!(opened.rows[1].amount, 3);
    }

    #[test]
    fn each_gift_is_linked_to_the_nearest_row_once() {
        let gift = |number, at| Gift {
            benefit: Benefit::Credits(10),
            at,
            cause: Cause::Code { code: CodeId::from_i64(number).unwrap(), batch: BatchId::from_i64(1).unwrap() },
            word: "卡密",
        };
        let gifts = [gift(1, 2_000), gift(2, 5_000)];
        let rows = vec![
            old(2, "10积分", "卡密充值 (积分)"),
            old(3, "10积分", "签到奖励"),
            old(4, "20积分", "卡密充值"),
            old(5, "10积分", "卡密充值 (积分)"),
            old(6, "10积分", "卡密充值 (积分)"),
        ];
        let found = opened(60, rows, &gifts);
        assert_eq!(found.linked, [(0, 1, id(2)), (1, 4, id(5))]);
        assert_eq!(found.rows[4].cause, Cause::Imported { row: id(6) });
        assert_eq!(found.rows.len(), 5);
        // A day later it is another's.
        let late = [gift(1, 2_000 + APART_MILLIS_MAX + 1)];
        assert!(opened(10, vec![old(2, "10积分", "卡密")], &late).linked.is_empty());
    }
}
