//! What a person wants drawn, read from a form or a JSON body.

use domain::limits::DRAW_PROMPT_BYTES_MAX;
use domain::text::pasted_address;
use domain::{Error, Result, model as models, paste};
use table::upstream_key::{Kind, UpstreamKey};
use upstream::draw::{COUNT_MAX, Picture, Provider, Quality, Size, Source, Style};
use web::Fields;

use crate::clean::clean;
use crate::form::Form;

/// Pixels of a side when the request names none.
const SIDE_DEFAULT: u16 = 1024;
/// Longest side that is asked for; what a provider does not draw is brought into its range.
const SIDE_MAX: u16 = 4096;
/// Steps of diffusion that are asked for.
const STEPS: std::ops::RangeInclusive<i64> = 10..=150;
/// How closely to follow the prompt at most.
const GUIDANCE_MAX: f64 = 35.0;

/// Who is to draw, by the word for it in requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Painter {
    OpenAi,
    Stability,
    StableDiffusion,
}

impl Painter {
    pub(crate) const ALL: [Self; 3] = [Self::OpenAi, Self::Stability, Self::StableDiffusion];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::OpenAi => "openai",
            Self::Stability => "stability",
            Self::StableDiffusion => "stablediffusion",
        }
    }

    pub(crate) fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|painter| painter.name() == name)
    }

    pub(crate) const fn provider(self) -> Provider {
        match self {
            Self::OpenAi => Provider::OpenAi,
            Self::Stability => Provider::Stability,
            Self::StableDiffusion => Provider::StableDiffusion,
        }
    }

    /// Who draws with a model, if its name tells.
    pub(crate) fn of_model(model: &str) -> Option<Self> {
        if models::is_openai_picture(model) { Some(Self::OpenAi) } else { Self::parse(model) }
    }

    /// Who draws instead where no key draws so: front ends that know two painters call Stability's by its model's name.
    pub(crate) fn or_stand_in(self, keys: &[UpstreamKey], model: Option<&str>) -> Self {
        let has_key = |painter: Self| keys.iter().any(|key| painter.draws_with(key, model));
        if self == Self::StableDiffusion && !has_key(self) && has_key(Self::Stability) { Self::Stability } else { self }
    }

    /// Whether this upstream key may be asked to draw so, with this model if one is named.
    pub(crate) fn draws_with(self, key: &UpstreamKey, model: Option<&str>) -> bool {
        let kind = match self {
            Self::OpenAi => Kind::OpenAiDraw,
            Self::Stability => Kind::StabilityDraw,
            Self::StableDiffusion => Kind::StableDiffusionDraw,
        };
        // A key that lists nothing draws with whatever its provider has.
        let lists = |model: &str| (key.models.is_empty() && key.kind != Kind::OpenAiChat) || key.lists(model);
        key.draws_as(kind) && model.is_none_or(lists)
    }
}

/// A wish for pictures.
#[derive(Debug)]
pub(crate) struct Ask {
    /// Who is to draw; whoever there is a key for when the request does not say.
    pub(crate) painter: Option<Painter>,
    pub(crate) picture: Picture,
}

impl Ask {
    /// Reads a form. Numbers out of range are brought into it, unreadable ones are left out: front ends send whatever
    /// their sliders say.
    pub(crate) fn parse(form: &Form) -> Result<Self> {
        let fields = &form.fields;
        let prompt = fields.verbatim("prompt").ok_or_else(Error::missing)?;
        if prompt.len() > DRAW_PROMPT_BYTES_MAX {
            return Err(Error::TooLarge);
        }
        let unknown = || Error::refused("绘画类型不正确");
        let said = fields.word("draw_type").map(|name| Painter::parse(&name).ok_or_else(unknown)).transpose()?;
        // The word for who draws may also stand for the model; then it names none.
        let (named, model) = match model(fields)? {
            Some(model) => Painter::parse(&model).map_or((None, Some(model)), |painter| (Some(painter), None)),
            None => (None, None),
        };
        let picture = Picture {
            prompt,
            negative_prompt: fields.verbatim("negative_prompt").filter(|text| text.len() <= DRAW_PROMPT_BYTES_MAX),
            count: count(fields),
            size: size(fields),
            quality: quality(fields),
            steps: steps(fields),
            style: fields.word("style").and_then(|name| Style::parse(&name)),
            model,
            source: source(form)?,
        };
        Ok(Self { painter: said.or(named), picture })
    }

    /// All that a person says in it.
    pub(crate) fn said(&self) -> String {
        let Picture { prompt, negative_prompt, .. } = &self.picture;
        negative_prompt.as_ref().map_or_else(|| prompt.clone(), |other| format!("{prompt}\n{other}"))
    }

    /// The size as it is told.
    pub(crate) fn size(&self) -> String {
        format!("{}x{}", self.picture.size.width, self.picture.size.height)
    }
}

fn count(fields: &Fields) -> u8 {
    let wanted = ["quantity", "n"].into_iter().find_map(|name| fields.number(name)).unwrap_or(1.0);
    let wanted = wanted.clamp(1.0, COUNT_MAX.into());
    (1..=COUNT_MAX).rev().find(|count| f64::from(*count) <= wanted).unwrap_or(1)
}

/// `size` as `512x512`, or `width` and `height`; one alone makes a square.
fn size(fields: &Fields) -> Size {
    if let Some(size) = fields.word("size").and_then(|text| sides(&text)) {
        return size;
    }
    let [width, height] = ["width", "height"].map(|name| fields.word(name).and_then(|text| side(&text)));
    let width = width.or(height).unwrap_or(SIDE_DEFAULT);
    Size::new(width, height.unwrap_or(width))
}

