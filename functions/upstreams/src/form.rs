//! What an administrator's form says about an upstream key.

use domain::limits::MODEL_BYTES_MAX;
use domain::{Error, Remark, Result};
use table::upstream_key::{Kind, UpstreamKey, WEIGHT_MAX};
use web::Fields;

use crate::view;

/// Longest secret. Tokens of some proxies are signed documents.
const SECRET_BYTES_MAX: usize = 2_000;
/// Longest base address.
const HOST_BYTES_MAX: usize = 500;
/// Most models that one key lists, and how long the whole list may be.
const MODELS_MAX: usize = 100;
const MODELS_BYTES_MAX: usize = 4_000;
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
    pub(crate) weight: Option<u32>,
    /// 0 for no limit.
    pub(crate) rpm: Option<u32>,
    pub(crate) remarks: Option<Remark>,
}

impl Form {
    pub(crate) fn parse(fields: &Fields) -> Result<Self> {
        let host = fields.text("host").map(|host| host.trim().to_owned());
        if host.as_ref().is_some_and(|host| host.len() > HOST_BYTES_MAX) {
            return Err(Error::refused("接口地址过长"));
        }
        Ok(Self {
            host,
            key: fields.text("key").map(|key| key.trim().to_owned()),
            kind: kind(fields)?,
            models: models(fields)?,
            enabled: fields.flag("status")?,
            weight: weight(fields)?,
            rpm: rpm(fields)?,
            remarks: remarks(fields)?,
        })
    }
}

/// The secret in `key`, which must not be a mask.
pub(crate) fn secret(key: &str) -> Result<&str> {
    let is_secret = key.len() <= SECRET_BYTES_MAX && key.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'*');
    if is_secret { Ok(key) } else { Err(Error::refused("密钥格式不正确")) }
}

/// Whether `key` stands for the stored secret.
pub(crate) fn is_mask_of(key: &str, stored: &UpstreamKey) -> bool {
    key == view::mask(stored)
}

/// The kind that a form names.
pub(crate) fn kind(fields: &Fields) -> Result<Option<Kind>> {
    let name = fields.text("type");
    name.map(|name| Kind::parse(name.trim()).ok_or(Error::refused("密钥类型不正确"))).transpose()
}

/// Names behind commas of either width or on lines of their own. The empty list is one, too.
fn models(fields: &Fields) -> Result<Option<Vec<String>>> {
    if !fields.has("models") {
        return Ok(None);
    }
    let text = fields.text("models").unwrap_or_default();
    let mut models: Vec<String> = Vec::new();
    for name in text.split([',', '，', '\n']).map(str::trim).filter(|name| !name.is_empty()) {
        if name.len() > MODEL_BYTES_MAX || name.contains(char::is_control) {
            return Err(Error::refused("模型名称不正确"));
        }
        if !models.iter().any(|known| known == name) {
            models.push(name.to_owned());
        }
    }
    let bytes: usize = models.iter().map(String::len).sum();
    if models.len() > MODELS_MAX || bytes > MODELS_BYTES_MAX {
        return Err(Error::refused("模型数量过多"));
    }
    Ok(Some(models))
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
