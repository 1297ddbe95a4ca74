//! `POST /api/pay/precreate`: a new order, and where to pay it.

use domain::limits::QUANTITY_MAX;
use domain::{Benefit, Error, OrderId, PayType, ProductId, Result};
use payment::Device;
use serde_json::json;
use table::channel::Channel;
use table::limit::{self, Bucket};
use table::order::{self, Opened, Order, State, Terms};
use table::product::Product;
use table::shop;
use table::user::User;
use web::{Call, Fields, Reply};

use crate::App;

/// What somebody wants.
struct Wish {
    pay_type: PayType,
    product: ProductId,
    quantity: i64,
}

pub(crate) async fn handle(app: &App, call: &Call) -> Result<Reply> {
    let token = call.token().ok_or(Error::LoggedOut)?;
    // The read's failure waits for the identity's verdict.
    let read = async { Ok(shop::load(&app.base.table).await) };
    let (user, shop) = tokio::try_join!(call.user(), read)?;
    let (wish, shop) = (parse(&call.fields()?)?, shop?);
    let product = shop.on_sale(wish.product).ok_or(Error::refused("商品不存在"))?;
    let channel = shop.channel_for(wish.pay_type).ok_or(Error::refused("支付信息未配置"))?;
    let order = order(call, &user, &wish, product, channel)?;
    // Before anything is stored: an order that cannot be offered would only take one of the person's places.
    app.cashier.params(channel).map_err(unusable)?;
    limit::take(&app.base.table, Bucket::OrdersOfUser(user.id), call.began_seconds()).await?;
    let notify_url = App::notify_url(call, channel.provider, order.id)?;
    let terms = Terms { product: product.clone(), channel: channel.clone(), notify_url };
    if order::open(&app.base.table, &order, &terms, &token).await? == Opened::TooMany {
        return Err(Error::refused("未支付的订单过多，请先支付，或等待未支付的订单关闭"));
    }
    let offer = app.cashier.offer(&order, &terms, device(call)).await?;
    Reply::data(&json!({
        "channel": order.provider,
        "order_id": order.id,
        "pay_url": offer.pay_url,
        "pay_type": order.pay_type,
    }))
}

fn parse(fields: &Fields) -> Result<Wish> {
    let pay_type = PayType::parse(&fields.required_word("pay_type")?).ok_or(Error::refused("支付信息未配置"))?;
    let product = fields.required_id("product_id")?;
    let quantity = fields.integer("quantity")?.unwrap_or(1);
    if (1..=QUANTITY_MAX).contains(&quantity) {
        Ok(Wish { pay_type, product, quantity })
    } else {
        Err(Error::refused("购买数量应为1到99"))
    }
}

fn order(call: &Call, user: &User, wish: &Wish, product: &Product, channel: &Channel) -> Result<Order> {
    let (one, quantity, now) = (product.benefit, wish.quantity, call.began());
    let number = one.number().checked_mul(quantity);
    let benefit = number.and_then(|number| Benefit::of(one.kind(), number, one.level()));
    Ok(Order {
        id: OrderId::draw(now)?,
        user: user.id,
        state: State::Await,
        closed: None,
        doubted: false,
        amount: product.price.times(quantity).ok_or(Error::refused("购买数量过多"))?,
        benefit: benefit.ok_or(Error::refused("购买数量过多"))?,
        quantity,
        product: product.id,
        title: product.title.clone(),
        pay_type: wish.pay_type,
        provider: channel.provider,
        channel: channel.id,
        ip: call.address().to_owned(),
        buyer: user.standing(),
        looks: 0,
        asked: 0,
        trade_no: None,
        paid: None,
        late: false,
        ordinal: None,
        created: now,
        updated: now,
    })
}

fn unusable(error: Error) -> Error {
    Error::Upstream { message: cashier::FAILED, source: error.into() }
}

fn device(call: &Call) -> Device {
    Device::of(call.header("user-agent").unwrap_or_default())
}
