//! The files that answers point to. What a file does stands in its address, so nothing is kept.

use http::{Response, StatusCode};

use super::{Base, SIDE_MAX, UpstreamBody, Wish, answer_of, bytes_body, elsewhere, json_answer, png, sides};
use crate::upstream::body::Step;

/// The address of the picture at `place`.
pub(super) fn url(base: &Base, wish: &Wish, (width, height): (u32, u32), place: usize) -> String {
    if wish.private {
        return format!("https://10.0.0.1/{place}.png");
    }
    let deed = match wish {
        _ if wish.redirect => "elsewhere".to_owned(),
        _ if wish.svg => "svg".to_owned(),
        Wish { huge_mb: Some(megabytes), .. } => format!("huge-{megabytes}"),
        _ => "png".to_owned(),
    };
    let address = format!("{}/files/{deed}/{:06x}/{width}x{height}/{place}.png?sig=a%2Fb", base.0, wish.colour);
    wish.link.write(address)
}

/// Answers `deed/colour/size/place.png`.
pub(super) fn answer(base: &Base, file: &str) -> Response<UpstreamBody> {
    let parts: Vec<&str> = file.split('/').collect();
    let [deed, colour, size, name] = parts[..] else { return missing() };
    let place = name.split('.').next().and_then(|place| place.parse().ok());
    let (Some((width, height)), Ok(colour), Some(place)) = (sides(size), u32::from_str_radix(colour, 16), place) else {
        return missing();
    };
    let (width, height) = (width.clamp(1, SIDE_MAX), height.clamp(1, SIDE_MAX));
    match deed.split_once('-').map_or((deed, None), |(deed, number)| (deed, number.parse::<u64>().ok())) {
        ("png", _) => answer_of(StatusCode::OK, "image/png", bytes_body(png::draw(colour, width, height, place))),
        ("elsewhere", _) => elsewhere(&format!("{}/files/png/{colour:06x}/{size}/{name}", base.0)),
        // It lies about its type, as an attacker would.
        ("svg", _) => answer_of(StatusCode::OK, "image/png", UpstreamBody::text("<svg onload=\"alert(1)\"/>".into())),
        ("huge", Some(megabytes)) => {
            let head = png::draw(colour, width, height, place);
            let steps = [Step::send(head), Step::Fill(megabytes * 1024 * 1024)];
            answer_of(StatusCode::OK, "image/png", UpstreamBody::script(steps.into_iter(), false))
        }
        _ => missing(),
    }
}

fn missing() -> Response<UpstreamBody> {
    json_answer(StatusCode::NOT_FOUND, &serde_json::json!({"message": "no such file"}))
}
