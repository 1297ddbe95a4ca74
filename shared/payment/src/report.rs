//! What a provider says of an order.

use domain::Fen;

use crate::form::value_of;
use crate::rejection::Rejection;

/// What a provider says of an order. Everything in it was signed by the provider, or came over TLS from the host that
/// the administrator configured where the provider signs nothing (the queries of epay and xunhupay).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// What became of the order.
    pub state: State,
    /// Whether something else that was said with it cannot be true as well; `state` is the more cautious of the two.
    pub is_contradictory: bool,
    /// Our number of it.
    pub number: String,
    /// The provider's own number of it, where it tells.
    pub trade_no: Option<String>,
    /// What the order costs there; `None` where the answer does not tell: Alipay for an order that is
    /// [`State::Absent`], epay for one that it does not find. A report of [`State::Paid`] has one always.
    pub amount: Option<Fen>,
    /// The fields as they came, without the signature.
    pub fields: Vec<(String, String)>,
}

/// What became of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// It is not paid yet.
    Waiting,
    /// It is paid, and the money is there.
    Paid,
    /// It was not paid and cannot be paid any more.
    Closed,
    /// It was paid, and the money went back, wholly or in part.
    Refunded,
    /// A word that we do not know, as the provider wrote it.
    Unknown(String),
    /// The provider does not know the order, or not yet: Alipay knows it from the first scan on.
    Absent,
}

/// What several words that were said together make of an order, and whether they contradict each other; none without a
/// word. One word for "paid" is believed only when no other speaks against it, and what was paid and is closed was given
/// back. Money that went back in part went back: what is left is not what the order costs.
///
/// Answers to questions and notifications are both read by it, so that the same words have the same outcome however they
/// came.
pub(crate) fn joint(words: impl IntoIterator<Item = State>) -> Option<(State, bool)> {
    let words: Vec<State> = words.into_iter().collect();
    let is_paid = words.contains(&State::Paid);
    match words.into_iter().min_by_key(State::rank)? {
        State::Closed if is_paid => Some((State::Refunded, false)),
        state @ (State::Paid | State::Refunded) => Some((state, false)),
        state => Some((state, is_paid)),
    }
}

impl State {
    /// The lower, the more cautious.
    const fn rank(&self) -> u8 {
        match self {
            Self::Refunded => 0,
            Self::Closed => 1,
            Self::Waiting => 2,
            Self::Unknown(_) => 3,
            Self::Absent => 4,
            Self::Paid => 5,
        }
    }
}

/// Names under which providers tell how much went back.
const REFUNDS: [&str; 5] = ["refund_fee", "refund_amount", "refund_money", "refundmoney", "refund_total"];

/// Whether some of the money went back. An order of which none did may say so: `0.00`.
pub(crate) fn refund(fields: &[(String, String)]) -> Option<State> {
    let is_some = |amount: String| Fen::of_yuan_text(&amount).is_none_or(|amount| amount.number() > 0);
    REFUNDS.into_iter().filter_map(|name| filled(fields, name)).any(is_some).then_some(State::Refunded)
}

/// The field of this name, which must have a value.
pub(crate) fn need<'a>(fields: &'a [(String, String)], name: &'static str) -> Result<&'a str, Rejection> {
    Some(value_of(fields, name)).filter(|value| !value.is_empty()).ok_or(Rejection::Missing(name))
}

/// Refuses fields whose signed text, `a=1&b=2`, other fields could have made, if one of `read` would differ: somebody
/// who can put `&out_trade_no=…` into any value of an order of his own could else have it pass for another order's.
pub(crate) fn refuse_ambiguous(fields: &[(String, String)], read: &[&str]) -> Result<(), Rejection> {
    let names_a_field = |value: &str| {
        let counts = |name| read.contains(&name) || REFUNDS.contains(&name);
        value.split('&').skip(1).any(|part| part.split_once('=').is_some_and(|(name, _)| counts(name)))
    };
    if fields.iter().any(|(_, value)| names_a_field(value)) { Err(Rejection::Malformed) } else { Ok(()) }
}

/// The fields without the signature.
pub(crate) fn without(fields: &[(String, String)], left_out: &[&str]) -> Vec<(String, String)> {
    fields.iter().filter(|(name, _)| !left_out.contains(&name.as_str())).cloned().collect()
}

/// The field's value, unless it is empty.
pub(crate) fn filled(fields: &[(String, String)], name: &str) -> Option<String> {
    Some(value_of(fields, name)).filter(|value| !value.is_empty()).map(str::to_owned)
}

/// A state of which we know no more than its word.
pub(crate) fn unknown(word: &str) -> State {
    State::Unknown(word.chars().filter(|character| !character.is_control()).take(40).collect())
}
