//! WebP files of 4 x 2 pixels.

use super::{Plants, profile};

pub(crate) fn lossless(plants: &Plants) -> Vec<u8> {
    let after = plants.at(0, |marker| chunk(b"XMP ", marker));
    [riff(&[chunk(b"VP8L", &solid(false)), after]), plants.at(1, <[u8]>::to_vec)].concat()
}

pub(crate) fn lossy(plants: &Plants) -> Vec<u8> {
    let icc = [profile(201), plants.at(3, <[u8]>::to_vec)].concat();
    // That it has EXIF and XMP in it is true when it has.
    let said = plants.at(0, |_| vec![0x08]).first().copied().unwrap_or_default();
    riff(&[
        header(0x20 | said, plants),
        chunk(b"ICCP", &icc),
        plants.at(1, |marker| chunk(b"ICCP", marker)),
        plants.at(2, |marker| chunk(b"JUNK", marker)),
        chunk(b"VP8 ", &key_frame()),
        plants.at(0, |marker| chunk(b"EXIF", marker)),
        plants.at(4, |marker| chunk(b"XMP ", marker)),
    ])
}

pub(crate) fn transparent(plants: &Plants) -> Vec<u8> {
    riff(&[
        header(0x10, plants),
        plants.at(0, |marker| chunk(b"ANIm", marker)),
        chunk(b"ALPH", &[0, 1, 2, 3, 4, 5, 6, 7, 8]),
        plants.at(1, |marker| chunk(b"EXIF", marker)),
        chunk(b"VP8 ", &key_frame()),
    ])
}

pub(crate) fn animated(plants: &Plants) -> Vec<u8> {
    riff(&[
        header(0x12, plants),
        chunk(b"ANIM", &[0, 0, 0, 255, 0, 0]),
        frame(&[chunk(b"VP8L", &solid(true)), plants.at(0, |marker| chunk(b"note", marker))]),
        plants.at(1, |marker| chunk(b"XMP ", marker)),
        frame(&[plants.at(2, |marker| chunk(b"EXIF", marker)), chunk(b"VP8 ", &key_frame())]),
    ])
}

/// The flags, three bytes that mean nothing, and the canvas.
fn header(flags: u8, plants: &Plants) -> Vec<u8> {
    let reserved = plants.at(20, |marker| marker[..3].to_vec());
    let reserved = if reserved.is_empty() { vec![0; 3] } else { reserved };
    chunk(b"VP8X", &[&[flags], &reserved[..], &[3, 0, 0, 1, 0, 0]].concat())
}

fn frame(chunks: &[Vec<u8>]) -> Vec<u8> {
    let place = [0, 0, 0, 0, 0, 0, 3, 0, 0, 1, 0, 0, 100, 0, 0, 0];
    chunk(b"ANMF", &[&place, &chunks.concat()[..]].concat())
}

/// A lossless bitstream of one colour: each of the five codes has one symbol, which takes no bits.
fn solid(has_alpha: bool) -> Vec<u8> {
    let mut bits = Vec::new();
    let mut put = |value: u32, count: u32| bits.extend((0..count).map(|bit| value >> bit & 1));
    put(3, 14);
    put(1, 14);
    put(has_alpha.into(), 1);
    // The version; then: no transform, no cache of colours, one group of codes.
    put(0, 3 + 1 + 1 + 1);
    // Green, red, blue, alpha, distance: a simple code, of one symbol, of eight bits.
    for symbol in [200, 30, 60, 255, 0] {
        put(1, 1);
        put(0, 1);
        put(1, 1);
        put(symbol, 8);
    }
    let bytes =
        bits.chunks(8).map(|byte| byte.iter().rev().fold(0, |byte, bit| byte << 1 | u8::try_from(*bit).unwrap()));
    [0x2f].into_iter().chain(bytes).collect()
}

/// The header of a lossy bitstream, and data in two partitions that nobody here decodes.
fn key_frame() -> Vec<u8> {
    let first_partition = 6_u32;
    let tag = (first_partition << 5 | 1 << 4).to_le_bytes();
    [&tag[..3], &[0x9d, 0x01, 0x2a, 4, 0, 2, 0], &[1, 2, 3, 4, 5, 6], &[7, 8, 9]].concat()
}

pub(crate) fn chunk(kind: &[u8], content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len()).unwrap().to_le_bytes();
    [kind, &length, content, &[0][..content.len() % 2]].concat()
}

pub(crate) fn riff(chunks: &[Vec<u8>]) -> Vec<u8> {
    let content = [b"WEBP", &chunks.concat()[..]].concat();
    [b"RIFF", &u32::try_from(content.len()).unwrap().to_le_bytes()[..], &content].concat()
}
