//! WebP, <https://developers.google.com/speed/webp/docs/riff_container>.

use super::reader::Reader;
use super::{Defect, Dimensions, icc};

const ICC: u8 = 0x20;
const ALPHA: u8 = 0x10;
const ANIMATION: u8 = 0x02;
/// How a frame of an animation is laid over the one before, and what is done with it afterwards.
const FRAME_FLAGS: u8 = 0x03;

/// Keeps the bitstreams, their transparency, the colour profile, and what makes an animation of them.
pub(super) fn clean(file: &[u8]) -> Result<(Vec<u8>, Dimensions), Defect> {
    let mut riff = Reader::new(file);
    let [_riff, size] = [riff.u32_le()?, riff.u32_le()?];
    let mut reader = Reader::new(riff.take_u32(size)?);
    reader.take(b"WEBP".len())?;
    let first = Chunk::read(&mut reader)?;
    let mut out = Vec::with_capacity(file.len());
    out.extend_from_slice(b"RIFF\0\0\0\0WEBP");
    let dimensions = if first.kind == *b"VP8X" {
        extended(first.content, &mut reader, &mut out)?
    } else {
        let image = Image::read(None, &first)?;
        write(&mut out, first.kind, &[first.content]);
        image.dimensions
    };
    // What is written is hardly longer than what was read, whose length was a `u32`.
    let size = u32::try_from(out.len() - 8).map_err(|_| Defect::Broken)?;
    if let Some(place) = out.get_mut(4..8) {
        place.copy_from_slice(&size.to_le_bytes());
    }
    Ok((out, dimensions))
}

/// A file that has more than one bitstream.
fn extended(header: &[u8], reader: &mut Reader, out: &mut Vec<u8>) -> Result<Dimensions, Defect> {
    let mut fields = Reader::new(header);
    let [flags, _, _, _] = fields.array()?;
    let dimensions = Dimensions::new(fields.u24_le()? + 1, fields.u24_le()? + 1)?;
    if !fields.is_empty() {
        return Err(Defect::Broken);
    }
    let flags_at = out.len() + 8;
    write(out, *b"VP8X", &[&[0; 4], header.get(4..).unwrap_or_default()]);
    let mut picture = Extended { dimensions, flags: flags & ANIMATION, is_begun: false, frames: 0, alpha: None };
    while !reader.is_empty() {
        picture.chunk(&Chunk::read(reader)?, out)?;
    }
    if picture.frames == 0 || picture.alpha.is_some() {
        return Err(Defect::Broken);
    }
    if let Some(place) = out.get_mut(flags_at) {
        *place = picture.flags;
    }
    Ok(dimensions)
}

struct Chunk<'a> {
    kind: [u8; 4],
    content: &'a [u8],
}

impl<'a> Chunk<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self, Defect> {
        let (kind, length) = (reader.array()?, reader.u32_le()?);
        let content = reader.take_u32(length)?;
        // Chunks begin at even places.
        reader.take(content.len() % 2)?;
        Ok(Self { kind, content })
    }
}

struct Extended<'a> {
    dimensions: Dimensions,
    /// What the header has to say of the file as it is written.
    flags: u8,
    /// Whether the header of the animation was there.
    is_begun: bool,
    frames: usize,
    /// The transparency that waits for its bitstream.
    alpha: Option<&'a [u8]>,
}

impl<'a> Extended<'a> {
    /// Writes a chunk, if it is kept.
    fn chunk(&mut self, chunk: &Chunk<'a>, out: &mut Vec<u8>) -> Result<(), Defect> {
        match (&chunk.kind, self.flags & ANIMATION != 0) {
            (b"ICCP", _) if self.flags & ICC == 0 && !self.is_begun && self.frames == 0 => {
                if let Some(profile) = icc::profile(chunk.content) {
                    self.flags |= ICC;
                    write(out, chunk.kind, &[profile]);
                }
            }
            (b"ANIM", true) if !self.is_begun && chunk.content.len() == 6 => {
                self.is_begun = true;
                write(out, chunk.kind, &[chunk.content]);
            }
            (b"ANMF", true) if self.is_begun => self.frame(chunk.content, out)?,
            (b"ALPH", false) if self.alpha.is_none() && self.frames == 0 => self.alpha = Some(chunk.content),
            (b"VP8 " | b"VP8L", false) if self.frames == 0 => {
                let image = Image::read(self.alpha.take(), chunk)?;
                if image.dimensions != self.dimensions {
                    return Err(Defect::Broken);
                }
                self.frames = 1;
                self.flags |= image.flags();
                image.write(out);
            }
            (b"VP8X" | b"ANIM" | b"ANMF" | b"ALPH" | b"VP8 " | b"VP8L", _) => return Err(Defect::Broken),
            _ => {}
        }
        Ok(())
    }

