//! JPEG, ITU-T T.81, with what ITU-T T.871 (JFIF) and T.872 (Adobe) add.

use super::reader::Reader;
use super::{Defect, Dimensions, exif, icc};

const SOI: [u8; 2] = [0xff, 0xd8];
const EOI: u8 = 0xd9;
const SOS: u8 = 0xda;
const DQT: u8 = 0xdb;
const DRI: u8 = 0xdd;
const DHT: u8 = 0xc4;
const APP0: u8 = 0xe0;
const APP1: u8 = 0xe1;
const APP2: u8 = 0xe2;
const APP14: u8 = 0xee;
const APP15: u8 = 0xef;
const COM: u8 = 0xfe;

const JFIF: &[u8] = b"JFIF\0";
const ICC: &[u8] = b"ICC_PROFILE\0";
const ADOBE: &[u8] = b"Adobe";
/// How long a JFIF segment is without its thumbnail.
const JFIF_BYTES: usize = 14;
/// How long an Adobe segment is.
const ADOBE_BYTES: usize = 12;
/// How much of a colour profile fits into one segment.
const ICC_PART_BYTES_MAX: usize = 65_533 - ICC.len() - 2;
/// Scans of one picture. Encoders make about a dozen; decoding thousands of empty ones takes a browser minutes, see
/// <https://libjpeg-turbo.org/pmwiki/uploads/About/TwoIssueswiththeJPEGStandard.pdf>.
const SCANS_MAX: usize = 100;

/// Keeps the tables and the scans, and of the rest the pixels' proportions, the colour profile, how the colours are
/// stored, and which way up the photo is.
pub(super) fn clean(file: &[u8]) -> Result<(Vec<u8>, Dimensions), Defect> {
    let mut reader = Reader::new(file);
    reader.take(SOI.len())?;
    let mut jpeg = Jpeg { body: Vec::with_capacity(file.len()), ..Jpeg::default() };
    loop {
        let marker = marker(&mut reader)?;
        if marker == EOI {
            let dimensions = jpeg.dimensions.filter(|_| jpeg.scans > 0).ok_or(Defect::Broken)?;
            return Ok((jpeg.assemble(), dimensions));
        }
        jpeg.segment(marker, &mut reader)?;
    }
}

#[derive(Default)]
struct Jpeg<'a> {
    proportions: Option<&'a [u8]>,
    orientation: Option<u8>,
    profile: Vec<ProfilePart<'a>>,
    colours: Option<&'a [u8]>,
    dimensions: Option<Dimensions>,
    scans: usize,
    /// The tables, the frame and the scans.
    body: Vec<u8>,
}

/// A part of the colour profile, which may be longer than a segment.
#[derive(Clone, Copy)]
struct ProfilePart<'a> {
    number: u8,
    of: u8,
    content: &'a [u8],
}

impl<'a> Jpeg<'a> {
    fn segment(&mut self, marker: u8, reader: &mut Reader<'a>) -> Result<(), Defect> {
        let length = reader.u16_be()?.checked_sub(2).ok_or(Defect::Broken)?;
        let content = reader.take(length.into())?;
        match marker {
            DQT => quantization(content)?,
            DHT => huffman(content)?,
            DRI if content.len() == 2 => {}
            SOS => return self.scan(content, reader),
            // Baseline, extended and progressive, by Huffman's codes.
            0xc0..=0xc2 => self.frame(content)?,
            // Lossless, hierarchical and arithmetic: the standard knows them, browsers do not.
            0xc3 | 0xc5..=0xc7 | 0xc9..=0xcf | 0xde | 0xdf => return Err(Defect::Unsupported),
            APP0..=APP15 => {
                self.application(marker, content);
                return Ok(());
            }
            COM => return Ok(()),
            _ => return Err(Defect::Broken),
        }
        write(&mut self.body, marker, &[content]);
        Ok(())
    }

    fn frame(&mut self, content: &[u8]) -> Result<(), Defect> {
        let mut fields = Reader::new(content);
        let (depth, height, width) = (fields.byte()?, fields.u16_be()?, fields.u16_be()?);
        let components = fields.byte()?;
        fields.take(usize::from(components) * 3)?;
        let is_header = (1..=4).contains(&components) && fields.is_empty();
        if !is_header || self.dimensions.is_some() {
            return Err(Defect::Broken);
        }
        if depth != 8 {
            return Err(Defect::Unsupported);
        }
        self.dimensions = Some(Dimensions::new(width.into(), height.into())?);
        Ok(())
    }

    fn scan(&mut self, content: &[u8], reader: &mut Reader) -> Result<(), Defect> {
        let components = usize::from(Reader::new(content).byte()?);
        let is_header = (1..=4).contains(&components) && content.len() == 4 + 2 * components;
        let data = reader.span(entropy_coded)?;
        self.scans += 1;
        if !is_header || data.is_empty() || self.dimensions.is_none() || self.scans > SCANS_MAX {
            return Err(Defect::Broken);
        }
        write(&mut self.body, SOS, &[content]);
        self.body.extend_from_slice(data);
        Ok(())
    }

