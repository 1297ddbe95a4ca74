//! The bucket: what functions put there through the real client, the world reads at its URL, within its policy.

use std::path::{Path, PathBuf};

use bytes::Bytes;
use domain::{Clock, Error};
use hyper::Method;
use local::{Options, Stack};
use platform::{Environment, Objects, Outside};
use testkit::{Fault, FaultKind, Service};

use crate::app::{ADMIN, START_MILLIS};
use crate::http::{Answer, Http};

const KEY: &str = "public/00112233445566778899aabbccddeeff.png";
const HIDDEN: &str = "private/00112233445566778899aabbccddeeff.png";
const PICTURE: &[u8] = b"\x89PNG and the rest";

async fn start(data: Option<&Path>) -> Stack {
    let clock = Clock::fixed(START_MILLIS);
    let data = data.map(PathBuf::from);
    let admin = ADMIN.to_owned();
    Stack::start(Options { port: 0, data, admin, time_zone: None, clock, background: false, access_log: false })
        .await
        .expect("the stack starts")
}

/// The path of the bucket on the stack.
fn bucket(stack: &Stack) -> String {
    let name = crate::house::template().buckets.remove(0).name;
    assert!(stack.url().starts_with("http://127.0.0.1:"));
    format!("/_local/aws/s3/{name}")
}

/// The client as a function makes it that is given the bucket.
fn client(stack: &Stack) -> Objects {
    let name = crate::house::template().buckets.remove(0).name;
    let url = format!("{}{}", stack.url(), bucket(stack));
    let chat = stack.environment("chat");
    let taken =
        ["AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL_S3"];
    let taken = taken.map(|name| (name.to_owned(), chat.text(name).unwrap().to_owned()));
    let given = [("IMAGES_BUCKET".to_owned(), name), ("IMAGES_URL".to_owned(), url)];
    let environment: Environment = taken.into_iter().chain(given).collect();
    let outside = Outside { environment, clock: stack.clock.clone(), aws_http: stack.wire.client() };
    Objects::new(&outside).unwrap()
}

async fn send(stack: &Stack, method: Method, path: &str) -> Answer {
    Http::new(stack.url()).send(method, path, &[("origin", "https://site.example")], "").await
}

fn body(answer: &Answer) -> Vec<u8> {
    answer.chunks.iter().flat_map(|(_, chunk)| chunk.to_vec()).collect()
}

#[tokio::test]
async fn everybody_gets_pictures_by_their_url_and_nothing_else() {
    let stack = start(None).await;
    let (client, bucket) = (client(&stack), bucket(&stack));
    client.put(KEY, "image/png", Bytes::from_static(PICTURE)).await.unwrap();
    client.put(HIDDEN, "image/png", Bytes::from_static(PICTURE)).await.unwrap();
    let url = client.url(KEY);
    let path = url.strip_prefix(&stack.url()).expect("the stack serves it");

    let shown = send(&stack, Method::GET, path).await;
    assert_eq!((shown.status.as_u16(), body(&shown).as_slice()), (200, PICTURE));
    assert_eq!(shown.headers["content-type"], "image/png");
    assert_eq!(shown.headers["cache-control"], "public, max-age=31536000, immutable");
    assert_eq!(shown.headers["content-disposition"], "inline");
    assert_eq!(shown.headers["content-length"], PICTURE.len().to_string().as_str());
    assert_eq!(shown.headers["access-control-allow-origin"], "*");
    let head = send(&stack, Method::HEAD, path).await;
    assert_eq!((head.status.as_u16(), body(&head).len()), (200, 0));
    for name in ["content-type", "content-length", "etag"] {
        assert_eq!(head.headers[name], shown.headers[name], "{name}");
    }

    for (method, path) in [
        (Method::GET, format!("{bucket}/{HIDDEN}")),
        (Method::GET, format!("{bucket}/public/absent.png")),
        (Method::GET, format!("{bucket}?list-type=2")),
        (Method::GET, format!("{bucket}/public/")),
        (Method::PUT, format!("{bucket}/{KEY}")),
        (Method::DELETE, format!("{bucket}/{KEY}")),
    ] {
        let answer = send(&stack, method.clone(), &path).await;
        assert_eq!(answer.status, 403, "{method} {path}");
        assert!(answer.text().contains("<Code>AccessDenied</Code>"), "{method} {path}");
    }
    let elsewhere = Http::new(stack.url()).send(Method::GET, path, &[("host", "evil.example")], "").await;
    assert_eq!(elsewhere.status, 403, "a name of a host that is not this machine");

    client.remove(KEY).await.unwrap();
    assert_eq!(send(&stack, Method::GET, path).await.status, 403);
    let keys: Vec<String> = stack.objects.list().into_iter().map(|object| object.key).collect();
    assert_eq!(keys, [HIDDEN]);
    stack.stop().await;
}

