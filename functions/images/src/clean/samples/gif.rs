//! GIF files of 2 x 2 pixels in four colours.

use super::Plants;

const COLOURS: [u8; 12] = [0, 0, 0, 255, 255, 255, 255, 0, 0, 0, 0, 255];
/// Four pixels in codes of three bits: clear, 1, 2, clear, 2, 1, end.
const PIXELS: &[u8] = &[2, 3, 0b1000_1100, 0b1010_1000, 0b0001_0100, 0];

pub(crate) fn still(plants: &Plants) -> Vec<u8> {
    [
        screen(b"GIF87a"),
        plants.at(0, |marker| extension(0xfe, &[marker])),
        frame(),
        plants.at(1, |marker| extension(0xfe, &[marker, marker])),
        vec![0x3b],
        plants.at(2, <[u8]>::to_vec),
    ]
    .concat()
}

pub(crate) fn animated(plants: &Plants) -> Vec<u8> {
    let control = extension(0xf9, &[&[0, 10, 0, 0]]);
    [
        screen(b"GIF89a"),
        plants.at(0, |marker| extension(0xff, &[b"XMP DataXMP", marker])),
        extension(0xff, &[b"NETSCAPE2.0", &[1, 0, 0]]),
        plants.at(1, |marker| extension(0xff, &[b"NETSCAPE2.0", &[1, 9, 9], marker])),
        control.clone(),
        plants.at(2, |marker| extension(0x77, &[marker])),
        frame(),
        plants.at(3, |marker| [extension(0xf9, &[&[0, 99, 0, 0]]), extension(0x01, &[&[0; 12], marker])].concat()),
        control,
        plants.at(4, |marker| extension(0xff, &[b"ICCRGBG1012", marker])),
        frame(),
        plants.at(5, |marker| [extension(0xf9, &[&[0, 99, 0, 0]]), extension(0xfe, &[marker])].concat()),
        vec![0x3b],
    ]
    .concat()
}

fn screen(signature: &[u8]) -> Vec<u8> {
    [signature, &[2, 0, 2, 0, 0x81, 0, 0], &COLOURS].concat()
}

fn frame() -> Vec<u8> {
    [&[0x2c, 0, 0, 0, 0, 2, 0, 2, 0, 0], PIXELS].concat()
}

pub(crate) fn extension(label: u8, blocks: &[&[u8]]) -> Vec<u8> {
    let blocks = blocks.iter().flat_map(|block| [&[u8::try_from(block.len()).unwrap()], *block].concat());
    [0x21, label].into_iter().chain(blocks).chain([0]).collect()
}
