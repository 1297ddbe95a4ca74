//! The reader of answers with images: whatever the packets, the images come out, and nothing large stays.

use base64::prelude::BASE64_STANDARD;
use proptest::prelude::*;
use serde_json::json;

use super::*;

/// An image of this many bytes behind its signature.
fn image(bytes: usize) -> Vec<u8> {
    let mut image = b"\x89PNG\r\n\x1a\n".to_vec();
    image.extend((0..bytes).map(|place| u8::try_from(place * 31 % 251).unwrap()));
    image
}

fn sift<'a>(budget: &Budget, packets: impl IntoIterator<Item = &'a [u8]>) -> Result<Sifted, Cause> {
    let mut sieve = Sieve::new(budget);
    for packet in packets {
        sieve.push(packet)?;
    }
    sieve.finish()
}

fn sift_text(text: &str) -> Result<Sifted, Cause> {
    sift(&Budget::new(), [text.as_bytes()])
}

/// The image under `data[0].b64_json`.
fn first(mut sifted: Sifted) -> Option<Vec<u8>> {
    let text = sifted.document["data"][0]["b64_json"].as_str()?.to_owned();
    sifted.image(&text)
}

fn answer(base64: &str) -> String {
    json!({"created": 1, "data": [{"b64_json": base64, "revised_prompt": "a \"dragon\" \\ 龙"}]}).to_string()
}

#[test]
fn images_of_every_size_and_spelling_are_decoded() {
    for bytes in [0, 1, 2, 3, 100, 6_000, 6_144, 8_000, 100_001, 100_002, 100_003] {
        let image = image(bytes);
        let base64 = BASE64_STANDARD.encode(&image);
        for written in [
            answer(&base64),
            answer(base64.trim_end_matches('=')),
            answer(&format!("data:image/png;base64,{base64}")),
            answer(&base64).replace('/', "\\/"),
        ] {
            let sifted = sift_text(&written).unwrap();
            assert!(sifted.document["data"][0]["revised_prompt"].as_str().unwrap().contains('龙'));
            assert_eq!(first(sifted).as_ref(), Some(&image), "{bytes}");
        }
    }
    let lines: Vec<String> = BASE64_STANDARD
        .encode(image(20_000))
        .as_bytes()
        .chunks(76)
        .map(|line| String::from_utf8(line.to_vec()).unwrap())
        .collect();
    assert_eq!(first(sift_text(&answer(&lines.join("\n"))).unwrap()), Some(image(20_000)), "lines may be broken");
}

#[test]
fn long_strings_that_are_no_images_are_not_kept() {
    for text in [
        "x".repeat(100_000),
        "\\\"".repeat(50_000),
        "<svg>".repeat(10_000),
        BASE64_STANDARD.encode("<svg>".repeat(10_000)),
    ] {
        let mut sifted = sift_text(&json!({"text": text, "after": "kept"}).to_string()).unwrap();
        assert_eq!(sifted.document, json!({"text": "", "after": "kept"}));
        assert_eq!(sifted.image("\u{0}0"), None);
    }
    let mut broken = BASE64_STANDARD.encode(image(20_000));
    broken.replace_range(15_000..15_001, "*");
    assert_eq!(sift_text(&answer(&broken)).unwrap().document["data"][0]["b64_json"], "");
}

#[test]
fn an_image_that_is_too_large_leaves_room_for_the_others() {
    let budget = Budget::new();
    let (huge, small) = (BASE64_STANDARD.encode(image(IMAGE_BYTES_MAX)), BASE64_STANDARD.encode(image(9_000)));
    let text = json!([huge, small]).to_string();
    let mut sifted = sift(&budget, text.as_bytes().chunks(65_536)).unwrap();
    assert!(sifted.too_large);
    assert_eq!(sifted.document[0], "");
    let mark = sifted.document[1].as_str().unwrap().to_owned();
    assert_eq!(sifted.image(&mark), Some(image(9_000)));
    assert_eq!(sifted.image(&mark), Some(Vec::new()), "an image is handed out once");
    assert!(budget.take(DRAW_BYTES_MAX - 10_000) && !budget.take(DRAW_BYTES_MAX), "the room is given back");
}

#[test]
fn all_images_together_have_a_bound_too() {
    let budget = Budget::new();
    assert!(budget.take(DRAW_BYTES_MAX - 30_000));
    let base64 = BASE64_STANDARD.encode(image(20_000));
    let sifted = sift(&budget, [json!([base64, base64]).to_string().as_bytes()]).unwrap();
    assert_eq!((&sifted.document[0], &sifted.document[1]), (&json!("\u{0}0"), &json!("")));
    assert!(sifted.too_large);
}

#[test]
fn what_is_no_document_is_no_answer() {
    for text in ["", "<html>", "{", "{\"data\":", "{\"data\":\"", "[1,2", "{}{}", "nonsense"] {
        assert_eq!(sift_text(text).unwrap_err(), Cause::Malformed, "{text}");
    }
    assert_eq!(sift_text(&format!("[{}1]", "1,".repeat(200_000))).unwrap_err(), Cause::TooLarge);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn any_cutting_into_packets_gives_the_same_answer(
        bytes in 0_usize..20_000,
        cuts in proptest::collection::vec(any::<prop::sample::Index>(), 0..8),
    ) {
        let text = answer(&BASE64_STANDARD.encode(image(bytes))).replace('/', "\\/");
        let mut places: Vec<usize> = cuts.iter().map(|cut| cut.index(text.len() + 1)).collect();
        places.extend([0, text.len()]);
        places.sort_unstable();
        let packets = places.windows(2).map(|pair| &text.as_bytes()[pair[0]..pair[1]]);
        prop_assert_eq!(first(sift(&Budget::new(), packets).unwrap()), Some(image(bytes)));
        prop_assert_eq!(first(sift(&Budget::new(), text.as_bytes().chunks(1)).unwrap()), Some(image(bytes)));
    }

    #[test]
    fn any_document_comes_through(text in "\\PC{0,80}", more in "[\"\\\\/\u{0}-\u{1f}龙]{0,20}") {
        let document = json!({"a": [text, more], "b": {"c": null}});
        prop_assert_eq!(sift_text(&document.to_string()).unwrap().document, document);
    }

    #[test]
    fn any_bytes_are_read_within_the_bounds(bytes in proptest::collection::vec(any::<u8>(), 0..4096)) {
        let _ = sift(&Budget::new(), bytes.chunks(97));
    }
}
