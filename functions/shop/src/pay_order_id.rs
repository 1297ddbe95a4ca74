//! `GET /api/pay/order/{id}`: an order of the caller. One that is not paid, as far as we know, is asked about on the way.

use cashier::Asked;
use domain::limits::ORDER_ASK_DAYS;
use domain::{Error, OrderId, Result};
use table::Table;
use table::limit::{self, Bucket};
use table::order::{self, Source, State, Whole};
use table::user::User;
use web::{Call, Reply};

use crate::{App, view};

const DAY_MILLIS: i64 = 24 * 3600 * 1000;

pub(crate) async fn handle(app: &App, call: &Call) -> Result<Reply> {
    let (table, id) = (&app.base.table, call.id("id"));
    let read = async {
        Ok(match id {
            Ok(id) => order::find(table, id).await,
            Err(_) => Ok(None),
        })
    };
    let (user, found) = tokio::try_join!(call.user(), read)?;
    let mut whole = of(&user, found?)?;
    if is_open(&whole, call.began()) && may_ask(app, call, &whole).await {
        whole = ask(app, table, whole).await?;
    }
    Reply::data(&view::own_order(&whole, &app.base.zone))
}

/// The order, if it is this user's: others' are not there.
fn of(user: &User, found: Option<Whole>) -> Result<Whole> {
    found.filter(|whole| whole.order.user == user.id).ok_or_else(Error::absent)
}

/// Whether the provider may have news of it.
fn is_open(whole: &Whole, now: i64) -> bool {
    whole.order.state != State::Paid && now - whole.order.created < ORDER_ASK_DAYS * DAY_MILLIS
}

/// Whether the provider is asked now: not at every look, and not for somebody who looks at many orders. That this cannot
/// be told is no reason to show nothing.
async fn may_ask(app: &App, call: &Call, whole: &Whole) -> bool {
    let (table, order) = (&app.base.table, &whole.order);
    let asked = async {
        if !order::claim_question(table, order.id, call.began()).await? {
            return Ok(false);
        }
        limit::take(table, Bucket::OrderQuestionsOfUser(order.user), call.began_seconds()).await.map(|_| true)
    };
    asked.await.unwrap_or_else(|error: Error| {
        if !matches!(error, Error::Limited { .. }) {
            tracing::warn!(order = %order.id, causes = error.causes(), "an order could not be asked about");
        }
        false
    })
}

/// The order as it is once its provider was asked. That this fails is no reason to show nothing: the schedule asks too.
async fn ask(app: &App, table: &Table, whole: Whole) -> Result<Whole> {
    let id: OrderId = whole.order.id;
    match app.cashier.ask(&whole, Source::Owner).await {
        Ok(Asked::Told(_)) => Ok(order::find(table, id).await?.unwrap_or(whole)),
        Ok(Asked::Silent(_)) => Ok(whole),
        Err(error) => {
            tracing::warn!(order = %id, causes = error.causes(), "an order could not be asked about");
            Ok(whole)
        }
    }
}
