//! What a record says of a write: which fields it changed, from what to what, in few bytes.

use std::collections::BTreeMap;

use serde_json::Value;

/// Longest changes, in bytes: the whole record stays below 4 KB.
pub(super) const CHANGES_BYTES_MAX: usize = 3_000;
/// Characters that are kept of a long text: the first number by which all changes together are short enough.
const TEXT_CHARS_MAX: [usize; 4] = [300, 80, 20, 0];
/// Characters before the first difference of two long texts that are kept with it.
const CONTEXT_CHARS: usize = 20;

/// What administrators write, as records show it: the fields that are named here and no other.
pub(crate) trait Shown {
    /// What it is: a kind of thing, and its id.
    fn target(&self) -> String;

    /// Its fields as records show them, by the names that the interface has for them. No secret is among them; of one a
    /// mask at most.
    fn shown(&self) -> Vec<(&'static str, Value)>;

    /// The field that shows the mask of its secret, and the sealed secret: another secret may have the same mask.
    fn secret(&self) -> Option<(&'static str, &[u8])> {
        None
    }
}

/// What a write did to one thing.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Note {
    target: String,
    /// By field: before and after.
    changes: BTreeMap<&'static str, [Value; 2]>,
}

impl Note {
    /// Something new.
    pub(crate) fn made(after: &impl Shown) -> Self {
        let fields = after.shown().into_iter().filter(|(_, value)| !value.is_null());
        Self { target: after.target(), changes: fields.map(|(name, value)| (name, [Value::Null, value])).collect() }
    }

    /// Something that is no more.
    pub(crate) fn gone(before: &impl Shown) -> Self {
        let fields = before.shown().into_iter().filter(|(_, value)| !value.is_null());
        Self { target: before.target(), changes: fields.map(|(name, value)| (name, [value, Value::Null])).collect() }
    }

    /// Something that is not what it was; none when nothing of it differs that records show.
    pub(crate) fn changed<T: Shown>(before: &T, after: &T) -> Option<Self> {
        let is_other_secret = before.secret().map(|(_, sealed)| sealed) != after.secret().map(|(_, sealed)| sealed);
        let secret = after.secret().filter(|_| is_other_secret).map(|(name, _)| name);
        let mut old: BTreeMap<&'static str, Value> = before.shown().into_iter().collect();
        let both = after.shown().into_iter().map(|(name, new)| (name, [old.remove(name).unwrap_or_default(), new]));
        let changes: BTreeMap<_, _> = both.filter(|(name, [old, new])| old != new || secret == Some(*name)).collect();
        (!changes.is_empty()).then(|| Self { target: after.target(), changes })
    }

    /// These fields of a thing, each with what it was before and after.
    pub(crate) fn of(target: String, changes: impl IntoIterator<Item = (&'static str, Value, Value)>) -> Self {
        let changes = changes.into_iter().map(|(name, before, after)| (name, [before, after])).collect();
        Self { target, changes }
    }

    pub(super) fn target(&self) -> &str {
        &self.target
    }

    /// The changes as a JSON object, long texts cut.
    pub(super) fn changes(&self) -> String {
        let cut = TEXT_CHARS_MAX.iter().map(|chars| self.cut(*chars));
        let short = cut.into_iter().find(|text| text.len() <= CHANGES_BYTES_MAX);
        // The fields of a thing are few, so without their texts they are short.
        short.unwrap_or_else(|| "{}".to_owned())
    }

    fn cut(&self, chars: usize) -> String {
        let changes = self.changes.iter().map(|(name, pair)| (*name, cut(pair, chars)));
        // Texts and numbers always serialise.
        serde_json::to_string(&changes.collect::<BTreeMap<_, _>>()).unwrap_or_default()
    }
}

/// Both values with at most so many characters of a text. Of two long texts those around the first difference are kept.
fn cut(pair: &[Value; 2], chars: usize) -> [Value; 2] {
    let start = match pair.each_ref().map(Value::as_str) {
        [Some(before), Some(after)] => {
            let same = before.chars().zip(after.chars()).take_while(|(before, after)| before == after).count();
            if same < chars { 0 } else { same.saturating_sub(CONTEXT_CHARS.min(chars / 2)) }
        }
        _ => 0,
    };
    pair.each_ref().map(|value| match value {
        Value::String(text) => Value::String(cut_text(text, start, chars)),
        other => other.clone(),
    })
}

fn cut_text(text: &str, start: usize, chars: usize) -> String {
    if text.chars().nth(chars).is_none() {
        return text.to_owned();
    }
    let left_out = |is_cut: bool| if is_cut { "…" } else { "" };
    let kept: String = text.chars().skip(start).take(chars).collect();
    let is_cut_behind = text.chars().nth(start.saturating_add(chars)).is_some();
    format!("{}{kept}{}", left_out(start > 0), left_out(is_cut_behind))
}