    /// Writes a frame of an animation.
    fn frame(&mut self, content: &[u8], out: &mut Vec<u8>) -> Result<(), Defect> {
        let mut reader = Reader::new(content);
        let place = reader.take(15)?;
        let flags = reader.byte()? & FRAME_FLAGS;
        let mut fields = Reader::new(place);
        // Frames begin at even places.
        let (left, top) = (fields.u24_le()? * 2, fields.u24_le()? * 2);
        let dimensions = Dimensions::new(fields.u24_le()? + 1, fields.u24_le()? + 1)?;
        let image = Image::find(&mut reader)?;
        if image.dimensions != dimensions || !self.dimensions.hold(left, top, dimensions) {
            return Err(Defect::Broken);
        }
        let mut bitstream = Vec::with_capacity(content.len());
        image.write(&mut bitstream);
        write(out, *b"ANMF", &[place, &[flags], &bitstream]);
        self.frames += 1;
        self.flags |= image.flags();
        Ok(())
    }
}

/// A bitstream, with its transparency where that is stored beside it.
struct Image<'a> {
    alpha: Option<&'a [u8]>,
    kind: [u8; 4],
    content: &'a [u8],
    dimensions: Dimensions,
    has_alpha: bool,
}

impl<'a> Image<'a> {
    /// The one bitstream among the chunks of a frame.
    fn find(reader: &mut Reader<'a>) -> Result<Self, Defect> {
        let (mut alpha, mut image) = (None, None);
        while !reader.is_empty() {
            let chunk = Chunk::read(reader)?;
            match &chunk.kind {
                b"ALPH" if alpha.is_none() && image.is_none() => alpha = Some(chunk.content),
                b"VP8 " | b"VP8L" if image.is_none() => image = Some(Self::read(alpha, &chunk)?),
                b"ALPH" | b"VP8 " | b"VP8L" => return Err(Defect::Broken),
                _ => {}
            }
        }
        image.ok_or(Defect::Broken)
    }

    fn read(alpha: Option<&'a [u8]>, chunk: &Chunk<'a>) -> Result<Self, Defect> {
        let (dimensions, has_alpha) = match (&chunk.kind, alpha) {
            (b"VP8 ", Some([])) => return Err(Defect::Broken),
            (b"VP8 ", alpha) => (lossy(chunk.content)?, alpha.is_some()),
            (b"VP8L", None) => lossless(chunk.content)?,
            _ => return Err(Defect::Broken),
        };
        Ok(Self { alpha, kind: chunk.kind, content: chunk.content, dimensions, has_alpha })
    }

    /// What the header has to say of it.
    fn flags(&self) -> u8 {
        if self.has_alpha { ALPHA } else { 0 }
    }

    fn write(&self, out: &mut Vec<u8>) {
        if let Some(alpha) = self.alpha {
            write(out, *b"ALPH", &[alpha]);
        }
        write(out, self.kind, &[self.content]);
    }
}

/// The header of a key frame, RFC 6386, 9.1.
fn lossy(content: &[u8]) -> Result<Dimensions, Defect> {
    let mut reader = Reader::new(content);
    let tag = reader.u24_le()?;
    // Bit 0 is clear in key frames, bits 1 to 3 are the version, bit 4 is set in frames that are shown.
    let is_key_frame = tag & 0b1_0001 == 0b1_0000 && (tag >> 1) & 7 <= 3 && reader.array()? == [0x9d, 0x01, 0x2a];
    // The upper two bits tell by how much to enlarge the picture.
    let (width, height) = (reader.u16_le()? & 0x3fff, reader.u16_le()? & 0x3fff);
    reader.take_u32(tag >> 5)?;
    if is_key_frame && !reader.is_empty() { Dimensions::new(width.into(), height.into()) } else { Err(Defect::Broken) }
}

/// The header of a lossless bitstream, and whether it has transparency in it,
/// <https://developers.google.com/speed/webp/docs/webp_lossless_bitstream_specification>.
fn lossless(content: &[u8]) -> Result<(Dimensions, bool), Defect> {
    let mut reader = Reader::new(content);
    let (signature, header) = (reader.byte()?, reader.u32_le()?);
    if signature != 0x2f || header >> 29 != 0 || reader.is_empty() {
        return Err(Defect::Broken);
    }
    let dimensions = Dimensions::new((header & 0x3fff) + 1, ((header >> 14) & 0x3fff) + 1)?;
    Ok((dimensions, (header >> 28) & 1 == 1))
}

fn write(out: &mut Vec<u8>, kind: [u8; 4], content: &[&[u8]]) {
    let length = content.iter().map(|part| part.len()).sum::<usize>();
    out.extend_from_slice(&kind);
    // It was read from a `u32`, or is shorter than what was.
    out.extend_from_slice(&u32::try_from(length).unwrap_or_default().to_le_bytes());
    for part in content {
        out.extend_from_slice(part);
    }
    if length % 2 == 1 {
        out.push(0);
    }
}
