//! What was sent, out of its transfer encoding and checked against the sums that came with it.

use aws_smithy_checksums::ChecksumAlgorithm;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::HeaderMap;

use super::refusal::Refusal;

const SUM: &str = "x-amz-checksum-";
const SHA256: &str = "x-amz-content-sha256";

/// The object's bytes.
pub(super) fn read(headers: &HeaderMap, body: &Bytes) -> Result<Bytes, Refusal> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let named = headers.iter().filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)));
    // `STREAMING-…` instead of a sum: the body is in chunks, its sums may follow it.
    if text(SHA256).starts_with("STREAMING-") {
        let (bytes, trailers) = unchunked(body).ok_or(Refusal::BROKEN_BODY)?;
        if text("x-amz-decoded-content-length").parse() != Ok(bytes.len()) {
            return Err(Refusal::BROKEN_BODY);
        }
        let trailers = trailers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        check_sums(named.chain(trailers), &bytes)?;
        return Ok(bytes);
    }
    check_sums(named, body)?;
    let sum = text(SHA256);
    if !matches!(sum, "" | "UNSIGNED-PAYLOAD") && sum != hex(&sum_of(ChecksumAlgorithm::Sha256, body)) {
        return Err(Refusal::BAD_SHA256);
    }
    Ok(body.clone())
}

/// A tag that is another for other bytes. S3 promises no more of it.
pub(super) fn tag(bytes: &[u8]) -> String {
    format!("\"{}\"", &hex(&sum_of(ChecksumAlgorithm::Sha256, bytes))[..32])
}

/// The SHA-256 of `bytes` in hexadecimal digits.
pub(super) fn sha256(bytes: &[u8]) -> String {
    hex(&sum_of(ChecksumAlgorithm::Sha256, bytes))
}

/// Every sum that was sent must be right:
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html>
fn check_sums<'h>(headers: impl Iterator<Item = (&'h str, &'h str)>, bytes: &[u8]) -> Result<(), Refusal> {
    for (name, sum) in headers {
        let algorithm = name.strip_prefix(SUM).and_then(|algorithm| algorithm.parse::<ChecksumAlgorithm>().ok());
        if algorithm.is_some_and(|algorithm| STANDARD.encode(sum_of(algorithm, bytes)) != sum) {
            return Err(Refusal::BAD_SUM);
        }
    }
    Ok(())
}

fn sum_of(algorithm: ChecksumAlgorithm, bytes: &[u8]) -> Bytes {
    let mut sum = algorithm.into_impl();
    sum.update(bytes);
    sum.finalize()
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let halves = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    halves.map(|half| char::from(DIGITS[usize::from(half)])).collect()
}

/// The `aws-chunked` encoding: chunks of `size[;chunk-signature=…]\r\n bytes \r\n`, the last one of size 0, then
/// trailers. <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html>
fn unchunked(mut body: &[u8]) -> Option<(Bytes, Vec<(String, String)>)> {
    let mut bytes = Vec::new();
    loop {
        let line = take_line(&mut body)?;
        let size = usize::from_str_radix(line.split(';').next()?, 16).ok()?;
        if size == 0 {
            break;
        }
        let (chunk, rest) = body.split_at_checked(size)?;
        bytes.extend_from_slice(chunk);
        body = rest.strip_prefix(b"\r\n")?;
    }
    let mut trailers = Vec::new();
    while let Some(line) = take_line(&mut body).filter(|line| !line.is_empty()) {
        let (name, value) = line.split_once(':')?;
        trailers.push((name.trim().to_lowercase(), value.trim().to_owned()));
    }
    Some((Bytes::from(bytes), trailers))
}

fn take_line<'b>(body: &mut &'b [u8]) -> Option<&'b str> {
    let end = body.windows(2).position(|pair| pair == b"\r\n")?;
    let (line, rest) = body.split_at(end);
    *body = &rest[2..];
    str::from_utf8(line).ok()
}