/// A browser keeps what an `<img>` was shown, and would hand it to a page that reads the picture.
#[tokio::test]
async fn what_is_shown_and_what_is_read_are_two_answers_to_caches() {
    let stack = start(None).await;
    let client = client(&stack);
    client.put(KEY, "image/png", Bytes::from_static(PICTURE)).await.unwrap();
    let url = client.url(KEY);
    let path = url.strip_prefix(&stack.url()).expect("the stack serves it");
    let shown = Http::new(stack.url()).send(Method::GET, path, &[], "").await;
    let read = send(&stack, Method::GET, path).await;
    let tag = read.headers["etag"].to_str().unwrap();
    let known = Http::new(stack.url()).send(Method::GET, path, &[("if-none-match", tag)], "").await;
    for answer in [&shown, &read, &known] {
        assert_eq!(answer.headers["vary"], "Origin", "{}", answer.status);
    }
    assert_eq!((shown.status.as_u16(), read.status.as_u16(), known.status.as_u16()), (200, 200, 304));
    assert_eq!(read.headers["access-control-allow-origin"], "*");
    stack.stop().await;
}

#[tokio::test]
async fn calls_are_counted_and_broken_in_process() {
    let stack = start(None).await;
    let client = client(&stack);
    stack.wire.take_log();
    stack.wire.plan(Fault::new(FaultKind::FailAfter).on("PutObject"));
    client.put(KEY, "image/png", Bytes::from_static(PICTURE)).await.unwrap();
    stack.wire.plan(Fault::new(FaultKind::FailBefore).on("PutObject").lasting());
    let refused = client.put("public/other.png", "image/png", Bytes::from_static(PICTURE)).await;
    assert!(matches!(refused, Err(Error::Unavailable { .. })), "{refused:?}");
    stack.wire.heal();
    client.remove(KEY).await.unwrap();
    let calls = stack.wire.take_log();
    assert!(calls.iter().all(|call| call.service == Service::S3), "{calls:?}");
    let told: Vec<_> =
        calls.iter().map(|call| (call.operation.as_str(), call.targets[0].as_str(), call.status)).collect();
    let lost = ("PutObject", "public/other.png", None);
    let first = [("PutObject", KEY, None), ("PutObject", KEY, Some(412))];
    assert_eq!(told[..2], first);
    assert_eq!(told[2..6], [lost; 4]);
    assert_eq!(told[6..], [("DeleteObject", KEY, Some(204))]);
    assert!(stack.objects.list().is_empty());
    stack.stop().await;
}

#[tokio::test]
async fn pictures_outlive_the_stack() {
    let folder = std::env::temp_dir().join(format!("local-objects-{}", std::process::id()));
    let stack = start(Some(&folder)).await;
    client(&stack).put(KEY, "image/png", Bytes::from_static(PICTURE)).await.unwrap();
    stack.stop().await;

    let stack = start(Some(&folder)).await;
    let shown = send(&stack, Method::GET, &format!("{}/{KEY}", bucket(&stack))).await;
    assert_eq!((shown.status.as_u16(), body(&shown).as_slice()), (200, PICTURE));
    assert_eq!(shown.headers["content-type"], "image/png");
    assert_eq!(stack.objects.list()[0].key, KEY);
    stack.stop().await;
    std::fs::remove_dir_all(&folder).unwrap();
}
