//! The four payment providers behind one shape: an order is created at a provider, asked after, and reported paid by a
//! signed notification.
//!
//! ```text
//! Params::parse ─► Client::create ─► Offer { pay_url } ─► a person pays ─► read_form ─► verify ─► Report
//!                       └────────────► Client::query ───────────────────────────────────────────► Report
//! ```
//! A provider is not trusted further than its signature: whoever may type its address, and whoever can reach our notify
//! address, may try to have an order counted as paid. So the address is guarded ([`outbound`]), every answer is bounded,
//! a report is made of signed fields alone wherever the provider signs, and what cannot be verified is never `Paid`.
//! What an order should cost, and whether it was paid before, only the caller knows: it compares the report's number and
//! amount with the order's own.

mod alipay;
mod answer;
mod client;
mod device;
mod digest;
mod epay;
mod form;
mod order;
mod params;
mod pay_url;
mod payjs;
mod qr;
mod rejection;
mod report;
mod rsa2;
#[cfg(test)]
mod vectors;
mod verify;
mod xunhupay;

pub use client::Client;
pub use device::Device;
pub use domain::{Fen, PayType, Provider};
pub use form::{read_form, read_json};
pub use order::{Asked, Failure, Offer, Order};
pub use outbound::Loopback;
pub use params::{Fault, Params, ParamsError};
pub use rejection::Rejection;
pub use report::{Report, State};
pub use verify::verify;
