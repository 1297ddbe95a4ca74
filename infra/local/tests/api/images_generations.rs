//! `POST /api/images/generations`

mod failing;
mod faults;
mod kills;
mod links;
mod money;
mod providers;
mod refusals;
mod slow;
mod sources;

/// What a person reads when no provider has drawn anything.
const NO_DRAWING: &str = "绘画服务暂时不可用，请稍后再试。";
