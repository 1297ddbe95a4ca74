//! A PNG of one colour and white, <https://www.w3.org/TR/png-3/>.

use miniz_oxide::deflate::compress_to_vec_zlib;

/// A picture in the colour `0xRRGGBB`. `place` white columns at its left tell the pictures of one draw apart. As with
/// real providers, its file says how it was made.
pub(super) fn draw(colour: u32, width: u32, height: u32, place: usize) -> Vec<u8> {
    // Each line begins with its filter: none.
    let columns = std::iter::once(0).chain((0..width as usize).map(|column| u8::from(column < place)));
    let line: Vec<u8> = columns.collect();
    file(colour, width, height, &line.repeat(height as usize))
}

/// The file of `lines`, each a filter and then one byte a pixel: 0 in the colour `0xRRGGBB`, 1 in white.
pub(crate) fn file(colour: u32, width: u32, height: u32, lines: &[u8]) -> Vec<u8> {
    let [_, red, green, blue] = colour.to_be_bytes();
    let mut header = Vec::new();
    header.extend_from_slice(&width.to_be_bytes());
    header.extend_from_slice(&height.to_be_bytes());
    // Eight bits for a pixel, which names a colour of the palette; no interlacing.
    header.extend_from_slice(&[8, 3, 0, 0, 0]);
    let lines = compress_to_vec_zlib(lines, 1);

    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    chunk(&mut file, *b"IHDR", &header);
    chunk(&mut file, *b"PLTE", &[red, green, blue, 255, 255, 255]);
    chunk(&mut file, *b"tEXt", b"parameters\0the prompt, and what came with it");
    chunk(&mut file, *b"IDAT", &lines);
    chunk(&mut file, *b"IEND", &[]);
    file
}

fn chunk(file: &mut Vec<u8>, kind: [u8; 4], data: &[u8]) {
    let length = u32::try_from(data.len()).unwrap_or(u32::MAX);
    file.extend_from_slice(&length.to_be_bytes());
    let start = file.len();
    file.extend_from_slice(&kind);
    file.extend_from_slice(data);
    let sum = crc(&file[start..]);
    file.extend_from_slice(&sum.to_be_bytes());
}

/// The CRC-32 of the PNG standard.
fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |sum, &byte| {
        (0..8).fold(sum ^ u32::from(byte), |sum, _| if sum & 1 == 1 { sum >> 1 ^ 0xedb8_8320 } else { sum >> 1 })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_the_standards() {
        assert_eq!(crc(b"IEND"), 0xae42_6082);
        assert_eq!(crc(b"123456789"), 0xcbf4_3926);
    }

    #[test]
    fn the_pixels_are_there() {
        let file = draw(0x0012_3456, 3, 2, 1);
        let place = file.windows(4).position(|window| window == b"IDAT").unwrap();
        let length = u32::from_be_bytes(file[place - 4..place].try_into().unwrap()) as usize;
        let data = miniz_oxide::inflate::decompress_to_vec_zlib(&file[place + 4..place + 4 + length]).unwrap();
        assert_eq!(data, [0, 1, 0, 0, 0, 1, 0, 0]);
        assert!(file.windows(6).any(|window| window == [0x12, 0x34, 0x56, 255, 255, 255]));
    }
}
