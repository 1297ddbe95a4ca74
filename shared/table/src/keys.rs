//! Every key of the table. Nothing else builds one.

mod place;

pub(crate) use place::Place;

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    Account, AuditId, BatchId, BusinessDay, ChannelId, ConversationId, EventId, ImageId, MessageId, NoticeId, OrderId,
    ProductId, UploadId, UpstreamId, UserId,
};

use crate::list::List;
use crate::meter::Group;
use crate::values::s;

/// Partitions of the `due` index: enough that neither reservations nor messages that go make a hot partition.
pub(crate) const DUE_SHARDS: i64 = 4;

/// A primary key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Key {
    pk: String,
    sk: String,
}

impl Key {
    pub(crate) fn user(id: UserId) -> Self {
        Self { pk: format!("user#{id}"), sk: "user".to_owned() }
    }

    /// Where no user is: a place to look at for as long as looking at a user takes.
    pub(crate) fn nobody() -> Self {
        Self { pk: "user#0".to_owned(), sk: "user".to_owned() }
    }

    /// One partition for all, so that a search can read a range of names.
    pub(crate) fn account(account: &Account) -> Self {
        Self { pk: ACCOUNTS_PARTITION.to_owned(), sk: account.as_str().to_owned() }
    }

    pub(crate) fn administrators() -> Self {
        Self { pk: "administrators".to_owned(), sk: "administrators".to_owned() }
    }

    /// The code that a network has asked for.
    pub(crate) fn login_code(account: &Account, network: &str) -> Self {
        Self { pk: code_partition(account), sk: format!("{CODE_PREFIX}{}", escaped(network)) }
    }

    /// That a mailbox had its gift. By the keyed hash of the mailbox, so that no address outlives its account.
    pub(crate) fn gift(mailbox_hash: &str) -> Self {
        Self { pk: format!("gift#{}", escaped(mailbox_hash)), sk: "gift".to_owned() }
    }

    pub(crate) fn limit(kind: &'static str, subject: &str, window: i64) -> Self {
        Self { pk: format!("limit#{kind}#{}", escaped(subject)), sk: format!("{window:012}") }
    }

    pub(crate) fn ledger_row(user: UserId, ordinal: u64) -> Self {
        Self { pk: ledger_partition(user), sk: ledger_sort(ordinal) }
    }

    /// The ordinals of the rows that an administrator has hidden.
    pub(crate) fn hidden_rows(user: UserId) -> Self {
        Self { pk: ledger_partition(user), sk: "hidden".to_owned() }
    }

    pub(crate) fn signin(user: UserId, day: BusinessDay) -> Self {
        Self { pk: signin_partition(user), sk: day.to_string() }
    }

    /// By the keyed hash of the code, so that nobody redeems who only reads the table.
    pub(crate) fn redemption_code(hash: &str) -> Self {
        Self { pk: format!("redemption#{}", escaped(hash)), sk: "redemption".to_owned() }
    }

    pub(crate) fn batch(id: BatchId) -> Self {
        Self { pk: format!("batch#{id}"), sk: "batch".to_owned() }
    }

    /// Changes of the lists' counts that are not rolled up yet.
    pub(crate) fn tally(shard: i64) -> Self {
        Self { pk: TALLY_PARTITION.to_owned(), sk: format!("{shard:02}") }
    }

    /// Counts of a list by the topmost bits of the ids.
    pub(crate) fn trunk(list: List, trunk: i64) -> Self {
        Self { pk: list_partition(list), sk: format!("{TRUNK_PREFIX}{trunk:02}") }
    }

    /// Counts of a list by finer bits.
    pub(crate) fn branch(list: List, branch: i64) -> Self {
        Self { pk: list_partition(list), sk: format!("branch#{branch:05}") }
    }

    /// What was rolled up of the meters of one thing.
    pub(crate) fn meter(group: Group, item: &str) -> Self {
        Self { pk: meter_partition(group), sk: escaped(item) }
    }

    /// What an administrator did.
    pub(crate) fn audit(by: UserId, id: AuditId) -> Self {
        Self { pk: audit_partition(by), sk: format!("{:019}", id.as_i64()) }
    }

    /// How many records an administrator has. It sorts behind them all.
    pub(crate) fn audit_count(by: UserId) -> Self {
        Self { pk: audit_partition(by), sk: AUDIT_COUNT.to_owned() }
    }

    pub(crate) fn books(part: &'static str) -> Self {
        Self { pk: "books".to_owned(), sk: part.to_owned() }
    }

