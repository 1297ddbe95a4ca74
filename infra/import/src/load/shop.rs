//! Products and payment channels, by the rules that hold when they are saved.

use std::collections::BTreeMap;

use domain::limits::{CHANNELS_MAX, PRICE_FEN_MAX, PRODUCT_TEXT_CHARS_MAX, PRODUCTS_MAX, SHOP_SORT_MAX};
use domain::{Benefit, ChannelId, Fen, Level, PayType, ProductId, Provider, paste};
use payment::Params;
use rusqlite::Row;
use serde_json::json;
use table::channel::{Channel, Name};
use table::product::{Badge, Product, Title};
use table::upstream_key::mask;

use super::amount::whole;
use super::{Load, is_on, place};
use crate::Failure;
use crate::report::{Place, quoted};
use crate::spool::{text, times};

/// How much of the name of what is left out is shown.
const SHOWN_CHARS_MAX: usize = 60;

/// A channel as the dump tells of it, by its own row or by that of an order.
#[derive(Debug, Default)]
pub(super) struct OldChannel {
    pub(super) name: String,
    pub(super) provider: String,
    pub(super) types: String,
    pub(super) params: String,
    pub(super) sort: String,
    pub(super) is_on: bool,
    pub(super) times: (i64, i64),
}

impl Load<'_> {
    /// The products.
    pub(super) fn products(&mut self) -> Result<(), Failure> {
        let spool = self.spool;
        let mut statement = spool.db.prepare("SELECT * FROM product ORDER BY id")?;
        let mut found = statement.query([])?;
        let mut products = 0;
        while let Some(row) = found.next()? {
            let place = place("product", row)?;
            if products == PRODUCTS_MAX {
                self.leave_out(place, "too_many", &json!(format!("a site has {PRODUCTS_MAX} products at most")))?;
                continue;
            }
            if let Some(product) = self.product(row, place)? {
                products += 1;
                let put = self.rows.product(&product)?;
                self.judge_row(place, put);
            }
        }
        Ok(())
    }

    fn product(&mut self, row: &Row<'_>, place: Place<'_>) -> Result<Option<Product>, Failure> {
        let Some(id) = ProductId::from_i64(place.id) else { return Ok(None) };
        let written = text(row, "title")?;
        let title = Title::parse(&::shop::plain(&written)).filter(|title| !title.as_str().is_empty());
        let Some(title) = title else {
            self.leave_out(place, "title", &quoted(&written))?;
            return Ok(None);
        };
        let written = text(row, "price")?;
        let price = whole(&written).filter(|price| (1..=PRICE_FEN_MAX).contains(price)).and_then(Fen::new);
        let Some(price) = price else {
            self.leave_out_called(place, title.as_str(), "price", &quoted(&written))?;
            return Ok(None);
        };
        let fields = ["type", "value", "level", "integral", "day"].map(|name| text(row, name));
        let [kind, value, level, integral, day] = fields;
        let given = given(&kind?, &value?, &level?, (&integral?, &day?));
        let Some(benefit) = given else {
            self.leave_out_called(place, title.as_str(), "no_benefit", &json!("neither credits nor days, or both"))?;
            return Ok(None);
        };
        let badge = Badge::parse(&::shop::plain(&text(row, "badge")?));
        let described: String = ::shop::plain(&text(row, "describe")?).chars().take(PRODUCT_TEXT_CHARS_MAX).collect();
        let is_odd = |c: char| c.is_control() && !['\n', '\r', '\t'].contains(&c);
        let original = whole(&text(row, "original_price")?).filter(|price| (1..=PRICE_FEN_MAX).contains(price));
        let (created, updated) = times(row)?;
        Ok(Some(Product {
            id,
            title,
            badge: badge.unwrap_or_default(),
            describe: described.replace(is_odd, ""),
            price,
            original_price: original.and_then(Fen::new),
            benefit,
            sort: whole(&text(row, "sort")?).unwrap_or(0).clamp(-SHOP_SORT_MAX, SHOP_SORT_MAX),
            enabled: is_on(&text(row, "status")?),
            created,
            updated,
        }))
    }

    /// The payment channels, their parameters sealed.
    pub(super) fn channels(&mut self) -> Result<(), Failure> {
        let spool = self.spool;
        let mut statement = spool.db.prepare("SELECT * FROM payment ORDER BY id")?;
        let mut found = statement.query([])?;
        let mut channels = 0;
        while let Some(row) = found.next()? {
            let place = place("payment", row)?;
            let Some(id) = ChannelId::from_i64(place.id) else { continue };
            if channels == CHANNELS_MAX {
                self.leave_out(place, "too_many", &json!(format!("a site has {CHANNELS_MAX} channels at most")))?;
                continue;
            }
            let old = OldChannel {
                name: text(row, "name")?,
                provider: text(row, "channel")?,
                types: text(row, "types")?,
                params: text(row, "params")?,
                sort: text(row, "sort")?,
                is_on: is_on(&text(row, "status")?),
                times: times(row)?,
            };
            match self.channel(id, &old)? {
                Ok(channel) => {
                    channels += 1;
                    let put = self.rows.channel(&channel)?;
                    self.judge_row(place, put);
                }
                Err((kind, detail)) => {
                    let called: String = [&old.name, &old.provider].map(|name| name.trim()).join(", ");
                    let called: String = called.chars().take(SHOWN_CHARS_MAX).collect();
                    self.leave_out_called(place, &called, kind, &json!(detail))?;
                }
            }
        }
        Ok(())
    }

    /// A channel, or why it is none.
    pub(super) fn channel(
        &self,
        id: ChannelId,
        old: &OldChannel,
    ) -> Result<Result<Channel, (&'static str, String)>, Failure> {
        let Some(provider) = Provider::parse(&old.provider) else {
            return Ok(Err(("unknown_provider", old.provider.chars().take(40).collect())));
        };
        let mut pay_types: Vec<PayType> = paste::names(&old.types).filter_map(|name| PayType::parse(&name)).collect();
        pay_types.retain(|pay_type| provider.serves(*pay_type));
        pay_types.sort_unstable();
        pay_types.dedup();
        if pay_types.is_empty() {
            return Ok(Err(("types", old.types.chars().take(40).collect())));
        }
        // The error names the field and never its value.
        let params = match Params::parse(provider, &old.params, self.options.loopback) {
            Ok(params) => params,
            Err(error) => return Ok(Err(("params", error.to_string()))),
        };
        let secrets = Params::secrets(provider);
        let shown = params.entries().map(|(name, value)| {
            let value = if secrets.contains(&name) { mask(value) } else { value.to_owned() };
            (name.to_owned(), value)
        });
        let named = Name::parse(&::shop::plain(&old.name)).filter(|name| !name.as_str().is_empty());
        let named = named.or_else(|| Name::parse(provider.name()));
        let shown: BTreeMap<String, String> = shown.collect();
        let sealed = self.sealer.seal(&id.to_string(), &params.to_json()).map_err(domain::Error::internal)?;
        Ok(Ok(Channel {
            id,
            name: named.unwrap_or_default(),
            provider,
            pay_types,
            shown,
            sealed,
            sort: whole(&old.sort).unwrap_or(0).clamp(-SHOP_SORT_MAX, SHOP_SORT_MAX),
            enabled: old.is_on,
            created: old.times.0,
            updated: old.times.1,
        }))
    }
}

/// What a product gives: by `type`, `value` and `level`, or by `integral` or `day`.
pub(super) fn given(kind: &str, value: &str, level: &str, (integral, day): (&str, &str)) -> Option<Benefit> {
    let number = |text: &str| whole(text).filter(|number| *number != 0);
    if !kind.trim().is_empty() && number(value).is_some() {
        return super::amount::benefit(kind, value, level);
    }
    let level = whole(level).and_then(Level::from_number).unwrap_or(Level::Member);
    match (number(integral), number(day)) {
        (Some(credits), None) => Benefit::of("integral", credits, level),
        (None, Some(days)) => Benefit::of("day", days, level),
        _ => None,
    }
}
