//! `GET /api/admin/stats`: what happened on each business day, in figures, and in all.

use std::collections::BTreeMap;

use domain::limits::{STATS_DAYS_DEFAULT, STATS_DAYS_MAX};
use domain::{BusinessDay, Error, Provider, Result};
use serde_json::{Map, Value, json};
use table::stats::{Charge, Figure, Gift, Loss};
use table::{meter, stats};
use web::{Call, Reply};

use crate::App;

/// The figures of a day, or of all days.
type Figures = BTreeMap<Figure, i64>;

pub(crate) async fn handle(app: &App, call: &Call) -> Result<Reply> {
    let table = &app.base.table;
    let (_, glance) = call.administrator_and(meter::glance(table)).await?;
    let days = days(call, app.base.zone.day(call.began()))?;
    let (Some(first), Some(last)) = (days.first(), days.last()) else { return Err(Error::unreadable()) };
    let mut found = stats::read(table, glance, *first, *last).await?;
    let (mut total, mut rows) = (Figures::new(), Vec::new());
    for day in days {
        let figures = found.remove(&day).unwrap_or_default();
        let mut row = view(&figures);
        row.insert("day".to_owned(), json!(day));
        rows.push(row);
        add(&mut total, figures);
    }
    Reply::data(&json!({"days": rows, "total": view(&total)}))
}

/// The days that are asked for, in order; by default the last thirty.
fn days(call: &Call, today: BusinessDay) -> Result<Vec<BusinessDay>> {
    let wrong = || Error::refused("日期须为YYYY-MM-DD，开始日期不晚于结束日期，且不超过366天");
    let day = |name| call.query(name).map(|text| BusinessDay::parse(&text).ok_or_else(wrong)).transpose();
    let last = day("to")?.unwrap_or(today);
    let first = day("from")?.unwrap_or_else(|| last.minus(STATS_DAYS_DEFAULT - 1));
    if first > last || first.plus(STATS_DAYS_MAX - 1) < last {
        return Err(wrong());
    }
    let mut days: Vec<BusinessDay> =
        (0..STATS_DAYS_MAX).map(|days| first.plus(days)).take_while(|day| *day <= last).collect();
    // At the calendar's end one day comes again and again.
    days.dedup();
    Ok(days)
}

fn add(total: &mut Figures, figures: Figures) {
    for (figure, by) in figures {
        let sum = total.entry(figure).or_default();
        *sum = sum.saturating_add(by);
    }
}

fn view(figures: &Figures) -> Map<String, Value> {
    let of = |figure: Figure| figures.get(&figure).copied().unwrap_or(0);
    let both = |figure: fn(Charge) -> Figure| of(figure(Charge::Charged)).saturating_add(of(figure(Charge::Free)));
    let fields = [
        ("new_users", json!(of(Figure::NewUsers))),
        ("active_users", json!(of(Figure::ActiveUsers))),
        ("signins", json!(of(Figure::Signins))),
        ("chats", json!(both(Figure::Chats))),
        ("images", json!(both(Figure::Images))),
        ("prompt_tokens", json!(both(Figure::PromptTokens))),
        ("completion_tokens", json!(both(Figure::CompletionTokens))),
        (
            "free",
            json!({
                "chats": of(Figure::Chats(Charge::Free)),
                "images": of(Figure::Images(Charge::Free)),
                "prompt_tokens": of(Figure::PromptTokens(Charge::Free)),
                "completion_tokens": of(Figure::CompletionTokens(Charge::Free)),
            }),
        ),
        (
            "granted",
            json!({
                "register": of(Figure::Granted(Gift::Register)),
                "signin": of(Figure::Granted(Gift::Signin)),
                "code": of(Figure::Granted(Gift::Code)),
                "order": of(Figure::Granted(Gift::Order)),
                "adjustment": of(Figure::Granted(Gift::Adjustment)),
            }),
        ),
        (
            "taken",
            json!({
                "adjustment": of(Figure::Taken(Loss::Adjustment)),
                "deletion": of(Figure::Taken(Loss::Deletion)),
            }),
        ),
        ("spent", spent(figures)),
        ("drawn", json!(of(Figure::Drawn))),
        ("orders", orders(figures)),
    ];
    fields.map(|(name, value)| (name.to_owned(), value)).into_iter().collect()
}

/// Credits by model; those without a figure of their own are `other`, should a model be called that or not.
fn spent(figures: &Figures) -> Value {
    let mut models: BTreeMap<&str, i64> = BTreeMap::new();
    for (figure, credits) in figures {
        if let Figure::Spent(model) = figure {
            let sum = models.entry(model.as_deref().unwrap_or("other")).or_default();
            *sum = sum.saturating_add(*credits);
        }
    }
    json!(models)
}

/// Paid orders by the provider that collected, as far as there are any.
fn orders(figures: &Figures) -> Value {
    let paid = Provider::ALL.into_iter().filter_map(|provider| {
        let count = figures.get(&Figure::Orders(provider))?;
        let fen = figures.get(&Figure::Fen(provider)).copied().unwrap_or(0);
        Some((provider.name().to_owned(), json!({"count": count, "fen": fen})))
    });
    Value::Object(paid.collect())
}