    /// How far the taking over of another system's rows has come.
    pub(crate) fn import() -> Self {
        Self { pk: "import".to_owned(), sk: "import".to_owned() }
    }

    /// The key that attributes of an item or of an index entry name.
    pub(crate) fn of(attributes: &HashMap<String, AttributeValue>) -> Option<Self> {
        let text = |name: &str| attributes.get(name)?.as_s().ok().cloned();
        Some(Self { pk: text("pk")?, sk: text("sk")? })
    }

    /// The partition.
    pub(crate) fn pk(&self) -> &str {
        &self.pk
    }

    /// The place in the partition.
    pub(crate) fn sk(&self) -> &str {
        &self.sk
    }

    pub(crate) fn message(user: UserId, conversation: &ConversationId, id: MessageId) -> Self {
        Self { pk: message_partition(user, conversation), sk: format!("{:019}", id.as_i64()) }
    }

    pub(crate) fn image(user: UserId, id: ImageId) -> Self {
        Self { pk: image_owner(user), sk: format!("{:019}", id.as_i64()) }
    }

    /// A picture that its person put up.
    pub(crate) fn upload(user: UserId, id: UploadId) -> Self {
        Self { pk: upload_owner(user), sk: format!("{:019}", id.as_i64()) }
    }

    /// What of a person's the janitor is to delete.
    pub(crate) fn erasure(user: UserId, part: &'static str) -> Self {
        Self { pk: format!("erasure#{user}"), sk: part.to_owned() }
    }

    pub(crate) fn setting(name: &str) -> Self {
        Self { pk: SITE_PARTITION.to_owned(), sk: format!("{SETTING_PREFIX}{}", escaped(name)) }
    }

    pub(crate) fn notice(id: NoticeId) -> Self {
        Self { pk: NOTICES_PARTITION.to_owned(), sk: id.to_string() }
    }

    pub(crate) fn upstream(id: UpstreamId) -> Self {
        Self { pk: SITE_PARTITION.to_owned(), sk: format!("{UPSTREAM_PREFIX}{id}") }
    }

    /// What is known of the health of an upstream key.
    pub(crate) fn health(id: UpstreamId) -> Self {
        Self { pk: SITE_PARTITION.to_owned(), sk: format!("{HEALTH_PREFIX}{id}") }
    }

    /// Work that an administrator left to the janitor.
    pub(crate) fn job(name: &'static str) -> Self {
        Self { pk: SITE_PARTITION.to_owned(), sk: format!("{JOB_PREFIX}{name}") }
    }

    pub(crate) fn product(id: ProductId) -> Self {
        Self { pk: SHOP_PARTITION.to_owned(), sk: format!("{PRODUCT_PREFIX}{id}") }
    }

    pub(crate) fn channel(id: ChannelId) -> Self {
        Self { pk: SHOP_PARTITION.to_owned(), sk: format!("{CHANNEL_PREFIX}{id}") }
    }

    /// What changes of an order.
    pub(crate) fn order(id: OrderId) -> Self {
        Self { pk: order_partition(id), sk: "order".to_owned() }
    }

    /// What was agreed on with an order, for good.
    pub(crate) fn order_terms(id: OrderId) -> Self {
        Self { pk: order_partition(id), sk: "terms".to_owned() }
    }

    /// Where an order can be paid.
    pub(crate) fn order_offer(id: OrderId) -> Self {
        Self { pk: order_partition(id), sk: "offer".to_owned() }
    }

    /// What an order was paid by.
    pub(crate) fn order_receipt(id: OrderId) -> Self {
        Self { pk: order_partition(id), sk: "receipt".to_owned() }
    }

    /// Something that happened to an order.
    pub(crate) fn order_event(id: OrderId, event: EventId) -> Self {
        Self { pk: order_partition(id), sk: format!("{EVENT_PREFIX}{:019}", event.as_i64()) }
    }

    /// The key as attributes.
    pub(crate) fn attributes(&self) -> HashMap<String, AttributeValue> {
        HashMap::from([("pk".to_owned(), s(&self.pk)), ("sk".to_owned(), s(&self.sk))])
    }
}

