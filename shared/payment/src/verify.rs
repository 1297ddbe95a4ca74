//! Notifications: whose word they are.

use domain::Provider;

use crate::form::first_twice;
use crate::params::Params;
use crate::rejection::Rejection;
use crate::report::Report;
use crate::{alipay, epay, payjs, xunhupay};

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
