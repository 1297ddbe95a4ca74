//! The rows of every list are those of its own route, in its order.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};

use super::{KEYS, LISTS, export, ids, lines, paged, site};
use crate::app::TestApp;
use crate::shop::paying::params;

#[tokio::test]
async fn a_list_is_exported_as_its_own_route_shows_it() {
    TestApp::run(async |app| {
        let (admin, ada) = site(app).await;
        for (list, path) in LISTS {
            let answer = export(app, &admin, list).await;
            let rows = lines(&answer);
            assert!(!rows.is_empty(), "{list}");
            assert_eq!(rows, paged(app, &admin, path, &ada).await, "{list}");
            let name = format!("attachment; filename=\"{list}-20260101.ndjson\"");
            assert_eq!(answer.headers["content-disposition"], name.as_str());
            assert_eq!(answer.headers["cache-control"], "no-store");
        }
    })
    .await;
}

#[tokio::test]
async fn all_lists_come_one_after_the_other() {
    TestApp::run(async |app| {
        let (admin, ada) = site(app).await;
        let mut rows = lines(&export(app, &admin, "all").await).into_iter().peekable();
        for (list, path) in LISTS {
            let mut exported = Vec::new();
            while let Some(mut row) = rows.next_if(|row| row["list"] == list) {
                row.as_object_mut().unwrap().remove("list");
                exported.push(row);
            }
            assert_eq!(exported, paged(app, &admin, path, &ada).await, "{list}");
        }
        assert_eq!(rows.next(), None);
    })
    .await;
}

#[tokio::test]
async fn secrets_are_masked_as_their_lists_mask_them() {
    TestApp::run(async |app| {
        let (admin, _) = site(app).await;
        let channel = params(app, "yipay")["key"].as_str().unwrap().to_owned();
        let sessions = app.users().into_iter().flat_map(|user| {
            let sessions = user["sessions"].as_object().unwrap();
            sessions.keys().cloned().collect::<Vec<String>>()
        });
        let mut secrets: Vec<String> = sessions.chain([channel, admin.token.clone()]).collect();
        secrets.extend(KEYS.map(str::to_owned));
        for target in ["all", "payment?format=csv", "token?format=csv", "orders?format=csv", "users?format=csv"] {
            let text = export(app, &admin, target).await.text();
            for secret in &secrets {
                assert!(!text.contains(secret.as_str()), "{secret} in {target}: {text}");
            }
        }
        let shown = lines(&export(app, &admin, "token").await)[0]["key"].clone();
        assert_eq!(shown, "sk-012*********cdef");
    })
    .await;
}

/// A range of days holds what was made in it; what is cut off goes on behind any id.
#[tokio::test]
async fn days_and_ids_narrow_it() {
    TestApp::run(async |app| {
        let admin = app.log_in(crate::app::ADMIN).await;
        let mut days = Vec::new();
        for day in ["2026-01-01", "2026-01-02", "2026-01-03"] {
            let made = crate::carmi::make_as(app, &admin, &crate::carmi::credits(3, 5)).await;
            let mut ids: Vec<String> = made.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect();
            ids.sort_by_key(|id| std::cmp::Reverse(id.parse::<i64>().unwrap()));
            days.insert(0, (day, ids));
            app.clock.advance(Duration::from_secs(24 * 3600));
        }
        let exported = async |query: &str| {
            let rows = lines(&export(app, &admin, &format!("carmi?{query}")).await);
            ids(&rows).into_iter().map(str::to_owned).collect::<Vec<String>>()
        };
        let all: Vec<String> = days.iter().flat_map(|(_, ids)| ids.clone()).collect();
        assert_eq!(exported("").await, all);
        assert_eq!(exported("from=2026-01-02").await, all[..6]);
        assert_eq!(exported("to=2026-01-02").await, all[3..]);
        assert_eq!(exported("from=2026-01-02&to=2026-01-02").await, all[3..6]);
        assert_eq!(exported("from=2026-02-01").await, [] as [&str; 0]);
        assert_eq!(exported("to=1999-01-01").await, [] as [&str; 0]);
        for place in 0..all.len() {
            assert_eq!(exported(&format!("before={}", all[place])).await, all[place + 1..]);
        }
        assert_eq!(exported(&format!("from=2026-01-02&before={}", all[4])).await, all[5..6]);
    })
    .await;
}

#[tokio::test]
async fn a_cut_export_of_all_lists_goes_on_where_it_was() {
    TestApp::run(async |app| {
        let (admin, _) = site(app).await;
        let all = lines(&export(app, &admin, "all").await);
        let places = BTreeSet::from([20, 25, all.len() / 2, all.len() - 3]);
        for place in places {
            let (list, id) = (all[place]["list"].as_str().unwrap(), all[place]["id"].as_str().unwrap());
            let target =
                if list == "config" { format!("all?start={list}") } else { format!("all?start={list}&before={id}") };
            let rest = lines(&export(app, &admin, &target).await);
            let is_known = |row: &&Value| row["target"] != "export all";
            let expected = if list == "config" { &all[..] } else { &all[place + 1..] };
            let [rest, expected] = [&rest[..], expected].map(|rows| rows.iter().filter(is_known).collect::<Vec<_>>());
            assert_eq!(rest, expected, "{target}");
        }
        let bare = lines(&export(app, &admin, "all?start=audit").await);
        assert!(bare.iter().all(|row| row["list"] == json!("audit")));
    })
    .await;
}
