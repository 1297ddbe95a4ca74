//! The lists that administrators see, by the names that exports have for them.

use domain::limits::{EXPORT_MESSAGES, EXPORT_ROWS};
use table::list::List as Index;
use table::redemption;

/// A list that administrators see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum List {
    Config,
    Notification,
    Products,
    Payment,
    Token,
    Users,
    Orders,
    Carmi,
    Batches,
    Signin,
    Turnover,
    Images,
    Uploads,
    Messages,
    Audit,
}

/// Orders leave the first for one of the others, and the second for the last.
const ORDERS: [Index; 3] = [Index::ORDERS_AWAIT, Index::ORDERS_CLOSED, Index::ORDERS_PAID];
/// Pictures go from one to the other and back.
const IMAGES: [Index; 3] = [Index::IMAGES_PRIVATE, Index::IMAGES_PUBLIC, Index::IMAGES_PRIVATE];

/// Whose a row is, as columns.
const OWNER: [&str; 4] = ["user.id", "user.account", "user.nickname", "user.avatar"];

impl List {
    /// All of them, in the order in which they are exported together: small ones first, so that those are through when an
    /// export is cut.
    pub(crate) const ALL: [Self; 15] = [
        Self::Config,
        Self::Notification,
        Self::Products,
        Self::Payment,
        Self::Token,
        Self::Users,
        Self::Orders,
        Self::Carmi,
        Self::Batches,
        Self::Signin,
        Self::Turnover,
        Self::Images,
        Self::Uploads,
        Self::Messages,
        Self::Audit,
    ];

    /// The list of this name.
    pub(crate) fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|list| list.name() == name)
    }

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Config => "config",
            Self::Notification => "notification",
            Self::Products => "products",
            Self::Payment => "payment",
            Self::Token => "token",
            Self::Users => "users",
            Self::Orders => "orders",
            Self::Carmi => "carmi",
            Self::Batches => "batches",
            Self::Signin => "signin",
            Self::Turnover => "turnover",
            Self::Images => "images",
            Self::Uploads => "uploads",
            Self::Messages => "messages",
            Self::Audit => "audit",
        }
    }

    /// The indexes that it stands in, in the order in which they are to be read; none of a set that is read whole.
    pub(crate) const fn indexes(self) -> Option<&'static [Index]> {
        Some(match self {
            Self::Config | Self::Notification | Self::Products | Self::Payment | Self::Token => return None,
            Self::Users => &[Index::USERS],
            Self::Orders => &ORDERS,
            Self::Carmi => &redemption::LISTS,
            Self::Batches => &[Index::BATCHES],
            Self::Signin => &[Index::SIGNINS],
            Self::Turnover => &[Index::LEDGER],
            Self::Images => &IMAGES,
            Self::Uploads => &[Index::UPLOADS],
            Self::Messages => &[Index::MESSAGES],
            Self::Audit => &[Index::AUDIT],
        })
    }

    /// How many of its rows are in memory at once.
    pub(crate) const fn rows_at_once(self) -> usize {
        match self {
            Self::Messages => EXPORT_MESSAGES,
            _ => EXPORT_ROWS,
        }
    }

    /// The columns of its file: the fields of its rows, `user.account` for one within another.
    pub(crate) fn titles(self) -> Vec<&'static str> {
        let (fields, owner): (&str, &[&str]) = match self {
            Self::Config => ("id name value remarks create_time update_time", &[]),
            Self::Notification => ("id title content sort status create_time update_time", &[]),
            Self::Products => (
                "id title price original_price badge describe type value level integral day sort status create_time \
                 update_time",
                &[],
            ),
            Self::Payment => ("id name channel types params sort status create_time update_time", &[]),
            Self::Token => (
                "id host key models type check weight rpm remarks status reason stopped_time waiting_until limit usage \
                 checked_time create_time update_time",
                &[],
            ),
            Self::Users => (
                "id account nickname avatar role integral vip_expire_time svip_expire_time subscribe password ip status \
                 create_time update_time",
                &[],
            ),
            Self::Orders => (
                "id order_id user_id product_id product_title product_info quantity channel pay_type pay_url money \
                 trade_no trade_status late pay_time params payment_id payment_info notify_info ip create_time \
                 update_time",
                &OWNER,
            ),
            Self::Carmi => {
                ("id user_id ip key value type level end_time status batch_id create_time update_time", &OWNER)
            }
            Self::Batches => ("id remark user_id type value level end_time count used left status create_time", &OWNER),
            Self::Signin => ("id user_id ip status create_time update_time", &OWNER),
            Self::Turnover => ("id user_id value describe create_time update_time", &OWNER),
            Self::Images => (
                "id user_id url images prompt model draw_type size inset_image_url status take_time create_time \
                 update_time",
                &[],
            ),
            Self::Uploads => ("id user_id url type size width height create_time", &OWNER),
            Self::Messages => (
                "id user_id role content model temperature presence_penalty frequency_penalty max_tokens \
                 parent_message_id status route create_time update_time",
                &OWNER,
            ),
            Self::Audit => ("id user_id action target changes request_id create_time", &OWNER),
        };
        fields.split_whitespace().chain(owner.iter().copied()).collect()
    }
}
