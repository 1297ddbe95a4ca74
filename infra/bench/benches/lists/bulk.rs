//! The fast way into the table: items as its own writes leave them, put by the hundred thousand. `tests/bulk.rs` holds
//! the two against each other.

use std::collections::BTreeMap;
use std::io;

use serde_json::{Map, Value, json};
use table::ledger::Row;
use testkit::Dynamo;

/// Puts of one call at most.
const BATCH: usize = 25;
/// As in the table: bits of an id below leaf, branch and trunk; items of the tally; ended leaves that are rolled up.
const LEAF_BITS: u32 = 42;
const BRANCH_BITS: u32 = 48;
const TRUNK_BITS: u32 = 57;
const SHARDS: usize = 16;
const ENDED_LEAVES: usize = 24;

/// A table that is being filled with ledger rows, oldest first.
pub(crate) struct Bulk<'a> {
    dynamo: &'a Dynamo,
    table: &'a str,
    waiting: Vec<Value>,
    /// By item of the tally: rows, stamps, and what is open by leaf.
    tally: Vec<(i64, i64, BTreeMap<i64, i64>)>,
    /// By sort key.
    nodes: BTreeMap<String, BTreeMap<String, i64>>,
    leaf: i64,
}

impl<'a> Bulk<'a> {
    pub(crate) fn of(dynamo: &'a Dynamo, table: &'a str) -> Self {
        let tally = vec![(0, 0, BTreeMap::new()); SHARDS];
        Self { dynamo, table, waiting: Vec::new(), tally, nodes: BTreeMap::new(), leaf: 0 }
    }

    /// A row, as the transaction that writes it leaves item and counts.
    pub(crate) fn row(&mut self, row: &Row) -> io::Result<()> {
        let keys = json!({
            "pk": format!("ledger#{}", row.user), "sk": format!("{:012}", row.ordinal),
            "list_pk": "list#ledger", "list_sk": row.id.as_i64(),
        });
        self.put(&serde_json::to_value(row)?, &keys)?;
        let leaf = row.id.as_i64() >> LEAF_BITS;
        if leaf != self.leaf {
            self.leaf = leaf;
            for shard in 0..SHARDS {
                self.roll_up(shard);
            }
        }
        let shard = usize::try_from(row.user.as_i64()).unwrap_or_default() % SHARDS;
        if let Some((rows, _, open)) = self.tally.get_mut(shard) {
            *rows += 1;
            *open.entry(leaf).or_default() += 1;
        }
        Ok(())
    }

    /// Any other item.
    pub(crate) fn put(&mut self, entity: &Value, keys: &Value) -> io::Result<()> {
        let mut item = Map::new();
        for (name, value) in [entity, keys, &json!({"v": 1})].into_iter().filter_map(Value::as_object).flatten() {
            item.insert(name.clone(), typed(value));
        }
        self.waiting.push(json!({"PutRequest": {"Item": item}}));
        if self.waiting.len() < BATCH { Ok(()) } else { self.flush() }
    }

    /// Writes the counts, and all that waits.
    pub(crate) fn finish(mut self) -> io::Result<()> {
        for (shard, (rows, stamps, open)) in std::mem::take(&mut self.tally).into_iter().enumerate() {
            let mut item = Map::from_iter([("n_l".to_owned(), json!(rows)), ("s_l".to_owned(), json!(stamps))]);
            item.extend(open.into_iter().map(|(leaf, count)| (format!("d_l_{leaf}"), json!(count))));
            self.put(&Value::Object(item), &json!({"pk": "tally", "sk": format!("{shard:02}")}))?;
        }
        for (sk, counts) in std::mem::take(&mut self.nodes) {
            self.put(&json!(counts), &json!({"pk": "list#ledger", "sk": sk}))?;
        }
        self.flush()
    }

    /// As the janitor does when a leaf has ended.
    fn roll_up(&mut self, shard: usize) {
        let Some((_, stamps, open)) = self.tally.get_mut(shard).filter(|(_, _, open)| open.len() >= ENDED_LEAVES)
        else {
            return;
        };
        let (places, branch_places) = (1 << (BRANCH_BITS - LEAF_BITS), 1 << (TRUNK_BITS - BRANCH_BITS));
        let mut trunks: Vec<String> = Vec::new();
        for (leaf, count) in std::mem::take(open) {
            let (branch, trunk) = (leaf >> (BRANCH_BITS - LEAF_BITS), leaf >> (TRUNK_BITS - LEAF_BITS));
            let (branch_key, trunk_key) = (format!("branch#{branch:05}"), format!("trunk#{trunk:02}"));
            let leaves = self.nodes.entry(branch_key).or_default();
            *leaves.entry(format!("c_{}", leaf & (places - 1))).or_default() += count;
            let branches = self.nodes.entry(trunk_key.clone()).or_default();
            *branches.entry(format!("c_{}", branch & (branch_places - 1))).or_default() += count;
            if !trunks.contains(&trunk_key) {
                trunks.push(trunk_key);
            }
        }
        for trunk in trunks {
            *self.nodes.entry(trunk).or_default().entry("s".to_owned()).or_default() += 1;
            *stamps += 1;
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        let request = json!({"RequestItems": {self.table: std::mem::take(&mut self.waiting)}});
        let (status, answer) = self.dynamo.execute("BatchWriteItem", request.to_string().as_bytes());
        if status == 200 { Ok(()) } else { Err(io::Error::other(String::from_utf8_lossy(&answer).into_owned())) }
    }
}

/// Plain JSON as DynamoDB's.
fn typed(value: &Value) -> Value {
    match value {
        Value::Null => json!({"NULL": true}),
        Value::Bool(truth) => json!({"BOOL": truth}),
        Value::Number(number) => json!({"N": number.to_string()}),
        Value::String(text) => json!({"S": text}),
        Value::Array(values) => json!({"L": values.iter().map(typed).collect::<Vec<_>>()}),
        Value::Object(fields) => {
            json!({"M": fields.iter().map(|(name, value)| (name.clone(), typed(value))).collect::<Map<_, _>>()})
        }
    }
}
