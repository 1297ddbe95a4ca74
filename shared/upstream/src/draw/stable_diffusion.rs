//! stablediffusionapi.com, version 3 of its API: <https://stablediffusionapi.com/docs/stable-diffusion-api/text2img>,
//! `…/img2img`, `…/fetchqueimg`. The key travels in the body; a draw that takes long is queued and fetched later.

use std::time::Duration;

use reqwest::Url;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep_until};

use super::wish::{Picture, Quality, Source};
use super::{Drawn, Job, some_or};
use crate::call::Call;
use crate::failure::{Cause, Refusal, Verdict};

/// `samples`: 1 to 4.
pub(super) const AT_ONCE_MAX: u8 = 4;
/// `num_inference_steps`: one of these.
const STEPS: [u8; 4] = [21, 31, 41, 51];
/// How often a queued draw is asked after.
const POLLS_MAX: u32 = 100;
/// How often in a row that may fail before the draw is given up: it goes on whether it is asked after or not.
const FAILED_POLLS_MAX: u32 = 3;
/// Between two polls; what the provider guesses (`eta`) is brought into these bounds.
const WAIT: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(8));
/// The wait when it does not guess.
const WAIT_USUAL: f64 = 2.0;

/// Draws `count` pictures: one call, and polls while they are in the queue.
pub(super) async fn draw(job: Job<'_>, count: u8) -> Result<Vec<Drawn>, Verdict> {
    let route = if job.source.is_some() { "img2img" } else { "text2img" };
    let url = job.client.route(job.key, &["api", "v3"], &[route])?;
    let call = Call::post(url, &document(job, count));
    match read(&job.ask(&call).await?.document)? {
        State::Done(files) => fetch(job, call.url(), files).await,
        State::Queued { id, wait } => follow(job, &id.ok_or(Cause::Malformed)?, wait).await,
    }
}

/// Asks after a queued draw until it is done.
async fn follow(job: Job<'_>, id: &str, mut wait: Duration) -> Result<Vec<Drawn>, Verdict> {
    let mut failed = 0;
    for _ in 0..POLLS_MAX {
        let next = Instant::now() + wait;
        if next >= job.until {
            break;
        }
        sleep_until(next).await;
        let call = poll(job, id)?;
        match job.ask(&call).await.and_then(|answer| read(&answer.document)) {
            Ok(State::Done(files)) => return fetch(job, call.url(), files).await,
            Ok(State::Queued { wait: longer, .. }) => (failed, wait) = (0, longer),
            Err(verdict) if failed < FAILED_POLLS_MAX && may_pass(verdict) => failed += 1,
            Err(verdict) => return Err(verdict),
        }
    }
    Err(Cause::Silence.into())
}

/// What an answer says about the draw.
enum State {
    /// It is done: these are its files.
    Done(Vec<String>),
    /// It is in the queue under this id; an answer to a poll need not repeat it.
    Queued { id: Option<String>, wait: Duration },
}

/// The question after a queued draw. The address is made here, not taken from the answer: the key goes along.
fn poll(job: Job<'_>, id: &str) -> Result<Call, Verdict> {
    let url = job.client.route(job.key, &["api", "v3"], &["fetch", id])?;
    Ok(Call::post(url, &json!({"key": job.key.secret.expose().trim()})))
}

/// Whether a failed poll says nothing about the draw itself.
fn may_pass(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Next(Cause::Server(502..=599) | Cause::Connect | Cause::Cut | Cause::RateLimited { .. }))
}

/// The request, with numbers as texts where the documentation has them so.
fn document(job: Job<'_>, count: u8) -> Value {
    let picture = job.picture;
    let size = picture.size.within(8, 256, 1024, 1024 * 1024);
    let mut document = json!({
        "key": job.key.secret.expose().trim(),
        "prompt": picture.prompt,
        "negative_prompt": picture.negative_prompt,
        "width": size.width.to_string(),
        "height": size.height.to_string(),
        "samples": count.to_string(),
        "num_inference_steps": steps(picture).to_string(),
        // A picture that its filter catches comes back blank, and says so.
        "safety_checker": "yes",
        "enhance_prompt": "yes",
        "seed": null,
        "guidance_scale": guidance(picture),
        "webhook": null,
        "track_id": null,
    });
    let Some(fields) = document.as_object_mut() else { return document };
    if let Some(Source::Url(url)) = job.source {
        fields.insert("init_image".to_owned(), url.as_str().into());
        fields.insert("strength".to_owned(), 0.7.into());
    } else {
        let plain = ["multi_lingual", "panorama", "self_attention", "upscale"];
        fields.extend(plain.map(|name| (name.to_owned(), "no".into())));
    }
    document
}

