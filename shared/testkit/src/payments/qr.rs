//! Pictures of QR codes.

use http::Response;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use qrcode::{Color, QrCode};

use super::reply;
use crate::upstream::{UpstreamBody, png};

/// How many pixels a module is wide and high.
const SCALE: usize = 8;
/// The quiet zone around a code, in modules: as much as the standard asks for.
const QUIET: usize = 4;

/// Where the picture of `text` is at the stack at `url`.
pub(super) fn address(url: &str, provider: &str, text: &str) -> String {
    format!("{url}/_local/pay/{provider}/qrcode?data={}", utf8_percent_encode(text, NON_ALPHANUMERIC))
}

/// The picture of the code that says `text`; a refusal when it is more than a code holds.
pub(super) fn answer(text: &str) -> Response<UpstreamBody> {
    match QrCode::new(text) {
        Ok(code) => reply::png(draw(&code)),
        Err(_) => reply::text(http::StatusCode::BAD_REQUEST, "text/plain; charset=utf-8", "data 太长".to_owned()),
    }
}

fn draw(code: &QrCode) -> Vec<u8> {
    let side = code.width() + 2 * QUIET;
    let mut lines = Vec::with_capacity((side * SCALE + 1) * side * SCALE);
    for row in 0..side {
        let mut line = vec![0];
        for column in 0..side {
            line.extend([u8::from(!is_dark(code, column, row)); SCALE]);
        }
        lines.extend(line.repeat(SCALE));
    }
    let pixels = u32::try_from(side * SCALE).unwrap_or_default();
    png::file(0, pixels, pixels, &lines)
}

/// Whether a module is dark; the quiet zone is light.
fn is_dark(code: &QrCode, column: usize, row: usize) -> bool {
    let inside = QUIET..QUIET + code.width();
    inside.contains(&column) && inside.contains(&row) && code[(column - QUIET, row - QUIET)] == Color::Dark
}
