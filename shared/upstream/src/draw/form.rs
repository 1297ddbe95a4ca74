//! `multipart/form-data` bodies, <https://www.rfc-editor.org/rfc/rfc7578>.

use bytes::Bytes;
use reqwest::Url;
use reqwest::header::HeaderValue;
use serde_json::Value;

use super::kind::Kind;
use crate::call::Call;
use crate::failure::Cause;

/// A form that is being filled in.
#[derive(Debug, Default)]
pub(super) struct Form<'a> {
    fields: Vec<(&'a str, String)>,
    file: Option<(&'a str, &'a [u8], Kind)>,
}

impl<'a> Form<'a> {
    /// Adds a text. `name` is one of ours.
    pub(super) fn text(mut self, name: &'a str, value: &(impl ToString + ?Sized)) -> Self {
        self.fields.push((name, value.to_string()));
        self
    }

    /// Adds a JSON text or number.
    pub(super) fn field(self, name: &'a str, value: &Value) -> Self {
        match value {
            Value::String(text) => self.text(name, text),
            other => self.text(name, other),
        }
    }

    /// Adds the image.
    pub(super) fn image(mut self, name: &'a str, bytes: &'a [u8], kind: Kind) -> Self {
        self.file = Some((name, bytes, kind));
        self
    }

    /// The request that carries it.
    pub(super) fn post(self, url: Url) -> Result<Call, Cause> {
        let boundary = boundary()?;
        let content_type = format!("multipart/form-data; boundary={boundary}");
        let content_type = HeaderValue::try_from(content_type).map_err(|_| Cause::Malformed)?;
        Ok(Call::post_as(url, content_type, self.body(&boundary)))
    }

    fn body(&self, boundary: &str) -> Bytes {
        let mut body = Vec::with_capacity(self.file.map_or(0, |(_, bytes, _)| bytes.len()) + 2048);
        for (name, value) in &self.fields {
            let head = format!("--{boundary}\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n");
            body.extend_from_slice(head.as_bytes());
            body.extend_from_slice(value.as_bytes());
            body.extend_from_slice(b"\r\n");
        }
        if let Some((name, bytes, kind)) = self.file {
            let (extension, media_type) = (kind.extension(), kind.media_type());
            let head = format!(
                "--{boundary}\r\ncontent-disposition: form-data; name=\"{name}\"; filename=\"image.{extension}\"\r\n\
                 content-type: {media_type}\r\n\r\n"
            );
            body.extend_from_slice(head.as_bytes());
            body.extend_from_slice(bytes);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
        body.into()
    }
}

/// A line that nobody guesses: parts come from strangers, who could otherwise add fields of their own.
fn boundary() -> Result<String, Cause> {
    let mut bytes = [0_u8; 16];
    let provider = rustls::crypto::ring::default_provider();
    provider.secure_random.fill(&mut bytes).map_err(|_| Cause::Malformed)?;
    Ok(bytes.iter().fold("ai-chat-".to_owned(), |line, byte| format!("{line}{byte:02x}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_written_as_the_standard_says() {
        let form = Form::default().text("prompt", "龙").text("n", &2).image("image", b"GIF89a", Kind::Gif);
        let body = form.body("B");
        assert_eq!(
            String::from_utf8_lossy(&body),
            "--B\r\ncontent-disposition: form-data; name=\"prompt\"\r\n\r\n龙\r\n\
             --B\r\ncontent-disposition: form-data; name=\"n\"\r\n\r\n2\r\n\
             --B\r\ncontent-disposition: form-data; name=\"image\"; filename=\"image.gif\"\r\n\
             content-type: image/gif\r\n\r\nGIF89a\r\n--B--\r\n"
        );
    }

    #[test]
    fn no_two_boundaries_are_the_same() {
        let (one, two) = (boundary().unwrap(), boundary().unwrap());
        assert!(one != two && one.len() == 40 && one.starts_with("ai-chat-"), "{one} {two}");
    }
}
