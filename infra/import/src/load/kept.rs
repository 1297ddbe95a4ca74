//! What administrators keep: settings, notices and upstream keys, by the rules that hold when they are saved.

use std::collections::BTreeMap;

use domain::limits::{NOTICE_SORT_MAX, REMARK_CHARS_MAX, UPSTREAM_MODELS_BYTES_MAX, UPSTREAM_MODELS_MAX};
use domain::secret::{upstream_host, upstream_secret};
use domain::settings::Definition;
use domain::{NoticeId, Remark, UpstreamId, model, paste, settings};
use outbound::Endpoint;
use rusqlite::Row;
use serde_json::{Value, json};
use table::notice::{Notice, Title};
use table::setting::{Setting, seal_name};
use table::upstream_key::{self, KEYS_MAX, Kind, UpstreamKey};

use super::amount::{millionths, whole};
use super::{Load, is_on, place};
use crate::Failure;
use crate::report::{Fate, Place, quoted};
use crate::spool::{text, times};

/// Longest value of a number that is shown.
const SHOWN_CHARS_MAX: usize = 12;

impl Load<'_> {
    /// The settings that are known, as they may be. One that is left out would leave its default in force.
    pub(super) fn settings(&mut self) -> Result<(), Failure> {
        let spool = self.spool;
        let mut statement = spool.db.prepare("SELECT * FROM config ORDER BY id")?;
        let mut found = statement.query([])?;
        let mut taken: BTreeMap<&'static str, String> = BTreeMap::new();
        while let Some(row) = found.next()? {
            let place = place("config", row)?;
            let (name, sent) = (text(row, "name")?, text(row, "value")?);
            let Some(definition) = Definition::find(name.trim()) else {
                self.report.say(place, Fate::LeftOut, "unknown_setting", &quoted(&name))?;
                continue;
            };
            match taken.get(definition.name) {
                Some(first) if *first == sent => {
                    self.report.say(place, Fate::LeftOut, "setting_twice", &quoted(&name))?;
                    continue;
                }
                Some(_) => {
                    let detail = json!("the dump has it twice, with two values; the row with the lower id counts");
                    self.leave_out_called(place, definition.name, "setting_twice", &detail)?;
                    continue;
                }
                None => {}
            }
            match self.value(definition, &sent) {
                Ok((value, sealed)) => {
                    let (created, updated) = times(row)?;
                    let put = self.rows.setting(definition.name, &Setting { value, sealed, created, updated })?;
                    self.judge_row(place, put);
                }
                Err(error) => {
                    let rule = error.to_string();
                    let detail =
                        json!({"value": shown(definition, &sent), "rule": rule, "instead": definition.default});
                    self.leave_out_called(place, definition.name, "setting", &detail)?;
                }
            }
            taken.insert(definition.name, sent);
        }
        Ok(())
    }

    /// A setting's value; of one that holds secrets, what is shown of it, and all of it sealed.
    fn value(&self, definition: &Definition, sent: &str) -> domain::Result<(String, Option<Vec<u8>>)> {
        if !definition.is_confidential() {
            return Ok((definition.read(sent, site::sanitised)?, None));
        }
        let read = definition.read_confidential(sent, None)?;
        let sealed = Some(&read.whole).filter(|whole| !whole.is_empty());
        let sealed = sealed.map(|whole| self.sealer.seal(&seal_name(definition), whole));
        Ok((read.shown, sealed.transpose().map_err(domain::Error::internal)?))
    }

    /// The notices, their HTML sanitised.
    pub(super) async fn notices(&mut self) -> Result<(), Failure> {
        let spool = self.spool;
        let mut statement = spool.db.prepare("SELECT * FROM notification ORDER BY id")?;
        let mut found = statement.query([])?;
        while let Some(row) = found.next()? {
            let place = place("notification", row)?;
            let Some(id) = NoticeId::from_i64(place.id) else { continue };
            let written = text(row, "title")?;
            let Some(title) = Title::parse(&written).filter(|title| !title.as_str().is_empty()) else {
                self.leave_out(place, "title", &quoted(&written))?;
                continue;
            };
            let content = settings::html(&text(row, "content")?, site::sanitised);
            let Some(content) = content.filter(|content| !content.trim().is_empty()) else {
                self.leave_out(place, "content", &json!("empty, or too long, once it is safe to show"))?;
                continue;
            };
            let sort = whole(&text(row, "sort")?).unwrap_or(0).clamp(-NOTICE_SORT_MAX, NOTICE_SORT_MAX);
            let (enabled, (created, updated)) = (is_on(&text(row, "status")?), times(row)?);
            let put = self.rows.notice(&Notice { id, title, content, sort, enabled, created, updated })?;
            self.put_row(place, put).await?;
        }
        Ok(())
    }

    /// The upstream keys, sealed.
    pub(super) fn upstream_keys(&mut self) -> Result<(), Failure> {
        let spool = self.spool;
        let mut statement = spool.db.prepare("SELECT * FROM token ORDER BY id")?;
        let mut found = statement.query([])?;
        let mut keys = 0;
        while let Some(row) = found.next()? {
            let place = place("token", row)?;
            if keys == KEYS_MAX {
                self.leave_out(place, "too_many", &json!(format!("a site has {KEYS_MAX} upstream keys at most")))?;
                continue;
            }
            if let Some(key) = self.upstream_key(row, place)? {
                keys += 1;
                let put = self.rows.upstream_key(&key)?;
                self.judge_row(place, put);
            }
        }
        Ok(())
    }

    fn upstream_key(&mut self, row: &Row<'_>, place: Place<'_>) -> Result<Option<UpstreamKey>, Failure> {
        let Some(id) = UpstreamId::from_i64(place.id) else { return Ok(None) };
        let (key, host) = (text(row, "key")?, text(row, "host")?);
        let Some(secret) = upstream_secret(&key) else {
            self.leave_out(place, "no_key", &json!("the key is empty, masked or of other characters"))?;
            return Ok(None);
        };
        let callable = upstream_host(&host).ok_or_else(|| "it is too long".to_owned()).and_then(|host| {
            Endpoint::parse(&host, self.options.loopback).map(|_| host).map_err(|error| error.to_string())
        });
        let host = match callable {
            Ok(host) => host,
            Err(because) => {
                self.leave_out(place, "host", &json!({"host": quoted(&host), "because": because}))?;
                return Ok(None);
            }
        };
        let kind = text(row, "type")?;
        let named = Kind::parse(&paste::clean(&kind));
        if named.is_none() && !kind.trim().is_empty() {
            self.remark(place, "unknown_type", &quoted(&kind))?;
        }
        let listed = text(row, "models")?;
        let Ok(models) = model::list(&listed, UPSTREAM_MODELS_MAX, UPSTREAM_MODELS_BYTES_MAX) else {
            self.leave_out(place, "models", &json!("names that are no models, or too many"))?;
            return Ok(None);
        };
        let note: String = text(row, "remarks")?.chars().take(REMARK_CHARS_MAX).collect();
        let (created, updated) = times(row)?;
        Ok(Some(UpstreamKey {
            id,
            kind: named.unwrap_or_default(),
            host,
            sealed: self.sealer.seal(&id.to_string(), &secret).map_err(domain::Error::internal)?,
            mask: upstream_key::mask(&secret),
            models,
            enabled: is_on(&text(row, "status")?),
            watched: true,
            weight: 1,
            rpm: None,
            remarks: Remark::parse(&note).unwrap_or_default(),
            stopped: None,
            limit: millionths(&text(row, "limit")?),
            usage: millionths(&text(row, "usage")?),
            metered_before: 0,
            checked: None,
            created,
            updated,
            revision: 1,
        }))
    }
}

/// The value of a setting that is a number; others may be secrets.
fn shown(definition: &Definition, value: &str) -> Value {
    let is_number = definition.default.parse::<f64>().is_ok();
    if is_number && value.chars().count() <= SHOWN_CHARS_MAX { quoted(value) } else { json!("…") }
}
