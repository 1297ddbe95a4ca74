//! What is not exported, and why.

use serde_json::json;

use super::{LISTS, export, site};
use crate::app::{ADMIN, TestApp};

#[tokio::test]
async fn nobody_but_administrators_gets_a_byte_or_learns_what_there_is() {
    TestApp::run(async |app| {
        let (_, ada) = site(app).await;
        let bob = app.log_in("bob@example.com").await;
        app.ban(&bob);
        let targets = LISTS.map(|(list, _)| list.to_owned()).into_iter();
        let targets = targets.chain(["all", "nothing", "users?format=xml", "users?from=x"].map(str::to_owned));
        let records = async || {
            let admin = app.log_in(ADMIN).await;
            app.get("/api/admin/audit", &admin.token).await.data()["count"].clone()
        };
        let before = records().await;
        for target in targets {
            let path = format!("/api/admin/export/{target}");
            for token in ["", "garbage", &bob.token] {
                assert_eq!(app.get(&path, token).await.refusal(401), "请登陆", "{target}");
            }
            assert_eq!(app.get(&path, &ada.token).await.refusal(403), "拒绝访问", "{target}");
        }
        assert_eq!(records().await, before);
    })
    .await;
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_before_it_is_recorded() {
    TestApp::run(async |app| {
        let admin = app.log_in(ADMIN).await;
        let days = "日期须为YYYY-MM-DD，且开始日期不晚于结束日期";
        let config = "设置总是完整导出，不支持from、to和before";
        for (target, status, message) in [
            ("nothing", 404, "数据不存在"),
            ("Users", 404, "数据不存在"),
            ("users%2f..", 404, "数据不存在"),
            ("users?format=xml", 400, "导出格式须为ndjson或csv"),
            ("users?format=CSV", 400, "导出格式须为ndjson或csv"),
            ("all?format=csv", 400, "全部列表只能以ndjson格式导出"),
            ("users?from=yesterday", 400, days),
            ("users?to=2026-02-30", 400, days),
            ("users?from=2026-01-02&to=2026-01-01", 400, days),
            ("users?before=x", 400, "参数不正确"),
            ("users?before=-1", 400, "参数不正确"),
            ("users?before=99999999999999999999", 400, "参数不正确"),
            ("users?start=orders", 400, "start只用于导出全部列表"),
            ("all?start=nothing", 400, "参数不正确"),
            ("all?before=7", 400, "导出全部列表时，before须与start同时给出"),
            ("all?start=config&before=7", 400, config),
            ("config?before=7", 400, config),
            ("config?from=2026-01-01", 400, config),
        ] {
            assert_eq!(export(app, &admin, target).await.refusal(status), message, "{target}");
        }
        assert_eq!(app.get("/api/admin/audit", &admin.token).await.data(), json!({"count": 0, "rows": []}));
        // What clients write for nothing is nothing.
        assert_eq!(export(app, &admin, "users?format=&from=undefined&to=null&before=").await.status, 200);
    })
    .await;
}
