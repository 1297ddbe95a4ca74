//! `POST /v1/images/generations`: the same for programs with an API key, in OpenAI's form
//! (<https://platform.openai.com/docs/api-reference/images/create>).

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use domain::{Error, Result};
use http::Response;
use serde_json::{Value, json};
use table::holds::Bearer;
use upstream::draw::COUNT_MAX;
use web::{Call, Fields, Reply, StreamBody};

use crate::App;
use crate::ask::{self, Ask, Painter};
use crate::draw::{Draw, Kept};
use crate::form::Form;
use crate::generations::reserve;

/// What no model means, to OpenAI and so to the lists of models of API keys.
const MODEL_DEFAULT: &str = "dall-e-2";

pub(crate) async fn handle(app: &Arc<App>, call: &Call) -> Response<StreamBody> {
    match begin(app, call).await {
        Ok((draw, in_base64)) => {
            let (app, began) = (Arc::clone(app), call.began());
            call.answer_slowly(async move {
                let kept = draw.run().await?;
                let rows: Vec<Value> = kept.iter().map(|one| row(&app, one, in_base64)).collect();
                Reply::json(&json!({"created": began / 1000, "data": rows}))
            })
            .await
        }
        Err(error) => call.answer_whole(Err(error)),
    }
}

/// The reserved draw, and whether its pictures are wanted in the answer itself.
async fn begin(app: &Arc<App>, call: &Call) -> Result<(Draw, bool)> {
    let key = call.api_key().ok_or(Error::LoggedOut)?;
    let begun = match asked(call) {
        Ok(asked) => {
            let bearer = Bearer::ApiKey { key: &key, model: &asked.model };
            reserve(app, call, bearer, asked.ask).await.map(|draw| (draw, asked.in_base64))
        }
        Err(refusal) => Err(refusal),
    };
    match begun {
        // Only who has a key is told what is wrong with a request.
        Err(refusal) if !matches!(refusal, Error::LoggedOut) => Err(call.key_owner().await.err().unwrap_or(refusal)),
        begun => begun,
    }
}

struct Asked {
    ask: Ask,
    /// As the program names it.
    model: String,
    in_base64: bool,
}

fn asked(call: &Call) -> Result<Asked> {
    let fields = call.fields()?;
    refuse_unsupported(&fields)?;
    let model = ask::model(&fields)?;
    let in_base64 = match fields.text("response_format").as_deref() {
        None => model.as_deref().is_some_and(is_told_in_base64),
        Some("url") => false,
        Some("b64_json") => true,
        Some(_) => return Err(Error::refused("response_format须为url或b64_json")),
    };
    let mut ask = Ask::parse(&Form { fields, file: None })?;
    // Pictures to start from are for OpenAI's other routes; and who draws is a matter of the model.
    (ask.picture.source, ask.painter) = (None, model.as_deref().and_then(Painter::parse));
    // What the key is checked for is what is drawn with.
    let model = model.unwrap_or_else(|| MODEL_DEFAULT.to_owned());
    ask.picture.model = if ask.painter.is_some() { None } else { Some(model.clone()) };
    Ok(Asked { ask, model, in_base64 })
}

/// Whether OpenAI answers for a model with pictures in base64, and with nothing else.
fn is_told_in_base64(model: &str) -> bool {
    // Some providers put a vendor in front.
    let name = model.rsplit('/').next().unwrap_or(model).to_lowercase();
    ["gpt-image", "chatgpt-image"].iter().any(|family| name.starts_with(family))
}

/// Refuses what would be left out in silence and charged all the same. The site's own front ends are read more leniently.
fn refuse_unsupported(fields: &Fields) -> Result<()> {
    if fields.flag("stream")? == Some(true) {
        return Err(Error::refused("暂不支持参数 stream"));
    }
    if fields.integer("n")?.is_some_and(|count| !(1..=COUNT_MAX.into()).contains(&count)) {
        return Err(Error::Refused(format!("参数 n 须为1到{COUNT_MAX}之间的整数").into()));
    }
    if fields.text("size").is_some_and(|size| size != "auto" && ask::sides(&size).is_none()) {
        return Err(Error::refused("参数 size 不正确"));
    }
    let says_other = |name, served: &str| fields.text(name).is_some_and(|text| text != "auto" && text != served);
    // Providers answer with PNG, whose background is theirs to choose, unless they are asked for something else.
    if says_other("output_format", "png") {
        return Err(Error::refused("参数 output_format 只支持 png"));
    }
    if says_other("background", "auto") {
        return Err(Error::refused("暂不支持参数 background"));
    }
    Ok(())
}

fn row(app: &App, Kept { image, file }: &Kept, in_base64: bool) -> Value {
    if in_base64 {
        json!({"b64_json": BASE64.encode(&file.bytes)})
    } else {
        json!({"url": app.objects.url(&image.file)})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_refused(body: &Value) -> bool {
        refuse_unsupported(&Fields::parse(body.to_string().as_bytes()).unwrap()).is_err()
    }

    #[test]
    fn gpt_images_come_in_base64() {
        for model in ["gpt-image-1", "gpt-image-1-mini", "openai/gpt-image-1", "GPT-Image-1.5", "chatgpt-image-latest"]
        {
            assert!(is_told_in_base64(model), "{model}");
        }
        for model in ["dall-e-3", "stability", "my-gpt-image"] {
            assert!(!is_told_in_base64(model), "{model}");
        }
    }

    #[test]
    fn what_would_be_left_out_is_refused() {
        for body in [
            json!({"stream": true}),
            json!({"n": 0}),
            json!({"n": 11}),
            json!({"n": "many"}),
            json!({"n": 1.5}),
            json!({"size": "large"}),
            json!({"size": "512"}),
            json!({"output_format": "webp"}),
            json!({"background": "transparent"}),
        ] {
            assert!(is_refused(&body), "{body}");
        }
        for body in [
            json!({}),
            json!({"stream": false, "n": 1, "size": "auto", "background": null}),
            json!({"n": 10, "size": "1024x1792", "output_format": "png", "background": "auto", "user": "u"}),
        ] {
            assert!(!is_refused(&body), "{body}");
        }
    }
}
