//! `PUT /api/admin/config`: sets all settings that the body names, or none of them; the others stay as they are.

use domain::secret::check_stays;
use domain::settings::Definition;
use domain::{Error, Result};
use platform::Keys;
use serde_json::Value;
use table::setting::{self, Resealed, Wanted};
use web::{Call, Fields, Reply};

use crate::{App, html};

/// Unknown names that a refusal names, and characters of each.
const NAMED_MAX: usize = 5;
const NAME_CHARS_MAX: usize = 40;

pub(crate) async fn handle(app: &App, call: &Call) -> Result<Reply> {
    let audit = call.audit(&call.administrator().await?)?;
    let sent = parse(&call.fields()?)?;
    check_places(app, &sent).await?;
    let (confidential, plain): (Vec<_>, Vec<_>) = sent.into_iter().partition(|(known, _)| known.is_confidential());
    let mut values = plain.into_iter().map(plainly).collect::<Result<Vec<Wanted>>>()?;
    if !confidential.is_empty() {
        values.extend(sealed(app, confidential).await?);
    }
    setting::change(&app.base.table, &values, &audit).await?;
    app.shown.forget();
    Reply::message("修改成功")
}

/// The settings that the body names, each with the text that it sets.
fn parse(fields: &Fields) -> Result<Vec<(&'static Definition, String)>> {
    let (mut values, mut unknown) = (Vec::new(), Vec::new());
    for (name, sent) in fields.entries() {
        match Definition::find(name) {
            Some(definition) => values.push((definition, text(definition, sent)?)),
            None => unknown.push(name),
        }
    }
    if !unknown.is_empty() {
        let clip = |name: &&str| name.chars().take(NAME_CHARS_MAX).collect::<String>();
        let names: Vec<String> = unknown.iter().take(NAMED_MAX).map(clip).collect();
        return Err(Error::Refused(format!("未知的配置项：{}", names.join("、")).into()));
    }
    if values.is_empty() { Err(Error::missing()) } else { Ok(values) }
}

fn text(definition: &Definition, sent: &Value) -> Result<String> {
    match sent {
        Value::String(text) => Ok(text.clone()),
        Value::Number(number) => Ok(number.to_string()),
        Value::Bool(switch) => Ok(u8::from(*switch).to_string()),
        _ => Err(Error::Refused(format!("「{}」格式不正确", definition.remarks).into())),
    }
}

fn plainly((definition, sent): (&'static Definition, String)) -> Result<Wanted> {
    Ok(Wanted { definition, value: definition.read(&sent, html::sanitised)?, sealed: None })
}

/// Settings that hold secrets, as far as they are not as they were. Masks stand for what is stored; what cannot be opened
/// any more can be entered anew.
async fn sealed(app: &App, sent: Vec<(&'static Definition, String)>) -> Result<Vec<Wanted>> {
    // Fetched when it is needed: what everybody asks this function for needs no secret.
    let (keys, stored) = tokio::join!(Keys::fetch(&app.outside), setting::all(&app.base.table));
    let sealer = keys.and_then(|keys| keys.sealer()).map_err(Error::internal)?;
    let stored = stored?;
    let mut values = Vec::new();
    for (definition, text) in sent {
        let seal_name = setting::seal_name(definition);
        let known = stored.iter().find(|(known, _)| known.name == definition.name);
        let before = known.and_then(|(_, stored)| stored.as_ref()?.sealed.clone());
        let whole = before.as_ref().and_then(|sealed| sealer.open(&seal_name, sealed).ok());
        let wanted = definition.read_confidential(&text, whole.as_deref())?;
        if whole.as_ref() == Some(&wanted.whole) {
            continue;
        }
        let after = Some(&wanted.whole).filter(|whole| !whole.is_empty());
        let after = after.map(|whole| sealer.seal(&seal_name, whole)).transpose().map_err(Error::internal)?;
        values.push(Wanted { definition, value: wanted.shown, sealed: Some(Resealed { before, after }) });
    }
    Ok(values)
}

/// Settings that say where a secret is sent, and the secret. At another place it has to be entered anew, or whoever may set
/// the place could have the secret sent to themselves.
const PLACES: [(&str, &str); 1] = [("challenge_verify_url", "challenge_secret")];

async fn check_places(app: &App, sent: &[(&'static Definition, String)]) -> Result<()> {
    let sent_of = |name: &str| sent.iter().find(|(known, _)| known.name == name).map(|(_, value)| value.trim());
    if PLACES.iter().all(|(place, _)| sent_of(place).is_none()) {
        return Ok(());
    }
    let stored = setting::all(&app.base.table).await?;
    let value_of = |name: &str| {
        let (known, stored) = stored.iter().find(|(known, _)| known.name == name)?;
        Some(stored.as_ref().map_or(known.default, |stored| stored.value.as_str()))
    };
    for (place, secret) in PLACES {
        let is_elsewhere = |sent| check_stays(value_of(place).unwrap_or_default(), sent).is_err();
        let is_moved = sent_of(place).is_some_and(is_elsewhere);
        // What is shown of the secret stands for it.
        let shown = value_of(secret).unwrap_or_default();
        if is_moved && !shown.is_empty() && sent_of(secret).is_none_or(|sent| sent == shown) {
            return Err(Error::refused("更换校验地址时，请重新填写人机验证的私钥"));
        }
    }
    Ok(())
}
