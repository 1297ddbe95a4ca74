//! Payment channels: each is one account of the site's owner at a payment provider.

use std::collections::BTreeMap;

use domain::limits::CHANNEL_NAME_CHARS_MAX;
use domain::text::Line;
use domain::{ChannelId, PayType, Provider, Result};
use serde::{Deserialize, Serialize};

use crate::audit::Audit;
use crate::keys::Key;
use crate::{Table, small_set};

/// The name of a channel, for administrators.
pub type Name = Line<CHANNEL_NAME_CHARS_MAX>;

/// A channel.
#[derive(Clone, Serialize, Deserialize)]
pub struct Channel {
    /// The id.
    pub id: ChannelId,
    /// What administrators call it.
    pub name: Name,
    /// At whom.
    pub provider: Provider,
    /// How people can pay through it.
    pub pay_types: Vec<PayType>,
    /// What administrators see of its parameters: secrets masked.
    pub shown: BTreeMap<String, String>,
    /// All parameters, a JSON object, sealed with the id as associated data.
    #[serde(with = "serde_bytes")]
    pub sealed: Vec<u8>,
    /// Its place among the others: small ones are chosen first.
    #[serde(default)]
    pub sort: i64,
    /// Whether new orders use it.
    pub enabled: bool,
    /// Milliseconds since the Unix epoch.
    pub created: i64,
    /// When it was last changed, in milliseconds since the Unix epoch.
    pub updated: i64,
}

impl std::fmt::Debug for Channel {
    /// Without the parameters.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Channel").field("id", &self.id).field("provider", &self.provider).finish_non_exhaustive()
    }
}

/// Stores a new channel.
///
/// # Errors
/// When the table cannot be written.
pub async fn create(table: &Table, channel: &Channel, audit: &Audit) -> Result<()> {
    small_set::create(table, &Key::channel(channel.id), channel, audit).await
}

/// Changes a channel as it is at that moment. Returns it as it is then; `None` when there is none. Orders keep the
/// parameters that they were made with.
///
/// # Errors
/// Those of the change; when the table cannot be read or written.
pub async fn change(
    table: &Table,
    id: ChannelId,
    audit: &Audit,
    change: impl Fn(Channel) -> Result<Channel>,
) -> Result<Option<Channel>> {
    small_set::change(table, &Key::channel(id), audit, change).await
}

/// Deletes a channel. Returns whether it was there. Orders keep the parameters that they were made with.
///
/// # Errors
/// When the table cannot be written.
pub async fn remove(table: &Table, id: ChannelId, audit: &Audit) -> Result<bool> {
    small_set::remove::<Channel>(table, &Key::channel(id), audit).await
}
