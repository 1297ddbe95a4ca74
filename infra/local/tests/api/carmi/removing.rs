//! `DELETE /api/admin/carmi/{id}`.

use super::{batch, credits, delete, keys, list, make, redeem, statuses};
use crate::app::{ADMIN, TestApp};

#[tokio::test]
async fn a_deleted_code_cannot_be_redeemed() {
    TestApp::run(async |app| {
        let (admin, ada) = (app.log_in(ADMIN).await, app.log_in("ada@example.com").await);
        let rows = make(app, &credits(2, 5)).await;
        let path = format!("/{}", rows[0]["id"].as_str().unwrap());
        let answer = delete(app, &admin, &path).await;
        assert_eq!((answer.data(), answer.envelope()["message"].as_str()), (1.into(), Some("删除成功")));
        assert_eq!(delete(app, &admin, &path).await.data(), 0);
        assert_eq!(redeem(app, &ada, &keys(&rows)[0]).await.refusal(400), "卡密不存在");
        assert_eq!(redeem(app, &ada, &keys(&rows)[1]).await.status, 200);
        assert_eq!(list(app, &admin, "").await.0, 1);
        let batch = batch(app, &admin).await;
        assert_eq!((&batch["count"], &batch["used"], &batch["left"]), (&2.into(), &1.into(), &0.into()));
    })
    .await;
}

#[tokio::test]
async fn what_a_used_code_gave_stays_given() {
    TestApp::run(async |app| {
        let (admin, ada) = (app.log_in(ADMIN).await, app.log_in("ada@example.com").await);
        let rows = make(app, &credits(1, 5)).await;
        assert_eq!(redeem(app, &ada, &keys(&rows)[0]).await.status, 200);
        assert_eq!(delete(app, &admin, &format!("/{}", rows[0]["id"].as_str().unwrap())).await.data(), 1);
        assert_eq!(statuses(app, &admin).await, [0, 0, 0]);
        assert_eq!(ada.credits().await, 15);
        let (_, statement) = ada.statement().await;
        assert_eq!(statement[0], ("5积分".to_owned(), "卡密充值 (积分)".to_owned()));
        assert_eq!(batch(app, &admin).await["used"], 1);
    })
    .await;
}

#[tokio::test]
async fn a_void_code_can_be_deleted_and_no_id_is_no_code() {
    TestApp::run(async |app| {
        let admin = app.log_in(ADMIN).await;
        let rows = make(app, &credits(2, 5)).await;
        let batch = rows[0]["batch_id"].as_str().unwrap();
        assert_eq!(delete(app, &admin, &format!("/batch/{batch}")).await.data(), 2);
        assert_eq!(delete(app, &admin, &format!("/{}", rows[0]["id"].as_str().unwrap())).await.data(), 1);
        assert_eq!(statuses(app, &admin).await, [0, 0, 1]);
        assert_eq!(delete(app, &admin, &format!("/{batch}")).await.data(), 0, "a batch is no code");
        assert_eq!(delete(app, &admin, "/50365654087237632").await.data(), 0);
        assert_eq!(delete(app, &admin, "/x").await.refusal(404), "数据不存在");
        assert_eq!(statuses(app, &admin).await, [0, 0, 1]);
    })
    .await;
}
