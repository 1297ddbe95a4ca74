//! `POST /api/admin/carmi`: makes a batch of redemption codes.

use domain::{BatchId, Benefit, BusinessDay, Error, Level, RedemptionCode, Remark, Result, UserId};
use serde_json::Value;
use table::redemption::{self, BATCH_CODES_MAX, Batch, NewCode};
use web::{Call, Fields, Reply};

use crate::{App, carmi};

/// What an administrator asks for.
struct Order {
    benefit: Benefit,
    end_day: Option<BusinessDay>,
    quantity: u32,
    remark: Remark,
}

pub(crate) async fn handle(app: &App, call: &Call) -> Result<Reply> {
    let administrator = call.administrator().await?;
    let audit = call.audit(&administrator)?;
    let order = parse(&call.fields()?, app.base.zone.day(call.began()))?;
    let batch = batch(&order, administrator.id, call.began())?;
    let codes: Vec<(RedemptionCode, NewCode)> =
        (0..order.quantity).map(|place| draw(app, batch.id, place)).collect::<Result<_>>()?;
    let (keys, codes): (Vec<_>, Vec<_>) = codes.into_iter().unzip();
    redemption::create(&app.base.table, &batch, &codes, &app.base.zone, &audit).await?;
    let rows: Vec<Value> = keys.iter().zip(&codes).map(|(key, code)| carmi::made(&batch, code, key)).collect();
    Reply::data(&rows)
}

fn parse(fields: &Fields, today: BusinessDay) -> Result<Order> {
    let kind = fields.required_word("type")?;
    let reward = fields.integer("reward")?.ok_or(Error::missing())?;
    let quantity = fields.integer("quantity")?.ok_or(Error::missing())?;
    let level = Level::from_number(fields.integer("level")?.unwrap_or(Level::Member.number()));
    let level = level.ok_or(Error::refused("卡密等级不正确"))?;
    let end_day = fields.day("end_time")?;
    if !["integral", "day"].contains(&kind.as_str()) {
        return Err(Error::refused("卡密类型不正确"));
    }
    if end_day.is_some_and(|last| last < today) {
        return Err(Error::refused("截止日期不能早于今天"));
    }
    let quantity = u32::try_from(quantity).ok().filter(|quantity| (1..=BATCH_CODES_MAX).contains(quantity));
    Ok(Order {
        benefit: Benefit::of(&kind, reward, level).ok_or(Error::refused("奖励数量不正确"))?,
        end_day,
        quantity: quantity.ok_or(Error::refused("生成数量应为1到1000"))?,
        remark: Remark::parse(&fields.text("remark").unwrap_or_default()).ok_or(Error::refused("备注不正确"))?,
    })
}

fn batch(order: &Order, by: UserId, now: i64) -> Result<Batch> {
    let id = redemption::draw_batch(now)?;
    Ok(Batch {
        id,
        remark: order.remark.clone(),
        by,
        benefit: order.benefit,
        end_day: order.end_day,
        first: redemption::code_id(id, 0),
        last: None,
        count: 0,
        used: 0,
        left: 0,
        created: now,
        void: None,
    })
}

/// A new code: its text for the answer, and what the table keeps of it.
fn draw(app: &App, batch: BatchId, place: u32) -> Result<(RedemptionCode, NewCode)> {
    let (id, key) = (redemption::code_id(batch, place), RedemptionCode::draw()?);
    let sealed = app.sealer.seal(&id.to_string(), key.as_str()).map_err(Error::internal)?;
    let hash = app.redemption.hash(&key);
    Ok((key, NewCode { id, hash, sealed }))
}
