//! Pure rules and value types: money, days, prices, business time, ids, errors. No I/O, no AWS, no HTTP.

mod clock;

pub use clock::Clock;
