//! The tables of the classic schema, as far as they are taken over.

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The row's id.
    Id,
    /// The id of something else, or nothing.
    Other,
    /// A point in time.
    Time,
    /// When, or whether, the row was deleted.
    Gone,
    /// Anything else.
    Text,
}

/// A column.
#[derive(Debug)]
pub(crate) struct Field {
    /// Its name.
    pub(crate) name: &'static str,
    /// Other names of it.
    pub(crate) others: &'static [&'static str],
    /// What it holds.
    pub(crate) kind: Kind,
    /// Whether a table without it cannot be taken over.
    pub(crate) is_needed: bool,
}

/// A table.
#[derive(Debug)]
pub(crate) struct Table {
    /// Its name.
    pub(crate) name: &'static str,
    /// Other names of it.
    pub(crate) others: &'static [&'static str],
    /// Its columns.
    pub(crate) fields: &'static [Field],
}

const fn needed(name: &'static str, others: &'static [&'static str], kind: Kind) -> Field {
    Field { name, others, kind, is_needed: true }
}

const fn field(name: &'static str, others: &'static [&'static str], kind: Kind) -> Field {
    Field { name, others, kind, is_needed: false }
}

const fn text(name: &'static str) -> Field {
    field(name, &[], Kind::Text)
}

const ID: Field = needed("id", &[], Kind::Id);
const USER: Field = needed("user_id", &["uid"], Kind::Other);
const STATUS: Field = text("status");
const IP: Field = text("ip");
const CREATED: Field = field("create_time", &["created_at", "create_at", "created_time"], Kind::Time);
const UPDATED: Field = field("update_time", &["updated_at", "update_at", "updated_time"], Kind::Time);
const GONE: Field = field(
    "delete_time",
    &["deleted_at", "delete_at", "deleted_time", "is_delete", "is_deleted", "deleted"],
    Kind::Gone,
);

/// All of them, in the order in which reports name them.
pub(crate) const TABLES: [Table; 11] = [
    Table {
        name: "user",
        others: &["users"],
        fields: &[
            ID,
            needed("account", &["email", "username"], Kind::Text),
            text("nickname"),
            text("avatar"),
            text("role"),
            needed("integral", &[], Kind::Text),
            text("subscribe"),
            text("vip_expire_time"),
            text("svip_expire_time"),
            IP,
            STATUS,
            CREATED,
            UPDATED,
            GONE,
        ],
    },
    Table {
        name: "turnover",
        others: &["turnovers"],
        fields: &[ID, USER, needed("value", &[], Kind::Text), text("describe"), CREATED, UPDATED, GONE],
    },
    Table {
        name: "carmi",
        others: &["carmis"],
        fields: &[
            ID,
            field("user_id", &["uid"], Kind::Other),
            IP,
            needed("key", &[], Kind::Text),
            needed("value", &["reward"], Kind::Text),
            needed("type", &[], Kind::Text),
            text("level"),
            text("end_time"),
            STATUS,
            CREATED,
            UPDATED,
            GONE,
        ],
    },
    Table {
        name: "order",
        others: &["orders"],
        fields: &[
            ID,
            USER,
            text("trade_no"),
            text("pay_type"),
            field("product_id", &[], Kind::Other),
            text("product_title"),
            needed("trade_status", &[], Kind::Text),
            text("product_info"),
            text("channel"),
            text("params"),
            text("quantity"),
            field("payment_id", &[], Kind::Other),
            text("payment_info"),
            text("money"),
            text("notify_info"),
            text("pay_url"),
            IP,
            CREATED,
            UPDATED,
            GONE,
        ],
    },
    Table {
        name: "signin",
        others: &["signins"],
        fields: &[ID, USER, IP, STATUS, needed("create_time", CREATED.others, Kind::Time), UPDATED, GONE],
    },
    Table {
        name: "message",
        others: &["messages"],
        fields: &[
            ID,
            USER,
            needed("content", &[], Kind::Text),
            needed("role", &[], Kind::Text),
            text("frequency_penalty"),
            text("max_tokens"),
            text("model"),
            text("presence_penalty"),
            text("temperature"),
            needed("parent_message_id", &[], Kind::Text),
            STATUS,
            CREATED,
            UPDATED,
            GONE,
        ],
    },
    Table {
        name: "product",
        others: &["products"],
        fields: &[
            ID,
            needed("title", &[], Kind::Text),
            needed("price", &[], Kind::Text),
            text("original_price"),
            text("badge"),
            text("describe"),
            text("sort"),
            text("type"),
            text("value"),
            text("level"),
            text("integral"),
            text("day"),
            STATUS,
            CREATED,
            UPDATED,
            GONE,
        ],
    },
    Table {
        name: "payment",
        others: &["payments"],
        fields: &[
            ID,
            text("name"),
            needed("channel", &[], Kind::Text),
            text("types"),
            needed("params", &[], Kind::Text),
            text("sort"),
            STATUS,
            CREATED,
            UPDATED,
            GONE,
        ],
    },
    Table {
        name: "token",
        others: &["tokens", "aikey", "aikeys"],
        fields: &[
            ID,
            needed("key", &[], Kind::Text),
            needed("host", &[], Kind::Text),
            text("models"),
            text("remarks"),
            text("type"),
            text("usage"),
            text("limit"),
            STATUS,
            CREATED,
            UPDATED,
            GONE,
        ],
    },
    Table {
        name: "notification",
        others: &["notifications"],
        fields: &[
            ID,
            needed("title", &[], Kind::Text),
            needed("content", &[], Kind::Text),
            text("sort"),
            STATUS,
            CREATED,
            UPDATED,
            GONE,
        ],
    },
    Table {
        name: "config",
        others: &["configs"],
        fields: &[ID, needed("name", &[], Kind::Text), needed("value", &[], Kind::Text), CREATED, UPDATED, GONE],
    },
];

/// The table that a dump calls by this name.
pub(crate) fn table(name: &str) -> Option<&'static Table> {
    let name = crate::dump::snake_case(name);
    TABLES.iter().find(|table| table.name == name || table.others.contains(&name.as_str()))
}

impl Table {
    /// The place of the field that a dump calls by this name.
    pub(crate) fn field(&self, name: &str) -> Option<usize> {
        self.fields.iter().position(|field| field.name == name || field.others.contains(&name))
    }
}
