//! Pure rules and value types: money, days, prices, business time, ids, errors. No I/O, no AWS, no HTTP.

mod account;
mod bearer;
mod benefit;
mod clock;
mod code;
mod conversation;
mod error;
mod id;
pub mod limits;
mod mailbox;
mod mask;
pub mod model;
mod money;
mod network;
mod page;
mod password_hash;
pub mod paste;
mod payment;
pub mod price;
mod random;
mod redemption_code;
mod role;
pub mod secret;
pub mod settings;
pub mod text;
mod time;

pub use account::Account;
pub use bearer::{ApiKeyHash, ApiKeyToken, SessionHash, SessionToken};
pub use benefit::{Benefit, Level};
pub use clock::Clock;
pub use code::LoginCode;
pub use conversation::ConversationId;
pub use error::{Error, Result, chain};
pub use id::{
    ApiKeyId, AuditId, BatchId, ChannelId, CodeId, EventId, Id, ImageId, MessageId, NoticeId, OrderId, ProductId,
    SigninId, UploadId, UpstreamId, UserId,
};
pub use mask::mask;
pub use money::{Credits, Family, Fen, Ratio};
pub use network::Network;
pub use page::Page;
pub use password_hash::PasswordHash;
pub use payment::{PayType, Provider};
pub use random::{nonce, random};
pub use redemption_code::RedemptionCode;
pub use role::Role;
pub use settings::{Settings, WordList};
pub use text::{Avatar, Nickname, Remark};
pub use time::{BusinessDay, Zone};

#[cfg(test)]
mod tests;
