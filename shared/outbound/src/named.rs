//! Addresses that another party's answer names: of a page to pay at, of a picture. They come in every shape that a browser
//! understands and that a program mostly does not: relative to the address that was called, with blanks, in Chinese.

use url::Url;

use crate::endpoint::{AddressError, check_host};
use crate::limits::Loopback;

/// Longer addresses are refused unread. Signed ones have some five hundred bytes.
const NAMED_BYTES_MAX: usize = 4096;
/// What files that are served are called; a relative name is known by it. Other single words are texts or base64.
const ENDINGS: [&str; 12] = ["php", "html", "htm", "asp", "aspx", "jsp", "do", "png", "jpg", "jpeg", "webp", "gif"];

/// The address of a file to be fetched by us, as an answer from `called` names it: resolved against that, its blanks and
/// foreign letters encoded, and then guarded as every address that is called.
///
/// # Errors
/// When it is none, or one that is never called.
pub fn file_address(called: Option<&Url>, named: &str, loopback: Loopback) -> Result<Url, AddressError> {
    let url = resolved(called, named)?;
    check_host(&url, loopback)?;
    Ok(url)
}

/// The address of a page that a person will open, as an answer from `called` names it: the same, but that browsers may open
/// `http` and any port. A page inside a network is never one.
///
/// # Errors
/// When it is none, or one that people are never sent to.
pub fn page_address(called: &Url, named: &str, loopback: Loopback) -> Result<Url, AddressError> {
    let url = resolved(Some(called), named)?;
    match check_host(&url, loopback) {
        Err(AddressError::Scheme) if url.scheme() == "http" => {
            let mut twin = url.clone();
            twin.set_scheme("https").map_err(|()| AddressError::Scheme)?;
            allowing_ports(check_host(&twin, loopback)).map(|()| url)
        }
        verdict => allowing_ports(verdict).map(|()| url),
    }
}

fn allowing_ports(verdict: Result<(), AddressError>) -> Result<(), AddressError> {
    if verdict == Err(AddressError::Port) { Ok(()) } else { verdict }
}

/// Resolves by the rules of browsers: <https://url.spec.whatwg.org/#url-parsing>. They encode what must be.
fn resolved(called: Option<&Url>, named: &str) -> Result<Url, AddressError> {
    let named = named.trim();
    if named.len() > NAMED_BYTES_MAX {
        return Err(AddressError::Malformed);
    }
    let url = match (Url::parse(named), called) {
        (Ok(url), _) => url,
        (Err(url::ParseError::RelativeUrlWithoutBase), Some(called)) if is_relative(named) => {
            called.join(named).map_err(|_| AddressError::Malformed)?
        }
        _ => return Err(AddressError::Malformed),
    };
    if !url.username().is_empty() || url.password().is_some() {
        return Err(AddressError::Malformed);
    }
    Ok(url)
}

/// Whether a text without a scheme means an address: by its first sign, or by the ending of the file that it names.
fn is_relative(named: &str) -> bool {
    let path = named.split(['?', '#']).next().unwrap_or_default();
    let file = path.rsplit('/').next().unwrap_or_default();
    let is_file = || file.rsplit_once('.').is_some_and(|(_, ending)| ENDINGS.contains(&ending));
    ["/", "./", "../", "?"].iter().any(|sign| named.starts_with(sign)) || is_file()
}

#[cfg(test)]
#[path = "named_tests.rs"]
mod tests;
