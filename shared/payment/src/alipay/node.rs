//! The part of Alipay's answer that answers, and whether Alipay signed exactly that text.
//!
//! The signature covers the value of one member as it stands in the body, to the byte. So the body is cut at its top
//! level only, what was verified is what is read, and an answer that could be cut in two ways is none.

use serde_json::value::RawValue;

use crate::answer::other_order;
use crate::form::{first_twice, flat_members, members, value_of};
use crate::order::Failure;
use crate::rsa2::verifies;

/// Where the gateway answers when it does not know the method.
const ERROR: &str = "error_response";

/// The part that answers.
#[derive(Debug)]
pub(crate) struct Node {
    /// Its members that have one plain value each.
    pub(crate) fields: Vec<(String, String)>,
    /// Who vouches for it.
    pub(crate) seal: Seal,
}

/// Who vouches for an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Seal {
    /// Alipay.
    Good,
    /// Nobody: there is no signature.
    Absent,
    /// Nobody: the signature is of another text or another key.
    Bad,
}

impl Node {
    /// Whether the gateway did what it was asked.
    pub(crate) fn is_success(&self) -> bool {
        value_of(&self.fields, "code") == "10000"
    }

    /// Refuses an answer about another order.
    pub(crate) fn check_order(&self, number: &str) -> Result<(), Failure> {
        if value_of(&self.fields, "out_trade_no") == number { Ok(()) } else { Err(other_order()) }
    }
}

/// Reads an answer to `method`; `None` when it has not exactly one part that answers.
pub(crate) fn read(body: &[u8], method: &str, key: &[u8]) -> Option<Node> {
    let members = members(body)?;
    if first_twice(members.iter().map(|(name, _)| name.as_str())).is_some() {
        return None;
    }
    let find = |wanted: &str| members.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_ref());
    let node = match (find(&format!("{}_response", method.replace('.', "_"))), find(ERROR)) {
        (Some(node), None) | (None, Some(node)) => node.get(),
        _ => return None,
    };
    let seal = match find("sign") {
        None => Seal::Absent,
        Some(signature) if is_sealed(key, node, signature) => Seal::Good,
        Some(_) => Seal::Bad,
    };
    Some(Node { fields: flat_members(node.as_bytes())?, seal })
}

/// Whether the signature is of this text, or of the same text with its slashes escaped otherwise: some gateways escape
/// them after they sign, or undo it.
fn is_sealed(key: &[u8], node: &str, signature: &RawValue) -> bool {
    let Ok(signature) = serde_json::from_str::<String>(signature.get()) else { return false };
    let holds = |text: &str| verifies(key, text.as_bytes(), &signature);
    let holds_otherwise = || {
        let unescaped = node.replace("\\/", "/");
        holds(&unescaped) || holds(&unescaped.replace('/', "\\/"))
    };
    // Behind an escaped backslash, a slash is not escaped: such a text is not rewritten.
    holds(node) || (!node.contains("\\\\") && holds_otherwise())
}
