//! What the site sells.

use domain::limits::{PRODUCT_BADGE_CHARS_MAX, PRODUCT_TITLE_CHARS_MAX};
use domain::text::Line;
use domain::{Benefit, Fen, ProductId, Result};
use serde::{Deserialize, Serialize};

use crate::audit::Audit;
use crate::keys::Key;
use crate::{Table, small_set};

/// The title of a product.
pub type Title = Line<PRODUCT_TITLE_CHARS_MAX>;
/// A few words in the corner of its card.
pub type Badge = Line<PRODUCT_BADGE_CHARS_MAX>;

/// A product.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Product {
    /// The id.
    pub id: ProductId,
    /// What it is called.
    pub title: Title,
    /// What its badge says; it may be empty.
    pub badge: Badge,
    /// What is said of it: plain text, which may be empty.
    pub describe: String,
    /// What one of it costs; above zero.
    pub price: Fen,
    /// What it is said to have cost before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub original_price: Option<Fen>,
    /// What one of it gives.
    pub benefit: Benefit,
    /// Its place among the others: small ones come first.
    pub sort: i64,
    /// Whether people can buy it.
    pub enabled: bool,
    /// Milliseconds since the Unix epoch.
    pub created: i64,
    /// When it was last changed, in milliseconds since the Unix epoch.
    pub updated: i64,
}

/// Stores a new product.
///
/// # Errors
/// When the table cannot be written.
pub async fn create(table: &Table, product: &Product, audit: &Audit) -> Result<()> {
    small_set::create(table, &Key::product(product.id), product, audit).await
}

/// Changes a product as it is at that moment: of two who change different things of it, both do. Returns it as it is
/// then; `None` when there is none. Orders keep what they were made for.
///
/// # Errors
/// Those of the change; when the table cannot be read or written.
pub async fn change(
    table: &Table,
    id: ProductId,
    audit: &Audit,
    change: impl Fn(Product) -> Result<Product>,
) -> Result<Option<Product>> {
    small_set::change(table, &Key::product(id), audit, change).await
}

/// Deletes a product. Returns whether it was there. Orders keep what they were made for.
///
/// # Errors
/// When the table cannot be written.
pub async fn remove(table: &Table, id: ProductId, audit: &Audit) -> Result<bool> {
    small_set::remove::<Product>(table, &Key::product(id), audit).await
}
