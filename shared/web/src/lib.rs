//! The HTTP edge: envelope, parsing, session, errors to answers, chat frames.

mod answering;
mod call;
pub mod chunks;
pub mod csv;
mod dialect;
mod fields;
pub mod frame;
mod reply;
mod serve;
mod slow;
mod stream;
pub mod view;

pub use call::Call;
pub use fields::Fields;
pub use reply::{Download, Reply};
pub use serve::{Whole, serve, serve_streaming, start};
pub use stream::{Broken, Gone, Sender, StreamBody};

#[cfg(test)]
mod tests;
