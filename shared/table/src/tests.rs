//! Every key, pinned: a changed key is lost data.

use domain::{
    Account, AuditId, BatchId, BusinessDay, ChannelId, ConversationId, EventId, ImageId, MessageId, Network, NoticeId,
    OrderId, ProductId, Role, SessionHash, UploadId, UpstreamId, UserId,
};

use crate::keys::{
    DUE_SHARDS, Key, Place, due_messages_of_shard, due_partition, due_partition_of_shard, message_of, order_of, user_of,
};
use crate::limit::Bucket;
use crate::list::List;
use crate::meter::Group;
use crate::user::{Hold, Slot, User};
use crate::values::s;

fn pinned(key: &Key) -> String {
    let attributes = key.attributes();
    let text = |name: &str| attributes[name].as_s().unwrap().clone();
    format!("{} | {}", text("pk"), text("sk"))
}

fn user_id() -> UserId {
    UserId::from_i64(912_359_229_838_370_988).unwrap()
}

fn order_id() -> OrderId {
    OrderId::from_i64(7).unwrap()
}

#[test]
fn every_key_is_what_it_was() {
    let (ada, odd) = (Account::parse("ada@example.com").unwrap(), Account::parse("a#b%c@example.com").unwrap());
    let conversation = ConversationId::parse("e24c1448-16bf").unwrap();
    let network = Network::of("2001:db8::1");
    for (key, expected) in [
        (Key::user(user_id()), "user#912359229838370988 | user"),
        (Key::account(&ada), "accounts | ada@example.com"),
        (Key::account(&odd), "accounts | a#b%c@example.com"),
        (Key::administrators(), "administrators | administrators"),
        (Key::nobody(), "user#0 | user"),
        (Key::login_code(&ada, "203.0.113.4"), "code#ada@example.com | network#203.0.113.4"),
        (Key::login_code(&odd, network.as_str()), "code#a%23b%25c@example.com | network#2001:db8::/64"),
        (Key::gift("a-_9"), "gift#a-_9 | gift"),
        (Key::ledger_row(user_id(), 7), "ledger#912359229838370988 | 000000000007"),
        (Key::hidden_rows(user_id()), "ledger#912359229838370988 | hidden"),
        (Key::signin(user_id(), day()), "signins#912359229838370988 | 2026-01-01"),
        (Key::redemption_code("a-_9"), "redemption#a-_9 | redemption"),
        (Key::batch(BatchId::from_i64(7).unwrap()), "batch#7 | batch"),
        (Key::tally(3), "tally | 03"),
        (Key::trunk(List::LEDGER, 6), "list#ledger | trunk#06"),
        (Key::branch(List::CODES_UNUSED, 3241), "list#codes-unused | branch#03241"),
        (Key::meter(Group::SPENT, "912359229838370988"), "meter#spent | 912359229838370988"),
        (Key::audit(user_id(), AuditId::from_i64(5).unwrap()), "audit#912359229838370988 | 0000000000000000005"),
        (Key::audit_count(user_id()), "audit#912359229838370988 | count"),
        (Key::books("result"), "books | result"),
        (Key::import(), "import | import"),
        (
            Key::message(user_id(), &conversation, MessageId::from_i64(5).unwrap()),
            "messages#912359229838370988#e24c1448-16bf | 0000000000000000005",
        ),
        (Key::image(user_id(), ImageId::from_i64(5).unwrap()), "images#912359229838370988 | 0000000000000000005"),
        (Key::upload(user_id(), UploadId::from_i64(5).unwrap()), "uploads#912359229838370988 | 0000000000000000005"),
        (Key::erasure(user_id(), "account"), "erasure#912359229838370988 | account"),
        (Key::product(ProductId::from_i64(7).unwrap()), "shop | product#7"),
        (Key::channel(ChannelId::from_i64(7).unwrap()), "shop | channel#7"),
        (Key::order(order_id()), "order#7 | order"),
        (Key::order_terms(order_id()), "order#7 | terms"),
        (Key::order_offer(order_id()), "order#7 | offer"),
        (Key::order_receipt(order_id()), "order#7 | receipt"),
        (Key::order_event(order_id(), EventId::from_i64(5).unwrap()), "order#7 | event#0000000000000000005"),
        (Key::setting("ai3_ratio"), "site | setting#ai3_ratio"),
        (Key::notice(NoticeId::from_i64(7).unwrap()), "notices | 7"),
        (Key::upstream(UpstreamId::from_i64(7).unwrap()), "site | upstream#7"),
        (Key::health(UpstreamId::from_i64(7).unwrap()), "site | health#7"),
        (Key::job("check-keys"), "site | job#check-keys"),
    ] {
        assert_eq!(pinned(&key), expected);
    }
}

