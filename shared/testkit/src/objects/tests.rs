//! The product's own client over real HTTP, and the wire format past it.

use std::net::SocketAddr;

use bytes::Bytes;
use domain::{Clock, Error};
use http::{Request, Response};
use http_body_util::Full;
use platform::Outside;
use tokio::task::JoinSet;

use super::{Bucket, KEY_BYTES_MAX, OBJECT_BYTES_MAX, Objects};
use crate::testing::{serve, wire};
use crate::{Call, Fault, FaultKind, Service, Wire};

const KEY: &str = "public/0123456789abcdef0123456789abcdef.png";
const PICTURE: &[u8] = b"\x89PNG\r\n\x1a\n and the rest";

fn buckets() -> Vec<Bucket> {
    let public = vec!["public/".to_owned()];
    vec![Bucket { name: "pictures".to_owned(), public, origins: vec!["https://site.example".to_owned()] }]
}

/// The product's client of the bucket at `address`.
fn client(address: SocketAddr, wire: &Wire) -> platform::Objects {
    let endpoint = format!("http://{address}/aws/s3/");
    let environment = [
        ("AWS_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", "key"),
        ("AWS_SECRET_ACCESS_KEY", "secret"),
        ("AWS_ENDPOINT_URL_S3", endpoint.as_str()),
        ("IMAGES_BUCKET", "pictures"),
        ("IMAGES_URL", "https://pictures.example/"),
    ];
    let environment = environment.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
    let (environment, clock) = (environment.collect(), Clock::fixed(1_700_000_000_000));
    platform::Objects::new(&Outside { environment, clock, aws_http: wire.client() }).unwrap()
}

/// A bucket behind HTTP, the product's client for it, and the wire between them.
async fn gallery() -> (Objects, platform::Objects, Wire, JoinSet<()>) {
    let objects = Objects::memory(buckets());
    let inside = objects.clone();
    let (address, server) = serve(move |request| {
        let response = inside.answer(&request).map(Full::new);
        async move { response }
    })
    .await;
    let (wire, _) = wire();
    (objects, client(address, &wire), wire, server)
}

