//! OpenAI's images, and everything compatible with them:
//! <https://platform.openai.com/docs/api-reference/images>.

use reqwest::Url;
use serde_json::{Value, json};

use super::form::Form;
use super::sieve::Sifted;
use super::size::Size;
use super::wish::{COUNT_MAX, Picture, Quality, Source};
use super::{Drawn, Job, recognise, some_or};
use crate::call::Call;
use crate::failure::{Cause, Verdict};

const DALL_E_2: [Size; 3] = [Size::new(256, 256), Size::new(512, 512), Size::new(1024, 1024)];
const DALL_E_3: [Size; 3] = [Size::new(1024, 1024), Size::new(1792, 1024), Size::new(1024, 1792)];
const GPT_IMAGE: [Size; 3] = [Size::new(1024, 1024), Size::new(1536, 1024), Size::new(1024, 1536)];

/// The models differ in what they take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Family {
    /// `dall-e-2`, which is also what no model means.
    DallE2,
    /// `dall-e-3`: one picture at a time.
    DallE3,
    /// `gpt-image-…`: always answers in base64 and knows no `response_format`.
    GptImage,
    /// A model of somebody else behind a compatible door.
    Other,
}

impl Family {
    fn of(picture: &Picture) -> Self {
        match picture.model.as_deref() {
            Some(model) if model.starts_with("dall-e-3") => Self::DallE3,
            Some(model) if model.starts_with("gpt-image") || model.starts_with("chatgpt-image") => Self::GptImage,
            None => Self::DallE2,
            Some(model) if model.starts_with("dall-e") => Self::DallE2,
            Some(_) => Self::Other,
        }
    }

    fn size(self, asked: Size) -> Size {
        match self {
            Self::DallE2 => asked.nearest(&DALL_E_2),
            Self::DallE3 => asked.nearest(&DALL_E_3),
            Self::GptImage => asked.nearest(&GPT_IMAGE),
            Self::Other => asked,
        }
    }

    fn quality(self, quality: Quality) -> Option<&'static str> {
        match (self, quality) {
            (Self::DallE3, Quality::High) => Some("hd"),
            (Self::DallE3, Quality::Low | Quality::Standard) => Some("standard"),
            (Self::GptImage, Quality::Low) => Some("low"),
            (Self::GptImage, Quality::Standard) => Some("medium"),
            (Self::GptImage, Quality::High) => Some("high"),
            _ => None,
        }
    }
}

/// How many pictures one call asks for. Models of others are asked one by one: some take nothing else.
pub(super) fn at_once(picture: &Picture) -> u8 {
    match Family::of(picture) {
        Family::DallE2 | Family::GptImage => COUNT_MAX,
        Family::DallE3 | Family::Other => 1,
    }
}

/// Draws `count` pictures in one call.
pub(super) async fn draw(job: Job<'_>, count: u8) -> Result<Vec<Drawn>, Verdict> {
    let fields = fields(job.picture, count).into_iter();
    let call = if let Some(Source::Bytes { bytes, kind }) = job.source {
        let url = job.client.route(job.key, &["v1"], &["images", "edits"])?;
        let form = Form::default().image("image", bytes, *kind);
        fields.fold(form, |form, (name, value)| form.field(name, &value)).post(url)?
    } else {
        let url = job.client.route(job.key, &["v1"], &["images", "generations"])?;
        Call::post(url, &fields.collect())
    };
    let call = call.bearer(job.key)?;
    take(job, call.url(), job.ask(&call).await?).await
}

/// What is asked, whichever way it is written.
fn fields(picture: &Picture, count: u8) -> Vec<(&'static str, Value)> {
    let family = Family::of(picture);
    let size = family.size(picture.size);
    let mut fields = vec![
        ("prompt", json!(picture.prompt)),
        ("n", json!(count)),
        ("size", json!(format!("{}x{}", size.width, size.height))),
    ];
    if let Some(model) = &picture.model {
        fields.push(("model", json!(model)));
    }
    if family != Family::GptImage {
        fields.push(("response_format", json!("b64_json")));
    }
    if let Some(quality) = picture.quality.and_then(|quality| family.quality(quality)) {
        fields.push(("quality", json!(quality)));
    }
    let style = picture.style.and_then(super::Style::of_dall_e).filter(|_| family == Family::DallE3);
    if let Some(style) = style {
        fields.push(("style", json!(style)));
    }
    fields
}

/// The pictures of `{"data":[{"b64_json"|"url":…}]}`.
async fn take(job: Job<'_>, called: &Url, mut sifted: Sifted) -> Result<Vec<Drawn>, Verdict> {
    if let Some(error) = sifted.document.get("error").filter(|error| error.is_object()) {
        // An error in an answer of status 200: some proxies do so.
        return Err(crate::call::judge(500, None, error.to_string().as_bytes()));
    }
    let Some(Value::Array(items)) = sifted.document.get_mut("data").map(Value::take) else {
        return Err(Cause::Malformed.into());
    };
    let mut trouble = sifted.too_large.then_some(Cause::TooLarge.into());
    let mut drawn = Vec::new();
    for item in items {
        let text = |name| item.get(name).and_then(Value::as_str).filter(|text: &&str| !text.is_empty());
        let taken = match (text("b64_json"), text("url")) {
            (Some(text), _) => sifted.image(text).and_then(recognise).ok_or(Cause::Malformed),
            // A mark stands for an image that was in the URL itself.
            (None, Some(url)) if url.starts_with("data:") || url.starts_with('\0') => {
                sifted.image(url).and_then(recognise).ok_or(Cause::Malformed)
            }
            (None, Some(url)) => job.client.download(Some(called), url, job.budget, job.until).await,
            (None, None) => Err(Cause::Malformed),
        };
        match taken {
            Ok(picture) => drawn.push(picture),
            Err(cause) => trouble = trouble.or(Some(cause.into())),
        }
    }
    some_or(drawn, trouble)
}
