//! PNG files of 3 x 2 pixels.

use super::super::png::crc32;
use super::{Plants, profile};

const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";

pub(crate) fn still(plants: &Plants) -> Vec<u8> {
    // A row is a filter and three pixels of four bytes.
    let data = zlib(&[[0, 9, 9, 9, 255, 99, 99, 99, 255, 200, 0, 0, 128]; 2].concat());
    let (begin, end) = data.split_at(5);
    [
        SIGNATURE.to_vec(),
        header(6),
        plants.at(0, |marker| chunk(b"tEXt", &[b"Comment\0", marker].concat())),
        chunk(b"gAMA", &45_455_u32.to_be_bytes()),
        chunk(b"iCCP", &[&name(plants)[..], b"\0\0", &zlib(&profile(200))].concat()),
        plants.at(1, |marker| chunk(b"eXIf", marker)),
        plants.at(2, |marker| chunk(b"iTXt", &[b"XML:com.adobe.xmp\0\0\0\0\0", marker].concat())),
        chunk(b"pHYs", b"\0\0\x0b\x13\0\0\x0b\x13\x01"),
        plants.at(3, |marker| chunk(b"prVt", marker)),
        plants.at(4, |marker| chunk(b"gAMA", marker)),
        chunk(b"IDAT", begin),
        chunk(b"IDAT", end),
        plants.at(5, |marker| chunk(b"tIME", marker)),
        chunk(b"IEND", b""),
        plants.at(6, <[u8]>::to_vec),
    ]
    .concat()
}

/// What the colour profile is called.
fn name(plants: &Plants) -> Vec<u8> {
    let name = plants.at(7, |marker| marker[..marker.len().min(79)].to_vec());
    if name.is_empty() { b"Display P3".to_vec() } else { name }
}

pub(crate) fn palette(plants: &Plants) -> Vec<u8> {
    [
        SIGNATURE.to_vec(),
        header(3),
        plants.at(0, |marker| chunk(b"sPLT", marker)),
        chunk(b"PLTE", &[1, 2, 3, 4, 5, 6]),
        chunk(b"tRNS", &[0, 128]),
        plants.at(1, |marker| chunk(b"hIST", marker)),
        chunk(b"IDAT", &zlib(&[0, 0, 1, 0, 0, 1, 0, 1])),
        chunk(b"IEND", b""),
        plants.at(2, |marker| chunk(b"IDAT", marker)),
    ]
    .concat()
}

pub(crate) fn animated(plants: &Plants) -> Vec<u8> {
    let pixels = zlib(&[[0, 9, 9, 9, 255, 99, 99, 99, 255, 200, 0, 0, 128]; 2].concat());
    [
        SIGNATURE.to_vec(),
        header(6),
        chunk(b"acTL", &[0, 0, 0, 2, 0, 0, 0, 0]),
        frame(0, 3, 2),
        chunk(b"IDAT", &pixels),
        plants.at(0, |marker| chunk(b"zTXt", marker)),
        frame(1, 1, 1),
        chunk(b"fdAT", &[&[0, 0, 0, 2][..], &zlib(&[0, 1, 2, 3, 4])].concat()),
        plants.at(1, |marker| chunk(b"caBX", marker)),
        chunk(b"IEND", b""),
    ]
    .concat()
}

fn header(colour: u8) -> Vec<u8> {
    chunk(b"IHDR", &[0, 0, 0, 3, 0, 0, 0, 2, 8, colour, 0, 0, 0])
}

fn frame(sequence: u8, width: u8, height: u8) -> Vec<u8> {
    let region = [0, 0, 0, width, 0, 0, 0, height, 0, 0, 0, 0, 0, 0, 0, 0];
    chunk(b"fcTL", &[&[0, 0, 0, sequence][..], &region, &[0, 1, 0, 10, 0, 1]].concat())
}

pub(crate) fn chunk(kind: &[u8], content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len()).unwrap().to_be_bytes();
    [&length, kind, content, &crc32(&[kind, content]).to_be_bytes()].concat()
}

/// A zlib stream of one stored block, RFC 1950 and 1951.
fn zlib(bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(bytes.len()).unwrap();
    let (mut low, mut high) = (1_u32, 0_u32);
    for byte in bytes {
        low = (low + u32::from(*byte)) % 65_521;
        high = (high + low) % 65_521;
    }
    let checksum = (high << 16 | low).to_be_bytes();
    [&[0x78, 0x01, 1][..], &length.to_le_bytes(), &(!length).to_le_bytes(), bytes, &checksum].concat()
}

/// The file with the checksums that its chunks should have, as far as it has chunks: without that, no file that was
/// changed anywhere would be read beyond the change.
pub(crate) fn resigned(mut file: Vec<u8>) -> Vec<u8> {
    let mut at = SIGNATURE.len();
    while let Some(length) = file.get(at..at + 4) {
        let length = u32::from_be_bytes(length.try_into().unwrap()) as usize;
        let Some(signed) = file.get(at + 4..at + 8 + length) else { break };
        let crc = crc32(&[signed]).to_be_bytes();
        at += 8 + length;
        match file.get_mut(at..at + 4) {
            Some(place) => place.copy_from_slice(&crc),
            None => break,
        }
        at += 4;
    }
    file
}
