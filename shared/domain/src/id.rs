//! Ids: 64-bit, roughly time-ordered, text in JSON because they do not fit a JavaScript number.

use std::fmt;
use std::marker::PhantomData;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{Result, random};

/// 2020-01-01T00:00:00Z: 41 bits of milliseconds from here last until 2089.
const EPOCH_MILLIS: i64 = 1_577_836_800_000;
const RANDOM_BITS: u32 = 22;

/// An id of a thing of kind `K`: milliseconds since 2020 in the upper 41 bits, 22 random bits below. Two of one
/// millisecond collide once in four million; the write that introduces one refuses to overwrite.
pub struct Id<K>(i64, PhantomData<fn() -> K>);

/// Marks ids of users.
#[derive(Debug)]
pub enum OfUser {}
/// Marks ids of messages, ledger rows and turns.
#[derive(Debug)]
pub enum OfMessage {}

/// The id of a user.
pub type UserId = Id<OfUser>;
/// The id of a message, a ledger row or a chat turn.
pub type MessageId = Id<OfMessage>;

impl<K> Id<K> {
    /// Draws a new id at `now` (milliseconds since the Unix epoch).
    ///
    /// # Errors
    /// When the system has no randomness.
    pub fn draw(now: i64) -> Result<Self> {
        let low = i64::from(u32::from_le_bytes(random()?) >> (32 - RANDOM_BITS));
        let millis = if now > EPOCH_MILLIS { now - EPOCH_MILLIS } else { 1 };
        Ok(Self(((millis << RANDOM_BITS) & i64::MAX) | low, PhantomData))
    }

    /// The id that sorts right after this one: the answer after its question.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.wrapping_add(1) & i64::MAX, PhantomData)
    }

    /// Reads an id from text; positive decimal digits only.
    pub fn parse(text: &str) -> Option<Self> {
        text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok().and_then(Self::from_i64))?
    }

    /// Wraps a positive number.
    pub const fn from_i64(number: i64) -> Option<Self> {
        if number > 0 { Some(Self(number, PhantomData)) } else { None }
    }

    /// The number.
    pub const fn as_i64(self) -> i64 {
        self.0
    }
}

impl<K> Clone for Id<K> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<K> Copy for Id<K> {}
impl<K> PartialEq for Id<K> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}
impl<K> Eq for Id<K> {}
impl<K> fmt::Debug for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Id({})", self.0)
    }
}
impl<K> fmt::Display for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
impl<K> Serialize for Id<K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}
impl<'de, K> Deserialize<'de> for Id<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("not an id"))
    }
}
