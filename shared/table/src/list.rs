//! Administrators' lists: any page of any size of list in a fixed number of round trips, with the exact number of rows.
//!
//! A row of a list stands in the index `list` under its id; ids grow with time, so the index holds a list in order. What
//! an index lacks is counts. They form a tree over the bits of the ids, of fixed depth:
//!
//! | level | ids of | counts are kept in |
//! |---|---|---|
//! | leaf | 17 minutes (2^42 ids) | the `branch` item, once they are rolled up |
//! | branch | 18 hours (64 leaves) | the `trunk` item, once they are rolled up |
//! | trunk | 13 months (512 branches) | – |
//!
//! A row joins or leaves a list in the transaction that writes or deletes it, by one more action that changes a
//! [`Tally`]: a few items, chosen by user, that hold the number of rows of each list and, by leaf, what is not rolled
//! up yet. The janitor moves counts of leaves that have ended from there into branches and trunks
//! ([`rollup`]), and [meters](crate::meter) along with them. A row that comes late or goes makes a new difference in the tally, whatever its age.
//!
//! A page reads the tally and the trunks side by side, then, when needed, one or two branches, then the index from the
//! nearest boundary whose rank it knows ([`page`]).

pub(crate) mod audit;
mod counts;
mod load;
mod page;
mod rollup;
mod spread;
mod tally;

pub(crate) use counts::numbers;
pub use counts::{Counts, counts};
pub(crate) use load::people;
pub use load::{Owned, load, users};
pub use page::{Listed, find, newest, page, range};
#[cfg(test)]
pub(crate) use rollup::ENDED_LEAVES;
pub use rollup::roll_up;
pub(crate) use rollup::stamp;
pub use spread::Spread;
pub(crate) use tally::{Tally, bytes, leaf};
pub(crate) use {counts::child_name, tally::leaf_name, tally::total_name};

/// A list: declared once, here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct List {
    name: &'static str,
    /// Stands for the name in the attributes of the tally, whose size every write pays.
    tag: &'static str,
}

impl List {
    /// Users, by id.
    pub const USERS: Self = Self { name: "users", tag: "u" };
    /// Users that were deleted, by id: their ledgers remain.
    pub const DELETED_USERS: Self = Self { name: "deleted-users", tag: "ud" };
    /// Ledger rows of everybody.
    pub const LEDGER: Self = Self { name: "ledger", tag: "l" };
    /// Messages of everybody.
    pub const MESSAGES: Self = Self { name: "messages", tag: "m" };
    /// Sign-ins of everybody.
    pub const SIGNINS: Self = Self { name: "signins", tag: "s" };
    /// Redemption codes that wait for their person.
    pub const CODES_UNUSED: Self = Self { name: "codes-unused", tag: "cu" };
    /// Redemption codes that were used.
    pub const CODES_USED: Self = Self { name: "codes-used", tag: "cd" };
    /// Redemption codes that are expired or void.
    pub const CODES_VOID: Self = Self { name: "codes-void", tag: "cv" };
    /// Batches of redemption codes.
    pub const BATCHES: Self = Self { name: "batches", tag: "b" };
    /// Pictures that their people keep to themselves.
    pub const IMAGES_PRIVATE: Self = Self { name: "images-private", tag: "ip" };
    /// Pictures that everybody may see.
    pub const IMAGES_PUBLIC: Self = Self { name: "images-public", tag: "ig" };
    /// Pictures that people put up.
    pub const UPLOADS: Self = Self { name: "uploads", tag: "up" };
    /// Orders that wait for their payment.
    pub const ORDERS_AWAIT: Self = Self { name: "orders-await", tag: "oa" };
    /// Orders that were paid.
    pub const ORDERS_PAID: Self = Self { name: "orders-paid", tag: "op" };
    /// Orders that were not paid in time.
    pub const ORDERS_CLOSED: Self = Self { name: "orders-closed", tag: "oc" };

    /// What administrators did.
    pub const AUDIT: Self = Self { name: "audit", tag: "a" };

    /// Every list there is.
    pub const ALL: [Self; 16] = [
        Self::USERS,
        Self::DELETED_USERS,
        Self::LEDGER,
        Self::MESSAGES,
        Self::SIGNINS,
        Self::CODES_UNUSED,
        Self::CODES_USED,
        Self::CODES_VOID,
        Self::BATCHES,
        Self::IMAGES_PRIVATE,
        Self::IMAGES_PUBLIC,
        Self::UPLOADS,
        Self::ORDERS_AWAIT,
        Self::ORDERS_PAID,
        Self::ORDERS_CLOSED,
        Self::AUDIT,
    ];

    /// The name in keys.
    pub const fn name(self) -> &'static str {
        self.name
    }
}

/// Bits of an id below its leaf.
pub(crate) const LEAF_BITS: u32 = 42;
/// Bits of an id below its branch.
pub(crate) const BRANCH_BITS: u32 = 48;
/// Bits of an id below its trunk.
pub(crate) const TRUNK_BITS: u32 = 57;

#[cfg(test)]
pub(crate) mod tests;
