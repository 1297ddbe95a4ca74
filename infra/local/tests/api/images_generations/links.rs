//! Addresses of pictures, in every shape in which providers write them.

use serde_json::json;

use super::NO_DRAWING;
use crate::app::TestApp;
use crate::pictures::{DRAW, PAINTERS, wish};

#[tokio::test]
async fn a_picture_is_fetched_however_its_address_is_written() {
    for (name, kind, model) in PAINTERS.into_iter().filter(|(name, ..)| *name != "stability") {
        for link in ["path", "host", "odd"] {
            TestApp::run(async |app| {
                let ada = app.log_in("ada@example.com").await;
                ada.is_given(50);
                app.adds_painter(kind, "sk-0123456789abcdef").await;
                let mut wish = wish(&format!("一只猫 [[url]][[link={link}]]"), 2);
                (wish["draw_type"], wish["model"]) = (json!(name), json!(model));
                let rows = app.post(DRAW, &ada.token, &wish).await.data();
                assert_eq!(rows.as_array().unwrap().len(), 2, "{name}, {link}");
                assert_eq!(app.stack.objects.list().len(), 2, "{name}, {link}");
            })
            .await;
        }
    }
}

#[tokio::test]
async fn a_picture_inside_a_network_is_not_fetched() {
    TestApp::run(async |app| {
        let ada = app.log_in("ada@example.com").await;
        ada.is_given(50);
        let refused = app.post(DRAW, &ada.token, &wish("一只猫 [[url]][[link=private]]", 1)).await;
        assert_eq!(refused.refusal(502), NO_DRAWING);
        assert_eq!((app.stack.objects.list().len(), ada.credits().await), (0, 60));
    })
    .await;
}