#[test]
fn every_limit_is_where_it_was() {
    let (ada, odd) = (Account::parse("ada@example.com").unwrap(), Account::parse("a#b%c@example.com").unwrap());
    let network = Network::of("2001:db8::1");
    for (key, expected) in [
        (Bucket::CodesToMailbox(&odd).key(1200), "limit#codes-mailbox#a%23b%25c@example.com | 000000001200"),
        (Bucket::CodesToMailboxPassed(&odd).key(0), "limit#codes-mailbox-passed#a%23b%25c@example.com | 000000000000"),
        (
            Bucket::CodesToMailboxFrom(&ada, network.wide()).key(0),
            "limit#codes-mailbox-network#ada@example.com 2001:db8::/48 | 000000000000",
        ),
        (Bucket::CodesOfSitePassed.key(1), "limit#codes-site-passed#site | 000000000001"),
        (Bucket::CodesOfSiteKnown.key(1), "limit#codes-site-known#site | 000000000001"),
        (
            Bucket::PasswordsFrom(&ada, &network).key(1),
            "limit#passwords-account-network#ada@example.com 2001:db8::/48 | 000000000001",
        ),
        (
            Bucket::PasswordsAtHome(&ada, &network).key(1),
            "limit#passwords-account-home#ada@example.com 2001:db8::/64 | 000000000001",
        ),
        (Bucket::CodeTriesOfAccount(&ada).key(1), "limit#code-tries-account#ada@example.com | 000000000001"),
        (
            Bucket::CodeTriesFrom(&ada, &network).key(1),
            "limit#code-tries-account-network#ada@example.com 2001:db8::/48 | 000000000001",
        ),
        (Bucket::CodesFromNetwork(&network).key(0), "limit#codes-network#2001:db8::/64 | 000000000000"),
        (Bucket::CodesOfSite.key(1), "limit#codes-site#site | 000000000001"),
        (Bucket::PasswordsOfAccount(&ada).key(1), "limit#passwords-account#ada@example.com | 000000000001"),
        (Bucket::LoginsFromNetwork(&network).key(1), "limit#logins-network#2001:db8::/64 | 000000000001"),
        (Bucket::WrongCodesOfUser(user_id()).key(1), "limit#wrong-codes-user#912359229838370988 | 000000000001"),
        (Bucket::WrongCodesFromNetwork(&network).key(1), "limit#wrong-codes-network#2001:db8::/64 | 000000000001"),
    ] {
        assert_eq!(pinned(&key), expected);
    }
}

#[test]
fn no_kind_starts_another() {
    let kinds = [
        "user#",
        "accounts",
        "administrators",
        "audit#",
        "batch#",
        "batches",
        "books",
        "code#",
        "erasure#",
        "erasures",
        "gift#",
        "holds#",
        "images#",
        "ledger#",
        "limit#",
        "list#",
        "messages#",
        "meter#",
        "notices",
        "order#",
        "orders#",
        "redemption#",
        "shop",
        "signins#",
        "site",
        "tally",
        "unpaid-orders",
        "uploads#",
        "withdrawn#",
        "withdrawn-messages#",
    ];
    for kind in kinds {
        assert_eq!(kinds.iter().filter(|other| other.starts_with(kind)).count(), 1, "{kind}");
    }
}

#[test]
fn every_user_is_in_a_partition_that_the_janitor_reads() {
    let read: Vec<String> = (0..DUE_SHARDS).map(due_partition_of_shard).collect();
    for id in 1..100 {
        assert!(read.contains(&due_partition(UserId::from_i64(id).unwrap())));
    }
    let conversation = ConversationId::parse("a-b").unwrap();
    let message = Key::message(user_id(), &conversation, MessageId::from_i64(5).unwrap());
    assert_eq!(message_of(&message), Some((user_id(), MessageId::from_i64(5).unwrap())));
    assert_eq!((message_of(&Key::user(user_id())), message_of(&Key::hidden_rows(user_id()))), (None, None));
    assert!((0..DUE_SHARDS).map(due_messages_of_shard).any(|shard| shard == "withdrawn-messages#0"));
    assert_eq!(user_of("user#912359229838370988"), Some(user_id()));
    assert_eq!(user_of("user"), None);
    assert_eq!(user_of("code#912359229838370988"), None);
}

