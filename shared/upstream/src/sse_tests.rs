//! The reader of server-sent events: what it reads, and that no cutting of the bytes changes it.

use proptest::prelude::*;

use super::*;

const BYTES_MAX: usize = 64;

/// The items of a stream that comes in these packets.
fn read<'a>(packets: impl IntoIterator<Item = &'a [u8]>) -> Vec<Item> {
    let mut parser = Parser::new(BYTES_MAX);
    let mut items = Vec::new();
    for packet in packets {
        parser.push(Bytes::copy_from_slice(packet));
        take_all(&mut parser, &mut items);
    }
    parser.finish();
    take_all(&mut parser, &mut items);
    items
}

fn take_all(parser: &mut Parser, items: &mut Vec<Item>) {
    while let Some(item) = parser.next_item() {
        items.push(item);
        assert!(
            parser.line.capacity() <= 4 * BYTES_MAX && parser.data.as_ref().is_none_or(|it| it.len() <= 3 * BYTES_MAX)
        );
    }
    assert!(parser.packet.is_empty());
}

/// The data of each event of a stream that comes in one packet.
fn data(stream: &str) -> Vec<String> {
    read([stream.as_bytes()])
        .into_iter()
        .map(|item| if let Item::Data(text) = item { text } else { "!".into() })
        .collect()
}

#[test]
fn events_are_read_in_every_spelling() {
    for (stream, events) in [
        ("data: a\n\ndata: b\n\n", &["a", "b"][..]),
        ("data: a\r\n\r\ndata: b\r\n\r\n", &["a", "b"]),
        ("data: a\r\rdata: b\r\r", &["a", "b"]),
        ("data:a\n\ndata:  b\n\n", &["a", " b"]),
        ("\u{feff}data: a\n\n", &["a"]),
        (": comment\n\nevent: message\nid: 1\nretry: 5\ndata: a\n\n", &["a"]),
        ("data: a\ndata: b\n\n", &["a\nb"]),
        ("data\n\n", &[""]),
        ("data:\n\n", &[""]),
        ("\n\n\n\n", &[]),
        ("event: ping\n\n", &[]),
        ("data: a", &["a"]),
        ("data: a\n", &["a"]),
        ("data: {}\ndata: {}\ndata: [DONE]\n", &["{}", "{}", "[DONE]"]),
        ("data: {\ndata: }\n\n", &["{\n}"]),
        ("data: [{},\ndata: {}]\n\n", &["[{},\n{}]"]),
        ("data: {}\n{\"error\":1}\n\n", &["{}", "{\"error\":1}"]),
        ("<html>\n", &["<html>"]),
        ("data: 你好\n\n", &["你好"]),
    ] {
        assert_eq!(data(stream), events, "{stream:?}");
    }
}

#[test]
fn bytes_that_are_no_text_become_replacement_characters() {
    assert_eq!(read([&b"data: a\xff\xe4\xbd\n\n"[..]]), [Item::Data("a\u{fffd}\u{fffd}".into())]);
}

#[test]
fn a_character_may_come_in_several_packets() {
    assert_eq!(read([&b"data: \xe4"[..], b"\xbd", b"\xa0\n", b"\n"]), [Item::Data("你".into())]);
}

#[test]
fn a_line_or_event_that_is_too_long_ends_the_stream() {
    let fits = format!("data: {}\n\n", "x".repeat(BYTES_MAX - 6));
    assert_eq!(data(&fits).len(), 1);
    assert_eq!(data(&fits.replace(": x", ": xx")), ["!"]);
    assert_eq!(data(&format!("{}\ndata: after\n\n", "data: 0123456789\n".repeat(7))), ["!"]);
    assert_eq!(data(&format!("data: a\n\n{}", "x".repeat(1000))), ["a", "!"]);
}

#[test]
fn a_long_line_is_not_kept() {
    let mut parser = Parser::new(BYTES_MAX);
    for _ in 0..1000 {
        parser.push(Bytes::from_static(&[b'x'; 4096]));
        let _ = parser.next_item();
        assert!(parser.line.capacity() <= 4 * BYTES_MAX);
    }
}

/// Bytes in which the characters that matter are frequent.
fn stream_bytes() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        Just(b"data: ".to_vec()),
        Just(b"data:".to_vec()),
        Just(b"\n".to_vec()),
        Just(b"\r\n".to_vec()),
        Just(b"\r".to_vec()),
        Just(b"{\"a\":1}".to_vec()),
        Just(b"[DONE]".to_vec()),
        Just(b": ping".to_vec()),
        Just("你好🎉\u{feff}".as_bytes().to_vec()),
        Just(vec![b'x'; 40]),
        proptest::collection::vec(any::<u8>(), 0..8),
    ];
    proptest::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_cutting_into_packets_gives_the_same_events(
        bytes in stream_bytes(),
        cuts in proptest::collection::vec(any::<prop::sample::Index>(), 0..12),
    ) {
        let mut places: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
        places.extend([0, bytes.len()]);
        places.sort_unstable();
        let packets = places.windows(2).map(|pair| &bytes[pair[0]..pair[1]]);
        prop_assert_eq!(read(packets), read([&bytes[..]]));
        prop_assert_eq!(read(bytes.chunks(1)), read([&bytes[..]]));
    }

    #[test]
    fn any_bytes_are_read_within_the_bounds(bytes in proptest::collection::vec(any::<u8>(), 0..4096)) {
        read(bytes.chunks(97));
    }

    #[test]
    fn any_text_comes_through_whole(texts in proptest::collection::vec("[^\r\n\u{feff}]{0,12}", 0..8)) {
        let stream = texts.iter().fold(String::new(), |stream, text| stream + ": keep\ndata: " + text + "\n\n");
        prop_assert_eq!(data(&stream), texts);
    }
}
