//! `PUT /api/admin/config`: sets all settings that the body names, or none of them; the others stay as they are.

use domain::settings::Definition;
use domain::{Error, Result};
use serde_json::Value;
use table::setting;
use web::{Call, Fields, Reply};

use crate::{App, html};

/// Unknown names that a refusal names, and characters of each.
const NAMED_MAX: usize = 5;
const NAME_CHARS_MAX: usize = 40;

pub(crate) async fn handle(app: &App, call: &Call) -> Result<Reply> {
    let audit = call.audit(&call.administrator().await?)?;
    let values = parse(&call.fields()?)?;
    setting::change(&app.base.table, &values, &audit).await?;
    app.shown.forget();
    Reply::message("修改成功")
}

fn parse(fields: &Fields) -> Result<Vec<(&'static Definition, String)>> {
    let (mut values, mut unknown) = (Vec::new(), Vec::new());
    for (name, sent) in fields.entries() {
        match Definition::find(name) {
            Some(definition) => values.push((definition, read(definition, sent)?)),
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

fn read(definition: &Definition, sent: &Value) -> Result<String> {
    let text = match sent {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Bool(switch) => u8::from(*switch).to_string(),
        _ => return Err(Error::Refused(format!("「{}」格式不正确", definition.remarks).into())),
    };
    definition.read(&text, html::sanitised)
}
