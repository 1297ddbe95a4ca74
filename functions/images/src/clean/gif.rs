//! GIF, <https://www.w3.org/Graphics/GIF/spec-gif89a.txt>.

use super::reader::Reader;
use super::{Defect, Dimensions};

const EXTENSION: u8 = 0x21;
const IMAGE: u8 = 0x2c;
const TRAILER: u8 = 0x3b;
const PLAIN_TEXT: u8 = 0x01;
const GRAPHIC_CONTROL: u8 = 0xf9;
const APPLICATION: u8 = 0xff;
/// The application whose extension says how often an animation is repeated.
const LOOP: &[u8] = b"\x0bNETSCAPE2.0\x03\x01";

/// Keeps the screen, the colours, the frames with their graphic controls, and the count of repetitions.
pub(super) fn clean(file: &[u8]) -> Result<(Vec<u8>, Dimensions), Defect> {
    let mut reader = Reader::new(file);
    let mut gif = Gif { out: Vec::with_capacity(file.len()), control: None, loops: false, frames: false };
    gif.out.extend_from_slice(reader.take(6)?);
    let dimensions = gif.screen(&mut reader)?;
    loop {
        match reader.byte()? {
            EXTENSION => gif.extension(&mut reader)?,
            IMAGE => gif.frame(&mut reader)?,
            TRAILER if gif.frames => break,
            _ => return Err(Defect::Broken),
        }
    }
    gif.out.push(TRAILER);
    Ok((gif.out, dimensions))
}

struct Gif<'a> {
    out: Vec<u8>,
    /// The graphic control that waits for the frame it belongs to.
    control: Option<&'a [u8]>,
    loops: bool,
    frames: bool,
}

impl<'a> Gif<'a> {
    fn screen(&mut self, reader: &mut Reader) -> Result<Dimensions, Defect> {
        let screen = reader.take(7)?;
        let mut fields = Reader::new(screen);
        let (width, height) = (fields.u16_le()?, fields.u16_le()?);
        self.out.extend_from_slice(screen);
        self.out.extend_from_slice(colours(fields.byte()?, reader)?);
        Dimensions::new(width.into(), height.into())
    }

    fn extension(&mut self, reader: &mut Reader<'a>) -> Result<(), Defect> {
        let label = reader.byte()?;
        let blocks = reader.span(sub_blocks)?;
        match (label, blocks) {
            (GRAPHIC_CONTROL, [4, _, _, _, _, 0]) => self.control = Some(blocks),
            (GRAPHIC_CONTROL, _) => return Err(Defect::Broken),
            // It takes the place of a frame, so its control goes with it.
            (PLAIN_TEXT, _) => self.control = None,
            (APPLICATION, _) if !self.loops => self.repetitions(blocks),
            _ => {}
        }
        Ok(())
    }

    fn repetitions(&mut self, blocks: &[u8]) {
        if let Some(&[low, high, ..]) = blocks.strip_prefix(LOOP) {
            self.loops = true;
            self.out.extend_from_slice(&[EXTENSION, APPLICATION]);
            self.out.extend_from_slice(LOOP);
            self.out.extend_from_slice(&[low, high, 0]);
        }
    }

    fn frame(&mut self, reader: &mut Reader) -> Result<(), Defect> {
        let descriptor = reader.take(9)?;
        let mut fields = Reader::new(descriptor);
        let (left, top) = (u32::from(fields.u16_le()?), u32::from(fields.u16_le()?));
        let (width, height) = (u32::from(fields.u16_le()?), u32::from(fields.u16_le()?));
        if width == 0 || height == 0 {
            return Err(Defect::Broken);
        }
        // Browsers enlarge the screen for a frame that reaches beyond it.
        Dimensions::new(left + width, top + height)?;
        let colours = colours(fields.byte()?, reader)?;
        let code_bits = reader.byte()?;
        let data = reader.span(sub_blocks)?;
        if !(2..=8).contains(&code_bits) || data.len() < 2 {
            return Err(Defect::Broken);
        }
        if let Some(control) = self.control.take() {
            self.out.extend_from_slice(&[EXTENSION, GRAPHIC_CONTROL]);
            self.out.extend_from_slice(control);
        }
        self.out.push(IMAGE);
        self.out.extend_from_slice(descriptor);
        self.out.extend_from_slice(colours);
        self.out.push(code_bits);
        self.out.extend_from_slice(data);
        self.frames = true;
        Ok(())
    }
}

/// The table of colours that `flags` announce.
fn colours<'a>(flags: u8, reader: &mut Reader<'a>) -> Result<&'a [u8], Defect> {
    if flags & 0x80 == 0 { Ok(&[]) } else { reader.take(3 << ((flags & 7) + 1)) }
}

/// Blocks of up to 255 bytes, each behind its length, up to the empty one.
fn sub_blocks(reader: &mut Reader) -> Result<(), Defect> {
    loop {
        match reader.byte()? {
            0 => return Ok(()),
            length => reader.take(length.into())?,
        };
    }
}
