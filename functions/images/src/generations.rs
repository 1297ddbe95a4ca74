//! `POST /api/images/generations`: pictures of what the prompt says, each with an address that stays.

use std::sync::Arc;

use domain::{Error, MessageId, Result, random};
use http::Response;
use serde_json::{Value, json};
use table::admission::{Price, admit};
use table::holds::{self, Bearer};
use table::limit::{self, Bucket};
use table::site::Site;
use web::{Call, Reply, StreamBody};

use crate::App;
use crate::ask::{Ask, Painter};
use crate::draw::{Draw, Kept};
use crate::form::Form;
use crate::view;

pub(crate) async fn handle(app: &Arc<App>, call: &Call) -> Response<StreamBody> {
    match begin(app, call).await {
        Ok(draw) => {
            let app = Arc::clone(app);
            call.answer_slowly(async move {
                let kept = draw.run().await?;
                let rows: Vec<Value> = kept.iter().map(|Kept { image, .. }| view::own(&app, image)).collect();
                Reply::data(&json!(rows))
            })
            .await
        }
        Err(error) => call.answer_whole(Err(error)),
    }
}

async fn begin(app: &Arc<App>, call: &Call) -> Result<Draw> {
    let token = call.token().ok_or(Error::LoggedOut)?;
    let begun = match Form::read(call).await.and_then(|form| Ask::parse(&form)) {
        Ok(ask) => reserve(app, call, Bearer::Session(&token), ask).await,
        Err(refusal) => Err(refusal),
    };
    match begun {
        // Only who is logged in is told what is wrong with a request.
        Err(refusal) if !matches!(refusal, Error::LoggedOut) => Err(call.user().await.err().unwrap_or(refusal)),
        begun => begun,
    }
}

/// Who draws when the request does not say: whom the model tells, else who lists it, else whoever there is a key for.
fn painter_of(site: &Site, model: Option<&str>) -> Option<Painter> {
    let has_key = |painter: &Painter| {
        site.upstreams.iter().any(|key| painter.draws_with(key, model) && model.is_none_or(|model| key.lists(model)))
    };
    model.and_then(Painter::of_model).or_else(|| Painter::ALL.into_iter().find(has_key))
}

/// Settles whether a wish can be served at all, and reserves what it costs.
pub(crate) async fn reserve(app: &Arc<App>, call: &Call, bearer: Bearer<'_>, ask: Ask) -> Result<Draw> {
    let base = &app.base;
    let site = app.site.get(&base.table, call.began()).await?;
    let said = ask.said();
    let found = site.settings.prohibited_in(&said);
    if !found.is_empty() {
        return Err(Error::prohibited(&found));
    }
    let model = ask.picture.model.as_deref();
    let painter = ask.painter.or_else(|| painter_of(&site, model)).ok_or(Error::NoModel)?;
    let painter = painter.or_stand_in(&site.upstreams, model);
    let draw = u64::from_le_bytes(random()?);
    let known_as = model.unwrap_or(painter.name());
    let keys = app.keyring.keys(Arc::clone(&site), known_as, draw, |key| painter.draws_with(key, model));
    if keys.is_empty() {
        return Err(Error::NoModel);
    }
    let price = site.settings.draw_price;
    let most = price.saturating_mul(ask.picture.count.into());
    let cost = Price { most, least: most, members_of: None };
    let id = MessageId::draw(call.began())?;
    let hold = id.to_string();
    let reservation = admit(&base.table, &base.clock, &base.zone, bearer, &hold, &cost).await?;
    // Also those who draw nothing cost time and calls.
    let judged = async {
        limit::take(&base.table, Bucket::DrawsOfUser(reservation.user.id), call.began_seconds()).await?;
        app.keyring.moderate(Arc::clone(&site), &said, draw).await
    };
    holds::or_release(&base.table, &reservation, judged.await).await?;
    let app = Arc::clone(app);
    Ok(Draw { app, id, began: call.began(), ask, painter, site, keys, reservation, price })
}
