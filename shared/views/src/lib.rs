//! Rows as lists show them to administrators, some of them to everybody else too: the same wherever they are sent. Those of
//! users are in `web::view`.

pub mod carmi;
pub mod credits;
pub mod images;
pub mod messages;
pub mod shop;
pub mod site;
pub mod upstreams;
