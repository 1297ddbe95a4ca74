//! `POST /v1/images/generations`: the same for programs with an API key, in OpenAI's form
//! (<https://platform.openai.com/docs/api-reference/images/create>).

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use domain::{Error, Result};
use http::Response;
use serde_json::{Value, json};
use table::holds::Bearer;
use web::{Call, Reply, StreamBody};

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
    let in_base64 = match fields.text("response_format").as_deref() {
        None | Some("url") => false,
        Some("b64_json") => true,
        Some(_) => return Err(Error::refused("response_format须为url或b64_json")),
    };
    let model = ask::model(&fields)?;
    let mut ask = Ask::parse(&Form { fields, file: None })?;
    // Pictures to start from are for OpenAI's other routes; and who draws is a matter of the model.
    (ask.picture.source, ask.painter) = (None, model.as_deref().and_then(Painter::parse));
    if ask.painter.is_some() {
        ask.picture.model = None;
    }
    Ok(Asked { ask, model: model.unwrap_or_else(|| MODEL_DEFAULT.to_owned()), in_base64 })
}

fn row(app: &App, Kept { image, file }: &Kept, in_base64: bool) -> Value {
    if in_base64 {
        json!({"b64_json": BASE64.encode(&file.bytes)})
    } else {
        json!({"url": app.objects.url(&image.file)})
    }
}
