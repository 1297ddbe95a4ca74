//! The text in the picture of a QR code.

use std::io::Cursor;

use png::{ColorType, Decoder, Limits, Transformations};
use rqrr::PreparedImage;
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

/// Longer files are not fetched: a QR code has some kilobytes.
pub(crate) const FILE_BYTES_MAX: usize = 512 * 1024;
/// Wider or higher pictures are not read.
const SIDE_PIXELS_MAX: usize = 1500;
/// What a PNG may take while it is decoded, in bytes: four for each pixel, and some.
const DECODED_BYTES_MAX: usize = 16 * 1024 * 1024;

/// A picture in shades of grey, 0 is black.
struct Grey {
    width: usize,
    height: usize,
    pixels: Vec<u8>,
}

/// The text of the first QR code in a PNG or JPEG; `None` when there is none that can be read.
pub(crate) fn read(file: &[u8]) -> Option<String> {
    let grey = if file.starts_with(b"\x89PNG") { read_png(file)? } else { read_jpeg(file)? };
    let shade = |x: usize, y: usize| grey.pixels.get(y * grey.width + x).copied().unwrap_or(u8::MAX);
    let mut image = PreparedImage::prepare_from_greyscale(grey.width, grey.height, shade);
    image.detect_grids().into_iter().find_map(|grid| grid.decode().ok()).map(|(_, text)| text)
}

fn read_png(file: &[u8]) -> Option<Grey> {
    let mut decoder = Decoder::new_with_limits(Cursor::new(file), Limits { bytes: DECODED_BYTES_MAX });
    decoder.set_transformations(Transformations::normalize_to_color8());
    let mut reader = decoder.read_info().ok()?;
    let (width, height) = fitting(reader.info().width, reader.info().height)?;
    let mut bytes = vec![0; reader.output_buffer_size()?];
    let frame = reader.next_frame(&mut bytes).ok()?;
    bytes.truncate(frame.buffer_size());
    let pixels = match frame.color_type {
        ColorType::Grayscale => bytes,
        ColorType::GrayscaleAlpha => {
            bytes.as_chunks::<2>().0.iter().map(|&[grey, alpha]| on_white(grey, alpha)).collect()
        }
        ColorType::Rgb => bytes.as_chunks::<3>().0.iter().map(|&[r, g, b]| luma(r, g, b)).collect(),
        ColorType::Rgba => {
            bytes.as_chunks::<4>().0.iter().map(|&[r, g, b, alpha]| on_white(luma(r, g, b), alpha)).collect()
        }
        ColorType::Indexed => return None,
    };
    Some(Grey { width, height, pixels })
}

fn read_jpeg(file: &[u8]) -> Option<Grey> {
    let options = DecoderOptions::default()
        .set_max_width(SIDE_PIXELS_MAX)
        .set_max_height(SIDE_PIXELS_MAX)
        .jpeg_set_out_colorspace(ColorSpace::Luma);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(file), options);
    let pixels = decoder.decode().ok()?;
    let (width, height) = decoder.dimensions()?;
    Some(Grey { width, height, pixels })
}

/// The sides of a picture, unless one is zero or too long.
fn fitting(width: u32, height: u32) -> Option<(usize, usize)> {
    let side = |pixels: u32| usize::try_from(pixels).ok().filter(|side| (1..=SIDE_PIXELS_MAX).contains(side));
    Some((side(width)?, side(height)?))
}

/// How bright a colour is seen, by the weights of ITU-R BT.601.
fn luma(red: u8, green: u8, blue: u8) -> u8 {
    share(299 * u32::from(red) + 587 * u32::from(green) + 114 * u32::from(blue), 1000)
}

/// What is seen of a shade in front of white.
fn on_white(shade: u8, alpha: u8) -> u8 {
    let alpha = u32::from(alpha);
    share(u32::from(shade) * alpha + 255 * (255 - alpha), 255)
}

fn share(sum: u32, parts: u32) -> u8 {
    u8::try_from(sum / parts).unwrap_or(u8::MAX)
}

#[cfg(test)]
#[path = "qr_tests.rs"]
mod tests;
