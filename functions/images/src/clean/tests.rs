use proptest::prelude::*;
use upstream::draw::Kind;

use super::samples::{Plants, SAMPLES, plain, png};
use super::{Clean, Defect, Dimensions, clean};

mod hostile;
mod orientation;

#[test]
fn pictures_are_taken_for_what_they_are() {
    for (name, _) in SAMPLES {
        let (kind, width, height) = match name.rsplit(' ').next() {
            Some("gif") => (Kind::Gif, 2, 2),
            Some("jpeg") => (Kind::Jpeg, 8, 8),
            Some("webp" | "transparency") => (Kind::Webp, 4, 2),
            _ => (Kind::Png, 3, 2),
        };
        let cleaned = clean(&plain(name)).expect(name);
        assert_eq!((cleaned.kind, cleaned.dimensions), (kind, Dimensions { width, height }), "{name}");
    }
}

/// What is not metadata is kept to the byte.
#[test]
fn pictures_without_metadata_stay_as_they_are() {
    for (name, _) in SAMPLES.into_iter().filter(|(name, _)| *name != "png" && !name.ends_with("jpeg")) {
        let file = plain(name);
        assert_eq!(clean(&file).expect(name).bytes, file, "{name}");
    }
}

#[test]
fn colour_profiles_are_kept() {
    for (name, profiles) in [("png", 1), ("jpeg", 2), ("progressive jpeg", 2), ("lossy webp", 1)] {
        let cleaned = clean(&plain(name)).expect(name);
        let count = |kind: &[u8]| cleaned.bytes.windows(kind.len()).filter(|window| window == &kind).count();
        assert_eq!(count(b"iCCP") + count(b"ICCP") + count(b"ICC_PROFILE\0"), profiles, "{name}");
    }
}

#[test]
fn what_follows_a_picture_is_cut_off() {
    for (name, _) in SAMPLES {
        let file = plain(name);
        for tail in [&b"PK\x03\x04"[..], b"<script>alert(1)</script>", b"\0", &file] {
            let longer = [&file[..], tail].concat();
            assert_eq!(clean(&longer), clean(&file), "{name}");
        }
    }
}

#[test]
fn truncated_pictures_are_refused() {
    for (name, make) in SAMPLES {
        let file = make(&Plants::NONE);
        // A colour profile of 70 KB need not be cut at each of its bytes.
        let step = file.len() / 1_000 + 1;
        let lengths = (0..file.len()).step_by(step).chain(file.len().saturating_sub(500)..file.len());
        for length in lengths {
            assert!(clean(&file[..length]).is_err(), "{name} of {length} bytes");
        }
    }
}

/// Asserts what holds of every file: either it is refused, or what comes out is clean and not much longer.
fn assert_sound(file: &[u8]) {
    if let Ok(Clean { bytes, kind, dimensions }) = clean(file) {
        assert!(bytes.len() <= file.len() + 64, "{} bytes of {}", bytes.len(), file.len());
        assert_eq!(clean(&bytes), Ok(Clean { bytes: bytes.clone(), kind, dimensions }));
    }
}

/// One change of a file.
#[derive(Clone, Debug)]
enum Change {
    Set(usize, u8),
    Delete(usize, usize),
    Insert(usize, Vec<u8>),
    Double(usize, usize),
}

impl Change {
    fn apply(&self, file: &mut Vec<u8>) {
        let length = file.len();
        let range = |at: usize, count: usize| {
            let begin = at % length;
            begin..(begin + count).min(length)
        };
        match self {
            _ if file.is_empty() => {}
            Self::Set(at, byte) => file[at % length] = *byte,
            Self::Delete(at, count) => drop(file.drain(range(*at, *count))),
            Self::Insert(at, bytes) => drop(file.splice(at % length..at % length, bytes.clone())),
            Self::Double(at, count) => {
                let range = range(*at, *count);
                let copy = file[range.clone()].to_vec();
                file.splice(range.start..range.start, copy);
            }
        }
    }
}

fn change() -> impl Strategy<Value = Change> {
    let (at, count) = (any::<usize>(), 0..64_usize);
    prop_oneof![
        4 => (at, prop_oneof![any::<u8>(), Just(0), Just(0xff)]).prop_map(|(at, byte)| Change::Set(at, byte)),
        1 => (at, count.clone()).prop_map(|(at, count)| Change::Delete(at, count)),
        1 => (at, prop::collection::vec(any::<u8>(), 0..64)).prop_map(|(at, bytes)| Change::Insert(at, bytes)),
        1 => (at, count).prop_map(|(at, count)| Change::Double(at, count)),
    ]
}

proptest! {
    #[test]
    fn any_bytes_are_refused_or_become_clean(
        begin in prop::sample::select(vec![
            &b""[..], b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR", b"\xff\xd8\xff", b"GIF89a\x02\0\x02\0",
            b"RIFF\x40\0\0\0WEBPVP8X\x0a\0\0\0", b"RIFF\x40\0\0\0WEBPVP8L", b"RIFF\x40\0\0\0WEBPVP8 ",
        ]),
        rest in prop::collection::vec(any::<u8>(), 0..512),
    ) {
        assert_sound(&[begin, &rest].concat());
    }

    #[test]
    fn changed_pictures_are_refused_or_become_clean(
        (_, make) in prop::sample::select(SAMPLES.to_vec()),
        places: u32,
        changes in prop::collection::vec(change(), 1..6),
    ) {
        let mut file = make(&Plants::new(b"planted marker", places));
        for change in changes {
            change.apply(&mut file);
        }
        assert_sound(&file);
        assert_sound(&png::resigned(file));
    }

    #[test]
    fn nothing_that_is_planted_comes_through(
        (name, make) in prop::sample::select(SAMPLES.to_vec()),
        marker in "[A-Za-z<>=/]{12,60}",
        places: u32,
    ) {
        let planted = make(&Plants::new(marker.as_bytes(), places));
        let cleaned = clean(&planted).expect(name);
        prop_assert!(!cleaned.bytes.windows(marker.len()).any(|window| window == marker.as_bytes()), "{}", name);
        prop_assert_eq!(Ok(cleaned), clean(&plain(name)));
    }
}

#[test]
fn pictures_as_large_as_an_upload_can_be_are_kept_whole() {
    let data = png::chunk(b"IDAT", &vec![7; 4 * 1024 * 1024]);
    let mut file = plain("png with a palette");
    let end = file.len() - 12;
    file.splice(end..end, data);
    assert_eq!(clean(&file).expect("clean").bytes, file);
}

#[test]
fn refusals_are_sentences_that_say_what_to_do() {
    for defect in [Defect::Unsupported, Defect::Broken, Defect::TooManyPixels] {
        let error = domain::Error::from(defect);
        assert!(matches!(&error, domain::Error::Refused(sentence) if sentence.contains("图片")), "{error:?}");
    }
}
