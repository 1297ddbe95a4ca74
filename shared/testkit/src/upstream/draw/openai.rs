//! `POST …/v1/images/generations` and `…/edits`, <https://platform.openai.com/docs/api-reference/images>.

use std::collections::BTreeMap;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use domain::Clock;
use http::request::Parts;
use http::{Response, StatusCode};
use serde_json::{Value, json};

use super::{Base, UpstreamBody, Wish, answer_of, chat, files, form, huge_base64, json_answer, number, sides};
use crate::link::Link;

const DALL_E_2: [&str; 3] = ["256x256", "512x512", "1024x1024"];
const DALL_E_3: [&str; 3] = ["1024x1024", "1792x1024", "1024x1792"];
const GPT_IMAGE: [&str; 4] = ["1024x1024", "1536x1024", "1024x1536", "auto"];

/// Answers a request whose key is good.
pub(super) async fn answer(base: &Base, head: &Parts, body: &[u8]) -> Response<UpstreamBody> {
    let asked = if head.uri.path().ends_with("/edits") { edit(head, body) } else { serde_json::from_slice(body).ok() };
    let Some(asked) = asked else { return refuse("We could not parse the body of your request.") };
    let Some(prompt) = asked["prompt"].as_str().filter(|prompt| !prompt.is_empty()) else {
        return refuse("You must provide a prompt.");
    };
    let wish = Wish::read(prompt);
    tokio::time::sleep(wish.delay).await;
    if let Some(status) = wish.status {
        return chat::error(status, "The provider was told to fail.");
    }
    if wish.filtered {
        let message = "Your request was rejected as a result of our safety system.";
        let error = json!({"message": message, "type": "invalid_request_error", "param": null,
            "code": "content_policy_violation"});
        return json_answer(StatusCode::BAD_REQUEST, &json!({"error": error}));
    }
    if let Some(spoiled) = wish.spoiled() {
        return spoiled;
    }
    match Order::read(&asked) {
        Ok(order) => draw(base, &wish, &order),
        Err(message) => refuse(message),
    }
}

/// The fields of an edit, as the JSON of a generation.
fn edit(head: &Parts, body: &[u8]) -> Option<Value> {
    let fields = form::read(&head.headers, body)?;
    if !fields.contains_key("image") {
        return None;
    }
    let texts = fields.keys().filter(|name| *name != "image");
    let texts: BTreeMap<&String, String> = texts.filter_map(|name| Some((name, form::text(&fields, name)?))).collect();
    Some(json!(texts))
}

/// What is asked, within what the model takes.
struct Order {
    count: usize,
    size: (u32, u32),
    as_urls: bool,
}

impl Order {
    fn read(asked: &Value) -> Result<Self, &'static str> {
        let model = asked["model"].as_str().unwrap_or("dall-e-2");
        let count = number(&asked["n"]).unwrap_or(1);
        let size = asked["size"].as_str().unwrap_or("1024x1024");
        let format = asked["response_format"].as_str();
        let (sizes, most): (&[&str], u64) = match model {
            "dall-e-2" => (&DALL_E_2, 10),
            "dall-e-3" => (&DALL_E_3, 1),
            _ if model.starts_with("gpt-image") => (&GPT_IMAGE, 10),
            _ => (&[], 10),
        };
        if count == 0 || count > most {
            return Err("The value of 'n' is not within the model's range.");
        }
        if !sizes.is_empty() && !sizes.contains(&size) {
            return Err("The size is not supported by this model.");
        }
        if model.starts_with("gpt-image") && format.is_some() {
            return Err("Unknown parameter: 'response_format'.");
        }
        let as_urls = !model.starts_with("gpt-image") && format != Some("b64_json");
        let size = sides(size).unwrap_or((1024, 1024));
        Ok(Self { count: usize::try_from(count).unwrap_or(1), size, as_urls })
    }
}

fn draw(base: &Base, wish: &Wish, order: &Order) -> Response<UpstreamBody> {
    const MARK: &str = "HUGE";
    let as_urls = order.as_urls || wish.url || wish.redirect || wish.private || wish.link != Link::Whole;
    let picture = |place| {
        if as_urls {
            return json!({"url": files::url(base, wish, order.size, place)});
        }
        if wish.huge_mb.is_some() && place == 0 {
            return json!({"b64_json": MARK});
        }
        json!({"b64_json": BASE64_STANDARD.encode(wish.file(order.size, place))})
    };
    let data: Vec<Value> = (0..wish.count(order.count)).map(picture).collect();
    let document = json!({"created": Clock::system().millis() / 1000, "data": data});
    match wish.huge_mb {
        Some(megabytes) if !as_urls => {
            answer_of(StatusCode::OK, "application/json", huge_base64(&document, MARK, megabytes))
        }
        _ => json_answer(StatusCode::OK, &document),
    }
}

fn refuse(message: &str) -> Response<UpstreamBody> {
    chat::error(StatusCode::BAD_REQUEST, message)
}
