//! `GET /api/admin/books`: what the last check of all sums and counts has found, and whether one is under way.

use domain::{MessageId, Result, Zone};
use serde_json::{Value, json};
use table::books::{self, Difference, Kind};
use table::stats::{Figure, Gift, Loss};
use web::{Call, Reply};

use crate::App;

pub(crate) async fn handle(app: &App, call: &Call) -> Result<Reply> {
    let (_, books) = call.administrator_and(books::read(&app.base.table)).await?;
    let zone = &app.base.zone;
    let outcome = books.outcome.as_ref();
    let differences = outcome.map_or(&[][..], |outcome| &outcome.differences);
    Reply::data(&json!({
        "checked_at": outcome.map(|outcome| zone.text(outcome.checked_at)),
        "users": outcome.map_or(0, |outcome| outcome.users),
        "rows": outcome.map_or(0, |outcome| outcome.rows),
        "count": outcome.map_or(0, |outcome| outcome.number),
        "differences": differences.iter().map(|difference| view(difference, zone)).collect::<Vec<_>>(),
        "running": books.running,
    }))
}

/// For a person alone at night: a sentence. For programs: the kind.
fn view(difference: &Difference, zone: &Zone) -> Value {
    let Difference { kind, id, expected, found } = difference;
    let message = sentence(difference, zone);
    json!({"kind": kind, "id": id, "expected": expected, "found": found, "message": message})
}

fn sentence(Difference { kind, id, expected, found }: &Difference, zone: &Zone) -> String {
    let (of, part) = id.split_once('/').unwrap_or((id, ""));
    let since = || MessageId::parse(part).map_or_else(|| part.to_owned(), |id| zone.text(id.millis()));
    match kind {
        Kind::Sum => format!("用户 {of} 的余额与预留共 {found} 积分，但流水合计为 {expected}"),
        Kind::Negative => format!("用户 {of} 的余额或预留为负数：{found}"),
        Kind::Held => format!("用户 {of} 的预留为 {found} 积分，但各笔预留合计为 {expected}"),
        Kind::Hold => format!("用户 {of} 有 {found} 笔预留到期后没有结束"),
        Kind::RowMissing => format!("用户 {of} 缺少第 {expected} 条流水（现有到第 {found} 条）"),
        Kind::RowBeyond => format!("用户 {of} 有第 {found} 条流水，但只应有 {expected} 条"),
        Kind::RowTotal => format!("用户 {of} 第 {part} 条流水的累计应为 {expected}，现为 {found}"),
        Kind::RowPlace => format!("用户 {of} 第 {part} 条流水不在应在的列表中，或属于他人"),
        Kind::RowHidden => format!("用户 {of} 第 {part} 条流水的隐藏标记与隐藏记录不一致"),
        Kind::RowCause => format!("用户 {of} 第 {part} 条流水的来源重复或不存在"),
        Kind::HiddenCount => format!("用户 {of} 记有 {found} 条隐藏流水，实为 {expected} 条"),
        Kind::Messages => format!("用户 {of} 记有 {found} 条消息，实为 {expected} 条"),
        Kind::KeptMessages => format!("用户 {of} 记有 {found} 条为管理员保留的消息，实为 {expected} 条"),
        Kind::Images => format!("用户 {of} 记有 {found} 张图片，实为 {expected} 张"),
        Kind::Uploads => format!("用户 {of} 记有 {found} 张上传的图片，实为 {expected} 张"),
        Kind::ApiKey => format!("用户 {of} 有 {found} 个API密钥的额度不正确"),
        Kind::Account => format!("用户 {of} 与其账号不一致"),
        Kind::Remains => format!("已删除的用户 {of} 仍留有积分、预留或会话"),
        Kind::Administrators => format!("用户 {of} 的管理员身份与管理员名单不一致"),
        Kind::ListTotal => format!("列表 {of} 的总数为 {found}，但各部分合计为 {expected}"),
        Kind::ListRows => format!("列表 {of} 自 {} 起的一段记有 {found} 行，实为 {expected} 行", since()),
        Kind::ListLevels => format!("列表 {of} 自 {} 起的一段，两级计数不一致：{found} 与 {expected}", since()),
        Kind::CodeRow => format!("卡密 {of} 已使用，但没有对应的流水"),
        Kind::Batch => format!("卡密批次 {of} 的计数为 {found}，实为 {expected}"),
        Kind::OrderRow => format!("订单 {of} 已支付，但没有对应的流水或收款记录"),
        Kind::OrderDue => format!("订单 {of} 未支付，但不会再被查询或关闭"),
        Kind::OpenOrders => format!("用户 {of} 记有 {found} 个未支付订单，实为 {expected} 个"),
        Kind::Day => format!("{of} 的统计数据「{}」为 {found}，但按明细合计为 {expected}", figure(part)),
        Kind::Unreadable => format!("记录 {id} 无法读取"),
    }
}

/// What a figure of a day counts, in words.
fn figure(name: &str) -> String {
    let words = match Figure::parse(name) {
        Some(Figure::NewUsers) => "新用户",
        Some(Figure::ActiveUsers) => "活跃用户",
        Some(Figure::Signins) => "签到",
        Some(Figure::Chats(_)) => "对话",
        Some(Figure::Images(_)) => "图片",
        Some(Figure::PromptTokens(_)) => "输入tokens",
        Some(Figure::CompletionTokens(_)) => "输出tokens",
        Some(Figure::Granted(Gift::Register)) => "注册奖励",
        Some(Figure::Granted(Gift::Signin)) => "签到奖励",
        Some(Figure::Granted(Gift::Code)) => "卡密积分",
        Some(Figure::Granted(Gift::Order)) => "购买积分",
        Some(Figure::Granted(Gift::Adjustment)) => "管理员增加积分",
        Some(Figure::Taken(Loss::Adjustment)) => "管理员扣除积分",
        Some(Figure::Taken(Loss::Deletion)) => "注销积分",
        Some(Figure::Spent(Some(model))) => return format!("{model} 消费积分"),
        Some(Figure::Spent(None)) => "对话消费积分",
        Some(Figure::Drawn) => "绘画消费积分",
        Some(Figure::Orders(provider)) => return format!("{} 订单数", provider.name()),
        Some(Figure::Fen(provider)) => return format!("{} 收款（分）", provider.name()),
        None => name,
    };
    words.to_owned()
}
