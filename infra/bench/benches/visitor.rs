//! People who use a site over HTTP.

use std::io;

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};

use super::site::Site;

/// Somebody with a browser; many requests may run at once.
pub(crate) struct Visitor<'a> {
    site: &'a Site,
    client: Client<HttpConnector, Full<Bytes>>,
}

impl<'a> Visitor<'a> {
    pub(crate) fn of(site: &'a Site) -> Self {
        Self { site, client: Client::builder(TokioExecutor::new()).build_http() }
    }

    /// One request and the text of its answer, whatever it says; a body of null is none.
    pub(crate) async fn send(&self, method: &str, path: &str, token: &str, body: &Value) -> io::Result<String> {
        let body = if body.is_null() { Bytes::new() } else { Bytes::from(body.to_string()) };
        let request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.site.stack.url()))
            .header("content-type", "application/json")
            .header("token", token)
            .body(Full::new(body))
            .map_err(io::Error::other)?;
        let answer = self.client.request(request).await.map_err(io::Error::other)?;
        let body = answer.into_body().collect().await.map_err(io::Error::other)?.to_bytes();
        String::from_utf8(body.to_vec()).map_err(io::Error::other)
    }

    /// One request and its envelope.
    pub(crate) async fn call(&self, method: &str, path: &str, token: &str, body: &Value) -> io::Result<Value> {
        Ok(serde_json::from_str(&self.send(method, path, token, body).await?)?)
    }

    /// A new session of an account, with the code from its mail; returns the token.
    pub(crate) async fn log_in(&self, account: &str) -> io::Result<String> {
        self.call("GET", &format!("/api/send_sms?source={account}"), "", &Value::Null).await?;
        let mails = self.site.stack.mailbox.list(Some(account));
        let text = mails.first().map(|mail| mail.text.as_str()).unwrap_or_default();
        let code = text.split(|c: char| !c.is_ascii_digit()).find(|digits| digits.len() == 6);
        let login = self.call("POST", "/api/login", "", &json!({"account": account, "code": code})).await?;
        let token = login.pointer("/data/token").and_then(Value::as_str).map(str::to_owned);
        token.ok_or_else(|| io::Error::other(format!("login was refused: {login}")))
    }
}
