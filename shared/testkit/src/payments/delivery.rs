//! Sending a notification to the merchant, who is on this machine.

use std::future::pending;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Uri, header};
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use super::notification::Notification;
use super::trade::Delivery;

/// How long a merchant may take.
const ANSWER_SECONDS_MAX: u64 = 8;
/// The longest answer that is read: a merchant says `success`.
const ANSWER_BYTES_MAX: usize = 64 * 1024;
/// How much of an answer is kept.
const KEPT_CHARS_MAX: usize = 1000;

/// Why there is no answer.
type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Sends it at `time`, milliseconds since the Unix epoch, and waits for the answer.
pub(super) async fn deliver(notification: Notification, time: i64) -> Delivery {
    let sent = String::from_utf8_lossy(&notification.body).into_owned();
    let url = notification.url.clone();
    let answer = tokio::time::timeout(Duration::from_secs(ANSWER_SECONDS_MAX), exchange(notification)).await;
    let (status, body) = match answer {
        Ok(Ok(answer)) => answer,
        Ok(Err(failure)) => (0, failure.to_string()),
        Err(_) => (0, format!("no answer within {ANSWER_SECONDS_MAX} seconds")),
    };
    Delivery { time, url, sent, status, body: body.chars().take(KEPT_CHARS_MAX).collect() }
}

async fn exchange(notification: Notification) -> Result<(u16, String), Failure> {
    let uri: Uri = notification.url.parse()?;
    let authority = uri.authority().filter(|_| uri.scheme_str() == Some("http")).ok_or("not an http address")?;
    if !matches!(authority.host(), "127.0.0.1" | "localhost") {
        return Err("notifications go to 127.0.0.1 and localhost only".into());
    }
    let stream = TcpStream::connect((authority.host(), authority.port_u16().unwrap_or(80))).await?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let mut request = Request::builder().method(&notification.method).uri(path);
    request = request.header(header::HOST, authority.as_str()).header(header::USER_AGENT, "Mozilla/4.0");
    if let Some(content_type) = notification.content_type {
        request = request.header(header::CONTENT_TYPE, content_type);
    }
    let request = request.body(Full::new(notification.body))?;
    let answered = async {
        let answer = sender.send_request(request).await?;
        let status = answer.status().as_u16();
        let body: Bytes = Limited::new(answer.into_body(), ANSWER_BYTES_MAX).collect().await?.to_bytes();
        Ok((status, String::from_utf8_lossy(&body).into_owned()))
    };
    // A connection that ends tells so to who waits for its answer.
    let connected = async {
        let _ = connection.await;
        pending::<()>().await;
    };
    tokio::select! {
        answer = answered => answer,
        () = connected => Err("the connection ended".into()),
    }
}
