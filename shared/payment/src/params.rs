//! What an administrator types to connect a merchant's account, checked before it is kept.

mod address;
mod field;

use std::collections::BTreeMap;
use std::fmt;

use domain::Provider;
use outbound::{AddressError, Endpoint, Loopback};

use self::field::Field;
use crate::form::flat_members;
use crate::rsa2::{KeyFormat, private_key, public_key};

/// Longer texts are refused unread: two RSA keys have some five thousand bytes.
const TEXT_BYTES_MAX: usize = 32 * 1024;

/// The account at a provider: the values of its known keys, in the form that they are used in. Empty ones may be among
/// them where a key is optional.
#[derive(Clone, PartialEq, Eq)]
pub struct Params(BTreeMap<String, String>);

/// What is wrong with an account. Neither of its texts holds a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {fault}")]
pub struct ParamsError {
    /// The key, as `params` names it; empty when it is about the whole text.
    pub field: &'static str,
    /// What is wrong with its value.
    pub fault: Fault,
}

/// What is wrong with a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The whole text is no JSON object of plain values, or too long.
    #[error("not a JSON object of plain values")]
    Malformed,
    /// It must not be empty.
    #[error("empty")]
    Empty,
    /// It is too long, or holds characters that such a value never has.
    #[error("unfit")]
    Unfit,
    /// It holds a `*`: what is shown in place of a secret is none.
    #[error("masked")]
    Masked,
    /// No RSA private key of 2048 to 4096 bits in the format that `keyType` names.
    #[error("not a private key")]
    PrivateKey,
    /// No RSA public key.
    #[error("not a public key")]
    PublicKey,
    /// The public half of the app's own key in place of Alipay's.
    #[error("the app's public key instead of Alipay's")]
    OwnPublicKey,
    /// An address that is never called.
    #[error("{0}")]
    Address(AddressError),
}

impl ParamsError {
    /// What the administrator reads about it, with the name of the field: `密钥不能为空(key)`.
    #[must_use]
    pub fn sentence(&self) -> String {
        let label = field::label(self.field);
        let said = match self.fault {
            Fault::Malformed => return "参数格式不正确，应为 JSON 对象".to_owned(),
            Fault::Empty => format!("{label}不能为空"),
            Fault::Unfit => format!("{label}格式不正确"),
            Fault::Masked => format!("{label}不能包含 *，请填写完整的{label}"),
            Fault::PrivateKey => format!("{label}无法识别，请检查格式(PKCS8 或 PKCS1)和长度(2048 至 4096 位)"),
            Fault::PublicKey => format!("{label}无法识别"),
            Fault::OwnPublicKey => format!("填的是应用公钥，应填写{label}"),
            Fault::Address(reason) => reason.sentence().to_owned(),
        };
        format!("{said}({})", self.field)
    }
}

impl Params {
    /// Reads the JSON object that an administrator typed. Values may be texts or numbers, what came along with them when
    /// they were pasted is dropped, and so are keys that the provider does not know. Addresses and keys are kept in one plain form, whatever
    /// was pasted.
    ///
    /// # Errors
    /// When something is missing or could not be used.
    pub fn parse(provider: Provider, text: &str, loopback: Loopback) -> Result<Self, ParamsError> {
        let whole = ParamsError { field: "", fault: Fault::Malformed };
        if text.len() > TEXT_BYTES_MAX {
            return Err(whole);
        }
        let typed = flat_members(text.as_bytes()).ok_or(whole)?;
        let mut values = BTreeMap::new();
        for field in field::of(provider) {
            let Some((_, value)) = typed.iter().find(|(name, _)| name == field.name) else {
                field.check_absence()?;
                continue;
            };
            values.insert(field.name.to_owned(), field.read(value, loopback)?);
        }
        let params = Self(values);
        if provider == Provider::Alipay {
            params.check_keys()?;
        }
        Ok(params)
    }

    /// Reads what [`Params::to_json`] wrote, by the same checks. Where its address leads is judged at each call.
    ///
    /// # Errors
    /// When it was written by something else.
    pub fn from_json(provider: Provider, text: &str) -> Result<Self, ParamsError> {
        Self::parse(provider, text, Loopback::Allow)
    }

    /// The JSON object that is sealed and kept.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::json!(self.0).to_string()
    }

    /// The names of the keys that are secrets.
    #[must_use]
    pub const fn secrets(provider: Provider) -> &'static [&'static str] {
        match provider {
            Provider::Alipay => &["privateKey"],
            Provider::Epay | Provider::PayJs | Provider::Xunhupay => &["key"],
        }
    }

    /// The value of a key.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// All keys and values, sorted by key.
    pub fn entries(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Whose account it is at the provider.
    #[must_use]
    pub fn merchant(&self, provider: Provider) -> &str {
        let name = match provider {
            Provider::Alipay => "appId",
            Provider::Epay => "pid",
            Provider::PayJs => "mchid",
            Provider::Xunhupay => "appid",
        };
        self.get(name).unwrap_or_default()
    }

    /// Looks up the name in its address now, so that an administrator hears at once of one that will not be called.
    ///
    /// # Errors
    /// When the name has no address in time, or one that is not public.
    pub async fn check_reachable(&self, provider: Provider, loopback: Loopback) -> Result<(), ParamsError> {
        let error = |reason| ParamsError { field: "api", fault: Fault::Address(reason) };
        let endpoint = Endpoint::parse(self.api(provider), loopback).map_err(error)?;
        endpoint.check_reachable(loopback).await.map_err(error)
    }

    /// The address below which the provider is called.
    pub(crate) fn api(&self, provider: Provider) -> &str {
        self.filled("api").or_else(|| address::default_of(provider)).unwrap_or_default()
    }

    /// The value of a key, unless it is empty.
    pub(crate) fn filled(&self, name: &str) -> Option<&str> {
        self.get(name).filter(|value| !value.is_empty())
    }

    /// The secret that the providers share with the merchant; empty for Alipay, which has none.
    pub(crate) fn key(&self) -> &str {
        self.get("key").unwrap_or_default()
    }

    /// The values that no text may hold.
    pub(crate) fn secret_values(&self) -> impl Iterator<Item = &str> {
        ["key", "privateKey"].into_iter().filter_map(|name| self.filled(name))
    }

    /// Whether both keys of Alipay can be used, and are of different owners.
    fn check_keys(&self) -> Result<(), ParamsError> {
        let format = KeyFormat::of(self.get("keyType").unwrap_or_default());
        let own = self.filled("privateKey").and_then(|key| private_key(key, format));
        let own = own.ok_or(ParamsError { field: "privateKey", fault: Fault::PrivateKey })?;
        let error = |fault| ParamsError { field: "alipayPublicKey", fault };
        let alipays = self.filled("alipayPublicKey").and_then(public_key).ok_or(error(Fault::PublicKey))?;
        if own.public().as_ref() == alipays { Err(error(Fault::OwnPublicKey)) } else { Ok(()) }
    }
}

impl fmt::Debug for Params {
    /// The names alone.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl Field {
    fn error(&self, fault: Fault) -> ParamsError {
        ParamsError { field: self.name, fault }
    }
}

#[cfg(test)]
#[path = "params_tests.rs"]
mod tests;
