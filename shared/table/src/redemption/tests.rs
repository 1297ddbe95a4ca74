//! Ids of batches and codes, and when a batch is over.

use domain::{BatchId, Benefit, Level, Remark, UserId, Zone};

use super::{BATCH_CODES_MAX, Batch, Voided, code_id, draw_batch};

const NOW: i64 = 1_767_225_600_000;

fn batch(end_day: Option<&str>, void: Option<i64>) -> Batch {
    let (id, by) = (draw_batch(NOW).unwrap(), UserId::from_i64(7).unwrap());
    Batch {
        id,
        remark: Remark::default(),
        by,
        benefit: Benefit::of("day", 30, Level::Super).unwrap(),
        end_day: end_day.map(|day| domain::BusinessDay::parse(day).unwrap()),
        first: code_id(id, 0),
        last: None,
        count: 1,
        used: 0,
        left: 1,
        created: NOW,
        void: void.map(|at| Voided { by, at }),
    }
}

#[test]
fn codes_of_two_batches_never_meet() {
    let next = |id: BatchId| BatchId::from_i64(((id.as_i64() >> 10) + 1) << 10).unwrap();
    for _ in 0..100 {
        let id = draw_batch(NOW).unwrap();
        assert_eq!(id.millis(), NOW, "it was drawn now");
        assert_eq!(id.as_i64() % 1024, 0);
        assert!(code_id(id, 0).as_i64() > id.as_i64());
        assert!(code_id(id, BATCH_CODES_MAX - 1).as_i64() < next(id).as_i64());
        assert_eq!(code_id(id, 999).as_i64() - code_id(id, 0).as_i64(), 999);
    }
}

#[test]
fn a_batch_is_over_when_its_last_day_is_or_once_it_is_void() {
    let shanghai: Zone = "Asia/Shanghai".parse().unwrap();
    let honolulu: Zone = "Pacific/Honolulu".parse().unwrap();
    assert_eq!(batch(None, None).ends(&shanghai), None);
    let last_day = batch(Some("2026-01-01"), None);
    // 2026-01-01T16:00:00Z, and ten hours later than midnight in Greenwich.
    assert_eq!(last_day.ends(&shanghai), Some(1_767_283_200));
    assert_eq!(last_day.ends(&honolulu), Some(1_767_348_000));
    assert_eq!(batch(None, Some(NOW + 999)).ends(&shanghai), Some(NOW / 1000));
    assert_eq!(batch(Some("2026-01-01"), Some(NOW)).ends(&shanghai), Some(NOW / 1000));
}

#[test]
fn a_batch_comes_back_from_the_table_as_stored() {
    for batch in [batch(None, None), batch(Some("2026-01-01"), Some(NOW))] {
        let item: crate::failure::Item = serde_dynamo::aws_sdk_dynamodb_1::to_item(&batch).unwrap();
        assert_eq!(item["user"].as_s().unwrap(), "7", "the list's index shows who made it");
        let read: Batch = crate::read::entity(item).unwrap();
        assert_eq!(format!("{read:?}"), format!("{batch:?}"));
    }
}
