//! Just enough MIME to show a raw mail: headers, encoded words, nested parts, the two transfer encodings.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// How deep parts may nest; deeper ones are not looked at.
const DEPTH_MAX: usize = 8;

/// The parts of a raw mail that people see.
#[derive(Debug, Default)]
pub(super) struct Message {
    pub(super) from: String,
    pub(super) to: Vec<String>,
    pub(super) subject: String,
    pub(super) text: String,
    pub(super) html: String,
}

/// Reads a raw mail. What it cannot read is left empty.
pub(super) fn parse(bytes: &[u8]) -> Message {
    let source = String::from_utf8_lossy(bytes).replace("\r\n", "\n");
    let (headers, _) = split(&source);
    let mut message = Message {
        from: header(&headers, "from").map(address).unwrap_or_default().to_owned(),
        subject: header(&headers, "subject").map(words).unwrap_or_default(),
        ..Message::default()
    };
    for field in ["to", "cc", "bcc"] {
        let listed = header(&headers, field).unwrap_or_default().split(',').map(str::trim);
        message.to.extend(listed.filter(|entry| !entry.is_empty()).map(|entry| address(entry).to_owned()));
    }
    part(&source, &mut message, 0);
    message
}

type Headers = Vec<(String, String)>;

/// Headers, unfolded, and the body behind the first empty line.
fn split(source: &str) -> (Headers, &str) {
    let (head, body) = source.split_once("\n\n").unwrap_or((source, ""));
    let head = head.replace("\n ", " ").replace("\n\t", " ");
    let fields = head.lines().filter_map(|line| line.split_once(':'));
    (fields.map(|(name, value)| (name.trim().to_ascii_lowercase(), value.trim().to_owned())).collect(), body)
}

fn header<'a>(headers: &'a Headers, name: &str) -> Option<&'a str> {
    headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

/// The bare address of `Name <address>`.
fn address(entry: &str) -> &str {
    let inner = entry.rsplit_once('<').and_then(|(_, rest)| rest.split_once('>'));
    inner.map_or(entry.trim(), |(address, _)| address.trim())
}

/// Looks at one part, or at the parts inside it.
fn part(source: &str, message: &mut Message, depth: usize) {
    let (headers, body) = split(source);
    let kind = header(&headers, "content-type").unwrap_or("text/plain");
    if let Some(boundary) = boundary(kind).filter(|_| depth < DEPTH_MAX) {
        let marker = format!("--{boundary}");
        for inner in body.split(marker.as_str()).skip(1).take_while(|inner| !inner.starts_with("--")) {
            part(inner.strip_prefix('\n').unwrap_or(inner), message, depth + 1);
        }
        return;
    }
    let kind = kind.to_ascii_lowercase();
    let slot = if kind.starts_with("text/html") { &mut message.html } else { &mut message.text };
    if slot.is_empty() && kind.starts_with("text/") {
        *slot = decode(body, header(&headers, "content-transfer-encoding").unwrap_or_default());
    }
}

fn boundary(kind: &str) -> Option<&str> {
    let (_, rest) = kind.split_once("boundary=")?;
    let quoted = rest.strip_prefix('"').and_then(|rest| rest.split_once('"')).map(|(inner, _)| inner);
    quoted.or_else(|| rest.split(';').next()).map(str::trim).filter(|boundary| !boundary.is_empty())
}

fn decode(body: &str, encoding: &str) -> String {
    let decoded = match encoding.to_ascii_lowercase().as_str() {
        "base64" => {
            let packed: String = body.split_ascii_whitespace().collect();
            STANDARD.decode(packed).unwrap_or_default()
        }
        "quoted-printable" => quoted(&body.replace("=\n", "")),
        _ => body.as_bytes().to_vec(),
    };
    String::from_utf8_lossy(&decoded).replace("\r\n", "\n").trim_end_matches('\n').to_owned()
}

/// `=XX` sequences made bytes.
fn quoted(text: &str) -> Vec<u8> {
    let source = text.as_bytes();
    let mut decoded = Vec::with_capacity(source.len());
    let mut at = 0;
    while let Some(&byte) = source.get(at) {
        let code = source.get(at + 1..at + 3).filter(|_| byte == b'=');
        let code = code.and_then(|code| std::str::from_utf8(code).ok());
        let value = code.and_then(|code| u8::from_str_radix(code, 16).ok());
        decoded.push(value.unwrap_or(byte));
        at += if value.is_some() { 3 } else { 1 };
    }
    decoded
}

/// A header with its encoded words (`=?utf-8?B?…?=`) made text; white space between two of them goes.
fn words(value: &str) -> String {
    let mut shown = String::new();
    let mut rest = value;
    let mut after_word = false;
    while let Some((before, word, behind)) = next_word(rest) {
        if !(after_word && before.trim().is_empty()) {
            shown.push_str(before);
        }
        shown.push_str(&word);
        rest = behind;
        after_word = true;
    }
    shown + rest
}

fn next_word(value: &str) -> Option<(&str, String, &str)> {
    let (before, rest) = value.split_once("=?")?;
    let (_charset, rest) = rest.split_once('?')?;
    let (encoding, rest) = rest.split_once('?')?;
    let (data, behind) = rest.split_once("?=")?;
    let bytes = match encoding {
        "B" | "b" => STANDARD.decode(data).ok()?,
        "Q" | "q" => quoted(&data.replace('_', " ")),
        _ => return None,
    };
    Some((before, String::from_utf8_lossy(&bytes).into_owned(), behind))
}
