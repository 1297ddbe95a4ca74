//! What a person wants drawn, in words that every provider's adapter understands.

use bytes::Bytes;

use super::kind::Kind;
use super::size::Size;

/// The most pictures of one draw.
pub const COUNT_MAX: u8 = 10;

/// A draw. What a provider does not take is brought into its range by its adapter, or left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// What to draw.
    pub prompt: String,
    /// What not to draw; for those that know the difference.
    pub negative_prompt: Option<String>,
    /// How many pictures: 1 to [`COUNT_MAX`].
    pub count: u8,
    /// How large.
    pub size: Size,
    /// How well.
    pub quality: Option<Quality>,
    /// How many steps of diffusion.
    pub steps: Option<u8>,
    /// In which style.
    pub style: Option<Style>,
    /// The model or engine, by the provider's name for it; else the adapter's default.
    pub model: Option<String>,
    /// The picture to start from.
    pub source: Option<Source>,
}

impl Picture {
    /// [`Picture::count`] within its bounds.
    pub(super) fn count(&self) -> u8 {
        self.count.clamp(1, COUNT_MAX)
    }
}

/// A picture to start from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// The file itself.
    Bytes {
        /// Its content.
        bytes: Bytes,
        /// Which kind of image it is.
        kind: Kind,
    },
    /// Where it is to be had by `https`, for everybody.
    Url(String),
}

/// How well to draw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quality {
    /// Fast and cheap.
    Low,
    /// The provider's middle.
    Standard,
    /// Slow and dear.
    High,
    /// How closely to follow the prompt, 0 to 35: the `cfg_scale` of diffusion models.
    Guidance(u8),
}

impl Quality {
    /// Reads `low`, `standard`, `medium`, `auto`, `high`, `hd`, or a number from 0 to 35.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text.trim() {
            "low" => Some(Self::Low),
            "standard" | "medium" | "auto" => Some(Self::Standard),
            "high" | "hd" => Some(Self::High),
            number => number.parse().ok().filter(|number| *number <= 35).map(Self::Guidance),
        }
    }

    /// The number, if it is one.
    pub(super) fn guidance(self) -> Option<u8> {
        if let Self::Guidance(number) = self { Some(number) } else { None }
    }
}

/// One of the styles that some provider knows by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style(&'static str);

/// The styles of `dall-e-3`, <https://platform.openai.com/docs/api-reference/images/create>.
const DALL_E: [&str; 2] = ["vivid", "natural"];
/// `style_preset`, <https://platform.stability.ai/docs/api-reference#tag/v1generation>.
const PRESETS: [&str; 17] = [
    "3d-model",
    "analog-film",
    "anime",
    "cinematic",
    "comic-book",
    "digital-art",
    "enhance",
    "fantasy-art",
    "isometric",
    "line-art",
    "low-poly",
    "modeling-compound",
    "neon-punk",
    "origami",
    "photographic",
    "pixel-art",
    "tile-texture",
];

impl Style {
    /// The style of this name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        DALL_E.iter().chain(&PRESETS).copied().find(|name| *name == text.trim()).map(Self)
    }

    /// Its name, if `dall-e-3` knows it.
    pub(super) fn of_dall_e(self) -> Option<&'static str> {
        DALL_E.contains(&self.0).then_some(self.0)
    }

    /// Its name, if Stability knows it.
    pub(super) fn preset(self) -> Option<&'static str> {
        PRESETS.contains(&self.0).then_some(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn qualities_and_styles_are_read() {
        for (text, quality) in [
            ("hd", Some(Quality::High)),
            ("medium", Some(Quality::Standard)),
            (" 7 ", Some(Quality::Guidance(7))),
            ("36", None),
            ("", None),
            ("best", None),
        ] {
            assert_eq!(Quality::parse(text), quality, "{text}");
        }
        assert_eq!(Style::parse("vivid").and_then(Style::of_dall_e), Some("vivid"));
        assert_eq!(Style::parse("vivid").and_then(Style::preset), None);
        assert_eq!(Style::parse("anime").and_then(Style::preset), Some("anime"));
        assert_eq!(Style::parse("baroque"), None);
    }
}
