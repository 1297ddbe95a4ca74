//! `POST …/v1/generation/{engine}/text-to-image` and `…/image-to-image`,
//! <https://platform.stability.ai/docs/api-reference#tag/v1generation>.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http::request::Parts;
use http::{Response, StatusCode};
use serde_json::{Value, json};

use super::{UpstreamBody, Wish, answer_of, elsewhere, form, huge_base64, json_answer, number};

/// Answers a request whose key is good.
pub(super) async fn answer(head: &Parts, engine: &str, action: &str, body: &[u8]) -> Response<UpstreamBody> {
    let order = match action {
        "text-to-image" => serde_json::from_slice(body).ok().and_then(|asked| from_json(&asked)),
        "image-to-image" => from_form(head, body),
        _ => return fail(StatusCode::NOT_FOUND, "not_found"),
    };
    let Some(Order { prompt, size, count }) = order else { return fail(StatusCode::BAD_REQUEST, "bad_request") };
    let wish = Wish::read(&prompt);
    tokio::time::sleep(wish.delay).await;
    if let Some(status) = wish.status {
        return fail(
            status,
            if status == StatusCode::PAYMENT_REQUIRED { "insufficient_balance" } else { "told_to_fail" },
        );
    }
    if wish.redirect {
        return elsewhere(head.uri.path());
    }
    if let Some(spoiled) = wish.spoiled() {
        return spoiled;
    }
    let sides_fit = size.is_none_or(|(width, height)| {
        width % 64 == 0 && height % 64 == 0 && (!engine.contains("xl") || width * height > 900_000)
    });
    if !sides_fit || !(1..=10).contains(&count) {
        return fail(StatusCode::BAD_REQUEST, "invalid_height_or_width");
    }
    draw(&wish, size.unwrap_or((512, 512)), count)
}

/// What is asked; the size only where it may be.
struct Order {
    prompt: String,
    size: Option<(u32, u32)>,
    count: usize,
}

fn from_json(asked: &Value) -> Option<Order> {
    let side = |name: &str| number(&asked[name]).and_then(|side| u32::try_from(side).ok());
    Some(Order {
        prompt: asked["text_prompts"][0]["text"].as_str()?.to_owned(),
        size: Some((side("width")?, side("height")?)),
        count: usize::try_from(number(&asked["samples"]).unwrap_or(1)).ok()?,
    })
}

fn from_form(head: &Parts, body: &[u8]) -> Option<Order> {
    let fields = form::read(&head.headers, body)?;
    let is_odd = ["width", "height"].iter().any(|name| fields.contains_key(*name));
    if is_odd || !fields.contains_key("init_image") {
        return None;
    }
    let count = form::text(&fields, "samples").and_then(|count| count.parse().ok()).unwrap_or(1);
    Some(Order { prompt: form::text(&fields, "text_prompts[0][text]")?, size: None, count })
}

fn draw(wish: &Wish, size: (u32, u32), count: usize) -> Response<UpstreamBody> {
    const MARK: &str = "HUGE";
    let reason = if wish.filtered { "CONTENT_FILTERED" } else { "SUCCESS" };
    let picture = |place| {
        let base64 = match wish.huge_mb {
            Some(_) if place == 0 => MARK.to_owned(),
            _ => BASE64_STANDARD.encode(wish.file(size, place)),
        };
        json!({"base64": base64, "seed": 1_050_625_087, "finishReason": reason})
    };
    let artifacts: Vec<Value> = (0..wish.count(count)).map(picture).collect();
    let document = json!({"artifacts": artifacts});
    match wish.huge_mb {
        Some(megabytes) => answer_of(StatusCode::OK, "application/json", huge_base64(&document, MARK, megabytes)),
        None => json_answer(StatusCode::OK, &document),
    }
}

fn fail(status: StatusCode, name: &str) -> Response<UpstreamBody> {
    json_answer(status, &json!({"id": "a1b2c3d4", "name": name, "message": "The provider was told to fail."}))
}
