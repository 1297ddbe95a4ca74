//! `GET /api/admin/orders`: orders, newest first: all, or those of a state.

use domain::{Error, Result};
use serde_json::Value;
use table::list::List;
use table::order;
use web::{Call, Reply};

use crate::{App, view};

pub(crate) async fn handle(app: &App, call: &Call) -> Result<Reply> {
    let table = &app.base.table;
    let lists = match lists(call) {
        Ok(lists) => lists,
        // Who may not ask learns that first.
        Err(error) => return call.administrator().await.and(Err(error)),
    };
    let (_, counts) = call.administrator_and(table::list::counts(table, &lists)).await?;
    let orders = order::page(table, &counts, call.page()).await?;
    let rows: Vec<Value> = orders.iter().map(|owned| view::order(owned, &app.base.zone)).collect();
    Reply::list(counts.total(), &rows)
}

/// The lists that the wanted orders stand in. No order is ever finished in the sense of `TRADE_FINISHED`.
fn lists(call: &Call) -> Result<Vec<List>> {
    let wanted = call.query_word("trade_status").or_else(|| call.query_word("status"));
    match wanted.as_deref() {
        None => Ok(order::LISTS.to_vec()),
        Some("TRADE_AWAIT") => Ok(vec![List::ORDERS_AWAIT]),
        Some("TRADE_SUCCESS") => Ok(vec![List::ORDERS_PAID]),
        Some("TRADE_CLOSED") => Ok(vec![List::ORDERS_CLOSED]),
        Some("TRADE_FINISHED") => Ok(Vec::new()),
        Some(_) => Err(Error::unreadable()),
    }
}
