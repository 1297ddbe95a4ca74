//! Files that are no pictures, or no longer, or not only.

use super::super::samples::gif::extension;
use super::super::samples::jpeg::segment;
use super::super::samples::{plain, png, webp};
use super::super::{Defect, clean, png as decoder};

/// `file` with the one occurrence of `from` replaced.
fn with(file: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut places = (0..file.len()).filter(|at| file[*at..].starts_with(from));
    let at = places.next().expect("it is there");
    [&file[..at], to, &file[at + from.len()..]].concat()
}

fn assert_refused(cases: &[(&str, Vec<u8>)], expected: Defect) {
    for (what, file) in cases {
        assert_eq!(clean(file).err(), Some(expected), "{what}");
    }
}

#[test]
fn other_files_are_refused() {
    let png = plain("png");
    assert_refused(
        &[
            ("nothing", vec![]),
            ("SVG", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>".to_vec()),
            ("HTML", b"<!doctype html><script>alert(1)</script>".to_vec()),
            ("PDF", b"%PDF-1.7".to_vec()),
            ("BMP", b"BM\x3a\0\0\0\0\0\0\0".to_vec()),
            ("TIFF", b"II*\0\x08\0\0\0".to_vec()),
            ("AVIF", b"\0\0\0\x1cftypavif\0\0\0\0".to_vec()),
            ("a page before a picture", [b"<html>", &png[..]].concat()),
            ("a line before a picture", [b"\n", &png[..]].concat()),
        ],
        Defect::Unsupported,
    );
}

#[test]
fn broken_pngs_are_refused() {
    let (still, palette, animated) = (plain("png"), plain("png with a palette"), plain("animated png"));
    let resigned = |file: &[u8], from: &[u8], to: &[u8]| png::resigned(with(file, from, to));
    let header = b"\0\0\0\x03\0\0\0\x02\x08\x06\0\0\0";
    let end = png::chunk(b"IEND", b"");
    let text = png::chunk(b"tEXt", b"Comment\0text");
    let palette_chunk = png::chunk(b"PLTE", &[1, 2, 3, 4, 5, 6]);
    let cases = [
        ("signature alone", still[..8].to_vec()),
        ("no width", resigned(&still, header, b"\0\0\0\0\0\0\0\x02\x08\x06\0\0\0")),
        ("depth 3", resigned(&still, header, b"\0\0\0\x03\0\0\0\x02\x03\x06\0\0\0")),
        ("colour 7", resigned(&still, header, b"\0\0\0\x03\0\0\0\x02\x08\x07\0\0\0")),
        ("compression 1", resigned(&still, header, b"\0\0\0\x03\0\0\0\x02\x08\x06\x01\0\0")),
        ("interlace 2", resigned(&still, header, b"\0\0\0\x03\0\0\0\x02\x08\x06\0\0\x02")),
        ("no header", with(&still, &still[8..33], b"")),
        ("two headers", with(&still, &still[8..33], &still[8..33].repeat(2))),
        ("a text before the header", with(&still, b"\0\0\0\x0dIHDR", &[&text[..], b"\0\0\0\x0dIHDR"].concat())),
        ("a wrong checksum of the header", with(&still, header, b"\0\0\0\x04\0\0\0\x02\x08\x06\0\0\0")),
        ("a wrong checksum of the data", with(&palette, &[0, 0, 1, 0, 0, 1, 0, 1], &[0, 1, 1, 0, 0, 1, 0, 1])),
        ("no data", [&still[..33], &end].concat()),
        ("empty data", [&still[..33], &png::chunk(b"IDAT", b""), &end].concat()),
        (
            "a text amid the data",
            with(&still, b"\0\0\0\x05IDAT", &[&b"\0\0\0\0IDAT\x35\xaf\x06\x1e"[..], &text, b"\0\0\0\x05IDAT"].concat()),
        ),
        ("an unknown critical chunk", with(&still, &end, &[png::chunk(b"CgBI", b"...."), end.clone()].concat())),
        ("a kind that is no word", with(&still, &end, &[png::chunk(b"t<b>", b"...."), end.clone()].concat())),
        ("no palette", with(&palette, &palette_chunk, b"")),
        ("two palettes", with(&palette, &palette_chunk, &palette_chunk.repeat(2))),
        ("a crooked palette", with(&palette, &palette_chunk, &png::chunk(b"PLTE", &[1, 2, 3, 4]))),
        ("an empty palette", with(&palette, &palette_chunk, &png::chunk(b"PLTE", b""))),
        ("a palette for greys", resigned(&palette, b"\x08\x03\0\0\0", b"\x08\0\0\0\0")),
        ("an end that is not empty", with(&still, &end, &png::chunk(b"IEND", b"text"))),
        ("a longer chunk than can be", with(&still, b"\0\0\0\0IEND", b"\xff\xff\xff\xffIEND")),
        ("fewer frames than announced", resigned(&animated, b"acTL\0\0\0\x02", b"acTL\0\0\0\x03")),
        ("no frames", resigned(&animated, b"acTL\0\0\0\x02", b"acTL\0\0\0\0")),
        ("a gap in the frames", resigned(&animated, b"fdAT\0\0\0\x02", b"fdAT\0\0\0\x03")),
        (
            "a frame beyond the picture",
            resigned(&animated, b"\0\0\0\x01\0\0\0\x01\0\0\0\0", b"\0\0\0\x01\0\0\0\x01\0\0\0\x03"),
        ),
        (
            "a first frame that is smaller",
            resigned(&animated, b"\0\0\0\0\0\0\0\x03\0\0\0\x02", b"\0\0\0\0\0\0\0\x03\0\0\0\x01"),
        ),
    ];
    assert_refused(&cases, Defect::Broken);
}

#[test]
fn broken_jpegs_are_refused() {
    let file = plain("jpeg");
    let frame = segment(0xc0, &[8, 0, 8, 0, 8, 1, 1, 0x11, 0]);
    let tables = segment(0xdb, &[&[0][..], &[1; 64]].concat());
    let scan = [&segment(0xda, &[1, 1, 0, 0, 63, 0])[..], &[0x3f]].concat();
    let cases = [
        ("signature alone", file[..3].to_vec()),
        ("nothing in it", b"\xff\xd8\xff\xd9".to_vec()),
        ("no frame", with(&file, &frame, b"")),
        ("two frames", with(&file, &frame, &frame.repeat(2))),
        ("no scan", with(&file, &scan, b"")),
        ("a scan without data", with(&file, &scan, &scan[..scan.len() - 1])),
        ("more scans than are drawn", with(&file, &scan, &scan.repeat(101))),
        ("height 0", with(&file, &frame, &segment(0xc0, &[8, 0, 0, 0, 8, 1, 1, 0x11, 0]))),
        ("five components", with(&file, &frame, &segment(0xc0, &[&[8, 0, 8, 0, 8, 5][..], &[1; 15]].concat()))),
        ("a frame that is too long", with(&file, &frame, &segment(0xc0, b"\x08\0\x08\0\x08\x01\x01\x11\0text"))),
        ("a text between segments", with(&file, &frame, &[b"text", &frame[..]].concat())),
        ("a text in the tables", with(&file, &tables, &segment(0xdb, &[&[0][..], &[1; 64], b"text"].concat()))),
        ("too many codes", with(&file, &tables, &segment(0xc4, &[&[0][..], &[255; 16]].concat()))),
        ("an interval that is a text", with(&file, &frame, &[&segment(0xdd, b"text")[..], &frame].concat())),
        ("a reserved marker", with(&file, &frame, &[&segment(0xf0, b"text")[..], &frame].concat())),
        ("a restart outside of a scan", with(&file, &frame, &[b"\xff\xd0", &frame[..]].concat())),
        ("a picture in the picture", with(&file, &frame, &[b"\xff\xd8", &frame[..]].concat())),
        ("a segment of length 1", with(&file, &frame, &[b"\xff\xfe\0\x01", &frame[..]].concat())),
        ("a longer segment than the file", with(&file, &frame, &[b"\xff\xfe\xff\xff", &frame[..]].concat())),
    ];
    assert_refused(&cases, Defect::Broken);
    let unsupported = [
        ("lossless", with(&file, &frame, &segment(0xc3, &[8, 0, 8, 0, 8, 1, 1, 0x11, 0]))),
        ("arithmetic", with(&file, &frame, &segment(0xc9, &[8, 0, 8, 0, 8, 1, 1, 0x11, 0]))),
        ("twelve bits", with(&file, &frame, &segment(0xc1, &[12, 0, 8, 0, 8, 1, 1, 0x11, 0]))),
    ];
    assert_refused(&unsupported, Defect::Unsupported);
    let most = with(&file, &scan, &scan.repeat(100));
    assert!(clean(&most).is_ok());
}

#[test]
fn broken_gifs_are_refused() {
    let (still, animated) = (plain("gif"), plain("animated gif"));
    let frame = b"\x2c\0\0\0\0\x02\0\x02\0\0";
    let cases = [
        ("signature alone", still[..6].to_vec()),
        ("no width", with(&still, b"GIF87a\x02\0", b"GIF87a\0\0")),
        ("no frame", [&still[..25], b"\x3b"].concat()),
        ("an empty frame", with(&still, frame, b"\x2c\0\0\0\0\0\0\x02\0\0")),
        ("a script between blocks", with(&still, frame, &[b"/*", &frame[..]].concat())),
        ("codes of 9 bits", with(&still, &[2, 3, 0x8c], &[9, 3, 0x8c])),
        ("codes of no bits", with(&still, &[2, 3, 0x8c], &[0, 3, 0x8c])),
        ("no pixels", with(&still, &[2, 3, 0x8c, 0xa8, 0x14, 0], &[2, 0])),
        ("a control that is too long", with(&animated, &[4, 0, 10, 0, 0, 0], &[5, 0, 10, 0, 0, 0, 0])),
        ("an extension without end", [&still[..25], &extension(0xfe, &[b"text"])[..7]].concat()),
    ];
    assert_refused(&cases, Defect::Broken);
    assert_refused(
        &[("a frame far outside", with(&still, frame, b"\x2c\xff\xff\xff\xff\x02\0\x02\0\0"))],
        Defect::TooManyPixels,
    );
}

#[test]
fn broken_webps_are_refused() {
    let (lossless, lossy) = (plain("lossless webp"), plain("lossy webp"));
    let (transparent, animated) = (plain("webp with transparency"), plain("animated webp"));
    let bitstream = &lossy[lossy.len() - 28..];
    assert!(bitstream.starts_with(b"VP8 "));
    let extended = |chunks: &[&[u8]]| {
        let header = webp::chunk(b"VP8X", &[0, 0, 0, 0, 3, 0, 0, 1, 0, 0]);
        webp::riff(&[header, chunks.concat()])
    };
    let alpha = webp::chunk(b"ALPH", &[0, 1]);
    assert!(clean(&extended(&[&alpha, bitstream])).is_ok());
    let cases = [
        ("signature alone", lossless[..12].to_vec()),
        ("size 0", with(&lossless, &lossless[4..8], &[0; 4])),
        ("more than there is", with(&lossless, &lossless[4..8], &[0xff; 4])),
        ("a wrong signature of the bitstream", with(&lossless, &lossless[20..21], &[0x2e])),
        ("version 1", with(&lossless, &lossless[24..25], &[0x20])),
        ("no key frame", with(&lossy, b"\xd0\0\0\x9d", b"\xd1\0\0\x9d")),
        ("a first partition that is too long", with(&lossy, b"\xd0\0\0\x9d", b"\xd0\xff\0\x9d")),
        ("another canvas", with(&lossy, &[3, 0, 0, 1, 0, 0], &[4, 0, 0, 1, 0, 0])),
        ("no picture", extended(&[])),
        ("two pictures", extended(&[bitstream, bitstream])),
        ("transparency of nothing", extended(&[&alpha])),
        ("transparency twice", extended(&[&alpha, &alpha, bitstream])),
        ("transparency afterwards", extended(&[bitstream, &alpha])),
        ("an animation that is not announced", with(&animated, b"VP8X\x0a\0\0\0\x12", b"VP8X\x0a\0\0\0\x10")),
        ("an animation that is announced only", with(&transparent, b"VP8X\x0a\0\0\0\x10", b"VP8X\x0a\0\0\0\x12")),
        ("an animation without its header", with(&animated, b"ANIM", b"ANIN")),
        (
            "a frame beyond the canvas",
            with(&animated, &[0, 0, 0, 0, 0, 0, 3, 0, 0, 1], &[1, 0, 0, 0, 0, 0, 3, 0, 0, 1]),
        ),
        ("a frame without picture", with(&animated, b"VP8L", b"VP8M")),
        ("a chunk that is too long", extended(&[bitstream, b"XMP \xff\xff\xff\xff"])),
        ("a chunk that lacks its padding", extended(&[bitstream, b"XMP \x01\0\0\0t"])),
        ("no kind of picture at all", webp::riff(&[webp::chunk(b"XMP ", b"text")])),
    ];
    assert_refused(&cases, Defect::Broken);
}

#[test]
fn pictures_that_nobody_can_draw_are_refused() {
    let png = |width: u32, height: u32| {
        let from = b"\0\0\0\x03\0\0\0\x02\x08\x06";
        let to = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[8, 6]].concat();
        png::resigned(with(&plain("png"), from, &to))
    };
    assert_refused(
        &[
            ("too wide", png(16_385, 1)),
            ("too high", png(1, 16_385)),
            ("too large", png(10_001, 10_000)),
            ("absurd", png(u32::MAX, u32::MAX)),
            (
                "JPEG",
                with(&plain("jpeg"), &[8, 0, 8, 0, 8, 1, 1, 0x11, 0], &[8, 0xff, 0xff, 0xff, 0xff, 1, 1, 0x11, 0]),
            ),
            ("GIF", with(&plain("gif"), b"GIF87a\x02\0\x02\0", b"GIF87a/*=1")),
            ("WebP", with(&plain("lossy webp"), &[3, 0, 0, 1, 0, 0], &[0xff, 0xff, 0xff, 0, 0, 0])),
        ],
        Defect::TooManyPixels,
    );
    for (width, height) in [(16_384, 1), (1, 16_384), (10_000, 10_000)] {
        assert!(clean(&png(width, height)).is_ok(), "{width} x {height}");
    }
}

/// <https://www.w3.org/TR/png-3/#11IEND>: the checksum of the empty end is the same in every file.
#[test]
fn checksums_are_those_of_the_standard() {
    assert_eq!(decoder::crc32(&[b"IEND"]), 0xae42_6082);
    assert_eq!(decoder::crc32(&[b"1234", b"56789"]), 0xcbf4_3926);
}
