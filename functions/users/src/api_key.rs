//! API keys as forms ask for them and as their owners see them.

use domain::limits::BENEFIT_CREDITS_MAX;
use domain::{ApiKeyToken, BusinessDay, Error, Nickname, Result, UserId, Zone, model};
use serde_json::{Value, json};
use table::api_key::{ApiKey, Bounds, MODELS_MAX};
use web::Fields;

/// What a new key may do, as the form says. Absent bounds are none.
pub(crate) fn bounds(fields: &Fields, zone: &Zone, now: i64) -> Result<Bounds> {
    let name = fields.text("name").map(|name| Nickname::parse(&name).ok_or(Error::refused("密钥名称不正确")));
    Ok(Bounds {
        name: name.transpose()?.unwrap_or_default(),
        cap: cap(fields)?,
        expires: fields.day("expire_time")?.map(|day| end_of(day, zone, now)).transpose()?,
        models: models(&fields.text("models").unwrap_or_default())?,
    })
}

/// Credits that the key may spend; 0 for as many as there are.
fn cap(fields: &Fields) -> Result<Option<i64>> {
    match fields.integer("limit")? {
        None | Some(0) => Ok(None),
        Some(cap) if (1..=BENEFIT_CREDITS_MAX).contains(&cap) => Ok(Some(cap)),
        Some(_) => Err(Error::refused("积分上限不正确")),
    }
}

/// The end of the last day that a key is good for.
fn end_of(day: BusinessDay, zone: &Zone, now: i64) -> Result<i64> {
    if day < zone.day(now) {
        return Err(Error::refused("到期时间不能早于今天"));
    }
    Ok(zone.end(day))
}

/// All names of one key together: the user item holds them, and every request of the user reads it.
const MODELS_BYTES_MAX: usize = 512;

fn models(text: &str) -> Result<Vec<String>> {
    model::list(text, MODELS_MAX, MODELS_BYTES_MAX).map_err(|_| Error::refused("模型名称不正确或过多"))
}

/// A key as its owner sees it: masked, with what it has spent. No limit and no end are null.
pub(crate) fn view(owner: UserId, key: &ApiKey, zone: &Zone) -> Value {
    row(&ApiKeyToken::mask(owner, &key.tail), key, zone)
}

/// A key as it is shown once.
pub(crate) fn view_whole(token: &ApiKeyToken, key: &ApiKey, zone: &Zone) -> Value {
    row(&token.reveal(), key, zone)
}

fn row(text: &str, key: &ApiKey, zone: &Zone) -> Value {
    // It ends with the first moment of the day after its last one.
    let last_day = key.expires.map(|end| zone.day(end - 1));
    json!({
        "id": key.id,
        "name": key.name,
        "key": text,
        "limit": key.cap,
        "usage": key.spent(),
        "expire_time": last_day,
        "models": key.models.join(","),
        "create_time": zone.text(key.id.millis()),
    })
}
