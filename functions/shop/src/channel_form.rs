//! What an administrator's form says about a payment channel.

use std::collections::BTreeMap;

use domain::limits::SHOP_SORT_MAX;
use domain::{Error, PayType, Provider, Result, paste, secret};
use outbound::Loopback;
use payment::{Params, ParamsError};
use serde_json::{Map, Value};
use table::channel::Name;
use table::upstream_key::mask;
use web::Fields;

use crate::text;

/// A form. Absent fields are none.
#[derive(Debug)]
pub(crate) struct Form {
    pub(crate) name: Option<Name>,
    pub(crate) provider: Option<Provider>,
    pub(crate) pay_types: Option<Vec<PayType>>,
    pub(crate) sort: Option<i64>,
    pub(crate) enabled: Option<bool>,
    /// As it was sent: a secret may be the mask that stands for the stored one.
    pub(crate) params: Option<Map<String, Value>>,
}

impl Form {
    pub(crate) fn parse(fields: &Fields) -> Result<Self> {
        let channel = fields.word("channel");
        Ok(Self {
            name: text::line(fields, "name")?.map(|text| name(&text)).transpose()?,
            provider: channel.map(|name| Provider::parse(&name).ok_or(Error::refused("支付渠道不支持"))).transpose()?,
            pay_types: fields.text("types").map(|text| pay_types(&text)).transpose()?,
            sort: fields.integer("sort")?.map(sort).transpose()?,
            enabled: fields.flag("status")?,
            params: params(fields)?,
        })
    }
}

fn name(text: &str) -> Result<Name> {
    let name = Name::parse(text).filter(|name| !name.as_str().is_empty());
    name.ok_or(Error::refused("渠道名称须为1到50个字符的纯文本"))
}

/// Names behind commas of either width, or enumeration commas.
fn pay_types(text: &str) -> Result<Vec<PayType>> {
    let mut pay_types = Vec::new();
    for name in text.split([',', '，', '、']).filter(|name| !paste::clean(name).is_empty()) {
        let pay_type = PayType::parse(name).ok_or(Error::refused("支付方式须为alipay、wxpay或qqpay"))?;
        if !pay_types.contains(&pay_type) {
            pay_types.push(pay_type);
        }
    }
    if pay_types.is_empty() { Err(Error::missing()) } else { Ok(pay_types) }
}

/// Refuses ways to pay that the provider has not.
pub(crate) fn check_serves(provider: Provider, pay_types: &[PayType]) -> Result<()> {
    if pay_types.iter().all(|pay_type| provider.serves(*pay_type)) {
        return Ok(());
    }
    let served = PayType::ALL.into_iter().filter(|pay_type| provider.serves(*pay_type));
    let served: Vec<&str> = served.map(PayType::name).collect();
    Err(Error::Refused(format!("该支付渠道只支持：{}", served.join("、")).into()))
}

fn sort(number: i64) -> Result<i64> {
    let is_near = (-SHOP_SORT_MAX..=SHOP_SORT_MAX).contains(&number);
    if is_near { Ok(number) } else { Err(Error::refused("排序须为-1000000到1000000之间的整数")) }
}

/// The parameters: a JSON text, or the object itself.
fn params(fields: &Fields) -> Result<Option<Map<String, Value>>> {
    let sent = fields.entries().find(|(name, _)| *name == "params");
    let Some((_, sent)) = sent else { return Ok(None) };
    let params = match sent {
        Value::Object(params) => Some(params.clone()),
        Value::String(text) => serde_json::from_str(text).ok(),
        _ => None,
    };
    params.map(Some).ok_or(Error::refused("支付参数不是有效的JSON"))
}

/// The parameters to store: those that were sent, where a secret's mask stands for the secret that is stored.
pub(crate) fn read_params(
    provider: Provider,
    mut sent: Map<String, Value>,
    stored: Option<&Params>,
    loopback: Loopback,
) -> Result<Params> {
    let mut kept = None;
    for name in Params::secrets(provider) {
        let Some((stored, value)) = stored.and_then(|stored| Some((stored, stored.get(name)?))) else { continue };
        if sent.get(*name).and_then(Value::as_str).is_some_and(|text| secret::is_mask(text, &mask(value))) {
            sent.insert((*name).to_owned(), value.into());
            kept = Some(stored);
        }
    }
    let params =
        Params::parse(provider, &Value::Object(sent).to_string(), loopback).map_err(|error| refusal(&error))?;
    // Some providers are sent the key itself.
    if let Some(stored) = kept {
        secret::check_stays(stored.get("api").unwrap_or_default(), params.get("api").unwrap_or_default())?;
    }
    Ok(params)
}

/// What administrators see of parameters: secrets masked.
pub(crate) fn shown(provider: Provider, params: &Params) -> BTreeMap<String, String> {
    let secrets = Params::secrets(provider);
    let shown = |(name, value): (&str, &str)| {
        let value = if secrets.contains(&name) { mask(value) } else { value.to_owned() };
        (name.to_owned(), value)
    };
    params.entries().map(shown).collect()
}

/// What is wrong with parameters, as the administrator reads it.
pub(crate) fn refusal(error: &ParamsError) -> Error {
    Error::Refused(error.sentence().into())
}
