//! The models of an upstream key that is being saved.

use domain::model::{has_classic_price, is_openai_picture};
use domain::{Result, Settings};
use serde_json::{Value, json};
use table::upstream_key::{Kind, UpstreamKey};

use crate::App;

/// What an administrator reads of a key whose upstream tells no models.
const UNTOLD: &str = "未能从上游获取模型列表，未填写模型的密钥暂按 gpt-* 使用，请填写模型";

/// The models for a key for chats that lists none: those of its upstream's own list, because who knows no lists of models
/// leaves them out. None for every other key.
pub(crate) async fn missing(app: &App, key: &UpstreamKey) -> Result<Option<Vec<String>>> {
    let lists_none = key.kind == Kind::OpenAiChat && key.models.is_empty();
    if lists_none { app.keyring.chat_models(key).await.map(Some) } else { Ok(None) }
}

/// What there is to say about a key whose models were `missing` before.
pub(crate) fn message(missing: Option<&Vec<String>>) -> &'static str {
    if missing.is_some_and(Vec::is_empty) { UNTOLD } else { "" }
}

/// A row with the names of its models that have no price.
pub(crate) fn with_unpriced(mut row: Value, key: &UpstreamKey, settings: &Settings) -> Value {
    if let Some(fields) = row.as_object_mut() {
        fields.insert("unpriced".to_owned(), json!(unpriced(key, settings)));
    }
    row
}

/// The models that are sold in the dearer class because nobody has said what they cost: the classic rule knows two
/// families, pictures have a price of their own, and what judges is not sold.
fn unpriced<'a>(key: &'a UpstreamKey, settings: &Settings) -> Vec<&'a str> {
    if key.kind != Kind::OpenAiChat {
        return Vec::new();
    }
    let is_priced =
        |name: &str| has_classic_price(name) || is_openai_picture(name) || name == settings.moderation_model;
    let listed = if key.models.is_empty() { vec!["gpt-*"] } else { key.models.iter().map(String::as_str).collect() };
    listed.into_iter().filter(|name| !is_priced(name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_price_is_named() {
        let unpriced_of = |kind: &str, models: &[&str]| {
            let row = json!({
                "id": "1", "kind": kind, "host": "", "sealed": [], "models": models, "enabled": true, "remarks": "",
                "created": 0,
            });
            let key: UpstreamKey = serde_json::from_value(row).unwrap();
            let settings = Settings { moderation_model: "omni-moderation-latest".to_owned(), ..Settings::default() };
            unpriced(&key, &settings).into_iter().map(str::to_owned).collect::<Vec<_>>()
        };
        let all = ["gpt-3.5-turbo", "gpt-4o*", "openai/GPT-4", "o1-pro", "gpt-5-pro", "claude-*", "dall-e-3", "*"];
        assert_eq!(unpriced_of("openai-chat", &all), ["o1-pro", "gpt-5-pro", "claude-*", "*"]);
        assert_eq!(unpriced_of("openai-chat", &["omni-moderation-latest", "gpt-35-turbo"]), [] as [&str; 0]);
        assert_eq!(unpriced_of("openai-chat", &[]), ["gpt-*"], "what it serves");
        assert_eq!(unpriced_of("openai-draw", &["o1-pro"]), [] as [&str; 0]);
    }
}
