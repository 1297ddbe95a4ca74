//! How photos are turned.

use super::super::samples::jpeg::segment;
use super::super::samples::plain;
use super::super::{clean, exif};

/// The EXIF block that says `value`, by the order of its bytes.
fn block(big_endian: bool, tag: u16, kind: u16, value: u16) -> Vec<u8> {
    let short = |number: u16| if big_endian { number.to_be_bytes() } else { number.to_le_bytes() };
    let long = |number: u32| if big_endian { number.to_be_bytes() } else { number.to_le_bytes() };
    let head = if big_endian { b"MM\0*" } else { b"II*\0" };
    let entry = [&short(tag)[..], &short(kind), &long(1), &short(value), &[0, 0]].concat();
    [&head[..], &long(8), &short(1), &entry, &long(0)].concat()
}

#[test]
fn photos_stay_the_right_way_up() {
    for (value, turned) in [(0, None), (1, None), (2, Some(2)), (6, Some(6)), (8, Some(8)), (9, None), (0x0106, None)] {
        for big_endian in [false, true] {
            assert_eq!(exif::orientation(&block(big_endian, 0x0112, 3, value)), turned, "{value}");
        }
    }
    assert_eq!(exif::orientation(&block(true, 0x0113, 3, 6)), None, "another tag");
    assert_eq!(exif::orientation(&block(true, 0x0112, 4, 6)), None, "another type");
}

#[test]
fn broken_blocks_turn_nothing() {
    let good = block(false, 0x0112, 3, 6);
    for length in 0..20 {
        assert_eq!(exif::orientation(&good[..length]), None, "{length}");
    }
    for offset in [0, 5, 20, u32::MAX] {
        let mut bad = good.clone();
        bad[4..8].copy_from_slice(&offset.to_le_bytes());
        assert_eq!(exif::orientation(&bad), None, "{offset}");
    }
    assert_eq!(exif::orientation(b"XX*\0"), None);
}

#[test]
fn the_least_block_says_the_same() {
    for value in 2..=8 {
        let segment = exif::minimal(value);
        assert_eq!(exif::orientation(segment.strip_prefix(exif::PREFIX).unwrap()), Some(value));
    }
}

#[test]
fn of_a_photos_exif_the_orientation_alone_is_kept() {
    let cleaned = clean(&plain("jpeg")).unwrap().bytes;
    let minimal = segment(0xe1, &exif::minimal(6));
    let markers = |marker: u8| cleaned.windows(2).filter(|window| *window == [0xff, marker]).count();
    assert!(cleaned.windows(minimal.len()).any(|window| window == minimal));
    assert_eq!((markers(0xe0), markers(0xe1), markers(0xe2), markers(0xee)), (1, 1, 2, 1));
    assert_eq!((markers(0xed), markers(0xfe)), (0, 0));
}
