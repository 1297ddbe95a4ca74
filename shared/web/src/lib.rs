//! The HTTP edge: envelope, parsing, session, errors to answers, chat frames.

mod stream;

pub use stream::StreamBody;
