//! What records show of each thing that administrators write.

use domain::{Benefit, PayType};
use serde_json::{Value, json};

use super::Shown;
use crate::channel::Channel;
use crate::image::Image;
use crate::ledger::Row;
use crate::notice::Notice;
use crate::product::Product;
use crate::redemption::{Batch, Code};
use crate::upload::Upload;
use crate::upstream_key::UpstreamKey;
use crate::user::User;

/// What is shown of a password that there is.
const PASSWORD: &str = "********";

/// A field and its value.
type Field = (&'static str, Value);

impl Shown for User {
    fn target(&self) -> String {
        format!("user {}", self.id)
    }

    fn shown(&self) -> Vec<Field> {
        vec![
            ("account", json!(self.account)),
            ("role", json!(self.role)),
            ("status", status(self.enabled)),
            ("nickname", json!(self.nickname)),
            ("avatar", json!(self.avatar)),
            ("integral", json!(self.total())),
            ("vip_expire_time", json!(self.vip_day)),
            ("svip_expire_time", json!(self.svip_day)),
            ("password", json!(self.password.as_ref().map(|_| PASSWORD))),
        ]
    }

    fn secret(&self) -> Option<(&'static str, &[u8])> {
        self.password.as_ref().map(|hash| ("password", hash.as_str().as_bytes()))
    }
}

impl Shown for Row {
    fn target(&self) -> String {
        format!("turnover {}", self.id)
    }

    fn shown(&self) -> Vec<Field> {
        vec![
            ("user_id", json!(self.user)),
            ("integral", json!(self.amount)),
            ("day", json!(self.days)),
            ("describe", json!(self.describe)),
        ]
    }
}

impl Shown for Batch {
    fn target(&self) -> String {
        format!("batch {}", self.id)
    }

    fn shown(&self) -> Vec<Field> {
        let mut fields = benefit(self.benefit);
        fields.extend([
            ("quantity", json!(self.count)),
            ("end_time", json!(self.end_day)),
            ("remark", json!(self.remark)),
            ("status", status(self.void.is_none())),
        ]);
        fields
    }
}

/// Never the text of the code, sealed or not, nor its hash.
impl Shown for Code {
    fn target(&self) -> String {
        format!("carmi {}", self.id)
    }

    fn shown(&self) -> Vec<Field> {
        let mut fields = benefit(self.benefit);
        fields.extend([
            ("batch_id", json!(self.batch)),
            ("end_time", json!(self.end_day)),
            ("status", json!(self.status)),
            ("user_id", json!(self.user)),
        ]);
        fields
    }
}

/// What was asked for is the person's, and the name of the file opens it.
impl Shown for Image {
    fn target(&self) -> String {
        format!("image {}", self.id)
    }

    fn shown(&self) -> Vec<Field> {
        vec![("user_id", json!(self.user)), ("visibility", json!(self.visibility))]
    }
}

/// The name of the file opens it.
impl Shown for Upload {
    fn target(&self) -> String {
        format!("upload {}", self.id)
    }

    fn shown(&self) -> Vec<Field> {
        vec![("user_id", json!(self.user)), ("type", json!(self.media_type)), ("size", json!(self.bytes))]
    }
}

impl Shown for UpstreamKey {
    fn target(&self) -> String {
        format!("token {}", self.id)
    }

    fn shown(&self) -> Vec<Field> {
        vec![
            ("host", json!(self.host)),
            ("key", json!(self.mask)),
            ("type", json!(self.kind)),
            ("models", json!(self.models.join(","))),
            ("check", status(self.watched)),
            ("weight", json!(self.weight)),
            ("rpm", json!(self.rpm)),
            ("remarks", json!(self.remarks)),
            ("status", status(self.enabled)),
            ("reason", json!(self.stopped.as_ref().map(|stopped| &stopped.reason))),
        ]
    }

    fn secret(&self) -> Option<(&'static str, &[u8])> {
        Some(("key", &self.sealed))
    }
}

impl Shown for Product {
    fn target(&self) -> String {
        format!("product {}", self.id)
    }

    fn shown(&self) -> Vec<Field> {
        let mut fields = benefit(self.benefit);
        fields.extend([
            ("title", json!(self.title)),
            ("badge", json!(self.badge)),
            ("describe", json!(self.describe)),
            ("price", json!(self.price)),
            ("original_price", json!(self.original_price)),
        ]);
        fields.extend(sort_and_status(self.sort, self.enabled));
        fields
    }
}

impl Shown for Channel {
    fn target(&self) -> String {
        format!("payment {}", self.id)
    }

    fn shown(&self) -> Vec<Field> {
        let types: Vec<&str> = self.pay_types.iter().copied().map(PayType::name).collect();
        let mut fields = vec![
            ("name", json!(self.name)),
            ("channel", json!(self.provider.name())),
            ("types", json!(types.join(","))),
            ("params", json!(json!(self.shown).to_string())),
        ];
        fields.extend(sort_and_status(self.sort, self.enabled));
        fields
    }

    fn secret(&self) -> Option<(&'static str, &[u8])> {
        Some(("params", &self.sealed))
    }
}

impl Shown for Notice {
    fn target(&self) -> String {
        format!("notification {}", self.id)
    }

    fn shown(&self) -> Vec<Field> {
        let mut fields = vec![("title", json!(self.title)), ("content", json!(self.content))];
        fields.extend(sort_and_status(self.sort, self.enabled));
        fields
    }
}

fn sort_and_status(sort: i64, enabled: bool) -> [Field; 2] {
    [("sort", json!(sort)), ("status", status(enabled))]
}

fn benefit(benefit: Benefit) -> Vec<Field> {
    vec![("type", json!(benefit.kind())), ("value", json!(benefit.number())), ("level", json!(benefit.level()))]
}

/// The number by which the interface calls a switch.
fn status(is_on: bool) -> Value {
    json!(i32::from(is_on))
}