#[test]
fn places_in_the_indexes_are_what_they_were() {
    let attributes = |place: Place| {
        let attributes = place.attributes();
        attributes.map(|(name, value)| format!("{name} = {}", value.as_s().or_else(|number| number.as_n()).unwrap()))
    };
    let id = MessageId::from_i64(5).unwrap();
    assert_eq!(attributes(Place::listed(List::LEDGER, id)), ["list_pk = list#ledger", "list_sk = 5"]);
    assert_eq!(
        attributes(Place::message_of(user_id(), id)),
        ["owner_pk = messages#912359229838370988", "owner_sk = 5"]
    );
    assert_eq!(
        attributes(Place::withdrawn_message_of(user_id(), id)),
        ["owner_pk = withdrawn#912359229838370988", "owner_sk = 5"]
    );
    assert_eq!(attributes(Place::due_message(user_id(), 7)), ["due_pk = withdrawn-messages#0", "due_sk = 7"]);
    assert_eq!(
        attributes(Place::upload_of(user_id(), UploadId::from_i64(5).unwrap())),
        ["owner_pk = uploads#912359229838370988", "owner_sk = 5"]
    );
    assert_eq!(attributes(Place::due_erasure(7)), ["due_pk = erasures", "due_sk = 7"]);
    assert_eq!(attributes(Place::due_batch(7)), ["due_pk = batches", "due_sk = 7"]);
    assert_eq!(attributes(Place::due_order(7)), ["due_pk = unpaid-orders", "due_sk = 7"]);
    assert_eq!(
        attributes(Place::order_of(user_id(), order_id())),
        ["owner_pk = orders#912359229838370988", "owner_sk = 7"]
    );
    assert_eq!((order_of("order#7"), order_of("orders#7")), (Some(order_id()), None));
}

fn day() -> BusinessDay {
    BusinessDay::parse("2026-01-01").unwrap()
}

fn user_with(sessions: &[(&str, i64)]) -> User {
    let day = day();
    let hash = |text: &str| serde_json::from_value::<SessionHash>(text.into()).unwrap();
    User {
        id: user_id(),
        account: Account::parse("ada@example.com").unwrap(),
        nickname: "Ada".to_owned(),
        avatar: String::new(),
        role: Role::User,
        enabled: true,
        balance: 5,
        held: 2,
        rows: 1,
        hidden: 0,
        messages: 0,
        open_orders: 0,
        images: 0,
        uploads: 0,
        kept_messages: 0,
        api_keys: [].into(),
        holds: [("a".to_owned(), Hold { amount: 2, until: 100, api_key: None })].into(),
        sessions: sessions.iter().map(|(name, expiry)| (hash(name), *expiry)).collect(),
        password: None,
        vip_day: day,
        svip_day: day.yesterday(),
        signin_day: None,
        active: None,
        ip: "127.0.0.1".to_owned(),
        created: 1,
        updated: 1,
        gone: None,
    }
}

#[test]
fn a_new_session_takes_the_place_of_an_ended_one_then_a_free_one_then_the_oldest_one() {
    let slot = |sessions: &[(&str, i64)]| match Slot::of(&user_with(sessions), 50) {
        Slot::Free => None,
        Slot::InPlaceOf(hash) => Some(hash.as_str().to_owned()),
    };
    assert_eq!(slot(&[]), None);
    assert_eq!(slot(&[("a", 60), ("b", 70), ("c", 80), ("d", 90)]), None);
    assert_eq!(slot(&[("a", 60), ("b", 50)]).as_deref(), Some("b"));
    assert_eq!(slot(&[("a", 90), ("b", 70), ("c", 80), ("d", 60), ("e", 99)]).as_deref(), Some("d"));
}

#[test]
fn a_user_comes_back_from_the_table_as_stored_and_old_items_without_new_fields_too() {
    let user = user_with(&[("a", 60)]);
    let mut item: crate::failure::Item = serde_dynamo::aws_sdk_dynamodb_1::to_item(&user).unwrap();
    item.insert("due_pk".to_owned(), s("holds#1"));
    item.insert("later".to_owned(), s("a field of a later version"));
    let read = crate::user::from_item(item).unwrap();
    assert_eq!(format!("{read:?}"), format!("{user:?}"));
    assert_eq!(read.total(), 7);
    assert_eq!((read.abandoned_holds(99).len(), read.abandoned_holds(100).len()), (0, 1));
}

#[test]
fn memberships_last_through_their_last_day() {
    use domain::Family::{Gpt3, Gpt4};
    let user = user_with(&[]);
    let last = user.vip_day;
    assert!(user.is_free(Gpt3, last) && !user.is_free(Gpt4, last));
    assert!(user.is_free(Gpt4, user.svip_day) && user.is_free(Gpt3, user.svip_day));
    let after: BusinessDay = "2026-01-02".to_owned().try_into().unwrap();
    assert!(!user.is_free(Gpt3, after));
}
