//! Stability, version 1 of its REST API: <https://platform.stability.ai/docs/api-reference#tag/v1generation>.

use serde_json::{Value, json};

use super::form::Form;
use super::sieve::Sifted;
use super::size::Size;
use super::wish::{COUNT_MAX, Picture, Quality, Source, Style};
use super::{Drawn, Job, recognise, some_or};
use crate::call::Call;
use crate::failure::{Cause, Refusal, Verdict};

/// `samples`: 1 to 10.
pub(super) const AT_ONCE_MAX: u8 = COUNT_MAX;
/// The engine when none is named: the one of version 1 that outlived the others.
const ENGINE: &str = "stable-diffusion-xl-1024-v1-0";
/// `steps`: 10 to 50.
const STEPS: (u8, u8) = (10, 50);
/// The only sizes of the XL engines.
const XL: [Size; 9] = [
    Size::new(1024, 1024),
    Size::new(1152, 896),
    Size::new(1216, 832),
    Size::new(1344, 768),
    Size::new(1536, 640),
    Size::new(640, 1536),
    Size::new(768, 1344),
    Size::new(832, 1216),
    Size::new(896, 1152),
];

/// Draws `count` pictures in one call.
pub(super) async fn draw(job: Job<'_>, count: u8) -> Result<Vec<Drawn>, Verdict> {
    let picture = job.picture;
    let engine = picture.model.as_deref().unwrap_or(ENGINE);
    let route = |action| job.client.route(job.key, &["v1"], &["generation", engine, action]);
    let call = match job.source {
        Some(Source::Bytes { bytes, kind }) => {
            form(picture, count).image("init_image", bytes, *kind).post(route("image-to-image")?)?
        }
        _ => Call::post(route("text-to-image")?, &document(picture, engine, count)),
    };
    take(job.ask(&call.bearer(job.key)?).await?)
}

/// The words with their weights: what has a negative weight is avoided.
fn prompts(picture: &Picture) -> impl Iterator<Item = (&str, i8)> {
    let avoided = picture.negative_prompt.as_deref().filter(|text| !text.trim().is_empty());
    std::iter::once((picture.prompt.as_str(), 1)).chain(avoided.map(|text| (text, -1)))
}

/// `cfg_scale`: 0 to 35, 7 when it is not given.
fn guidance(picture: &Picture) -> u8 {
    picture.quality.and_then(Quality::guidance).unwrap_or(7).min(35)
}

fn steps(picture: &Picture) -> u8 {
    let usual = match picture.quality {
        Some(Quality::Low) => 20,
        Some(Quality::High) => 50,
        _ => 30,
    };
    picture.steps.unwrap_or(usual).clamp(STEPS.0, STEPS.1)
}

/// The XL engines offer a list; the others take sides from 320 to 1536 in multiples of 64, a megapixel in all.
fn size(asked: Size, engine: &str) -> Size {
    if engine.contains("xl") { asked.nearest(&XL) } else { asked.within(64, 320, 1536, 1024 * 1024) }
}

fn document(picture: &Picture, engine: &str, count: u8) -> Value {
    let size = size(picture.size, engine);
    let prompts: Vec<Value> = prompts(picture).map(|(text, weight)| json!({"text": text, "weight": weight})).collect();
    let mut document = json!({
        "text_prompts": prompts,
        "cfg_scale": guidance(picture),
        "width": size.width,
        "height": size.height,
        "samples": count,
        "steps": steps(picture),
    });
    if let (Some(style), Some(fields)) = (picture.style.and_then(Style::preset), document.as_object_mut()) {
        fields.insert("style_preset".to_owned(), style.into());
    }
    document
}

/// The result has the size of the picture to start from, so none is sent.
fn form(picture: &Picture, count: u8) -> Form<'static> {
    let names =
        [("text_prompts[0][text]", "text_prompts[0][weight]"), ("text_prompts[1][text]", "text_prompts[1][weight]")];
    let mut form = Form::default();
    for ((text, weight), (text_name, weight_name)) in prompts(picture).zip(names) {
        form = form.text(text_name, text).text(weight_name, &weight);
    }
    form = form
        .text("init_image_mode", "IMAGE_STRENGTH")
        .text("image_strength", "0.35")
        .text("cfg_scale", &guidance(picture))
        .text("samples", &count)
        .text("steps", &steps(picture));
    match picture.style.and_then(Style::preset) {
        Some(style) => form.text("style_preset", style),
        None => form,
    }
}

/// The pictures of `{"artifacts":[{"base64":…,"finishReason":"SUCCESS"|"ERROR"|"CONTENT_FILTERED"}]}`. One that was
/// filtered is blurred beyond use.
fn take(mut sifted: Sifted) -> Result<Vec<Drawn>, Verdict> {
    let Some(Value::Array(artifacts)) = sifted.document.get_mut("artifacts").map(Value::take) else {
        return Err(Cause::Malformed.into());
    };
    let mut trouble: Option<Verdict> = sifted.too_large.then_some(Cause::TooLarge.into());
    let mut drawn = Vec::new();
    for artifact in artifacts {
        let text = |name| artifact.get(name).and_then(Value::as_str).unwrap_or_default();
        match text("finishReason") {
            "CONTENT_FILTERED" => trouble = Some(Verdict::Refuse(200, Refusal::Filtered)),
            "ERROR" => trouble = trouble.or(Some(Cause::Empty.into())),
            _ => match sifted.image(text("base64")).and_then(recognise) {
                Some(picture) => drawn.push(picture),
                None => trouble = trouble.or(Some(Cause::Malformed.into())),
            },
        }
    }
    some_or(drawn, trouble)
}
