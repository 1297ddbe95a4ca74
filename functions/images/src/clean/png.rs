//! PNG with its animations, <https://www.w3.org/TR/png-3/>.

use super::reader::Reader;
use super::{Defect, Dimensions};

const SIGNATURE_BYTES: usize = 8;
/// Longest content of a chunk.
const CHUNK_BYTES_MAX: u32 = 0x7fff_ffff;
/// What a colour profile is called here. Its name in the file is whatever somebody wrote.
const PROFILE_NAME: &[u8] = b"icc";
/// Longest name of a colour profile.
const PROFILE_NAME_BYTES_MAX: usize = 79;

/// Keeps the chunks that say what colour each pixel has and when it is shown.
pub(super) fn clean(file: &[u8]) -> Result<(Vec<u8>, Dimensions), Defect> {
    let mut reader = Reader::new(file);
    let mut out = Vec::with_capacity(file.len());
    out.extend_from_slice(reader.take(SIGNATURE_BYTES)?);
    let first = Chunk::read(&mut reader)?;
    let mut png = Png::new(&first)?;
    let dimensions = png.dimensions;
    first.write(&mut out);
    loop {
        let chunk = Chunk::read(&mut reader)?;
        if let Some(kept) = png.keep(&chunk)? {
            if !chunk.is_intact() {
                return Err(Defect::Broken);
            }
            kept.write(&mut out);
        }
        if chunk.kind == *b"IEND" {
            return Ok((out, dimensions));
        }
    }
}

struct Chunk<'a> {
    kind: [u8; 4],
    content: std::borrow::Cow<'a, [u8]>,
    crc: u32,
}

impl<'a> Chunk<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self, Defect> {
        let length = reader.u32_be()?;
        let kind: [u8; 4] = reader.array()?;
        if length > CHUNK_BYTES_MAX || !kind.iter().all(u8::is_ascii_alphabetic) {
            return Err(Defect::Broken);
        }
        let content = reader.take_u32(length)?.into();
        Ok(Self { kind, content, crc: reader.u32_be()? })
    }

    fn new(kind: [u8; 4], content: Vec<u8>) -> Self {
        let crc = crc32(&[&kind, &content]);
        Self { kind, content: content.into(), crc }
    }

    fn is_intact(&self) -> bool {
        self.crc == crc32(&[&self.kind, &self.content])
    }

    /// Whether a decoder that does not know it cannot draw the picture.
    fn is_critical(&self) -> bool {
        self.kind.first().is_some_and(u8::is_ascii_uppercase)
    }

    fn write(&self, out: &mut Vec<u8>) {
        // It was read from a `u32`, or is shorter than what was.
        let length = u32::try_from(self.content.len()).unwrap_or_default();
        out.extend_from_slice(&length.to_be_bytes());
        out.extend_from_slice(&self.kind);
        out.extend_from_slice(&self.content);
        out.extend_from_slice(&self.crc.to_be_bytes());
    }
}

/// Where we are, with regard to the data of the picture.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    Before,
    Within,
    After,
}

struct Png {
    dimensions: Dimensions,
    colour: u8,
    place: Place,
    has_data: bool,
    /// The kinds of chunk that are there once at most, and are.
    seen: Vec<[u8; 4]>,
    animation: Option<Animation>,
}

impl Png {
    fn new(header: &Chunk) -> Result<Self, Defect> {
        let mut fields = Reader::new(&header.content);
        let (width, height) = (fields.u32_be()?, fields.u32_be()?);
        let [depth, colour, compression, filter, interlace] = fields.array()?;
        let is_known = match colour {
            0 => matches!(depth, 1 | 2 | 4 | 8 | 16),
            3 => matches!(depth, 1 | 2 | 4 | 8),
            2 | 4 | 6 => matches!(depth, 8 | 16),
            _ => false,
        };
        let is_header = header.kind == *b"IHDR" && header.is_intact() && fields.is_empty();
        if !is_header || !is_known || compression != 0 || filter != 0 || interlace > 1 {
            return Err(Defect::Broken);
        }
        let dimensions = Dimensions::new(width, height)?;
        let (place, has_data) = (Place::Before, false);
        Ok(Self { dimensions, colour, place, has_data, seen: Vec::new(), animation: None })
    }

    /// The chunk as it is kept, if it is.
    fn keep<'a>(&mut self, chunk: &'a Chunk<'a>) -> Result<Option<Chunk<'a>>, Defect> {
        let content = &*chunk.content;
        if chunk.kind != *b"IDAT" && self.place == Place::Within {
            self.place = Place::After;
        }
        let is_kept = match &chunk.kind {
            b"IDAT" => self.data(content)?,
            b"PLTE" => self.palette(content)?,
            b"IEND" => self.end(content)?,
            b"acTL" => self.animate(content)?,
            b"fcTL" => {
                self.animation.as_mut().map_or(Ok(false), |it| it.control(content, self.place, self.dimensions))?
            }
            b"fdAT" => self.animation.as_mut().map_or(Ok(false), |it| it.data(content, self.place))?,
            b"iCCP" if self.is_first(chunk) => return Ok(profile(content)),
            _ if chunk.is_critical() => return Err(Defect::Broken),
            _ => self.has_length(chunk) && self.is_first(chunk),
        };
        Ok(is_kept.then(|| Chunk { kind: chunk.kind, content: content.into(), crc: chunk.crc }))
    }

