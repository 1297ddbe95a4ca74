//! The statistics: over all days, each figure is the sum over what it counts.

use std::collections::BTreeMap;

use super::{Item, number, of_kind, text};

/// How figures name the payment providers.
const PROVIDERS: [(&str, &str); 4] = [("alipay", "a"), ("yipay", "y"), ("jspay", "j"), ("hpjpay", "h")];
/// Figures of what leaves no rows.
const WITHOUT_ROWS: [&str; 5] = ["au", "zc", "zm", "zi", "zo"];

pub(super) fn check(items: &[Item]) {
    let mut figures = raised(items);
    figures.retain(|name, sum| *sum != 0 && !WITHOUT_ROWS.contains(&name.as_str()));
    let mut sums = Sums::default();
    sums.add("nu", i64::try_from(of_kind(items, "user#").count()).unwrap());
    sums.add("si", i64::try_from(of_kind(items, "signins#").count()).unwrap());
    for row in of_kind(items, "ledger#").filter(|row| text(row, "sk") != "hidden") {
        sums.add_row(row);
    }
    for order in of_kind(items, "order#").filter(|item| text(item, "sk") == "order" && item["state"] == "paid") {
        let (_, letter) = PROVIDERS.iter().find(|(name, _)| order["provider"] == *name).expect("a known provider");
        sums.add(&format!("o{letter}"), 1);
        sums.add(&format!("f{letter}"), number(order, "amount"));
    }
    sums.0.retain(|_, sum| *sum != 0);
    assert_eq!(figures, sums.0, "the statistics are those of the rows");
}

/// Each figure over all days; of the models' all together.
fn raised(items: &[Item]) -> BTreeMap<String, i64> {
    let mut figures = Sums::default();
    for item in items {
        for (name, value) in item {
            let of_tally = name.strip_prefix("m_d_").and_then(|rest| rest.split_once('_')).map(|(_, figure)| figure);
            let of_day = (item["pk"] == "meter#days").then(|| name.strip_prefix("n_")).flatten();
            if let Some(figure) = of_tally.or(of_day) {
                figures.add(if figure.starts_with("s_") { "s_" } else { figure }, value.as_i64().unwrap());
            }
        }
    }
    figures.0
}

#[derive(Default)]
struct Sums(BTreeMap<String, i64>);

impl Sums {
    fn add(&mut self, figure: &str, by: i64) {
        *self.0.entry(figure.to_owned()).or_default() += by;
    }

    fn add_row(&mut self, row: &Item) {
        let (amount, cause) = (number(row, "amount"), &row["cause"]);
        let count = |name: &str| cause[name].as_i64().unwrap();
        match cause["kind"].as_str().unwrap() {
            "register" => self.add("gr", amount),
            "signin" => self.add("gs", amount),
            "code" => self.add("gc", amount),
            "order" => self.add("go", amount),
            "adjustment" if amount < 0 => self.add("ta", -amount),
            "adjustment" => self.add("ga", amount),
            "deletion" => self.add("td", -amount),
            "chat" => {
                self.add("ch", 1);
                self.add("ti", count("prompt_tokens"));
                self.add("to", count("completion_tokens"));
                self.add("s_", -amount);
            }
            "draw" => {
                self.add("im", count("count"));
                self.add("sp", -amount);
            }
            other => panic!("{other}: {row:?}"),
        }
    }
}