/// A call past the SDK, signed as much as the stand-in looks at.
fn ask(objects: &Objects, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Response<Bytes> {
    let mut request = Request::builder().method(method).uri(format!("/aws/s3/{path}"));
    let signed = headers.iter().chain([&("authorization", "AWS4-HMAC-SHA256 Credential=k/20260101/r/s3/aws4_request")]);
    for (name, value) in signed.filter(|(_, value)| !value.is_empty()) {
        request = request.header(*name, *value);
    }
    objects.answer(&request.body(Bytes::copy_from_slice(body)).unwrap())
}

/// A call without a signature.
fn stroll(objects: &Objects, method: &str, path: &str) -> Response<Bytes> {
    let request = Request::builder().method(method).uri(format!("/aws/s3/{path}"));
    objects.answer(&request.header("origin", "https://site.example").body(Bytes::new()).unwrap())
}

fn outcome(response: &Response<Bytes>) -> String {
    let body = String::from_utf8_lossy(response.body());
    let code = body.split_once("<Code>").and_then(|(_, rest)| rest.split_once("</Code>")).map_or("", |(code, _)| code);
    format!("{} {code}", response.status().as_u16())
}

fn seen(calls: &[Call]) -> Vec<(&str, Option<u16>)> {
    assert!(calls.iter().all(|call| call.service == Service::S3 && call.targets == [KEY]), "{calls:?}");
    calls.iter().map(|call| (call.operation.as_str(), call.status)).collect()
}

#[tokio::test]
async fn the_products_client_puts_shows_and_removes() {
    let (objects, client, wire, _server) = gallery().await;
    client.put(KEY, "image/png", Bytes::from_static(PICTURE)).await.unwrap();
    let stored = objects.list();
    assert_eq!((stored.len(), stored[0].bucket.as_str(), stored[0].key.as_str()), (1, "pictures", KEY));
    assert_eq!((stored[0].content_type.as_str(), stored[0].bytes.as_ref()), ("image/png", PICTURE));
    assert_eq!(stored[0].cache_control.as_deref(), Some("public, max-age=31536000, immutable"));
    assert_eq!(stored[0].content_disposition.as_deref(), Some("inline"));
    assert_eq!(client.url(KEY), format!("https://pictures.example/{KEY}"));
    client.remove(KEY).await.unwrap();
    client.remove(KEY).await.unwrap();
    assert!(objects.list().is_empty());
    let calls = wire.take_log();
    assert_eq!(seen(&calls), [("PutObject", Some(200)), ("DeleteObject", Some(204)), ("DeleteObject", Some(204))]);
}

#[tokio::test]
async fn nothing_is_overwritten() {
    let (objects, client, wire, _server) = gallery().await;
    client.put(KEY, "image/png", Bytes::from_static(PICTURE)).await.unwrap();
    client.put(KEY, "text/html", Bytes::from_static(b"<script>")).await.unwrap();
    assert_eq!(seen(&wire.take_log()), [("PutObject", Some(200)), ("PutObject", Some(412))]);
    let stored = objects.list();
    assert_eq!((stored[0].content_type.as_str(), stored[0].bytes.as_ref()), ("image/png", PICTURE));
}

#[tokio::test]
async fn a_picture_of_ten_megabytes_passes() {
    let (objects, client, _wire, _server) = gallery().await;
    let picture: Vec<u8> = (0..10_000_000_u32).map(|at| at.to_le_bytes()[0]).collect();
    client.put(KEY, "image/png", Bytes::from(picture.clone())).await.unwrap();
    assert!(objects.list()[0].bytes == picture);
}

#[tokio::test]
async fn a_lost_answer_is_found_out_by_the_second_try() {
    let (objects, client, wire, _server) = gallery().await;
    wire.plan(Fault::new(FaultKind::FailAfter).on("PutObject"));
    client.put(KEY, "image/png", Bytes::from_static(PICTURE)).await.unwrap();
    assert_eq!(seen(&wire.take_log()), [("PutObject", None), ("PutObject", Some(412))]);
    assert_eq!(objects.list().len(), 1);
    wire.plan(Fault::new(FaultKind::FailAfter).on("DeleteObject"));
    client.remove(KEY).await.unwrap();
    assert!(objects.list().is_empty());
}

#[tokio::test]
async fn what_lasts_is_told_and_leaves_what_it_did() {
    for (kind, stored) in
        [(FaultKind::FailBefore, 0), (FaultKind::FailAfter, 1), (FaultKind::Throttle, 0), (FaultKind::Http500, 0)]
    {
        let (objects, client, wire, _server) = gallery().await;
        wire.plan(Fault::new(kind).on("PutObject").lasting());
        let error = client.put(KEY, "image/png", Bytes::from_static(PICTURE)).await.unwrap_err();
        assert!(matches!(error, Error::Unavailable { .. }), "{kind:?}: {error:?}");
        assert!(!error.causes().is_empty() && !format!("{error:?}").contains("0123456789"), "{error:?}");
        assert_eq!(objects.list().len(), stored, "{kind:?}");
        assert_eq!(seen(&wire.take_log()).len(), 4, "{kind:?}");
        wire.heal();
        wire.plan(Fault::new(kind).on("DeleteObject").lasting());
        let error = client.remove(KEY).await.unwrap_err();
        assert!(matches!(error, Error::Unavailable { .. }), "{kind:?}: {error:?}");
        assert!(objects.list().is_empty() || kind != FaultKind::FailAfter, "{kind:?}");
    }
}

#[tokio::test]
async fn an_address_where_nobody_listens_tells_no_key() {
    let (wire, _) = wire();
    // A port that was free a moment ago.
    let address = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let error = client(address, &wire).put(KEY, "image/png", Bytes::new()).await.unwrap_err();
    assert!(matches!(error, Error::Unavailable { .. }), "{error:?}");
    assert!(error.causes().contains("refused"), "{}", error.causes());
    assert!(!format!("{error:?} {}", error.causes()).contains("0123456789"), "{error:?}");
}

#[tokio::test]
async fn a_conflict_of_conditional_writes_passes_and_a_refusal_does_not() {
    let tries = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let counted = tries.clone();
    let (address, _server) = serve(move |request: Request<Bytes>| {
        let nth = counted.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        let (status, code) = match (request.method().as_str(), nth) {
            ("DELETE", _) => (403, "AccessDenied"),
            (_, 0) => (409, "ConditionalRequestConflict"),
            _ => (200, ""),
        };
        let body = if status == 200 { String::new() } else { super::error(code, &format!("about {KEY}")) };
        let body = Bytes::from(body);
        async move { Response::builder().status(status).body(Full::new(body)).unwrap() }
    })
    .await;
    let (wire, _) = wire();
    let client = client(address, &wire);
    client.put(KEY, "image/png", Bytes::from_static(PICTURE)).await.unwrap();
    assert_eq!(tries.load(std::sync::atomic::Ordering::SeqCst), 2);
    let error = client.remove(KEY).await.unwrap_err();
    assert!(matches!(error, Error::Internal { .. }), "{error:?}");
    assert_eq!(error.causes(), "AccessDenied");
}

#[test]
fn strangers_get_what_the_policy_shows_and_nothing_else() {
    let objects = Objects::memory(buckets());
    for key in ["public/a.png", "private/a.png", "a.png"] {
        let put = ask(&objects, "PUT", &format!("pictures/{key}"), &[("content-type", "image/png")], PICTURE);
        assert_eq!(put.status(), 200, "{key}");
    }
    let shown = stroll(&objects, "GET", "pictures/public/a.png?t=1");
    assert_eq!((shown.status().as_u16(), shown.body().as_ref()), (200, PICTURE));
    assert_eq!(shown.headers()["content-type"], "image/png");
    assert_eq!(shown.headers()["content-length"], PICTURE.len().to_string().as_str());
    assert_eq!(shown.headers()["access-control-allow-origin"], "https://site.example");
    let head = stroll(&objects, "HEAD", "pictures/public/a.png");
    assert_eq!((head.status(), head.headers(), head.body().len()), (shown.status(), shown.headers(), 0));
    for (method, path) in [
        ("GET", "pictures/private/a.png"),
        ("GET", "pictures/a.png"),
        ("GET", "pictures/public/absent.png"),
        ("GET", "pictures/public/a.png?acl"),
        ("GET", "pictures/public/a.png?versionId=1"),
        ("GET", "pictures/public"),
        ("GET", "pictures/private/%2e%2e/public/a.png"),
        ("GET", "pictures/?list-type=2&prefix=public/"),
        ("GET", "pictures"),
        ("PUT", "pictures/public/b.png"),
        ("POST", "pictures/public/b.png"),
        ("DELETE", "pictures/public/a.png"),
    ] {
        assert_eq!(outcome(&stroll(&objects, method, path)), "403 AccessDenied", "{method} {path}");
    }
    assert_eq!(outcome(&stroll(&objects, "GET", "other/public/a.png")), "404 NoSuchBucket");
    assert_eq!(objects.list().len(), 3);
}

#[test]
fn a_caller_that_has_the_object_is_told_so() {
    let objects = Objects::memory(buckets());
    ask(&objects, "PUT", "pictures/public/a", &[], b"one");
    let tag = stroll(&objects, "GET", "pictures/public/a").headers()["etag"].clone();
    let known = |tag: &str| ask(&objects, "GET", "pictures/public/a", &[("if-none-match", tag)], b"");
    assert_eq!((known(tag.to_str().unwrap()).status().as_u16(), known("\"other\"").status().as_u16()), (304, 200));
    ask(&objects, "PUT", "pictures/public/a", &[], b"two");
    assert_ne!(stroll(&objects, "GET", "pictures/public/a").headers()["etag"], tag);
}

#[test]
fn what_s3_refuses_is_refused() {
    let objects = Objects::memory(buckets());
    let put = |path: &str, headers: &[(&str, &str)], body: &[u8]| outcome(&ask(&objects, "PUT", path, headers, body));
    let long = format!("pictures/{}", "k".repeat(KEY_BYTES_MAX + 1));
    assert_eq!(put(&long, &[], b""), "400 KeyTooLongError");
    assert_eq!(put("pictures/%ff", &[], b""), "400 InvalidURI");
    assert_eq!(put("pictures/a", &[("x-amz-acl", "public-read")], b""), "400 AccessControlListNotSupported");
    assert_eq!(put("pictures/a", &[("if-none-match", "\"x\"")], b""), "501 NotImplemented");
    assert_eq!(put("pictures/a", &[("x-amz-copy-source", "/pictures/b")], b""), "501 NotImplemented");
    assert_eq!(put("pictures/a", &[("x-amz-checksum-crc32", "AAAAAA==")], b"123456789"), "400 BadDigest");
    assert_eq!(put("pictures/a", &[("x-amz-content-sha256", "00")], b"x"), "400 XAmzContentSHA256Mismatch");
    assert_eq!(put("pictures/a", &[], &vec![0; OBJECT_BYTES_MAX + 1]), "400 EntityTooLarge");
    assert!(objects.list().is_empty());
    // The check value of the algorithm.
    assert_eq!(put("pictures/a", &[("x-amz-checksum-crc32", "y/Q5Jg==")], b"123456789"), "200 ");
    assert_eq!(outcome(&ask(&objects, "GET", "pictures/b", &[], b"")), "404 NoSuchKey");
    assert_eq!(outcome(&ask(&objects, "GET", "pictures", &[], b"")), "501 NotImplemented");
}

#[test]
fn bodies_in_chunks_are_put_together() {
    let objects = Objects::memory(buckets());
    let put = |length: &str, body: &str| {
        let streaming = ("x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER");
        let headers = [streaming, ("x-amz-decoded-content-length", length)];
        outcome(&ask(&objects, "PUT", "pictures/a", &headers, body.as_bytes()))
    };
    let sum = "x-amz-checksum-crc32:y/Q5Jg==\r\n\r\n";
    assert_eq!(put("9", &format!("4;chunk-signature=0\r\n1234\r\n5\r\n56789\r\n0\r\n{sum}")), "200 ");
    assert_eq!(objects.list()[0].bytes.as_ref(), b"123456789");
    assert_eq!(put("9", &format!("9\r\n12345678X\r\n0\r\n{sum}")), "400 BadDigest");
    for broken in
        ["", "9\r\n1234", "zz\r\n", "ffffffffffffffff\r\n1", "9\r\n123456789", "0\r\n\r\n", "9\r\n123456789XX0\r\n"]
    {
        assert_eq!(put("9", broken), "400 IncompleteBody", "{broken:?}");
    }
    assert_eq!(objects.list()[0].bytes.as_ref(), b"123456789");
}

#[test]
fn a_directory_keeps_objects_whatever_their_keys() {
    let path = std::env::temp_dir().join(format!("testkit-objects-{}", std::process::id()));
    let open = || Objects::directory(buckets(), path.join("objects")).unwrap();
    let keys = ["../../escape", "public/../..", "a", "a/b", "\u{0}\n\"", "%2e", "图"];
    let encoded = ["../../escape", "public/../..", "a", "a/b", "%00%0A%22", "%252e", "%E5%9B%BE"];
    let objects = open();
    for key in encoded {
        let headers = [("content-type", "image/gif"), ("if-none-match", "*")];
        let put = || outcome(&ask(&objects, "PUT", &format!("pictures/{key}"), &headers, key.as_bytes()));
        assert_eq!((put().as_str(), put().as_str()), ("200 ", "412 PreconditionFailed"), "{key}");
    }
    let again = open();
    assert_eq!(again.list(), objects.list());
    let mut found: Vec<String> = again.list().into_iter().map(|object| object.key).collect();
    let mut expected = keys.map(str::to_owned).to_vec();
    found.sort();
    expected.sort();
    assert_eq!(found, expected);
    assert_eq!(again.list()[0].content_type, "image/gif");
    for key in encoded {
        assert_eq!(ask(&again, "GET", &format!("pictures/{key}"), &[], b"").body(), key, "{key}");
        assert_eq!(outcome(&ask(&again, "DELETE", &format!("pictures/{key}"), &[], b"")), "204 ", "{key}");
    }
    assert!(objects.list().is_empty());
    assert_eq!(std::fs::read_dir(&path).unwrap().count(), 1, "nothing was written beside the directory");
    std::fs::remove_dir_all(&path).unwrap();
}