pub(crate) const CODE_PREFIX: &str = "network#";
pub(crate) const ACCOUNTS_PARTITION: &str = "accounts";
/// The partition of the `due` index that batches of redemption codes are found in.
pub(crate) const DUE_BATCHES: &str = "batches";
/// The partition of the `due` index that orders are found in whose provider is to be asked.
pub(crate) const DUE_ORDERS: &str = "unpaid-orders";
/// The partition of the `due` index that what is to be deleted of people's is found in.
pub(crate) const DUE_ERASURES: &str = "erasures";
/// What sorts behind the records of an administrator.
pub(crate) const AUDIT_COUNT: &str = "count";
pub(crate) const TALLY_PARTITION: &str = "tally";
pub(crate) const TRUNK_PREFIX: &str = "trunk#";
pub(crate) const NOTICES_PARTITION: &str = "notices";
pub(crate) const SHOP_PARTITION: &str = "shop";
pub(crate) const PRODUCT_PREFIX: &str = "product#";
pub(crate) const CHANNEL_PREFIX: &str = "channel#";
pub(crate) const EVENT_PREFIX: &str = "event#";
pub(crate) const SITE_PARTITION: &str = "site";
pub(crate) const SETTING_PREFIX: &str = "setting#";
pub(crate) const UPSTREAM_PREFIX: &str = "upstream#";
pub(crate) const HEALTH_PREFIX: &str = "health#";
pub(crate) const JOB_PREFIX: &str = "job#";

/// The partition of a list: its counts in the table, its rows in the index `list`.
pub(crate) fn list_partition(list: List) -> String {
    format!("list#{}", list.name())
}

/// The partition of the login codes of an account.
pub(crate) fn code_partition(account: &Account) -> String {
    format!("code#{}", escaped(account.as_str()))
}

/// The partition of a group of meters.
pub(crate) fn meter_partition(group: Group) -> String {
    format!("meter#{}", group.name())
}

/// The partition of the records of an administrator.
pub(crate) fn audit_partition(by: UserId) -> String {
    format!("audit#{by}")
}

/// The partition of a user's messages in the index `owner`.
pub(crate) fn message_owner(user: UserId) -> String {
    format!("messages#{user}")
}

/// The partition, in the index `owner`, of a user's messages that only administrators still see.
pub(crate) fn withdrawn_owner(user: UserId) -> String {
    format!("withdrawn#{user}")
}

/// The partition, in the index `due`, of a shard's messages that administrators see for some time.
pub(crate) fn due_messages_of_shard(shard: i64) -> String {
    format!("withdrawn-messages#{shard}")
}

/// The user and the message that a primary key names, for keys that come back from the index `due`.
pub(crate) fn message_of(key: &Key) -> Option<(UserId, MessageId)> {
    let (user, _) = key.pk.strip_prefix("messages#")?.split_once('#')?;
    Some((UserId::parse(user)?, MessageId::parse(&key.sk)?))
}

/// The partition of the pictures that a user put up, in the table and in the index `owner`.
pub(crate) fn upload_owner(user: UserId) -> String {
    format!("uploads#{user}")
}

/// The partition of a user's pictures, in the table and in the index `owner`.
pub(crate) fn image_owner(user: UserId) -> String {
    format!("images#{user}")
}

/// The partition of all that belongs to an order.
pub(crate) fn order_partition(id: OrderId) -> String {
    format!("order#{id}")
}

/// The partition of a user's orders in the index `owner`.
pub(crate) fn order_owner(user: UserId) -> String {
    format!("orders#{user}")
}

/// The order that a primary key names, for keys that come back from the index `due`.
pub(crate) fn order_of(pk: &str) -> Option<OrderId> {
    OrderId::parse(pk.strip_prefix("order#")?)
}

pub(crate) fn signin_partition(user: UserId) -> String {
    format!("signins#{user}")
}

pub(crate) fn ledger_partition(user: UserId) -> String {
    format!("ledger#{user}")
}

/// Twelve digits sort a million million rows a user.
pub(crate) fn ledger_sort(ordinal: u64) -> String {
    format!("{ordinal:012}")
}

pub(crate) fn message_partition(user: UserId, conversation: &ConversationId) -> String {
    format!("messages#{user}#{}", conversation.as_str())
}

/// The partition of the `due` index that a user's reservations are found in.
pub(crate) fn due_partition(user: UserId) -> String {
    due_partition_of_shard(user.as_i64() % DUE_SHARDS)
}

pub(crate) fn due_partition_of_shard(shard: i64) -> String {
    format!("holds#{shard}")
}

/// The user that a primary key names, for keys that come back from the index `due`.
pub(crate) fn user_of(pk: &str) -> Option<UserId> {
    UserId::parse(pk.strip_prefix("user#")?)
}

/// Free text as one key part: the separator and the escape sign are escaped.
fn escaped(text: &str) -> String {
    text.replace('%', "%25").replace('#', "%23")
}
