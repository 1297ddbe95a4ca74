use domain::limits::{PROMPT_BYTES_MAX, UPLOAD_BYTES_MAX};
use domain::{Error, Result};
use proptest::prelude::*;

use super::{Form, is_multipart};

const TYPE: &str = "multipart/form-data; boundary=----WebKitFormBoundaryX";

/// A part as browsers write it: `head` is what follows `form-data; `.
fn part(head: &str, content: &[u8]) -> Vec<u8> {
    let head = format!("------WebKitFormBoundaryX\r\nContent-Disposition: form-data; {head}\r\n\r\n");
    [head.as_bytes(), content, b"\r\n"].concat()
}

fn body(parts: &[Vec<u8>]) -> Vec<u8> {
    [&parts.concat(), &b"------WebKitFormBoundaryX--\r\n"[..]].concat()
}

fn parse(content_type: &str, body: &[u8]) -> Result<Form> {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(Form::parse(content_type, body))
}

fn form(parts: &[Vec<u8>]) -> Result<Form> {
    parse(TYPE, &body(parts))
}

#[test]
fn texts_and_the_file_are_read() {
    let form = form(&[
        part("name=\"prompt\"", "一只猫\r\n--不是分隔".as_bytes()),
        part("name=\"quantity\"", b"2"),
        part("name=\"width\"", b"undefined"),
        part("name=\"image\"; filename=\"\"\r\nContent-Type: application/octet-stream", b""),
        part("name=\"file\"; filename=\"a.png\"\r\nContent-Type: image/png", b"\x89PNG\r\n\x1a\n\r\n\0"),
        part("name=\"image\"; filename=\"b.png\"\r\nContent-Type: image/png", b"second"),
        part("name=\"other\"; filename=\"c.png\"", b"third"),
    ])
    .unwrap();
    assert_eq!(form.fields.text("prompt").unwrap(), "一只猫\r\n--不是分隔");
    assert_eq!(form.fields.integer("quantity").unwrap(), Some(2));
    assert_eq!(form.fields.integer("width").unwrap(), None);
    assert_eq!(form.file.unwrap(), &b"\x89PNG\r\n\x1a\n\r\n\0"[..]);
    assert!(form.fields.text("file").is_none() && form.fields.text("image").is_none());
}

#[test]
fn a_text_in_the_place_of_the_file_stays_a_text() {
    let form = form(&[part("name=\"image\"", b"https://example.com/a.png"), part("name=\"file\"", b"")]).unwrap();
    assert_eq!(form.fields.text("image").unwrap(), "https://example.com/a.png");
    assert!(form.fields.text("file").is_none());
    assert!(form.file.is_none());
}

/// Libraries that send bytes without a name for their file.
#[test]
fn a_file_without_a_name_is_one_by_its_type() {
    let read = form(&[part("name=\"file\"\r\nContent-Type: image/gif", b"GIF89a")]).unwrap();
    assert_eq!(read.file.unwrap(), &b"GIF89a"[..]);
    let text = form(&[part("name=\"prompt\"\r\nContent-Type: text/plain; charset=utf-8", "龙".as_bytes())]).unwrap();
    assert_eq!(text.fields.text("prompt").unwrap(), "龙");
}

#[test]
fn of_several_texts_with_one_name_the_last_counts() {
    let form = form(&[part("name=\"prompt\"", b"first"), part("name=\"prompt\"", b"last")]).unwrap();
    assert_eq!(form.fields.text("prompt").unwrap(), "last");
}

#[test]
fn broken_forms_are_refused() {
    let good = body(&[part("name=\"prompt\"", b"text")]);
    for (what, content_type, body) in [
        ("no boundary", "multipart/form-data", &good[..]),
        ("an empty boundary", "multipart/form-data; boundary=", &good),
        ("another boundary", "multipart/form-data; boundary=other", &good),
        ("another kind", "multipart/mixed; boundary=----WebKitFormBoundaryX", &good),
        ("no kind", "multipart/", &good),
        ("nothing", TYPE, b""),
        ("no end", TYPE, &good[..good.len() - 6]),
        ("no content", TYPE, b"------WebKitFormBoundaryX\r\n"),
        ("no line end", TYPE, b"------WebKitFormBoundaryX"),
        ("heads that do not end", TYPE, b"------WebKitFormBoundaryX\r\nContent-Disposition: form-data; name=\"a\"\r\n"),
        (
            "heads that are none",
            TYPE,
            b"------WebKitFormBoundaryX\r\n\xff\0\x01\r\n\r\ntext\r\n------WebKitFormBoundaryX--",
        ),
        ("JSON", TYPE, b"{\"prompt\":\"text\"}"),
    ] {
        let error = parse(content_type, body).err();
        assert!(matches!(error, Some(Error::Refused(_))), "{what}: {error:?}");
    }
    for length in 0..good.len() - 2 {
        assert!(parse(TYPE, &good[..length]).is_err(), "{length}");
    }
    let error = form(&[part("name=\"prompt\"", b"\xff\xfe")]).err();
    assert!(matches!(&error, Some(Error::Refused(sentence)) if sentence.contains("UTF-8")), "{error:?}");
}

#[test]
fn what_is_too_large_is_refused_and_what_is_not_is_taken() {
    let text = |length: usize| form(&[part("name=\"prompt\"", &vec![b'a'; length])]);
    assert!(text(PROMPT_BYTES_MAX).is_ok());
    assert!(matches!(text(PROMPT_BYTES_MAX + 1), Err(Error::TooLarge)));
    let file = |length: usize| form(&[part("name=\"file\"; filename=\"a\"", &vec![b'a'; length])]);
    assert_eq!(file(UPLOAD_BYTES_MAX).unwrap().file.unwrap().len(), UPLOAD_BYTES_MAX);
    assert!(matches!(file(UPLOAD_BYTES_MAX + 1), Err(Error::TooLarge)));
    let many = |count: usize| form(&vec![part("name=\"a\"", b""); count]);
    assert!(many(40).is_ok());
    assert!(matches!(many(41), Err(Error::TooLarge)));
}

#[test]
fn the_content_type_tells_forms_from_json() {
    for multipart in [TYPE, "Multipart/Form-Data;boundary=x", " multipart/mixed"] {
        assert!(is_multipart(multipart), "{multipart}");
    }
    for other in
        ["application/json", "", "multipart", "text/plain", "application/x-www-form-urlencoded", "多multipart/"]
    {
        assert!(!is_multipart(other), "{other}");
    }
}

proptest! {
    #[test]
    fn no_body_does_worse_than_being_refused(
        boundary in "[a-z\"; =]{0,8}",
        pieces in prop::collection::vec(prop_oneof![
            Just(b"--b".to_vec()), Just(b"--".to_vec()), Just(b"\r\n".to_vec()), Just(b"\r\n\r\n".to_vec()),
            Just(b"Content-Disposition: form-data; name=\"file\"; filename=\"\\\"".to_vec()),
            Just(b"Content-Type: image/png".to_vec()),
            prop::collection::vec(any::<u8>(), 0..40),
        ], 0..40),
    ) {
        let _ = parse("multipart/form-data; boundary=b", &pieces.concat());
        let _ = parse(&format!("multipart/form-data; boundary={boundary}"), &pieces.concat());
    }

    #[test]
    fn files_come_through_whole(content in prop::collection::vec(any::<u8>(), 1..2_000)) {
        let read = form(&[part("name=\"file\"; filename=\"a\"", &content), part("name=\"prompt\"", b"text")]).unwrap();
        prop_assert_eq!(read.file.unwrap(), content);
    }
}
