//! The mail with the code, sent through SES.

use aws_sdk_ses::Client;
use aws_sdk_ses::types::{Body, Content, Destination, Message};
use domain::limits::CODE_SECONDS;
use domain::{Account, Error, LoginCode, Result};
use platform::{Outside, StartError};

/// Sends mails from the site's address.
#[derive(Debug)]
pub(crate) struct Mailer {
    client: Client,
    sender: String,
    subject: String,
    /// Mails to addresses that bounced or complained are held back by it.
    configuration_set: String,
}

impl Mailer {
    pub(crate) fn new(outside: &Outside) -> Result<Self, StartError> {
        Ok(Self {
            client: platform::ses(outside)?,
            sender: outside.environment.text("MAIL_SENDER")?.to_owned(),
            subject: outside.environment.text("MAIL_SUBJECT")?.to_owned(),
            configuration_set: outside.environment.text("MAIL_CONFIGURATION_SET")?.to_owned(),
        })
    }

    /// Mails a code. The address is an [`Account`], which holds nothing that could end a header.
    pub(crate) async fn send_code(&self, to: &Account, code: &LoginCode) -> Result<()> {
        let (digits, minutes) = (code.as_str(), CODE_SECONDS / 60);
        let text = format!(
            "您的验证码是：{digits}\n\n{minutes} 分钟内有效，请勿告诉他人。\n如果这不是您本人的操作，请忽略本邮件。\n"
        );
        let html = format!(
            "<!doctype html><html lang=\"zh-CN\"><meta charset=\"utf-8\"><body style=\"font-family:sans-serif;color:#222\">\
             <p>您的验证码是：</p><p style=\"font-size:28px;letter-spacing:6px\"><b>{digits}</b></p>\
             <p>{minutes} 分钟内有效，请勿告诉他人。<br>如果这不是您本人的操作，请忽略本邮件。</p></body></html>"
        );
        let body = Body::builder().text(utf8(text)?).html(utf8(html)?).build();
        let message = Message::builder().subject(utf8(self.subject.clone())?).body(body).build();
        let send = self.client.send_email().source(&self.sender).message(message);
        let send = send.configuration_set_name(&self.configuration_set);
        let send = send.destination(Destination::builder().to_addresses(to.as_str()).build());
        send.send().await.map(|_| ()).map_err(|error| Error::Upstream {
            message: "邮件发送失败，请稍后再试！",
            source: table::failure_cause(&error).into(),
        })
    }
}

fn utf8(text: String) -> Result<Content> {
    Content::builder().charset("UTF-8").data(text).build().map_err(Error::internal)
}
