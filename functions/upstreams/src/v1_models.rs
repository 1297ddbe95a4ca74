//! `GET /v1/models`: the models that the caller's API key can be used with, in OpenAI's form
//! (<https://platform.openai.com/docs/api-reference/models/list>).

use std::collections::BTreeMap;

use domain::model::{is_for_chats, is_openai_picture};
use domain::{Error, Result};
use serde_json::{Value, json};
use table::api_key::ApiKey;
use table::site;
use table::upstream_key::{Kind, UpstreamKey};
use web::{Call, Reply};

use crate::App;

/// What keys serve that list nothing, or no more than beginnings of names, as far as people know it by name.
const USUAL: [&str; 4] = ["gpt-3.5-turbo", "gpt-4", "gpt-4o", "gpt-4o-mini"];
/// What keys draw with that list nothing.
const USUAL_PICTURES: &str = "dall-e-3";

pub(crate) async fn handle(app: &App, call: &Call) -> Result<Reply> {
    let rows: Vec<Value> = models(app, call).await?.iter().map(|(model, since)| row(model, *since)).collect();
    Reply::json(&json!({"object": "list", "data": rows}))
}

/// A model as OpenAI tells it.
pub(crate) fn row(model: &str, since: i64) -> Value {
    json!({"id": model, "object": "model", "created": since / 1000, "owned_by": "system"})
}

/// The names of all models that the caller's key can be used with, and since when there has been a key for them, in
/// milliseconds since the Unix epoch.
pub(crate) async fn models(app: &App, call: &Call) -> Result<BTreeMap<String, i64>> {
    let token = call.api_key().ok_or(Error::LoggedOut)?;
    // One after the other: strangers do not make us read all keys.
    let user = call.key_owner().await?;
    let site = site::load_now(&app.base.table).await?;
    let key = user.live_key(&token.hash(), call.began()).ok_or(Error::LoggedOut)?;
    let mut models = offered(&site.upstreams, key);
    // It judges what people say, and says nothing.
    models.remove(&site.settings.moderation_model);
    Ok(models)
}

/// What the upstream keys offer to this API key.
fn offered(upstreams: &[UpstreamKey], key: &ApiKey) -> BTreeMap<String, i64> {
    let mut models: BTreeMap<String, i64> = BTreeMap::new();
    for upstream in upstreams.iter().filter(|upstream| upstream.is_usable()) {
        for model in names(upstream).into_iter().filter(|model| key.serves(model)) {
            let since = models.entry(model).or_insert(upstream.created);
            *since = upstream.created.min(*since);
        }
    }
    models
}

/// The models of one upstream key by their names, as far as there is a route that they can be used with: a key for chats
/// may list what only turns texts into numbers or sounds.
fn names(upstream: &UpstreamKey) -> Vec<String> {
    let (beginnings, mut names): (Vec<&str>, Vec<&str>) =
        upstream.models.iter().map(String::as_str).partition(|listed| listed.ends_with('*'));
    if upstream.kind == Kind::OpenAiChat {
        names.retain(|name| is_for_chats(name) || (is_openai_picture(name) && upstream.draws_as(Kind::OpenAiDraw)));
    }
    match upstream.kind {
        Kind::OpenAiChat if upstream.models.is_empty() => names.extend(USUAL),
        Kind::OpenAiChat => {
            names.extend(USUAL.into_iter().filter(|model| upstream.lists(model)));
            // `qwen-max*` serves `qwen-max`; that `qwen-*` serves `qwen-` is nothing to tell.
            let whole = beginnings.into_iter().map(|beginning| beginning.trim_end_matches('*'));
            names.extend(
                whole.filter(|name| name.ends_with(|last: char| last.is_ascii_alphanumeric()) && is_for_chats(name)),
            );
        }
        Kind::OpenAiDraw if upstream.models.is_empty() => names.push(USUAL_PICTURES),
        Kind::OpenAiDraw => {}
        Kind::StabilityDraw => names.push("stability"),
        Kind::StableDiffusionDraw => names.push("stablediffusion"),
    }
    names.into_iter().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names_of(kind: &str, models: &[&str]) -> Vec<String> {
        let row = json!({
            "id": "1", "kind": kind, "host": "", "sealed": [], "models": models, "enabled": true, "remarks": "",
            "created": 0,
        });
        let mut names = names(&serde_json::from_value(row).unwrap());
        names.sort();
        names.dedup();
        names
    }

    #[test]
    fn keys_offer_what_they_list_and_what_their_beginnings_mean() {
        assert_eq!(names_of("openai-chat", &[]), USUAL);
        assert_eq!(names_of("openai-chat", &["claude-*", "qwen-max*"]), ["qwen-max"]);
        assert_eq!(names_of("openai-chat", &["gpt-4o*"]), ["gpt-4o", "gpt-4o-mini"]);
        assert_eq!(names_of("openai-chat", &["*"]), USUAL);
        assert_eq!(names_of("openai-chat", &["deepseek-chat", "dall-e-3"]), ["dall-e-3", "deepseek-chat"]);
        let others =
            ["gpt-image-1", "text-embedding-3-small", "whisper-1", "tts-1", "bge-m3*", "o1", "gpt-4o-transcribe"];
        assert_eq!(names_of("openai-chat", &others), ["gpt-image-1", "o1"]);
        assert_eq!(names_of("openai-draw", &[]), ["dall-e-3"]);
        assert_eq!(names_of("openai-draw", &["gpt-image-1"]), ["gpt-image-1"]);
        assert_eq!(names_of("stability-draw", &["sd3"]), ["sd3", "stability"]);
        assert_eq!(names_of("stablediffusion-draw", &[]), ["stablediffusion"]);
    }
}
