//! Colour profiles, ICC.1:2022, 7.2: without its profile a photo changes its colours.

/// Where a profile's signature is.
const SIGNATURE: std::ops::Range<usize> = 36..40;
/// How long a profile's header is.
const HEADER_BYTES: usize = 128;

/// The profile that `bytes` begin with, without what follows it; `None` when they are none.
pub(super) fn profile(bytes: &[u8]) -> Option<&[u8]> {
    let length = usize::try_from(u32::from_be_bytes(*bytes.first_chunk()?)).ok()?;
    let profile = bytes.get(..length).filter(|profile| profile.len() >= HEADER_BYTES)?;
    (profile.get(SIGNATURE)? == b"acsp").then_some(profile)
}