/// `512x512`, and the other ways to write that.
pub(crate) fn sides(text: &str) -> Option<Size> {
    let text = paste::clean(text);
    let (width, height) = text.split_once(['x', 'X', '*', '×'])?;
    Some(Size::new(side(width)?, side(height)?))
}

fn side(text: &str) -> Option<u16> {
    let number: u32 = text.parse().ok()?;
    u16::try_from(number.clamp(1, SIDE_MAX.into())).ok()
}

/// A word, or how closely to follow the prompt: the sliders of some front ends go beyond what there is.
fn quality(fields: &Fields) -> Option<Quality> {
    match fields.number("quality") {
        Some(number) => Quality::parse(&format!("{:.0}", number.clamp(0.0, GUIDANCE_MAX))),
        None => Quality::parse(&fields.word("quality")?),
    }
}

fn steps(fields: &Fields) -> Option<u8> {
    let steps = fields.integer("steps").ok().flatten()?;
    u8::try_from(steps.clamp(*STEPS.start(), *STEPS.end())).ok()
}

pub(crate) fn model(fields: &Fields) -> Result<Option<String>> {
    match fields.text("model").map(|model| model.trim().to_owned()) {
        // It stands in lists and ledgers, whatever a key serves.
        Some(model) if !models::is_name(&model) => Err(Error::NoModel),
        model => Ok(model),
    }
}

/// The picture to start from: a file, cleaned of everything but the image, or the address of one.
fn source(form: &Form) -> Result<Option<Source>> {
    if let Some(file) = &form.file {
        let clean = clean(file)?;
        return Ok(Some(Source::Bytes { bytes: clean.bytes, kind: clean.kind }));
    }
    let url = ["image", "file"].into_iter().find_map(|name| form.fields.text(name));
    // Whether it may be called is for who calls it to say.
    Ok(url.map(|url| Source::Url(pasted_address(&url))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(texts: &[(&str, &str)]) -> Result<Ask> {
        let texts = texts.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
        Ask::parse(&Form { fields: Fields::of_texts(texts), file: None })
    }

    #[test]
    fn sizes_are_read_in_all_spellings() {
        for (texts, size) in [
            (vec![], (1024, 1024)),
            (vec![("size", "512x768")], (512, 768)),
            (vec![("size", "large"), ("width", "640")], (640, 640)),
            (vec![("width", "256"), ("height", "1024")], (256, 1024)),
            (vec![("height", "320")], (320, 320)),
            (vec![("size", "99999999x0")], (4096, 1)),
            (vec![("width", "-5")], (1024, 1024)),
        ] {
            let texts: Vec<_> = texts.into_iter().chain([("prompt", "猫")]).collect();
            let size_of = ask(&texts).unwrap().picture.size;
            assert_eq!((size_of.width, size_of.height), size, "{texts:?}");
        }
    }

    #[test]
    fn numbers_are_brought_into_their_range() {
        for (text, count) in [("0", 1), ("1", 1), ("2.9", 2), ("10", 10), ("11", 10), ("-3", 1), ("1e9", 10), ("x", 1)]
        {
            assert_eq!(ask(&[("prompt", "猫"), ("quantity", text)]).unwrap().picture.count, count, "{text}");
            assert_eq!(ask(&[("prompt", "猫"), ("n", text)]).unwrap().picture.count, count, "{text}");
        }
        let asked = ask(&[("prompt", "猫"), ("quality", "37"), ("steps", "500"), ("style", "")]).unwrap().picture;
        assert_eq!((asked.quality, asked.steps, asked.style), (Some(Quality::Guidance(35)), Some(150), None));
        let asked = ask(&[("prompt", "猫"), ("quality", "hd"), ("steps", "x"), ("style", "anime")]).unwrap().picture;
        assert_eq!((asked.quality, asked.steps, asked.style.is_some()), (Some(Quality::High), None, true));
    }

    #[test]
    fn who_draws_is_told_by_the_type_or_by_the_model() {
        for (texts, painter, model) in [
            (vec![], None, None),
            (vec![("draw_type", "stability")], Some(Painter::Stability), None),
            (vec![("model", "stability")], Some(Painter::Stability), None),
            (vec![("model", "sd3")], None, Some("sd3")),
            (vec![("draw_type", "stability"), ("model", "sd3")], Some(Painter::Stability), Some("sd3")),
            (vec![("draw_type", "openai"), ("model", "stability")], Some(Painter::OpenAi), None),
        ] {
            let texts: Vec<_> = texts.into_iter().chain([("prompt", "猫")]).collect();
            let asked = ask(&texts).unwrap();
            assert_eq!((asked.painter, asked.picture.model.as_deref()), (painter, model), "{texts:?}");
        }
    }

    #[test]
    fn what_cannot_be_drawn_is_refused() {
        assert!(ask(&[]).is_err() && ask(&[("prompt", "  ")]).is_err());
        assert!(ask(&[("prompt", "猫"), ("draw_type", "midjourney")]).is_err());
        assert!(matches!(ask(&[("prompt", &"猫".repeat(DRAW_PROMPT_BYTES_MAX))]), Err(Error::TooLarge)));
        let asked = ask(&[("prompt", "猫"), ("draw_type", "stability"), ("image", "undefined")]).unwrap();
        assert_eq!((asked.painter, asked.picture.source), (Some(Painter::Stability), None));
    }
}
