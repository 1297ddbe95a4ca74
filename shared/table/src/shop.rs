//! What the site sells and how it is paid, one small partition: a purchase reads both at once.

use domain::{ChannelId, PayType, ProductId, Result};

use crate::Table;
use crate::channel::Channel;
use crate::keys::{CHANNEL_PREFIX, PRODUCT_PREFIX, SHOP_PARTITION};
use crate::product::Product;
use crate::read::entity;

/// All products and channels as of one reading.
#[derive(Clone, Debug, Default)]
pub struct Shop {
    /// The products, in the order of their places and then newest first.
    pub products: Vec<Product>,
    /// The channels, in the order in which they are chosen: by their places and then oldest first.
    pub channels: Vec<Channel>,
}

impl Shop {
    /// The product with this id, if people can buy it.
    pub fn on_sale(&self, id: ProductId) -> Option<&Product> {
        self.products.iter().find(|product| product.id == id && product.enabled)
    }

    /// The channel that a new order is paid through.
    pub fn channel_for(&self, pay_type: PayType) -> Option<&Channel> {
        self.channels.iter().find(|channel| channel.enabled && channel.pay_types.contains(&pay_type))
    }

    /// The channel with this id.
    pub fn channel(&self, id: ChannelId) -> Option<&Channel> {
        self.channels.iter().find(|channel| channel.id == id)
    }
}

/// Reads the whole partition, as of the last commit.
///
/// # Errors
/// When the table cannot be read.
pub async fn load(table: &Table) -> Result<Shop> {
    let mut shop = Shop::default();
    for item in table.partition(SHOP_PARTITION, None).await? {
        let kind = item.get("sk").and_then(|sk| sk.as_s().ok()).map_or("", String::as_str);
        if kind.starts_with(PRODUCT_PREFIX) {
            shop.products.push(entity(item)?);
        } else if kind.starts_with(CHANNEL_PREFIX) {
            shop.channels.push(entity(item)?);
        }
    }
    shop.products.sort_unstable_by_key(|product| (product.sort, std::cmp::Reverse(product.id)));
    shop.channels.sort_unstable_by_key(|channel| (channel.sort, channel.id));
    Ok(shop)
}
