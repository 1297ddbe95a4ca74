//! Settlements against a rival who takes the next ordinal whenever they pause.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use domain::{Account, BusinessDay, MessageId, SessionToken, UserId};
use testkit::{Fault, FaultKind};

use super::{Delivery, Settled, settle};
use crate::Table;
use crate::failure::tests::beside;
use crate::holds::{Attempt, Bearer, Payer, Reservation, reserve};
use crate::keys::Key;
use crate::ledger::Cause;
use crate::list::tests::field;
use crate::user::{self, User};
use crate::values::n;
use crate::{account, read};

const NOW: i64 = 1_767_225_600_000;
/// Pauses until the test gives up: with the settlement's longest it would be four seconds.
const PAUSES_MAX: u32 = 50;

fn day() -> BusinessDay {
    BusinessDay::parse("2026-01-01").unwrap()
}

/// A user with a hundred credits who has set ten of them aside.
async fn reservation(table: &Table) -> Reservation {
    let id = UserId::from_i64(7).unwrap();
    let token = SessionToken::issue(id).unwrap();
    let fresh = account::fresh_user(id, &Account::parse("ada@example.com").unwrap(), day(), NOW);
    let user = User { balance: 100, sessions: [(token.hash(), NOW + 1000)].into(), ..fresh };
    table.put(&Key::user(id), &user).await.unwrap();
    let payer = Payer::Balance(10);
    match reserve(table, Bearer::Session(&token), "hold", payer, NOW / 1000).await.unwrap() {
        Attempt::Open(reservation) => *reservation,
        Attempt::Refused(user) => panic!("{user:?}"),
    }
}

fn delivery() -> Delivery<'static> {
    let cause = Cause::Chat {
        hold: "hold".to_owned(),
        model: "gpt-4o".to_owned(),
        prompt_tokens: 1,
        completion_tokens: 1,
        estimated: false,
        upstream: "key".to_owned(),
        api_key: None,
    };
    let row_id = MessageId::at(NOW);
    let describe = "对话(gpt-4o)".to_owned();
    Delivery { row_id, cost: 3, describe, cause, messages: &[], images: &[], spent: None, day: day(), now: NOW }
}

/// Another chat of the same person is settled.
async fn take_ordinal(table: &Table) {
    let key = Key::user(UserId::from_i64(7).unwrap()).attributes();
    let update = table.client.update_item().table_name(&table.name).set_key(Some(key));
    let update = update.update_expression("SET #rows = #rows + :one").expression_attribute_names("#rows", "rows");
    update.expression_attribute_values(":one", n(1)).send().await.unwrap();
}

/// However often others are in the way, the settlement ends with its next look.
#[tokio::test]
async fn a_rival_in_every_pause_does_not_starve_a_settlement() {
    for conflicts in [0, 1, 2, 6] {
        let (table, wire) = field::table_and_wire();
        let reservation = reservation(&table).await;
        take_ordinal(&table).await;
        wire.plan(Fault::new(FaultKind::Conflict).on("TransactWriteItems").times(conflicts));
        let pauses = Arc::new(AtomicU32::new(0));
        let (rival, counted) = (table.clone(), Arc::clone(&pauses));
        let deed = move || -> futures_util::future::BoxFuture<'static, ()> {
            assert!(counted.fetch_add(1, Ordering::Relaxed) < PAUSES_MAX, "starved");
            let rival = rival.clone();
            Box::pin(async move { take_ordinal(&rival).await })
        };
        let settled = beside(deed, settle(&table, &reservation, &delivery())).await.unwrap();
        assert_eq!(settled, Settled::Done { total: 97 });
        assert_eq!(usize::try_from(pauses.load(Ordering::Relaxed)).unwrap(), conflicts, "a pause for each conflict");
        let user: User = user::find(&table, reservation.user.id).await.unwrap().unwrap();
        assert_eq!((user.balance, user.held, user.holds.len()), (97, 0, 0));
        assert_eq!(user.rows, 2 + u64::try_from(conflicts).unwrap());
        let row = table.get_all([Key::ledger_row(user.id, user.rows)]).await.unwrap().into_values().next().unwrap();
        assert_eq!(read::entity::<crate::ledger::Row>(row).unwrap().amount, -3);
    }
}

/// Another chat of the same person is being settled when this one begins.
#[tokio::test]
async fn a_reservation_waits_for_transactions_that_have_its_user_in_hand() {
    let (table, wire) = field::table_and_wire();
    let conflicts = wire.plan(Fault::new(FaultKind::Conflict).on("UpdateItem").times(4));
    let reservation = reservation(&table).await;
    assert_eq!((conflicts.hits(), reservation.user.balance, reservation.user.held), (4, 90, 10));
}
