//! Upstream keys, and the order in which they are asked.

use std::fmt;

/// Text that must not show up in logs.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes the text into custody.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// The text itself, for the one place that sends it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// One key of the pool.
#[derive(Clone, Debug)]
pub struct Key {
    /// Its row; safe to log.
    pub id: String,
    /// The base URL, as the administrator typed it: see [`crate::Endpoint::parse`].
    pub host: String,
    /// What is sent as the bearer token.
    pub secret: Secret,
}

/// Puts keys into an order drawn evenly by `random`: so load spreads, and each failure moves on to a key that is as likely
/// as any other.
pub fn shuffle(keys: &mut [Key], random: u64) {
    let mut state = random;
    for last in (1..keys.len()).rev() {
        state = next_random(state);
        // The low half times the range, shifted down: even, and within the range by construction.
        let place = ((state & 0xffff_ffff) * (last as u64 + 1)) >> 32;
        keys.swap(last, usize::try_from(place).unwrap_or(last));
    }
}

/// One step of `SplitMix64`: turns one drawn number into as many as the order needs.
pub(crate) fn next_random(state: u64) -> u64 {
    let mut mixed = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(id: &str) -> Key {
        Key {
            id: id.to_owned(),
            host: "https://api.example.com".to_owned(),
            secret: Secret::new("sk-very-secret".to_owned()),
        }
    }

    #[test]
    fn debug_never_shows_the_secret() {
        let shown = format!("{:?}", key("1"));
        assert!(shown.contains("***") && !shown.contains("sk-"), "{shown}");
    }

    #[test]
    fn every_order_comes_up_about_equally_often() {
        let mut seen = std::collections::BTreeMap::<String, u32>::new();
        for random in 0..6000 {
            let mut keys = ["a", "b", "c"].map(key);
            shuffle(&mut keys, random);
            let order: String = keys.iter().map(|key| key.id.as_str()).collect();
            *seen.entry(order).or_default() += 1;
        }
        assert_eq!(seen.len(), 6);
        assert!(seen.values().all(|count| (850..1150).contains(count)), "{seen:?}");
    }
}
