//! Secrets of others that the site keeps: how they are typed, and where they may go.

use std::borrow::Cow;

use crate::limits::{UPSTREAM_HOST_BYTES_MAX, UPSTREAM_SECRET_BYTES_MAX};
use crate::{Error, Result, paste};

/// Whether a form sends back what it was shown of a secret, and so means the stored one.
pub fn is_mask(sent: &str, mask: &str) -> bool {
    paste::clean(sent) == mask
}

/// Lets a stored secret go on to its own address alone: who does not know it must not choose another one.
///
/// # Errors
/// A refusal that asks for the secret.
pub fn check_stays(own: &str, address: &str) -> Result<()> {
    if plain(own) == plain(address) {
        Ok(())
    } else {
        Err(Error::refused("更换接口地址时，请重新填写密钥"))
    }
}

/// An address without what makes no difference to where it leads.
fn plain(address: &str) -> String {
    let address = paste::clean(address);
    address.strip_prefix("https://").unwrap_or(&address).trim_end_matches('/').to_owned()
}

/// The secret of an upstream key as somebody pasted it: visible ASCII, and no mask.
pub fn upstream_secret(text: &str) -> Option<Cow<'_, str>> {
    let secret = paste::clean(text);
    let fits = (1..=UPSTREAM_SECRET_BYTES_MAX).contains(&secret.len());
    (fits && secret.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'*')).then_some(secret)
}

/// The base address of an upstream as somebody pasted it; none when it is too long. Whether it may be called is for who
/// calls it to say.
pub fn upstream_host(text: &str) -> Option<String> {
    let host = paste::clean(text);
    (host.len() <= UPSTREAM_HOST_BYTES_MAX).then(|| host.into_owned())
}
