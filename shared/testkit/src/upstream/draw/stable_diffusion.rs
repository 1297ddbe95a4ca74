//! `POST …/api/v3/text2img`, `img2img` and `fetch/{id}`,
//! <https://stablediffusionapi.com/docs/stable-diffusion-api/text2img>. The key is in the body, and most errors have
//! status 200.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use http::{Response, StatusCode};
use serde_json::{Value, json};

use super::{Base, UpstreamBody, Wish, files, json_answer, number};
use crate::lock;
use crate::upstream::directives;

/// How many draws wait at the most; the oldest are forgotten.
const QUEUED_MAX: usize = 256;
const FIRST_ID: u64 = 12_202_888;

/// The draws that are not done yet. Clones share them.
#[derive(Debug, Clone, Default)]
pub(in crate::upstream) struct Queue(Arc<Mutex<Waiting>>);

#[derive(Debug, Default)]
struct Waiting {
    count: u64,
    draws: BTreeMap<u64, Draw>,
}

/// A draw that is done after so many polls.
#[derive(Debug)]
struct Draw {
    polls: u64,
    output: Vec<String>,
}

/// Answers one request.
pub(super) async fn answer(queue: &Queue, base: &Base, route: &str, body: &[u8]) -> Response<UpstreamBody> {
    let Ok(asked) = serde_json::from_slice::<Value>(body) else { return error("Invalid JSON") };
    let key = asked["key"].as_str().unwrap_or_default();
    if let Some(refusal) = refused_by_key(key) {
        return refusal;
    }
    match route.split_once('/') {
        None if route == "text2img" => draw(queue, base, &asked).await,
        None if route == "img2img" && asked["init_image"].as_str().is_some_and(|url| url.starts_with("http")) => {
            draw(queue, base, &asked).await
        }
        Some(("fetch", id)) => fetch(queue, base, id),
        _ => error("The init image field is required."),
    }
}

async fn draw(queue: &Queue, base: &Base, asked: &Value) -> Response<UpstreamBody> {
    let Some(prompt) = asked["prompt"].as_str().filter(|prompt| !prompt.is_empty()) else {
        return json_answer(
            StatusCode::OK,
            &json!({"status": "error", "message": {"prompt": ["The prompt field is required."]}}),
        );
    };
    let wish = Wish::read(prompt);
    tokio::time::sleep(wish.delay).await;
    if let Some(status) = wish.status {
        return json_answer(status, &json!({"status": "error", "message": "The provider was told to fail."}));
    }
    if wish.filtered {
        return error("NSFW content detected in the prompt.");
    }
    if let Some(spoiled) = wish.spoiled() {
        return spoiled;
    }
    let pixels = |name: &str| number(&asked[name]).and_then(|side| u32::try_from(side).ok()).unwrap_or(512);
    let (count, size) = (number(&asked["samples"]).unwrap_or(1), (pixels("width"), pixels("height")));
    if !(1..=4).contains(&count) || size.0 > 1024 || size.1 > 1024 || size.0 % 8 != 0 || size.1 % 8 != 0 {
        return error("The samples must be 1 to 4, the maximum size 1024x1024.");
    }
    let count = wish.count(usize::try_from(count).unwrap_or(1));
    let output: Vec<String> = (0..count).map(|place| files::url(base, &wish, size, place)).collect();
    if wish.processing == 0 {
        return success(FIRST_ID, &output);
    }
    let mut waiting = lock(&queue.0);
    let id = FIRST_ID + waiting.count;
    waiting.count += 1;
    waiting.draws.insert(id, Draw { polls: wish.processing, output });
    if waiting.draws.len() > QUEUED_MAX {
        waiting.draws.pop_first();
    }
    processing(base, id)
}

fn fetch(queue: &Queue, base: &Base, id: &str) -> Response<UpstreamBody> {
    let mut waiting = lock(&queue.0);
    let Some((id, draw)) = id.parse().ok().and_then(|id| Some((id, waiting.draws.get_mut(&id)?))) else {
        return error("Request not found");
    };
    draw.polls = draw.polls.saturating_sub(1);
    if draw.polls == 0 { success(id, &draw.output) } else { processing(base, id) }
}

fn success(id: u64, output: &[String]) -> Response<UpstreamBody> {
    json_answer(StatusCode::OK, &json!({"status": "success", "generationTime": 2.92, "id": id, "output": output}))
}

fn processing(base: &Base, id: u64) -> Response<UpstreamBody> {
    let document = json!({
        "status": "processing",
        "eta": 0.2,
        "messege": "Try to fetch request after seconds estimated",
        "fetch_result": format!("{}/api/v3/fetch/{id}", base.0),
        "id": id,
        "output": [],
    });
    json_answer(StatusCode::OK, &document)
}

fn error(message: &str) -> Response<UpstreamBody> {
    json_answer(StatusCode::OK, &json!({"status": "error", "messege": message}))
}

/// What a key does that is missing or made to fail: some failures have a status, some only words.
fn refused_by_key(key: &str) -> Option<Response<UpstreamBody>> {
    if key.is_empty() {
        return Some(error("Invalid API Key"));
    }
    let status = directives::failure(key.strip_prefix("sk-status-")?.get(..3)?.parse().ok()?);
    Some(match status.as_u16() {
        401 => error("Invalid API Key"),
        402 => error("Your monthly limit exceeded, upgrade subscription"),
        429 => error("Rate limit exceeded"),
        _ => json_answer(status, &json!({"status": "error", "message": "The key is made to fail."})),
    })
}
