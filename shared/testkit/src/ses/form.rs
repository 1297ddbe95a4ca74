//! The form that `SendEmail` and `SendRawEmail` post, read into a mail.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::mime;

/// A code of the service and what it says about it.
type Refused = (&'static str, String);

/// What a post asks to send.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) action: &'static str,
    pub(super) from: String,
    pub(super) to: Vec<String>,
    pub(super) subject: String,
    pub(super) text: String,
    pub(super) html: String,
}

impl Draft {
    /// Reads a form, with the checks that the real service makes on addresses and headers.
    pub(super) fn parse(form: &[u8]) -> Result<Self, Refused> {
        let fields: BTreeMap<String, String> = url::form_urlencoded::parse(form).into_owned().collect();
        let draft = match fields.get("Action").map(String::as_str) {
            Some("SendEmail") => Self::simple(&fields),
            Some("SendRawEmail") => Self::raw(&fields)?,
            _ => return Err(("InvalidAction", "Could not find operation".to_owned())),
        };
        draft.check()
    }

    fn simple(fields: &BTreeMap<String, String>) -> Self {
        let field = |name: &str| fields.get(name).cloned().unwrap_or_default();
        let lists = ["ToAddresses", "CcAddresses", "BccAddresses"];
        Self {
            action: "SendEmail",
            from: field("Source"),
            to: lists.iter().flat_map(|list| members(fields, &format!("Destination.{list}"))).collect(),
            subject: field("Message.Subject.Data"),
            text: field("Message.Body.Text.Data"),
            html: field("Message.Body.Html.Data"),
        }
    }

    fn raw(fields: &BTreeMap<String, String>) -> Result<Self, Refused> {
        let data = fields.get("RawMessage.Data").map_or("", String::as_str);
        let bytes = STANDARD.decode(data).map_err(|_| invalid("RawMessage.Data is not base64"))?;
        let message = mime::parse(&bytes);
        let mut to = members(fields, "Destinations");
        if to.is_empty() {
            to = message.to;
        }
        let from = fields.get("Source").cloned().unwrap_or(message.from);
        let (subject, text, html) = (message.subject, message.text, message.html);
        Ok(Self { action: "SendRawEmail", from, to, subject, text, html })
    }

    fn check(self) -> Result<Self, Refused> {
        if self.to.is_empty() {
            return Err(invalid("Missing destination"));
        }
        for address in self.to.iter().chain([&self.from]) {
            let (_, domain) = address.rsplit_once('@').ok_or_else(|| invalid("Missing final '@domain'"))?;
            if domain.is_empty() || address.contains(char::is_control) {
                return Err(invalid("Illegal address"));
            }
        }
        // A line break here would start another header: the injection that the real service refuses as well.
        if self.subject.contains(['\r', '\n']) {
            return Err(invalid("Header value contains invalid characters: 'Subject'"));
        }
        if self.text.is_empty() && self.html.is_empty() {
            return Err(invalid("Empty body"));
        }
        Ok(self)
    }
}

fn invalid(message: &str) -> Refused {
    ("InvalidParameterValue", message.to_owned())
}

/// The values of `list.member.1`, `list.member.2` and so on.
fn members(fields: &BTreeMap<String, String>, list: &str) -> Vec<String> {
    (1..).map_while(|n| fields.get(&format!("{list}.member.{n}")).cloned()).collect()
}
