//! Pictures from strangers, stripped of everything but the image.
//!
//! Photos tell where they were taken and by whose camera, drawn pictures repeat their prompt, and any image file has
//! places for whatever else somebody wants a site to host. So the container is walked from its first byte to the end of
//! the image, by the rules of its format, and written anew with the parts that the pixels need: what is unknown, textual
//! or out of place is left out, and so is all that follows the image. A file that cannot be walked is refused.
//!
//! Nothing is decompressed: time and memory are those of copying the file, and no decoder sees what a stranger sent. The
//! price is that the compressed data of the pixels, and a colour profile as the format holds it, are taken as they are.

mod exif;
mod gif;
mod icc;
mod jpeg;
mod png;
mod reader;
mod webp;

#[cfg(test)]
mod samples;
#[cfg(test)]
mod tests;

use bytes::Bytes;
use domain::Error;
use domain::limits::{IMAGE_PIXELS_MAX, IMAGE_SIDE_PIXELS_MAX};
use upstream::draw::Kind;

/// A picture that holds nothing but the image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Clean {
    /// The file.
    pub(crate) bytes: Bytes,
    /// Which kind of image it is, by its content.
    pub(crate) kind: Kind,
    /// How large it is drawn, before it is turned.
    pub(crate) dimensions: Dimensions,
}

/// Width and height in pixels: neither is zero, and both are of a size that browsers can draw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Dimensions {
    pub(crate) width: u32,
    pub(crate) height: u32,
}

/// Why a file is no picture that we keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Defect {
    /// None of the kinds that are taken, or a variant of one that browsers do not draw.
    Unsupported,
    /// It breaks the rules of its format, or ends before the image does.
    Broken,
    /// More pixels than anybody wants to draw.
    TooManyPixels,
}

/// Strips a file of everything but the image.
///
/// What comes out is clean: stripping it again changes no byte.
///
/// # Errors
/// See [`Defect`].
pub(crate) fn clean(file: &[u8]) -> Result<Clean, Defect> {
    let kind = Kind::of(file).ok_or(Defect::Unsupported)?;
    let (bytes, dimensions) = match kind {
        Kind::Png => png::clean(file),
        Kind::Jpeg => jpeg::clean(file),
        Kind::Webp => webp::clean(file),
        Kind::Gif => gif::clean(file),
    }?;
    Ok(Clean { bytes: bytes.into(), kind, dimensions })
}

impl Dimensions {
    fn new(width: u32, height: u32) -> Result<Self, Defect> {
        if width == 0 || height == 0 {
            return Err(Defect::Broken);
        }
        let is_small = width.max(height) <= IMAGE_SIDE_PIXELS_MAX && width * height <= IMAGE_PIXELS_MAX;
        if is_small { Ok(Self { width, height }) } else { Err(Defect::TooManyPixels) }
    }

    /// Whether a frame of an animation lies inside the picture.
    fn hold(self, left: u32, top: u32, frame: Self) -> bool {
        let reaches = |begin: u32, length: u32| begin.saturating_add(length);
        reaches(left, frame.width) <= self.width && reaches(top, frame.height) <= self.height
    }
}

impl From<Defect> for Error {
    fn from(defect: Defect) -> Self {
        Self::refused(match defect {
            Defect::Unsupported => "仅支持PNG、JPEG、WebP、GIF格式的图片",
            Defect::Broken => "图片文件已损坏或不完整，请更换图片后重试",
            Defect::TooManyPixels => "图片尺寸过大，边长不能超过16384像素，总像素不能超过1亿",
        })
    }
}
