//! The real SES and Secrets Manager clients over real HTTP, and what the mailbox refuses.

use aws_sdk_secretsmanager::error::ProvideErrorMetadata;
use aws_sdk_ses::config::retry::RetryConfig;
use aws_sdk_ses::config::{BehaviorVersion, Region};
use aws_sdk_ses::operation::send_email::SendEmailError;
use aws_sdk_ses::primitives::Blob;
use aws_sdk_ses::types::{Body, Content, Destination, Message, RawMessage};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use domain::Clock;
use http::Response;
use http_body_util::Full;
use tokio::task::JoinSet;

use super::{MAILS_MAX, Mailbox, Refusal};
use crate::testing::{credentials, serve, wire};
use crate::{Fault, FaultKind, Secrets, Service, Wire};

/// A mailbox behind HTTP, a client for it that tries once, and the wire between them.
async fn post_office() -> (Mailbox, aws_sdk_ses::Client, Wire, JoinSet<()>) {
    let mailbox = Mailbox::new(Clock::fixed(1_700_000_000_000));
    let inside = mailbox.clone();
    let (address, server) = serve(move |request| {
        let (status, xml) = inside.send_ses(request.body());
        async move { Response::builder().status(status).body(Full::<Bytes>::from(xml)).unwrap() }
    })
    .await;
    let (wire, _) = wire();
    let config = aws_sdk_ses::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(credentials())
        .retry_config(RetryConfig::disabled())
        .endpoint_url(format!("http://{address}"))
        .http_client(wire.client())
        .build();
    (mailbox, aws_sdk_ses::Client::from_conf(config), wire, server)
}

async fn send(client: &aws_sdk_ses::Client, to: &str, subject: &str) -> Result<String, SendEmailError> {
    let content = |data: &str| Content::builder().data(data).charset("UTF-8").build().unwrap();
    let body = Body::builder().text(content("验证码 012345 & <b>")).html(content("<p>012345</p>")).build();
    let sent = client
        .send_email()
        .source("Chat <no-reply@example.com>")
        .destination(Destination::builder().to_addresses(to).build())
        .message(Message::builder().subject(content(subject)).body(body).build())
        .send()
        .await;
    sent.map(|sent| sent.message_id).map_err(aws_sdk_ses::error::SdkError::into_service_error)
}

#[tokio::test]
async fn the_real_client_delivers() {
    let (mailbox, client, wire, _server) = post_office().await;
    let first = send(&client, "a+b@example.com", "登录验证码").await.unwrap();
    let second = send(&client, "C@Example.com", "two").await.unwrap();
    assert_ne!(first, second);
    let mails = mailbox.list(None);
    assert_eq!(mails.iter().map(|mail| mail.to.as_str()).collect::<Vec<_>>(), ["C@Example.com", "a+b@example.com"]);
    assert_eq!(mailbox.list(Some("c@example.com")).len(), 1);
    let mail = &mails[1];
    assert_eq!((mail.subject.as_str(), mail.html.as_str()), ("登录验证码", "<p>012345</p>"));
    assert_eq!((mail.text.as_str(), mail.from.as_str()), ("验证码 012345 & <b>", "Chat <no-reply@example.com>"));
    assert_eq!(mail.time, "2023-11-14T22:13:20Z");
    let calls = wire.take_log();
    assert_eq!((calls[0].service, calls[0].operation.as_str()), (Service::Ses, "SendEmail"));
    assert_eq!(calls[0].targets, ["a+b@example.com"]);
}

#[tokio::test]
async fn refusals_reach_the_client_by_name() {
    let (mailbox, client, _wire, _server) = post_office().await;
    mailbox.fail_next(1);
    assert!(matches!(send(&client, "a@b.c", "s").await, Err(SendEmailError::MessageRejected(_))));
    mailbox.fail_next_with(1, Refusal::MailFromDomainNotVerified);
    let refused = send(&client, "a@b.c", "s").await;
    assert!(matches!(refused, Err(SendEmailError::MailFromDomainNotVerifiedException(_))));
    for (to, subject) in [("a@b.c\r\nBcc: d@e.f", "s"), ("a@b.c", "s\nBcc: d@e.f"), ("nobody", "s"), ("a@", "s")] {
        let error = send(&client, to, subject).await.unwrap_err();
        assert_eq!(error.meta().code(), Some("InvalidParameterValue"), "{to:?} {subject:?}");
    }
    assert!(mailbox.list(None).is_empty());
    send(&client, "a@b.c", "s").await.unwrap();
}

