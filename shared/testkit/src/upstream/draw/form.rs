//! Reading `multipart/form-data`, as far as well-formed bodies need it.

use std::collections::BTreeMap;

use http::HeaderMap;
use http::header::CONTENT_TYPE;

/// The fields of a form by name; `None` when the body is no form.
pub(super) fn read<'a>(headers: &HeaderMap, body: &'a [u8]) -> Option<BTreeMap<String, &'a [u8]>> {
    let content_type = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    let boundary = content_type.strip_prefix("multipart/form-data;")?.trim().strip_prefix("boundary=")?;
    let line = format!("--{}", boundary.trim_matches('"'));
    let mut fields = BTreeMap::new();
    let mut rest = body.strip_prefix(line.as_bytes())?;
    while !rest.starts_with(b"--") {
        let start = find(rest, b"\r\n\r\n")?;
        let head = String::from_utf8_lossy(&rest[..start]).into_owned();
        let name = head.split("; name=\"").nth(1)?.split('"').next()?.to_owned();
        let content = &rest[start + 4..];
        let end = find(content, format!("\r\n{line}").as_bytes())?;
        fields.insert(name, &content[..end]);
        rest = &content[end + 2 + line.len()..];
    }
    Some(fields)
}

/// The text of a field.
pub(super) fn text(fields: &BTreeMap<String, &[u8]>, name: &str) -> Option<String> {
    fields.get(name).map(|bytes| String::from_utf8_lossy(bytes).into_owned())
}

fn find(bytes: &[u8], part: &[u8]) -> Option<usize> {
    bytes.windows(part.len()).position(|window| window == part)
}
