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

/// The field of this name, which must have a value.
pub(crate) fn need<'a>(fields: &'a [(String, String)], name: &'static str) -> Result<&'a str, Rejection> {
    Some(value_of(fields, name)).filter(|value| !value.is_empty()).ok_or(Rejection::Missing(name))
}

/// Refuses fields whose signed text, `a=1&b=2`, other fields could have made, if one of `read` would differ: somebody
/// who can put `&out_trade_no=…` into any value of an order of his own could else have it pass for another order's.
pub(crate) fn refuse_ambiguous(fields: &[(String, String)], read: &[&str]) -> Result<(), Rejection> {
    let names_a_field = |value: &str| {
        value.split('&').skip(1).any(|part| part.split_once('=').is_some_and(|(name, _)| read.contains(&name)))
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
