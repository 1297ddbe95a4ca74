//! The same as tables for spreadsheet programs.

use std::time::Duration;

use serde_json::Value;

use super::{FORMULA, LISTS, export, lines, site};
use crate::app::TestApp;
use crate::http::Answer;

/// The titles and the rows of a whole table, read by another program's rules.
pub(super) fn table(answer: &Answer) -> (Vec<String>, Vec<Vec<String>>) {
    assert_eq!(answer.headers["content-type"], "text/csv; charset=utf-8");
    let text = answer.text();
    let text = text.strip_prefix('\u{feff}').expect("the mark of UTF-8");
    let mut reader = csv::ReaderBuilder::new().from_reader(text.as_bytes());
    let titles = reader.headers().unwrap().iter().map(str::to_owned).collect();
    // Rows of unequal lengths are refused.
    let rows = reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect());
    let mut rows: Vec<Vec<String>> = rows.collect();
    let end = rows.pop().expect("a last row");
    assert_eq!(end[..2], ["end".to_owned(), rows.len().to_string()]);
    assert!(end[2..].iter().all(String::is_empty), "{end:?}");
    (titles, rows)
}

/// All fields of a row with their texts, those of its user one by one.
fn fields(row: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let mut fields = Vec::new();
    for (name, value) in row.as_object().unwrap() {
        if name == "user" {
            let of = |field: &str| (format!("user.{field}"), text(&value[field]));
            fields.extend(["id", "account", "nickname", "avatar"].map(of));
        } else {
            fields.push((name.clone(), text(value)));
        }
    }
    fields.sort();
    fields
}

/// A cell as it is meant: digits that spreadsheet programs would round stand behind a tab.
pub(super) fn unguarded(cell: &str) -> &str {
    if let Some(digits) = cell.strip_prefix('\t') {
        assert!(digits.bytes().any(|byte| byte.is_ascii_digit()) && digits.is_ascii(), "{cell}");
        return digits;
    }
    let meant = cell.strip_prefix('\'').filter(|meant| meant.starts_with(['=', '+', '-', '@']));
    meant.unwrap_or(cell)
}

#[tokio::test]
async fn a_table_has_every_field_of_every_row() {
    TestApp::run(async |app| {
        let (admin, _) = site(app).await;
        for (list, _) in LISTS {
            let answer = export(app, &admin, &format!("{list}?format=csv")).await;
            assert_eq!(
                answer.headers["content-disposition"],
                format!("attachment; filename=\"{list}-20260101.csv\"").as_str()
            );
            let (titles, rows) = table(&answer);
            app.clock.advance(Duration::from_millis(1));
            let mut expected = lines(&export(app, &admin, list).await);
            // The record of the second export is not in the first.
            if list == "audit" {
                expected.remove(0);
            }
            assert_eq!(titles[0], "id");
            let rows: Vec<Vec<(String, String)>> = rows
                .iter()
                .map(|row| {
                    let cells = row.iter().map(|cell| unguarded(cell).to_owned());
                    let mut fields: Vec<_> = titles.iter().cloned().zip(cells).collect();
                    fields.sort();
                    fields
                })
                .collect();
            assert_eq!(rows, expected.iter().map(fields).collect::<Vec<_>>(), "{list}");
        }
    })
    .await;
}

/// What a spreadsheet program makes of a cell: a number of at most 15 digits, or a text.
fn opened_in_a_spreadsheet(cell: &str) -> String {
    match cell.parse::<f64>() {
        Ok(number) if cell.bytes().all(|byte| byte.is_ascii_digit()) => {
            let rounded = format!("{number:.14e}").parse::<f64>().unwrap();
            format!("{rounded:.0}")
        }
        _ => cell.to_owned(),
    }
}

#[tokio::test]
async fn an_id_keeps_all_its_digits_in_a_spreadsheet() {
    TestApp::run(async |app| {
        let (admin, _) = site(app).await;
        assert_eq!(opened_in_a_spreadsheet("105553116266496001"), "105553116266496000");
        let mut ids = 0;
        for (list, _) in LISTS {
            let (titles, rows) = table(&export(app, &admin, &format!("{list}?format=csv")).await);
            for row in &rows {
                for (title, cell) in titles.iter().zip(row) {
                    let meant = unguarded(cell);
                    assert_eq!(unguarded(&opened_in_a_spreadsheet(cell)), meant, "{list} {title}");
                    ids += usize::from(meant.len() > 15 && meant.bytes().all(|byte| byte.is_ascii_digit()));
                }
            }
        }
        assert!(ids > 50, "{ids}");
    })
    .await;
}

#[tokio::test]
async fn nothing_in_a_table_runs() {
    TestApp::run(async |app| {
        let (admin, _) = site(app).await;
        for (list, _) in LISTS {
            let (_, rows) = table(&export(app, &admin, &format!("{list}?format=csv")).await);
            for cell in rows.iter().flatten() {
                let may_run = cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']);
                // A number behind a tab is a text, and runs as little.
                assert!(!may_run || cell.trim_start_matches('\t').parse::<f64>().is_ok(), "{list}: {cell}");
            }
        }
        let users = export(app, &admin, "users?format=csv").await.text();
        assert!(users.contains(&format!("\"'{}\"", FORMULA.replace('"', "\"\""))), "{users}");
        let messages = export(app, &admin, "messages?format=csv").await.text();
        assert!(messages.contains("'@SUM(A1)") && messages.contains("\"'-1+1\n\"\"引号\"\", 逗号\""), "{messages}");
        let turnover = export(app, &admin, "turnover?format=csv").await.text();
        assert!(turnover.contains(",'-1积分,") || turnover.contains(",'-2积分,"), "{turnover}");
    })
    .await;
}