    /// Application segments count before the first scan; of several of one kind the first does.
    fn application(&mut self, marker: u8, content: &'a [u8]) {
        match marker {
            _ if self.scans > 0 => {}
            APP0 if content.starts_with(JFIF) && self.proportions.is_none() => {
                self.proportions = content.get(..JFIF_BYTES);
            }
            APP1 if self.orientation.is_none() => {
                self.orientation = content.strip_prefix(exif::PREFIX).and_then(exif::orientation);
            }
            APP2 => self.profile.extend(ProfilePart::read(content)),
            APP14 if content.starts_with(ADOBE) && self.colours.is_none() => {
                self.colours = content.get(..ADOBE_BYTES);
            }
            _ => {}
        }
    }

    fn assemble(self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.body.len() + 256);
        out.extend_from_slice(&SOI);
        if let Some(proportions) = self.proportions {
            // The last two bytes are the size of the thumbnail, which stays behind.
            write(&mut out, APP0, &[proportions.get(..JFIF_BYTES - 2).unwrap_or_default(), &[0, 0]]);
        }
        if let Some(orientation) = self.orientation {
            write(&mut out, APP1, &[&exif::minimal(orientation)]);
        }
        let profile = ProfilePart::join(self.profile).unwrap_or_default();
        let parts = profile.chunks(ICC_PART_BYTES_MAX);
        let of = u8::try_from(parts.len()).unwrap_or_default();
        for (number, part) in (1..=of).zip(parts) {
            write(&mut out, APP2, &[ICC, &[number, of], part]);
        }
        if let Some(colours) = self.colours {
            write(&mut out, APP14, &[colours]);
        }
        out.extend_from_slice(&self.body);
        out.extend_from_slice(&[0xff, EOI]);
        out
    }
}

impl<'a> ProfilePart<'a> {
    fn read(content: &'a [u8]) -> Option<Self> {
        let mut reader = Reader::new(content.strip_prefix(ICC)?);
        let [number, of] = reader.array().ok()?;
        Some(Self { number, of, content: content.get(ICC.len() + 2..)? })
    }

    /// The profile, when all of its parts are there.
    fn join(mut parts: Vec<Self>) -> Option<Vec<u8>> {
        parts.sort_by_key(|part| part.number);
        let all = parts.first()?.of;
        let is_whole = parts.len() == usize::from(all)
            && parts.iter().zip(1..=all).all(|(part, number)| (part.number, part.of) == (number, all));
        if !is_whole {
            return None;
        }
        let bytes = parts.iter().map(|part| part.content).collect::<Vec<_>>().concat();
        icc::profile(&bytes).map(<[u8]>::to_vec)
    }
}

/// The next marker, behind any number of fill bytes (B.1.1.2).
fn marker(reader: &mut Reader) -> Result<u8, Defect> {
    if reader.byte()? != 0xff {
        return Err(Defect::Broken);
    }
    loop {
        let byte = reader.byte()?;
        if byte != 0xff {
            return Ok(byte);
        }
    }
}

/// The data of a scan, up to the next marker that neither stands for a byte of data nor restarts the decoder.
fn entropy_coded(reader: &mut Reader) -> Result<(), Defect> {
    loop {
        let mut ahead = *reader;
        if ahead.byte()? == 0xff {
            match ahead.byte()? {
                0x00 | 0xd0..=0xd7 => {}
                _ => return Ok(()),
            }
        }
        *reader = ahead;
    }
}

/// Checks that the tables fill their segment, so that nothing else does (B.2.4.1).
fn quantization(content: &[u8]) -> Result<(), Defect> {
    let mut reader = Reader::new(content);
    while !reader.is_empty() {
        match reader.byte()? {
            0x00..=0x03 => reader.take(64)?,
            0x10..=0x13 => reader.take(128)?,
            _ => return Err(Defect::Broken),
        };
    }
    Ok(())
}

/// As [`quantization`] (B.2.4.2).
fn huffman(content: &[u8]) -> Result<(), Defect> {
    let mut reader = Reader::new(content);
    while !reader.is_empty() {
        let id = reader.byte()?;
        let codes: usize = reader.array::<16>()?.map(usize::from).iter().sum();
        if !matches!(id, 0x00..=0x03 | 0x10..=0x13) || codes > 256 {
            return Err(Defect::Broken);
        }
        reader.take(codes)?;
    }
    Ok(())
}

/// Writes a segment. Its content was one, or is cut to the size of one.
fn write(out: &mut Vec<u8>, marker: u8, content: &[&[u8]]) {
    let length = 2 + content.iter().map(|part| part.len()).sum::<usize>();
    out.extend_from_slice(&[0xff, marker]);
    out.extend_from_slice(&u16::try_from(length).unwrap_or_default().to_be_bytes());
    for part in content {
        out.extend_from_slice(part);
    }
}
