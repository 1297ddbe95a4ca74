//! Which way up a photo is: the one thing of its EXIF block that the eye misses. CIPA DC-008 (EXIF) and TIFF 6.0.

use super::Defect;
use super::reader::Reader;

/// What an EXIF segment of a JPEG opens with.
pub(super) const PREFIX: &[u8] = b"Exif\0\0";
const ORIENTATION: u16 = 0x0112;
/// The type of the orientation's value: a `u16`.
const SHORT: u16 = 3;

/// How a photo must be turned, if at all: 2 to 8. `tiff` is what follows the prefix.
pub(super) fn orientation(tiff: &[u8]) -> Option<u8> {
    let order = match tiff {
        [b'I', b'I', 42, 0, ..] => Order::Little,
        [b'M', b'M', 0, 42, ..] => Order::Big,
        _ => return None,
    };
    find(tiff, order).ok().flatten()
}

fn find(tiff: &[u8], order: Order) -> Result<Option<u8>, Defect> {
    let first_directory = order.u32(&mut Reader::new(tiff.get(4..).unwrap_or_default()))?;
    let mut directory = Reader::new(tiff);
    directory.take_u32(first_directory)?;
    for _ in 0..order.u16(&mut directory)? {
        let (tag, kind, count) = (order.u16(&mut directory)?, order.u16(&mut directory)?, order.u32(&mut directory)?);
        let mut value = Reader::new(directory.take(4)?);
        if (tag, kind, count) == (ORIENTATION, SHORT, 1) {
            let turn = u8::try_from(order.u16(&mut value)?).ok();
            return Ok(turn.filter(|turn| (2..=8).contains(turn)));
        }
    }
    Ok(None)
}

/// The least EXIF segment that says so, prefix included.
pub(super) fn minimal(orientation: u8) -> [u8; 32] {
    let mut block = *b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\0\0\0\0\0\0\0";
    if let Some(value) = block.get_mut(25) {
        *value = orientation;
    }
    block
}

/// The order of bytes in a block: the block's own choice.
#[derive(Clone, Copy)]
enum Order {
    Little,
    Big,
}

impl Order {
    fn u16(self, reader: &mut Reader) -> Result<u16, Defect> {
        match self {
            Self::Little => reader.u16_le(),
            Self::Big => reader.u16_be(),
        }
    }

    fn u32(self, reader: &mut Reader) -> Result<u32, Defect> {
        match self {
            Self::Little => reader.u32_le(),
            Self::Big => reader.u32_be(),
        }
    }
}