    /// Whether a chunk that describes colours or proportions is as long as it must be. None of the others is kept.
    fn has_length(&self, chunk: &Chunk) -> bool {
        let length = chunk.content.len();
        match (&chunk.kind, self.colour) {
            (b"gAMA" | b"cICP", _) => length == 4,
            (b"cHRM", _) => length == 32,
            (b"sRGB", _) => length == 1,
            (b"pHYs", _) => length == 9,
            (b"tRNS", 0) => length == 2,
            (b"tRNS", 2) => length == 6,
            (b"tRNS", 3) => (1..=256).contains(&length) && self.seen.contains(b"PLTE"),
            _ => false,
        }
    }

    /// Whether it is the first of its kind and before the data: decoders pass over the others.
    fn is_first(&mut self, chunk: &Chunk) -> bool {
        let is_first = self.place == Place::Before && !self.seen.contains(&chunk.kind);
        if is_first {
            self.seen.push(chunk.kind);
        }
        is_first
    }

    fn data(&mut self, content: &[u8]) -> Result<bool, Defect> {
        let has_colours = self.colour != 3 || self.seen.contains(b"PLTE");
        if self.place == Place::After || !has_colours {
            return Err(Defect::Broken);
        }
        self.place = Place::Within;
        self.has_data |= !content.is_empty();
        Ok(true)
    }

    fn palette(&mut self, content: &[u8]) -> Result<bool, Defect> {
        let fits = content.len().is_multiple_of(3) && (3..=768).contains(&content.len());
        let is_allowed = !matches!(self.colour, 0 | 4) && self.place == Place::Before;
        if !fits || !is_allowed || self.seen.contains(b"PLTE") {
            return Err(Defect::Broken);
        }
        self.seen.push(*b"PLTE");
        Ok(true)
    }

    fn animate(&mut self, content: &[u8]) -> Result<bool, Defect> {
        if self.place != Place::Before || self.animation.is_some() || content.len() != 8 {
            return Err(Defect::Broken);
        }
        let frames = Reader::new(content).u32_be()?;
        self.animation = Some(Animation { frames, begun: 0, sequence: 0 });
        Ok(true)
    }

    fn end(&self, content: &[u8]) -> Result<bool, Defect> {
        let is_whole = self.animation.as_ref().is_none_or(|it| it.begun == it.frames && it.frames > 0);
        if content.is_empty() && self.has_data && is_whole { Ok(true) } else { Err(Defect::Broken) }
    }
}

/// The frames of an animated file.
struct Animation {
    /// How many there are to be.
    frames: u32,
    begun: u32,
    /// The number that the next chunk must have.
    sequence: u32,
}

impl Animation {
    fn control(&mut self, content: &[u8], place: Place, picture: Dimensions) -> Result<bool, Defect> {
        let mut fields = Reader::new(content);
        self.next(&mut fields)?;
        let frame = Dimensions::new(fields.u32_be()?, fields.u32_be()?)?;
        let (left, top) = (fields.u32_be()?, fields.u32_be()?);
        // The delay, what is done with the frame afterwards, and how it is laid over the one before.
        let [_, _, _, _, disposal, blending] = fields.array()?;
        let is_known = disposal <= 2 && blending <= 1 && fields.is_empty();
        // One before the data makes the still picture the first frame.
        let is_in_place = place == Place::After || (self.begun == 0 && frame == picture);
        if !is_known || !is_in_place || !picture.hold(left, top, frame) {
            return Err(Defect::Broken);
        }
        self.begun += 1;
        Ok(true)
    }

    fn data(&mut self, content: &[u8], place: Place) -> Result<bool, Defect> {
        self.next(&mut Reader::new(content))?;
        if place == Place::After && self.begun > 0 { Ok(true) } else { Err(Defect::Broken) }
    }

    fn next(&mut self, fields: &mut Reader) -> Result<(), Defect> {
        if fields.u32_be()? != self.sequence {
            return Err(Defect::Broken);
        }
        self.sequence += 1;
        Ok(())
    }
}

/// A colour profile under a name that says nothing; none when it is not one.
fn profile(content: &[u8]) -> Option<Chunk<'static>> {
    let name = content.iter().take(PROFILE_NAME_BYTES_MAX + 1).position(|byte| *byte == 0)?;
    let (_, compressed) = content.split_at_checked(name)?;
    // The end of the name, and the one method of compression that there is.
    if !compressed.starts_with(&[0, 0]) {
        return None;
    }
    Some(Chunk::new(*b"iCCP", [PROFILE_NAME, compressed].concat()))
}

/// The checksum of a chunk, <https://www.w3.org/TR/png-3/#D-CRCAppendix>.
pub(super) fn crc32(parts: &[&[u8]]) -> u32 {
    let bytes = parts.iter().copied().flatten();
    !bytes.fold(u32::MAX, |crc, byte| {
        let [low, ..] = (crc ^ u32::from(*byte)).to_le_bytes();
        CRC_OF_BYTE.get(usize::from(low)).copied().unwrap_or_default() ^ (crc >> 8)
    })
}

const CRC_OF_BYTE: [u32; 256] = crc_of_byte();

#[expect(clippy::indexing_slicing, reason = "done by the compiler, which would stop at an index out of bounds")]
const fn crc_of_byte() -> [u32; 256] {
    let mut table = [0; 256];
    let mut byte = 0_u32;
    while byte < 256 {
        let (mut crc, mut bit) = (byte, 0);
        while bit < 8 {
            crc = if crc & 1 == 0 { crc >> 1 } else { 0xedb8_8320 ^ (crc >> 1) };
            bit += 1;
        }
        table[byte as usize] = crc;
        byte += 1;
    }
    table
}
