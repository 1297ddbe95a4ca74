//! Calls to addresses that an administrator configures: which are never called, and what bounds the others.
//!
//! Whoever may type an address could make the product call into the network around it, or wait for ever, or drown in an
//! answer. So an address is checked when it is read ([`Endpoint`]), each name is checked again at each connection, and
//! every [`Call`] is bounded in bytes and time. There are no redirects and no proxies. Addresses that an answer names are
//! resolved and guarded in one way, whoever opens them ([`file_address`], [`page_address`]).

mod address;
mod call;
mod client;
mod endpoint;
mod http;
mod limits;
mod named;
mod resolver;

pub use call::{Answer, Call, CallError};
pub use client::Client;
pub use endpoint::{AddressError, Endpoint, check_host};
pub use http::{BuildError, http_client, is_blocked};
pub use limits::Loopback;
pub use named::{file_address, page_address};
pub use url::Url;
