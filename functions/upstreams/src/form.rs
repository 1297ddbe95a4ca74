//! What an administrator's form says about an upstream key.

use std::borrow::Cow;

use domain::limits::{UPSTREAM_MODELS_BYTES_MAX, UPSTREAM_MODELS_MAX};
use domain::model::{self, ListFault};
use domain::secret::{is_mask, upstream_host, upstream_secret};
use domain::{Error, Remark, Result};
use table::upstream_key::{Kind, UpstreamKey, WEIGHT_MAX};
use web::Fields;

use crate::view;

/// Largest limit of requests a minute.
const RPM_MAX: i64 = 100_000;

/// A form. Absent fields are none.
#[derive(Debug)]
pub(crate) struct Form {
    pub(crate) host: Option<String>,
    /// As it was sent: a secret, or the mask that stands for the stored one.
    pub(crate) key: Option<String>,
    pub(crate) kind: Option<Kind>,
    pub(crate) models: Option<Vec<String>>,
    pub(crate) enabled: Option<bool>,
    /// Whether the key is checked with all others.
    pub(crate) watched: Option<bool>,
    pub(crate) weight: Option<u32>,
    /// 0 for no limit.
    pub(crate) rpm: Option<u32>,
    pub(crate) remarks: Option<Remark>,
}

impl Form {
    pub(crate) fn parse(fields: &Fields) -> Result<Self> {
        Ok(Self {
            host: fields.word("host").map(|host| self::host(&host)).transpose()?,
            key: fields.word("key"),
            kind: kind(fields)?,
            models: models(fields)?,
            enabled: fields.flag("status")?,
            watched: fields.flag("check")?,
            weight: weight(fields)?,
            rpm: rpm(fields)?,
            remarks: remarks(fields)?,
        })
    }
}

/// The base address in `host`.
pub(crate) fn host(host: &str) -> Result<String> {
    upstream_host(host).ok_or(Error::refused("接口地址过长"))
}

/// The secret in `key`, which must not be a mask.
pub(crate) fn secret(key: &str) -> Result<Cow<'_, str>> {
    upstream_secret(key).ok_or(Error::refused("密钥格式不正确"))
}

/// Whether `key` stands for the stored secret.
pub(crate) fn is_mask_of(key: &str, stored: &UpstreamKey) -> bool {
    is_mask(key, view::mask(stored))
}

/// The kind that a form names.
pub(crate) fn kind(fields: &Fields) -> Result<Option<Kind>> {
    let name = fields.word("type");
    name.map(|name| Kind::parse(&name).ok_or(Error::refused("密钥类型不正确"))).transpose()
}

/// The empty list is one, too.
fn models(fields: &Fields) -> Result<Option<Vec<String>>> {
    if !fields.has("models") {
        return Ok(None);
    }
    let listed =
        model::list(&fields.text("models").unwrap_or_default(), UPSTREAM_MODELS_MAX, UPSTREAM_MODELS_BYTES_MAX);
    listed.map(Some).map_err(|fault| match fault {
        ListFault::Name => Error::refused("模型名称不正确"),
        ListFault::TooMany => Error::refused("模型数量过多"),
    })
}

fn weight(fields: &Fields) -> Result<Option<u32>> {
    let weight = fields.integer("weight")?;
    let in_range = |weight| u32::try_from(weight).ok().filter(|weight| (1..=WEIGHT_MAX).contains(weight));
    weight.map(|weight| in_range(weight).ok_or(Error::refused("权重应为1到100之间的整数"))).transpose()
}

/// 0 and the empty text take the limit off.
fn rpm(fields: &Fields) -> Result<Option<u32>> {
    if !fields.has("rpm") {
        return Ok(None);
    }
    let rpm = fields.integer("rpm")?.unwrap_or(0);
    let in_range = Some(rpm).filter(|rpm| (0..=RPM_MAX).contains(rpm)).and_then(|rpm| u32::try_from(rpm).ok());
    in_range.map(Some).ok_or(Error::refused("每分钟请求数应为0到100000之间的整数"))
}

fn remarks(fields: &Fields) -> Result<Option<Remark>> {
    if !fields.has("remarks") {
        return Ok(None);
    }
    let text = fields.text("remarks").unwrap_or_default();
    Remark::parse(&text).map(Some).ok_or(Error::refused("备注不正确"))
}
