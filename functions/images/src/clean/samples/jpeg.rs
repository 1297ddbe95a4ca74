//! Grey JPEG files of 8 x 8 pixels.

use super::{Plants, profile};

/// A quantization table of ones.
const QUANTIZATION: [u8; 65] = {
    let mut table = [1; 65];
    table[0] = 0;
    table
};

pub(crate) fn baseline(plants: &Plants) -> Vec<u8> {
    [
        begin(plants),
        tables(0xc0),
        plants.at(0, |marker| segment(0xfe, marker)),
        // One block whose every coefficient is zero: two codes, and ones up to the end of the byte.
        segment(0xda, &[1, 1, 0, 0, 63, 0]),
        vec![0x3f, 0xff, 0xd9],
        plants.at(1, <[u8]>::to_vec),
    ]
    .concat()
}

pub(crate) fn progressive(plants: &Plants) -> Vec<u8> {
    [
        begin(plants),
        tables(0xc2),
        segment(0xda, &[1, 1, 0, 0, 0, 0]),
        vec![0x7f],
        plants.at(0, |marker| segment(0xe5, marker)),
        plants.at(1, |marker| segment(0xe1, &[b"Exif\0\0", marker].concat())),
        segment(0xda, &[1, 1, 0, 1, 63, 0]),
        vec![0x7f, 0xff, 0xd9],
    ]
    .concat()
}

/// All that comes before the tables.
fn begin(plants: &Plants) -> Vec<u8> {
    let thumbnail = plants.at(10, |marker| marker[..3].to_vec());
    let size = if thumbnail.is_empty() { [0, 0] } else { [1, 1] };
    // Longer than a segment can be.
    let profile = profile(70_000);
    let (first, second) = profile.split_at(40_000);
    [
        vec![0xff, 0xd8],
        segment(0xe0, &[&b"JFIF\0\x01\x02\x01\0\x48\0\x48"[..], &size, &thumbnail].concat()),
        plants.at(11, |marker| segment(0xe0, &[b"JFXX\0", marker].concat())),
        segment(0xe1, &exif(plants)),
        plants.at(12, |marker| segment(0xe1, &[b"http://ns.adobe.com/xap/1.0/\0", marker].concat())),
        plants.at(13, |marker| segment(0xed, &[b"Photoshop 3.0\08BIM\x04\x04", marker].concat())),
        segment(0xe2, &[b"ICC_PROFILE\0\x02\x02", second].concat()),
        segment(0xe2, &[b"ICC_PROFILE\0\x01\x02", first].concat()),
        plants.at(14, |marker| segment(0xe2, &[b"MPF\0", marker].concat())),
        plants.at(15, |marker| segment(0xfe, marker)),
        segment(0xee, &[&b"Adobe\0\x64\0\0\0\0\0"[..], &plants.at(16, <[u8]>::to_vec)].concat()),
        plants.at(17, |marker| segment(0xef, marker)),
    ]
    .concat()
}

/// An EXIF block that says that the photo lies on its side, and perhaps more.
fn exif(plants: &Plants) -> Vec<u8> {
    let note = plants.at(18, <[u8]>::to_vec);
    let length = u32::try_from(note.len()).unwrap().to_le_bytes();
    [
        &b"Exif\0\0II*\0\x08\0\0\0\x02\0"[..],
        &[&b"\x0e\x01\x02\0"[..], &length, b"\x26\0\0\0"].concat(),
        b"\x12\x01\x03\0\x01\0\0\0\x06\0\0\0",
        &[0; 4],
        &note,
    ]
    .concat()
}

/// The quantization, the frame, and Huffman tables of one code each: nothing differs from the block before, and all
/// that is left of a block is zero.
fn tables(frame: u8) -> Vec<u8> {
    let mut code = [0; 16];
    code[0] = 1;
    [
        segment(0xdb, &QUANTIZATION),
        segment(frame, &[8, 0, 8, 0, 8, 1, 1, 0x11, 0]),
        segment(0xc4, &[&[0x00][..], &code, &[0], &[0x10], &code, &[0]].concat()),
    ]
    .concat()
}

pub(crate) fn segment(marker: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len() + 2).unwrap().to_be_bytes();
    [&[0xff, marker], &length[..], content].concat()
}