#[tokio::test]
async fn faults_strike_mails_too() {
    let (mailbox, client, wire, _server) = post_office().await;
    let cases = [
        (FaultKind::FailBefore, None, 0),
        (FaultKind::FailAfter, None, 1),
        (FaultKind::Throttle, Some("Throttling"), 1),
        (FaultKind::Http500, Some("InternalFailure"), 1),
    ];
    for (kind, code, delivered) in cases {
        wire.plan(Fault::new(kind).on("SendEmail"));
        let error = send(&client, "a@b.c", "s").await.unwrap_err();
        assert_eq!((error.meta().code(), mailbox.list(None).len()), (code, delivered), "{kind:?}");
    }
}

#[tokio::test]
async fn a_raw_mail_is_read() {
    let (mailbox, client, _wire, _server) = post_office().await;
    let (subject, text) = (STANDARD.encode("验证码"), STANDARD.encode("你的验证码是 012345\r\n"));
    let raw = format!(
        "From: Chat <no-reply@example.com>\r\nTo: A <a@b.c>,\r\n d@e.f\r\nSubject: =?UTF-8?B?{subject}?=\r\n \
         =?utf-8?Q?_=31?= end\r\nContent-Type: multipart/alternative; boundary=\"xyz\"\r\n\r\npreamble\r\n--xyz\r\n\
         Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n{text}\r\n--xyz\r\n\
         Content-Type: text/html\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n<p class=3D\"x\">=\r\n\
         =E4=BD=A0</p>\r\n--xyz--\r\n"
    );
    let raw = RawMessage::builder().data(Blob::new(raw)).build().unwrap();
    client.send_raw_email().raw_message(raw).send().await.unwrap();
    let mails = mailbox.list(None);
    assert_eq!(mails.iter().map(|mail| mail.to.as_str()).collect::<Vec<_>>(), ["d@e.f", "a@b.c"]);
    let mail = &mails[0];
    assert_eq!((mail.from.as_str(), mail.subject.as_str()), ("no-reply@example.com", "验证码 1 end"));
    assert_eq!((mail.text.as_str(), mail.html.as_str()), ("你的验证码是 012345", "<p class=\"x\">你</p>"));
}

#[test]
fn the_mailbox_is_bounded() {
    let mailbox = Mailbox::new(Clock::fixed(0));
    for n in 0..=MAILS_MAX {
        let form = format!(
            "Action=SendEmail&Source=a%40b.c&Destination.ToAddresses.member.1=d%40e.f\
             &Message.Subject.Data={n}&Message.Body.Text.Data=x"
        );
        assert_eq!(mailbox.send_ses(form.as_bytes()).0, 200);
    }
    let mails = mailbox.list(None);
    assert_eq!((mails.len(), mails[0].subject.as_str()), (MAILS_MAX, MAILS_MAX.to_string().as_str()));
    assert_eq!(mailbox.send_ses(b"Action=Delete").0, 400);
    assert_eq!(mailbox.send_ses(&[0xff, 0x00, b'%', b'=']).0, 400);
}

#[tokio::test]
async fn the_real_client_reads_secrets() {
    let secrets = Secrets::new([("app/secret", "{\"root\":\"x\"}")]);
    let (address, _server) = serve(move |request| {
        let target = request.headers()["x-amz-target"].to_str().unwrap().to_owned();
        let (status, body) = secrets.execute(target.strip_prefix("secretsmanager.").unwrap(), request.body());
        async move { Response::builder().status(status).body(Full::<Bytes>::from(body)).unwrap() }
    })
    .await;
    let (wire, _) = wire();
    let config = aws_sdk_secretsmanager::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(credentials())
        .retry_config(RetryConfig::disabled())
        .endpoint_url(format!("http://{address}"))
        .http_client(wire.client())
        .build();
    let client = aws_sdk_secretsmanager::Client::from_conf(config);
    let found = client.get_secret_value().secret_id("app/secret").send().await.unwrap();
    assert_eq!(found.secret_string(), Some("{\"root\":\"x\"}"));
    let by_arn = client.get_secret_value().secret_id(found.arn().unwrap()).send().await.unwrap();
    assert_eq!(by_arn.name(), Some("app/secret"));
    let absent = client.get_secret_value().secret_id("other").send().await.unwrap_err();
    assert!(absent.into_service_error().is_resource_not_found_exception());
    wire.plan(Fault::new(FaultKind::Throttle).on("GetSecretValue"));
    let throttled = client.get_secret_value().secret_id("app/secret").send().await.unwrap_err();
    assert_eq!(throttled.code(), Some("ThrottlingException"));
    assert!(wire.take_log().iter().all(|call| call.service == Service::Secrets));
}