/// The least of [`STEPS`] that is enough.
fn steps(picture: &Picture) -> u8 {
    let asked = picture.steps.unwrap_or(if picture.quality == Some(Quality::High) { STEPS[2] } else { STEPS[0] });
    STEPS.into_iter().find(|steps| *steps >= asked).unwrap_or(STEPS[3])
}

/// `guidance_scale`: 1 to 20.
fn guidance(picture: &Picture) -> f64 {
    picture.quality.and_then(Quality::guidance).map_or(7.5, |number| f64::from(number.clamp(1, 20)))
}

/// Reads `{"status": "success" | "processing" | "error" | "failed", …}`.
fn read(answer: &Value) -> Result<State, Verdict> {
    match answer.get("status").and_then(Value::as_str).unwrap_or_default() {
        "success" if answer.get("nsfw_content_detected") == Some(&Value::Bool(true)) => {
            Err(Verdict::Refuse(200, Refusal::Filtered))
        }
        "success" => Ok(State::Done(files(answer))),
        "processing" => Ok(State::Queued { id: id(answer), wait: wait(answer) }),
        "error" | "failed" => Err(judge(answer)),
        _ => Err(Cause::Malformed.into()),
    }
}

/// `output`: a list of URLs, or one.
fn files(answer: &Value) -> Vec<String> {
    match answer.get("output") {
        Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        Some(Value::String(one)) if !one.is_empty() => vec![one.clone()],
        _ => Vec::new(),
    }
}

/// `id`, or the end of `fetch_result`.
fn id(answer: &Value) -> Option<String> {
    let is_id = |id: &String| {
        !id.is_empty() && id.len() <= 64 && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    let named = match answer.get("id") {
        Some(Value::Number(number)) => Some(number.to_string()),
        Some(Value::String(text)) => Some(text.clone()),
        _ => None,
    };
    let linked = || answer.get("fetch_result")?.as_str()?.trim_end_matches('/').rsplit('/').next().map(str::to_owned);
    named.filter(is_id).or_else(linked).filter(is_id)
}

fn wait(answer: &Value) -> Duration {
    let eta = answer.get("eta").and_then(|eta| eta.as_f64().or_else(|| eta.as_str()?.parse().ok()));
    let seconds = eta.filter(|seconds| seconds.is_finite()).unwrap_or(WAIT_USUAL);
    Duration::from_secs_f64(seconds.clamp(0.0, 60.0)).clamp(WAIT.0, WAIT.1)
}

/// The verdict on an error, which comes with status 200 and says only in words what it is:
/// <https://docs.modelslab.com/error-codes>. Old routes write `messege`.
fn judge(answer: &Value) -> Verdict {
    let said = ["message", "messege"].iter().find_map(|name| answer.get(name)).unwrap_or(&Value::Null);
    if said.is_object() {
        // A list of the fields that were not accepted.
        return Verdict::Refuse(200, Refusal::Other);
    }
    let words = said.as_str().unwrap_or_default().to_ascii_lowercase();
    let has = |any: &[&str]| any.iter().any(|part| words.contains(part));
    let seconds = answer.get("retry_after").and_then(Value::as_u64).and_then(|seconds| u32::try_from(seconds).ok());
    if has(&["nsfw", "banned", "prohibited", "not allowed word", "sensitive"]) {
        Verdict::Refuse(200, Refusal::Filtered)
    } else if has(&["invalid api key", "invalid key", "key is required", "api key not"]) {
        Verdict::Next(Cause::Unauthorized)
    } else if has(&["rate limit", "queue", "too many"]) {
        Verdict::Next(Cause::RateLimited { retry_after_seconds: seconds })
    } else if has(&["credit", "subscri", "limit exceeded", "upgrade", "out of", "payment"]) {
        Verdict::Next(Cause::Quota)
    } else if has(&["required", "must be", "maximum", "minimum", "validation"]) {
        Verdict::Refuse(200, Refusal::Other)
    } else {
        Verdict::Next(Cause::Server(500))
    }
}

/// Fetches the files, one after the other over one connection.
async fn fetch(job: Job<'_>, called: &Url, files: Vec<String>) -> Result<Vec<Drawn>, Verdict> {
    let (mut drawn, mut trouble) = (Vec::new(), None);
    for file in files.iter().take(AT_ONCE_MAX.into()) {
        match job.client.download(Some(called), file, job.budget, job.until).await {
            Ok(picture) => drawn.push(picture),
            Err(cause) => trouble = trouble.or(Some(cause.into())),
        }
    }
    some_or(drawn, trouble)
}

#[cfg(test)]
#[path = "stable_diffusion_tests.rs"]
mod tests;
