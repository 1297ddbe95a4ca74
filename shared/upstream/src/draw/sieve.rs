//! A reader of JSON answers that hold images: it decodes the images while they come and keeps them apart, so that
//! neither the body nor any base64 is ever held whole.

use std::sync::atomic::{AtomicUsize, Ordering};

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde_json::Value;

use super::kind::Kind;
use crate::failure::Cause;

/// Base64 with or without its padding: proxies leave it out.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// One image, decoded.
pub(super) const IMAGE_BYTES_MAX: usize = 10 * 1024 * 1024;
/// All images of one draw together.
pub(super) const DRAW_BYTES_MAX: usize = 40 * 1024 * 1024;
/// A string that grows beyond this is an image or of no use.
const STRING_BYTES_MAX: usize = 8 * 1024;
/// What is left of an answer without its images.
const SKELETON_BYTES_MAX: usize = 256 * 1024;
/// One whole body, however little of it is kept.
const BODY_BYTES_MAX: usize = DRAW_BYTES_MAX / 3 * 4 + 1024 * 1024;

/// The room that is left for the images of one draw, shared by its calls.
#[derive(Debug)]
pub(super) struct Budget(AtomicUsize);

impl Budget {
    /// Room for [`DRAW_BYTES_MAX`].
    pub(super) fn new() -> Self {
        Self(AtomicUsize::new(DRAW_BYTES_MAX))
    }

    /// Takes room for so many bytes, if there is as much.
    pub(super) fn take(&self, bytes: usize) -> bool {
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(bytes)).is_ok()
    }

    /// Gives room back: what it held is thrown away.
    pub(super) fn give_back(&self, bytes: usize) {
        self.0.fetch_add(bytes, Ordering::Relaxed);
    }
}

/// Where the bytes of the answer go.
#[derive(Debug, Default)]
enum Mode {
    /// To the skeleton, outside of any string.
    #[default]
    Plain,
    /// To the skeleton, inside the string that starts there.
    Text(usize),
    /// To an image.
    Image(Decoder),
    /// Nowhere, up to the end of the string.
    Skip,
}

/// The state between two packets.
#[derive(Debug)]
pub(super) struct Sieve<'a> {
    budget: &'a Budget,
    mode: Mode,
    /// The last byte was a backslash inside a string.
    escaped: bool,
    /// The document without its long strings.
    skeleton: Vec<u8>,
    images: Vec<Vec<u8>>,
    body_bytes: usize,
    too_large: bool,
}

impl<'a> Sieve<'a> {
    /// A sieve that has seen nothing.
    pub(super) fn new(budget: &'a Budget) -> Self {
        Self {
            budget,
            mode: Mode::Plain,
            escaped: false,
            skeleton: Vec::new(),
            images: Vec::new(),
            body_bytes: 0,
            too_large: false,
        }
    }

    /// Takes the next packet.
    pub(super) fn push(&mut self, packet: &[u8]) -> Result<(), Cause> {
        self.body_bytes += packet.len();
        let mut rest = packet;
        while let Some((&first, behind)) = rest.split_first() {
            let run = rest.iter().position(|byte| matches!(byte, b'"' | b'\\')).unwrap_or(rest.len());
            rest = if self.escaped || run == 0 {
                self.take_mark(first);
                behind
            } else {
                let (run, behind) = rest.split_at(run);
                self.take_run(run);
                behind
            };
        }
        if self.skeleton.len() > SKELETON_BYTES_MAX || self.body_bytes > BODY_BYTES_MAX {
            return Err(Cause::TooLarge);
        }
        Ok(())
    }

    /// The body has ended.
    pub(super) fn finish(self) -> Result<Sifted, Cause> {
        let document = serde_json::from_slice(&self.skeleton).map_err(|_| Cause::Malformed)?;
        Ok(Sifted { document, images: self.images, too_large: self.too_large })
    }

    /// Takes a quote, a backslash, or what follows a backslash.
    fn take_mark(&mut self, byte: u8) {
        let was_escaped = std::mem::take(&mut self.escaped);
        if matches!(self.mode, Mode::Plain) {
            self.skeleton.push(byte);
            if byte == b'"' {
                self.mode = Mode::Text(self.skeleton.len());
            }
            return;
        }
        if byte == b'"' && !was_escaped {
            self.end_string();
            return;
        }
        self.escaped = byte == b'\\' && !was_escaped;
        match self.mode {
            Mode::Text(start) => {
                self.skeleton.push(byte);
                self.divert_if_long(start);
            }
            Mode::Image(_) if !self.escaped => self.take_run(unescaped(byte)),
            _ => {}
        }
    }

    /// Takes bytes that have neither quote nor backslash.
    fn take_run(&mut self, run: &[u8]) {
        match &mut self.mode {
            Mode::Plain => self.skeleton.extend_from_slice(run),
            Mode::Text(start) => {
                let start = *start;
                let room = (start + STRING_BYTES_MAX).saturating_sub(self.skeleton.len());
                let (text, behind) = run.split_at(room.min(run.len()));
                self.skeleton.extend_from_slice(text);
                self.divert_if_long(start);
                if !behind.is_empty() {
                    self.take_run(behind);
                }
            }
            Mode::Image(decoder) => {
                if let Err(dropped) = decoder.push(run, self.budget) {
                    self.skip(dropped);
                }
            }
            Mode::Skip => {}
        }
    }

