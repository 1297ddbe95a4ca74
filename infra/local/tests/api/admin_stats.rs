//! `GET /api/admin/stats`

mod check;
mod costs;
mod figures;
mod flows;
mod random;
mod zones;

use std::collections::BTreeMap;

use domain::Zone;
use serde_json::Value;

use crate::app::{Person, TestApp};

/// The numbers of a day that are not nothing, by their place: `/spent/gpt-4`.
type Figures = BTreeMap<String, i64>;

/// What the route answers for some days.
async fn stats(app: &TestApp, admin: &Person<'_>, query: &str) -> Value {
    app.get(&format!("/api/admin/stats{query}"), &admin.token).await.data()
}

/// The days that have figures, and all days together.
async fn figures(app: &TestApp, admin: &Person<'_>, query: &str) -> (BTreeMap<String, Figures>, Figures) {
    let data = stats(app, admin, query).await;
    let days = data["days"].as_array().unwrap().iter().map(|day| (day["day"].as_str().unwrap().to_owned(), flat(day)));
    (days.filter(|(_, figures)| !figures.is_empty()).collect(), flat(&data["total"]))
}

fn flat(value: &Value) -> Figures {
    fn gather(path: &str, value: &Value, into: &mut Figures) {
        match value {
            Value::Object(fields) => {
                fields.iter().for_each(|(name, value)| gather(&format!("{path}/{name}"), value, into));
            }
            Value::Number(number) if number.as_i64() != Some(0) => {
                into.insert(path.to_owned(), number.as_i64().unwrap());
            }
            _ => {}
        }
    }
    let mut figures = Figures::new();
    gather("", value, &mut figures);
    figures
}

/// Figures as a test writes them down.
fn these(figures: &[(&str, i64)]) -> Figures {
    figures.iter().map(|(name, sum)| ((*name).to_owned(), *sum)).collect()
}

/// What every day together has.
fn total(days: &BTreeMap<String, Figures>) -> Figures {
    let mut total = Figures::new();
    for (name, sum) in days.values().flatten() {
        *total.entry(name.clone()).or_default() += sum;
    }
    total
}

/// Everything that can be rolled up is.
async fn roll_up(app: &TestApp) {
    let table = app.base().table;
    while table::list::roll_up(&table, app.clock.millis() + 3_600_000, true).await.unwrap() > 0 {}
}

/// Lets the time come to `millis` after the next midnight of a zone, or before it.
fn wait_for_midnight(app: &TestApp, zone: &Zone, millis: i64) {
    let now = app.clock.millis();
    let then = zone.end(zone.day(now)) + millis;
    let wait = u64::try_from(then - now).expect("a time that is still to come");
    app.clock.advance(std::time::Duration::from_millis(wait));
}
