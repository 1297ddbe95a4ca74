//! SES: takes mails in its query protocol and keeps them to be looked at.

mod form;
mod mime;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex};

use domain::Clock;
use serde::Serialize;

use crate::lock;

use form::Draft;

/// How many mails are kept.
const MAILS_MAX: usize = 1000;

/// A mail that was sent, once per recipient.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Mail {
    /// The recipient.
    pub to: String,
    /// The sender.
    pub from: String,
    /// The subject.
    pub subject: String,
    /// The plain part; empty when there is none.
    pub text: String,
    /// The HTML part; empty when there is none.
    pub html: String,
    /// When it was sent: RFC 3339, UTC.
    pub time: String,
}

/// How the service refuses a mail on demand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// `MessageRejected`.
    MessageRejected,
    /// `MailFromDomainNotVerifiedException`.
    MailFromDomainNotVerified,
}

/// An SES that delivers into a list. Clones share it.
#[derive(Clone)]
pub struct Mailbox(Arc<Inner>);

struct Inner {
    clock: Clock,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    mails: VecDeque<Mail>,
    sent: u64,
    refuse: Option<(usize, Refusal)>,
}

impl Mailbox {
    /// An empty mailbox that reads the time from `clock`.
    pub fn new(clock: Clock) -> Self {
        Self(Arc::new(Inner { clock, state: Mutex::default() }))
    }

    /// Carries out one call: the body of a form post with `Action=SendEmail` or `SendRawEmail`. Returns the HTTP
    /// status and the XML.
    pub fn send_ses(&self, form: &[u8]) -> (u16, String) {
        let draft = match Draft::parse(form) {
            Ok(draft) => draft,
            Err((code, message)) => return (400, error(code, &message)),
        };
        let mut state = lock(&self.0.state);
        if let Some(refusal) = state.refusal() {
            return (400, refusal);
        }
        state.sent += 1;
        let id = format!("{:016x}-00000000-0000-4000-8000-000000000000-000000", state.sent);
        let time = self.now();
        let Draft { action, from, to, subject, text, html } = draft;
        for to in to {
            if state.mails.len() == MAILS_MAX {
                state.mails.pop_front();
            }
            let (from, subject, text, html) = (from.clone(), subject.clone(), text.clone(), html.clone());
            state.mails.push_back(Mail { to, from, subject, text, html, time: time.clone() });
        }
        (200, sent(action, &id))
    }

    /// The mails to `to`, or all, newest first. Addresses compare without regard to case.
    pub fn list(&self, to: Option<&str>) -> Vec<Mail> {
        let state = lock(&self.0.state);
        let wanted = |mail: &&Mail| to.is_none_or(|to| mail.to.eq_ignore_ascii_case(to));
        state.mails.iter().rev().filter(wanted).cloned().collect()
    }

    /// Answers the next `n` well-formed mails with `MessageRejected`.
    pub fn fail_next(&self, n: usize) {
        self.fail_next_with(n, Refusal::MessageRejected);
    }

    /// Answers the next `n` well-formed mails with `refusal`.
    pub fn fail_next_with(&self, n: usize, refusal: Refusal) {
        lock(&self.0.state).refuse = Some((n, refusal));
    }

    fn now(&self) -> String {
        jiff::Timestamp::from_millisecond(self.0.clock.millis()).map_or_else(|_| String::new(), |time| time.to_string())
    }
}

impl State {
    /// The answer that refuses this mail, if one is due.
    fn refusal(&mut self) -> Option<String> {
        let (left, refusal) = self.refuse.take().filter(|(left, _)| *left > 0)?;
        self.refuse = Some((left - 1, refusal));
        Some(match refusal {
            Refusal::MessageRejected => error("MessageRejected", "Email address is not verified."),
            Refusal::MailFromDomainNotVerified => {
                error("MailFromDomainNotVerifiedException", "The MAIL FROM domain is not verified.")
            }
        })
    }
}

impl fmt::Debug for Mailbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Mailbox")
    }
}

/// The answer to a mail that was taken.
fn sent(action: &str, id: &str) -> String {
    format!(
        "<{action}Response xmlns=\"http://ses.amazonaws.com/doc/2010-12-01/\"><{action}Result><MessageId>{id}\
         </MessageId></{action}Result><ResponseMetadata><RequestId>{id}</RequestId></ResponseMetadata>\
         </{action}Response>"
    )
}

/// An error answer of the service.
pub(crate) fn error(code: &str, message: &str) -> String {
    let message = message.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    format!(
        "<ErrorResponse xmlns=\"http://ses.amazonaws.com/doc/2010-12-01/\"><Error><Type>Sender</Type><Code>{code}\
         </Code><Message>{message}</Message></Error><RequestId>00000000-0000-4000-8000-000000000000</RequestId>\
         </ErrorResponse>"
    )
}
