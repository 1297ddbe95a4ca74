//! What a provider tells a merchant of a trade, and how it can lie.

use bytes::Bytes;
use encoding_rs::{Encoding, UTF_8};
use http::Method;
use url::form_urlencoded::Serializer;

use super::trade::{Provider, Trade};
use super::{alipay, epay, payjs, xunhupay};

/// How a notification differs from the true one. The default: not at all.
#[derive(Debug, Default, Clone)]
pub struct Change {
    /// The amount that it names, as its text: yuan, at PAYJS fen.
    pub amount: Option<String>,
    /// The word for the trade's status; at PAYJS its `return_code`.
    pub status: Option<String>,
    /// Whether its signature is another text's.
    pub wrong_signature: bool,
    /// Fields more, or instead of those of the same name; all are signed over. The signature's own field is put in its
    /// place as it is.
    pub fields: Vec<(String, String)>,
    /// The key to sign with instead of the merchant's; Alipay's is always its own.
    pub key: Option<String>,
}

/// A notification, signed, ready to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notification {
    /// `GET` from epay, else `POST`.
    pub method: Method,
    /// The merchant's address, with the fields where they travel in the query.
    pub url: String,
    /// The body's type; `None` without a body.
    pub content_type: Option<&'static str>,
    /// The form; empty where the fields travel in the query.
    pub body: Bytes,
}

impl Notification {
    /// What `trade`'s provider says of it at `now`, milliseconds since the Unix epoch.
    pub(super) fn of(trade: &Trade, change: &Change, now: i64) -> Self {
        match trade.provider {
            Provider::Alipay => Self::form(trade, &alipay::notify::fields(trade, change, now)),
            Provider::Epay => Self::query(trade, &epay::notification(trade, change)),
            Provider::Payjs => Self::form(trade, &payjs::notification(trade, change)),
            Provider::Xunhupay => Self::form(trade, &xunhupay::notification(trade, change, now)),
        }
    }

    fn form(trade: &Trade, fields: &[(String, String)]) -> Self {
        Self {
            method: Method::POST,
            url: trade.notify_url.clone(),
            content_type: Some("application/x-www-form-urlencoded; charset=utf-8"),
            body: Bytes::from(encoded(fields)),
        }
    }

    fn query(trade: &Trade, fields: &[(String, String)]) -> Self {
        let joint = if trade.notify_url.contains('?') { '&' } else { '?' };
        let url = format!("{}{joint}{}", trade.notify_url, encoded(fields));
        Self { method: Method::GET, url, content_type: None, body: Bytes::new() }
    }
}

impl Change {
    /// The true `fields` with the changes and the signature that `sign` makes of them, as the field `signature`.
    pub(super) fn signed(
        &self,
        fields: Vec<(&str, String)>,
        signature: &str,
        sign: impl FnOnce(&[(String, String)]) -> String,
    ) -> Vec<(String, String)> {
        let mut fields: Vec<_> = fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let (forged, changed): (Vec<_>, Vec<_>) = self.fields.iter().partition(|(name, _)| name == signature);
        for (name, value) in changed {
            set(&mut fields, name, value.clone());
        }
        let sign = sign(&fields);
        set(&mut fields, signature, sign);
        for (name, value) in forged {
            set(&mut fields, name, value.clone());
        }
        fields
    }

    /// The amount that the notification names.
    pub(super) fn amount(&self, truth: String) -> String {
        self.amount.clone().unwrap_or(truth)
    }

    /// The status that the notification names.
    pub(super) fn status(&self, truth: &str) -> String {
        self.status.clone().unwrap_or_else(|| truth.to_owned())
    }

    /// The text that is signed where the true one is `text`.
    pub(super) fn text(&self, text: String) -> String {
        if self.wrong_signature { format!("{text}x") } else { text }
    }

    /// The key that signs where the merchant's is `key`.
    pub(super) fn key(&self, key: String) -> String {
        self.key.clone().unwrap_or(key)
    }
}

/// The fields, for [`super::digest::text_to_sign`].
pub(super) fn pairs(fields: &[(String, String)]) -> impl Iterator<Item = (&str, &str)> {
    fields.iter().map(|(name, value)| (name.as_str(), value.as_str()))
}

fn set(fields: &mut Vec<(String, String)>, name: &str, value: String) {
    match fields.iter_mut().find(|(known, _)| known == name) {
        Some(field) => field.1 = value,
        None => fields.push((name.to_owned(), value)),
    }
}

/// The charset that a field of that name says, in which the texts travel and, at Alipay, are signed.
pub(super) fn encoding(fields: &[(String, String)]) -> &'static Encoding {
    let charset = fields.iter().find(|(name, _)| name == "charset").map_or("", |(_, value)| value);
    Encoding::for_label(charset.as_bytes()).unwrap_or(UTF_8)
}

fn encoded(fields: &[(String, String)]) -> String {
    let encoding = encoding(fields);
    let mut form = Serializer::new(String::new());
    form.encoding_override(Some(&|text| encoding.encode(text).0)).extend_pairs(fields).finish()
}
