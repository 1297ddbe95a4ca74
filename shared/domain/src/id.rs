//! Ids: 64-bit, roughly time-ordered, text in JSON because they do not fit a JavaScript number.

use std::cmp::Ordering;
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

/// Marks ids of redemption codes.
#[derive(Debug)]
pub enum OfCode {}
/// Marks ids of batches of redemption codes.
#[derive(Debug)]
pub enum OfBatch {}
/// Marks ids of sign-ins.
#[derive(Debug)]
pub enum OfSignin {}
/// Marks ids of upstream keys.
#[derive(Debug)]
pub enum OfUpstream {}
/// Marks ids of notices.
#[derive(Debug)]
pub enum OfNotice {}
/// Marks ids of API keys of users.
#[derive(Debug)]
pub enum OfApiKey {}
/// Marks ids of pictures.
#[derive(Debug)]
pub enum OfImage {}
/// Marks ids of pictures that people put up.
#[derive(Debug)]
pub enum OfUpload {}
/// Marks ids of products.
#[derive(Debug)]
pub enum OfProduct {}
/// Marks ids of payment channels.
#[derive(Debug)]
pub enum OfChannel {}
/// Marks ids of orders.
#[derive(Debug)]
pub enum OfOrder {}
/// Marks ids of events in the life of an order.
#[derive(Debug)]
pub enum OfEvent {}
/// Marks ids of records of what administrators did.
#[derive(Debug)]
pub enum OfAudit {}

/// The id of a user.
pub type UserId = Id<OfUser>;
/// The id of a message, a ledger row or a chat turn.
pub type MessageId = Id<OfMessage>;
/// The id of a redemption code: the row, not the code that people type.
pub type CodeId = Id<OfCode>;
/// The id of a batch of redemption codes.
pub type BatchId = Id<OfBatch>;
/// The id of a sign-in.
pub type SigninId = Id<OfSignin>;
/// The id of an upstream key: the row, not the key that is sent.
pub type UpstreamId = Id<OfUpstream>;
/// The id of a notice.
pub type NoticeId = Id<OfNotice>;
/// The id of an API key: the row, not the key that programs send.
pub type ApiKeyId = Id<OfApiKey>;
/// The id of a picture.
pub type ImageId = Id<OfImage>;
/// The id of a picture that somebody put up.
pub type UploadId = Id<OfUpload>;
/// The id of a product.
pub type ProductId = Id<OfProduct>;
/// The id of a payment channel.
pub type ChannelId = Id<OfChannel>;
/// The id of an order, which is also its number at the payment provider (`out_trade_no`).
pub type OrderId = Id<OfOrder>;
/// The id of an event in the life of an order.
pub type EventId = Id<OfEvent>;
/// The id of a record of what an administrator did.
pub type AuditId = Id<OfAudit>;

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

    /// The smallest id that can have been drawn at `millis` since the Unix epoch: where a range of time begins. Times
    /// outside the ids' 69 years give the smallest id of the nearest millisecond.
    pub fn at(millis: i64) -> Self {
        let millis = millis.saturating_sub(EPOCH_MILLIS).clamp(0, i64::MAX >> RANDOM_BITS);
        Self((millis << RANDOM_BITS).max(1), PhantomData)
    }

    /// When the id was drawn, in milliseconds since the Unix epoch.
    pub const fn millis(self) -> i64 {
        (self.0 >> RANDOM_BITS) + EPOCH_MILLIS
    }

    /// The id that sorts right after this one: the answer after its question.
    #[must_use]
    pub fn next(self) -> Self {
        self.offset(1)
    }

    /// The `n`-th id after this one; at most the last of all.
    #[must_use]
    pub fn offset(self, n: u32) -> Self {
        Self(self.0.saturating_add(i64::from(n)), PhantomData)
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
impl<K> PartialOrd for Id<K> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl<K> Ord for Id<K> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.cmp(&other.0)
    }
}
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