    /// Takes a string that has become too long out of the skeleton: if it begins as an image it is decoded from here
    /// on, else it is not kept.
    fn divert_if_long(&mut self, start: usize) {
        if self.escaped || self.skeleton.len() < start + STRING_BYTES_MAX {
            return;
        }
        let mut text = Vec::with_capacity(STRING_BYTES_MAX);
        let mut escaped = false;
        for byte in self.skeleton.drain(start..) {
            if escaped {
                text.extend_from_slice(unescaped(byte));
            } else if byte != b'\\' {
                text.push(byte);
            }
            escaped = byte == b'\\' && !escaped;
        }
        let mut decoder = Decoder::default();
        let taken = decoder.push(without_prefix(&text), self.budget);
        let is_image = Kind::of(&decoder.bytes).is_some();
        self.mode = Mode::Image(decoder);
        if let Err(dropped) = taken.and(if is_image { Ok(()) } else { Err(Dropped::Broken) }) {
            self.skip(dropped);
        }
    }

    /// Gives up the image that is being decoded.
    fn skip(&mut self, dropped: Dropped) {
        self.too_large |= dropped == Dropped::TooLarge;
        if let Mode::Image(decoder) = std::mem::replace(&mut self.mode, Mode::Skip) {
            self.budget.give_back(decoder.taken);
        }
    }

    fn end_string(&mut self) {
        if let Mode::Image(decoder) = &mut self.mode
            && let Err(dropped) = decoder.finish(self.budget)
        {
            self.skip(dropped);
        }
        if let Mode::Image(decoder) = std::mem::take(&mut self.mode) {
            self.skeleton.extend_from_slice(format!("\\u0000{}", self.images.len()).as_bytes());
            self.images.push(decoder.bytes);
        }
        self.skeleton.push(b'"');
    }
}

/// What the byte behind a backslash stands for. Slashes are often written so, and lines may be broken; nothing else
/// belongs into base64.
fn unescaped(byte: u8) -> &'static [u8] {
    match byte {
        b'/' => b"/",
        b'n' | b'r' => b"",
        _ => b"!",
    }
}

/// The base64 of a `data:` URL, or the text itself.
fn without_prefix(text: &[u8]) -> &[u8] {
    const MARK: &[u8] = b";base64,";
    let place = text.windows(MARK.len()).take(64).position(|window| window == MARK);
    place.and_then(|place| text.get(place + MARK.len()..)).filter(|_| text.starts_with(b"data:")).unwrap_or(text)
}

/// Why an image is not kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Dropped {
    /// It is none.
    Broken,
    /// There is no room for it.
    TooLarge,
}

/// One image that is being decoded.
#[derive(Debug, Default)]
struct Decoder {
    bytes: Vec<u8>,
    /// Up to three characters that wait for their fourth.
    rest: Vec<u8>,
    /// The room it has taken.
    taken: usize,
}

impl Decoder {
    fn push(&mut self, base64: &[u8], budget: &Budget) -> Result<(), Dropped> {
        let mut input = base64;
        if !self.rest.is_empty() {
            let (head, behind) = input.split_at(input.len().min(4 - self.rest.len()));
            self.rest.extend_from_slice(head);
            input = behind;
            if self.rest.len() < 4 {
                return Ok(());
            }
            let quad = std::mem::take(&mut self.rest);
            self.decode(&quad, budget)?;
        }
        let (quads, rest) = input.split_at(input.len() / 4 * 4);
        self.decode(quads, budget)?;
        self.rest.extend_from_slice(rest);
        Ok(())
    }

    fn finish(&mut self, budget: &Budget) -> Result<(), Dropped> {
        let rest = std::mem::take(&mut self.rest);
        self.decode(&rest, budget)
    }

    fn decode(&mut self, quads: &[u8], budget: &Budget) -> Result<(), Dropped> {
        let needed = quads.len().div_ceil(4) * 3;
        if self.bytes.len() + needed > IMAGE_BYTES_MAX || !budget.take(needed) {
            return Err(Dropped::TooLarge);
        }
        self.taken += needed;
        BASE64.decode_vec(quads, &mut self.bytes).map_err(|_| Dropped::Broken)
    }
}

/// A whole answer: the document, with marks where images were.
#[derive(Debug)]
pub(super) struct Sifted {
    /// The document.
    pub(super) document: Value,
    images: Vec<Vec<u8>>,
    /// An image was too large to keep.
    pub(super) too_large: bool,
}

impl Sifted {
    /// The image that this string of the document holds: a mark, a small image in base64, or a `data:` URL.
    pub(super) fn image(&mut self, text: &str) -> Option<Vec<u8>> {
        if let Some(place) = text.strip_prefix('\0') {
            return self.images.get_mut(place.parse::<usize>().ok()?).map(std::mem::take);
        }
        BASE64.decode(without_prefix(text.as_bytes())).ok()
    }
}

#[cfg(test)]
#[path = "sieve_tests.rs"]
mod tests;
