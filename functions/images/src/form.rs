//! What a client sends to be drawn or kept: texts, as JSON or as a form, and at most one file.

use std::convert::Infallible;

use bytes::Bytes;
use domain::limits::{BODY_BYTES_MAX, FORM_PARTS_MAX, PROMPT_BYTES_MAX, UPLOAD_BYTES_MAX};
use domain::{Error, Result};
use futures_util::stream;
use multer::{Field, Multipart};
use web::{Call, Fields};

/// Longest form: the largest file, and as many texts as a JSON body may hold.
const FORM_BYTES_MAX: usize = UPLOAD_BYTES_MAX + BODY_BYTES_MAX;
/// The fields that a file can be in. A text in one of them is the file's URL.
const FILES: [&str; 2] = ["file", "image"];
const BROKEN: Error = Error::refused("表单内容不完整或格式不正确");

/// What was sent.
#[derive(Debug)]
pub(crate) struct Form {
    /// The texts, under their names.
    pub(crate) fields: Fields,
    /// The first file that is not empty. Nothing is known of its content.
    pub(crate) file: Option<Bytes>,
}

impl Form {
    /// Reads the body of a request: a form if its content type says so, else JSON.
    ///
    /// # Errors
    /// [`Error::TooLarge`] beyond the limits; [`Error::Refused`] when the body is not what it says it is.
    pub(crate) async fn read(call: &Call) -> Result<Self> {
        match call.header("content-type").filter(|it| is_multipart(it)) {
            Some(content_type) => Self::parse(content_type, call.body(FORM_BYTES_MAX)?).await,
            None => Ok(Self { fields: call.fields()?, file: None }),
        }
    }

    /// Reads a `multipart/form-data` body, <https://www.rfc-editor.org/rfc/rfc7578>.
    async fn parse(content_type: &str, body: &[u8]) -> Result<Self> {
        let boundary = multer::parse_boundary(content_type).ok().filter(|it| !it.is_empty()).ok_or(BROKEN)?;
        let body = Bytes::copy_from_slice(body);
        let mut parts = Multipart::new(stream::iter([Ok::<_, Infallible>(body)]), boundary);
        let (mut texts, mut file, mut count) = (Vec::new(), None, 0);
        while let Some(part) = parts.next_field().await.map_err(|_| BROKEN)? {
            count += 1;
            if count > FORM_PARTS_MAX {
                return Err(Error::TooLarge);
            }
            match Part::read(part).await? {
                Part::Text { name, text } => texts.push((name, text)),
                Part::File(bytes) => file = file.or(Some(bytes)),
                Part::Nothing => {}
            }
        }
        Ok(Self { fields: Fields::of_texts(texts), file })
    }
}

/// One part of a form.
enum Part {
    Text {
        name: String,
        text: String,
    },
    /// It is not empty.
    File(Bytes),
    /// A file that was not chosen, or that nobody asked for.
    Nothing,
}

impl Part {
    async fn read(part: Field<'_>) -> Result<Self> {
        let Some(name) = part.name().map(str::to_owned) else { return Ok(Self::Nothing) };
        let is_file = is_file(&part);
        // Not `text()`, which would put tables for all of the world's encodings into the function.
        let bytes = part.bytes().await.map_err(|_| BROKEN)?;
        let bytes_max = if is_file { UPLOAD_BYTES_MAX } else { PROMPT_BYTES_MAX };
        if bytes.len() > bytes_max {
            return Err(Error::TooLarge);
        }
        if !is_file {
            let text = std::str::from_utf8(&bytes).map_err(|_| Error::refused("表单文本须为UTF-8编码"))?;
            return Ok(Self::Text { name, text: text.to_owned() });
        }
        let is_wanted = FILES.contains(&name.as_str()) && !bytes.is_empty();
        Ok(if is_wanted { Self::File(bytes) } else { Self::Nothing })
    }
}

/// Whether a part is a file: browsers name its file, some libraries only its type.
fn is_file(part: &Field) -> bool {
    part.file_name().is_some() || part.content_type().is_some_and(|kind| kind.type_() != "text")
}

fn is_multipart(content_type: &str) -> bool {
    const PREFIX: &str = "multipart/";
    content_type.trim_start().get(..PREFIX.len()).is_some_and(|start| start.eq_ignore_ascii_case(PREFIX))
}

#[cfg(test)]
mod tests;
