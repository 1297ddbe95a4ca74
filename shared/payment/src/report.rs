//! What a provider says of an order, and why it is not believed.

use domain::{Fen, Provider};

use crate::form::{first_twice, value_of};
use crate::params::Params;
use crate::{alipay, epay, payjs, xunhupay};

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

/// Why a notification is not believed. Its text is short and holds no values.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// A field comes twice.
    #[error("通知的字段重复: {0}")]
    Duplicate(String),
    /// A field is missing or empty.
    #[error("通知缺少字段: {0}")]
    Missing(&'static str),
    /// The signature is not the provider's.
    #[error("通知的签名不正确")]
    Signature,
    /// It is about another merchant.
    #[error("通知的商户不符")]
    Merchant,
    /// The amount is no plain decimal.
    #[error("通知的金额无法识别")]
    Amount,
    /// It cannot be read, or can be read in two ways.
    #[error("通知的格式无法识别")]
    Malformed,
}

/// Reads a notification and verifies it. `fields` are the decoded pairs in the order they came: see
/// [`crate::read_form`]. Whether number and amount are those of an order, and whether it was paid before, is for the
/// caller to know.
///
/// # Errors
/// When it is not the provider's word about an order of ours: see [`Rejection`].
pub fn verify(provider: Provider, params: &Params, fields: &[(String, String)]) -> Result<Report, Rejection> {
    if let Some(name) = first_twice(fields.iter().map(|(name, _)| name.as_str())) {
        let is_plain = |character: &char| character.is_ascii_alphanumeric() || *character == '_';
        return Err(Rejection::Duplicate(name.chars().filter(is_plain).take(40).collect()));
    }
    match provider {
        Provider::Alipay => alipay::verify(params, fields),
        Provider::Epay => epay::verify(params, fields),
        Provider::PayJs => payjs::verify(params, fields),
        Provider::Xunhupay => xunhupay::verify(params, fields),
    }
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
