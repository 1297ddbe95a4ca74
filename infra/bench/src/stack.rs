//! A running local stack, which plays AWS and the upstream for the measured functions.

use std::io::{self, BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use bytes::Bytes;
use http::Request;
use http::header::{CONNECTION, CONTENT_TYPE, HOST};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpStream;

use crate::process::Running;

/// The line that the local stack prints when it serves.
const READY: &str = "ready http://";
/// The names that the local stack gives the table and the secret of `template.yaml`.
const NAMES: [(&str, &str); 2] = [("TABLE_NAME", "local-Table"), ("SECRET_ID", "local-Secret")];
/// The services whose calls it answers, and what follows their common endpoint.
const SERVICES: [(&str, &str); 4] = [("DYNAMODB", ""), ("S3", "/s3/"), ("SES", ""), ("SECRETS_MANAGER", "")];

/// A local stack in memory, ended with this value.
#[derive(Debug)]
pub struct Stack {
    address: String,
    _process: Running,
}

impl Stack {
    /// Starts the program `local` and waits until it serves.
    ///
    /// # Errors
    /// When it does not start, or ends before it serves.
    pub fn start(binary: &Path) -> io::Result<Self> {
        let mut command = Command::new(binary);
        command.args(["--ephemeral", "--port", "0"]).stdin(Stdio::null()).stdout(Stdio::piped());
        let mut process = Running(command.spawn()?);
        let output = process.0.stdout.take().ok_or_else(|| io::Error::other("the local stack has no output"))?;
        let mut lines = BufReader::new(output).lines();
        let address = loop {
            let line = lines.next().ok_or_else(|| io::Error::other("the local stack ended before it served"))??;
            if let Some(address) = line.strip_prefix(READY) {
                break address.trim_end_matches('/').to_owned();
            }
        };
        // Its access log must not fill the pipe and stop it.
        std::thread::spawn(move || lines.for_each(drop));
        Ok(Self { address, _process: process })
    }

    /// The whole environment of a function that takes this stack for AWS.
    #[must_use]
    pub fn environment(&self) -> Vec<(String, String)> {
        let endpoint = format!("http://{}/_local/aws", self.address);
        let fixed = [
            ("BUSINESS_TIME_ZONE", "Asia/Shanghai"),
            ("ALLOWED_ORIGIN", "*"),
            ("ADMIN_ACCOUNT", "admin@example.com"),
            ("MAIL_SENDER", "no-reply@example.com"),
            ("MAIL_SUBJECT", "登录验证码"),
            ("MAIL_CONFIGURATION_SET", "local-MailSettings"),
            ("IMAGES_BUCKET", "local-imagebucket"),
            ("IMAGES_URL", "https://images.example.com"),
            ("PUBLIC_URL", "https://api.example.com"),
            ("RUST_LOG", "info"),
            ("UPSTREAM_LOOPBACK", "allow"),
            ("AWS_REGION", "us-east-1"),
            ("AWS_ACCESS_KEY_ID", "local"),
            ("AWS_SECRET_ACCESS_KEY", "local"),
            ("AWS_SESSION_TOKEN", "local"),
        ];
        let services =
            SERVICES.iter().map(|(service, path)| (format!("AWS_ENDPOINT_URL_{service}"), format!("{endpoint}{path}")));
        let fixed = NAMES.iter().chain(&fixed).map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        fixed.chain(services).collect()
    }

    /// A session of a new account, by code and mailbox as a person gets one.
    ///
    /// # Errors
    /// When any step is refused.
    pub async fn log_in(&self, account: &str) -> io::Result<String> {
        self.call("GET", &format!("/api/send_sms?source={account}"), None).await?;
        let mails = self.call("GET", &format!("/_local/mailbox?to={account}"), None).await?;
        let text = mails.pointer("/0/text").and_then(Value::as_str).unwrap_or_default();
        let code = code(text).ok_or_else(|| io::Error::other("the mailbox has no code"))?;
        let login = self.call("POST", "/api/login", Some(json!({ "account": account, "code": code }))).await?;
        let token = login.pointer("/data/token").and_then(Value::as_str);
        token.map(str::to_owned).ok_or_else(|| io::Error::other(format!("login was refused: {login}")))
    }

    async fn call(&self, method: &str, path: &str, body: Option<Value>) -> io::Result<Value> {
        let stream = TcpStream::connect(&self.address).await?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(io::Error::other)?;
        let body = body.map(|body| Bytes::from(body.to_string())).unwrap_or_default();
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(HOST, &self.address)
            .header(CONNECTION, "close")
            .header(CONTENT_TYPE, "application/json")
            .body(Full::new(body))
            .map_err(io::Error::other)?;
        let exchange = async {
            let answer = sender.send_request(request).await.map_err(io::Error::other)?;
            Ok::<_, io::Error>(answer.into_body().collect().await.map_err(io::Error::other)?.to_bytes())
        };
        // What goes wrong with the connection shows in the exchange.
        let (body, _) = tokio::join!(exchange, connection);
        Ok(serde_json::from_slice(&body?)?)
    }
}

/// The first six digits in a row that are not part of more.
fn code(text: &str) -> Option<&str> {
    text.split(|character: char| !character.is_ascii_digit()).find(|digits| digits.len() == 6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_is_found_in_a_mail() {
        assert_eq!(code("您的验证码是 014198，10 分钟内有效。2026"), Some("014198"));
        assert_eq!(code("1234567 12345"), None);
    }
}
