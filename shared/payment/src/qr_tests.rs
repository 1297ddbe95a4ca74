//! Pictures of QR codes as providers send them, and others.

use proptest::prelude::*;
use qrcode::{EcLevel, QrCode};

use super::*;

const TEXT: &str = "weixin://wxpay/bizpayurl?pr=QpyXFy2zz";

/// The modules of a QR code, `scale` pixels each, with a quiet border; 0 is black.
fn shades(text: &str, scale: usize) -> (u32, Vec<u8>) {
    let code = QrCode::with_error_correction_level(text, EcLevel::M).unwrap();
    let (colors, modules, border) = (code.to_colors(), code.width(), 4);
    let side = (modules + 2 * border) * scale;
    let shade = |place: usize| {
        let (x, y) = (place % side / scale, place / side / scale);
        let inside = |at: usize| (border..border + modules).contains(&at);
        let is_dark = inside(x) && inside(y) && colors[(y - border) * modules + x - border] == qrcode::Color::Dark;
        if is_dark { 0 } else { 255 }
    };
    (u32::try_from(side).unwrap(), (0..side * side).map(shade).collect())
}

fn png(side: u32, color: ColorType, bytes: &[u8]) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, side, side);
    encoder.set_color(color);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.write_header().unwrap().write_image_data(bytes).unwrap();
    file
}

#[test]
fn codes_are_read_from_every_kind_of_png() {
    for scale in [3, 8] {
        let (side, grey) = shades(TEXT, scale);
        let of = |make: fn(u8) -> Vec<u8>| grey.iter().flat_map(|&shade| make(shade)).collect::<Vec<u8>>();
        for (color, bytes) in [
            (ColorType::Grayscale, grey.clone()),
            (ColorType::Rgb, of(|shade| vec![shade, shade, shade])),
            // WeChat's green in front of white.
            (ColorType::Rgb, of(|shade| if shade == 0 { vec![7, 100, 40] } else { vec![255; 3] })),
            (ColorType::GrayscaleAlpha, of(|shade| vec![0, 255 - shade])),
            (ColorType::Rgba, of(|shade| vec![0, 0, 0, 255 - shade])),
        ] {
            assert_eq!(read(&png(side, color, &bytes)).as_deref(), Some(TEXT), "{color:?} {scale}");
        }
    }
}

#[test]
fn a_palette_of_two_colours_is_read() {
    let (side, grey) = shades(TEXT, 4);
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, side, side);
    encoder.set_color(ColorType::Indexed);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_palette(vec![255, 255, 255, 0, 0, 0]);
    let indices: Vec<u8> = grey.iter().map(|&shade| u8::from(shade == 0)).collect();
    encoder.write_header().unwrap().write_image_data(&indices).unwrap();
    assert_eq!(read(&file).as_deref(), Some(TEXT));
}

#[test]
fn a_photo_file_is_read() {
    assert_eq!(
        read(include_bytes!("../tests/qr.jpg")).as_deref(),
        Some("https://qr.alipay.com/bax03431ljhokirwl38f00a7")
    );
}

#[test]
fn long_and_chinese_texts_are_read() {
    for text in ["https://pay.example.com/?名=会员", &format!("https://pay.example.com/{}", "a".repeat(400))] {
        let (side, grey) = shades(text, 3);
        assert_eq!(read(&png(side, ColorType::Grayscale, &grey)).as_deref(), Some(text));
    }
}

#[test]
fn other_pictures_hold_nothing() {
    let (side, grey) = shades(TEXT, 4);
    let whole = png(side, ColorType::Grayscale, &grey);
    let blank = png(64, ColorType::Grayscale, &[255; 64 * 64]);
    let wide = u32::try_from(SIDE_PIXELS_MAX + 1).unwrap();
    let huge = png(wide, ColorType::Grayscale, &vec![255; usize::try_from(wide * wide).unwrap()]);
    for file in [&b""[..], b"<html>", b"\x89PNG", b"\xff\xd8\xff", b"GIF89a", &whole[..200], &blank, &huge] {
        assert_eq!(read(file), None, "{} bytes", file.len());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn no_damage_breaks_the_reader(
        spots in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 1_usize..400), 0..30),
        flips in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
    ) {
        let (side, mut grey) = shades(TEXT, 3);
        for (place, shade, length) in spots {
            let start = place.index(grey.len());
            let end = grey.len().min(start + length);
            grey[start..end].fill(shade);
        }
        let mut file = png(side, ColorType::Grayscale, &grey);
        let _ = read(&file);
        for (place, byte) in flips {
            let place = place.index(file.len());
            file[place] = byte;
        }
        let _ = read(&file);
        let mut jpeg = include_bytes!("../tests/qr.jpg").to_vec();
        let place = usize::from(file[file.len() / 2]) * 16 % jpeg.len();
        jpeg[place] ^= 0x55;
        let _ = read(&jpeg);
    }
}
