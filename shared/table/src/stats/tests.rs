//! Figures: their names, what a row raises, and who is active when.

use domain::{ApiKeyId, BatchId, BusinessDay, CodeId, MessageId, OrderId, Provider, UserId};
use proptest::prelude::*;

use super::figure::NAMES;
use super::{Active, Charge, Figure, Gift, Loss, of_delivery, of_row};
use crate::ledger::{Cause, Row};
use crate::meter::Meter;

fn day(text: &str) -> BusinessDay {
    BusinessDay::parse(text).unwrap()
}

#[test]
fn names_are_what_they_were_and_no_two_figures_share_one() {
    let shown = |figure: Figure| Meter::of_day(day("2026-01-02"), &figure).tally_name();
    assert_eq!(shown(Figure::NewUsers), "m_d_20260102_nu");
    assert_eq!(shown(Figure::Fen(Provider::Xunhupay)), "m_d_20260102_fh");
    assert_eq!(shown(Figure::Spent(None)), "m_d_20260102_s_");
    assert_eq!(shown(Figure::of_model("gpt-3.5-turbo")), "m_d_20260102_s_gpt__3_2e5__turbo");
    for (name, figure) in &NAMES {
        assert_eq!((figure.name().as_str(), Figure::parse(name)), (*name, Some(figure.clone())));
        assert_eq!(NAMES.iter().filter(|(other, same)| other == name || same == figure).count(), 1, "{name}");
        let meter = Meter::of_day(day("2026-01-02"), figure);
        assert_eq!(meter.day(), Some((day("2026-01-02"), figure.clone())));
        assert_eq!(Meter::of_tally(&meter.tally_name()), Some(meter));
    }
    for other in ["", "x", "s_x_", "s_x_g1", "s_x_f", "s__", "n_u"] {
        assert_eq!(Figure::parse(other), None, "{other}");
    }
}

#[test]
fn a_model_with_too_long_a_name_is_one_of_the_others() {
    assert_eq!(Figure::of_model(&"a".repeat(40)), Figure::Spent(Some("a".repeat(40))));
    for name in [String::new(), "a".repeat(41), "模".repeat(5)] {
        assert_eq!(Figure::of_model(&name), Figure::Spent(None), "{name}");
    }
}

proptest! {
    #[test]
    fn every_model_is_named_so_that_it_is_known_again(model in ".{1,12}") {
        let figure = Figure::Spent(Some(model));
        let name = figure.name();
        prop_assert!(name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_'), "{}", name);
        prop_assert_eq!(Figure::parse(&name), Some(figure));
    }
}

fn row(amount: i64, cause: Cause) -> Row {
    let (id, user) = (MessageId::from_i64(7).unwrap(), UserId::from_i64(8).unwrap());
    let (corrections, describe) = (Vec::new(), String::new());
    Row {
        id,
        user,
        ordinal: 1,
        amount,
        total: amount,
        days: None,
        describe,
        cause,
        created: 0,
        corrections,
        hidden: None,
    }
}

fn chat() -> Cause {
    let (hold, upstream) = ("1".to_owned(), "2".to_owned());
    let (prompt_tokens, completion_tokens) = (100, 50);
    let api_key = ApiKeyId::from_i64(3);
    Cause::Chat {
        hold,
        model: "gpt-4".to_owned(),
        prompt_tokens,
        completion_tokens,
        estimated: false,
        upstream,
        api_key,
    }
}

fn draw() -> Cause {
    let (hold, drawn_by, upstream) = ("1".to_owned(), "openai".to_owned(), "2".to_owned());
    Cause::Draw { hold, drawn_by, model: None, count: 4, upstream, api_key: None }
}

/// Each cause by itself: one that were forgotten would not compile, and one without figures fails here.
#[test]
fn each_cause_raises_its_figures() {
    let (by, request) = (UserId::from_i64(9).unwrap(), MessageId::from_i64(7).unwrap());
    let adjustment = Cause::Adjustment { by, request };
    let gpt4 = Figure::Spent(Some("gpt-4".to_owned()));
    let cases: Vec<(Row, Vec<(Figure, i64)>)> = vec![
        (row(10, Cause::Register), vec![(Figure::Granted(Gift::Register), 10)]),
        (row(3, Cause::Signin { day: day("2026-01-02") }), vec![(Figure::Granted(Gift::Signin), 3)]),
        (
            row(5, Cause::Code { code: CodeId::from_i64(1).unwrap(), batch: BatchId::from_i64(1).unwrap() }),
            vec![(Figure::Granted(Gift::Code), 5)],
        ),
        (row(0, Cause::Order { order: OrderId::from_i64(1).unwrap() }), vec![]),
        (row(1000, Cause::Order { order: OrderId::from_i64(1).unwrap() }), vec![(Figure::Granted(Gift::Order), 1000)]),
        (row(7, adjustment.clone()), vec![(Figure::Granted(Gift::Adjustment), 7)]),
        (row(-7, adjustment), vec![(Figure::Taken(Loss::Adjustment), 7)]),
        (row(-9, Cause::Deletion { by }), vec![(Figure::Taken(Loss::Deletion), 9)]),
        (
            row(-2, chat()),
            vec![
                (Figure::Chats(Charge::Charged), 1),
                (Figure::PromptTokens(Charge::Charged), 100),
                (Figure::CompletionTokens(Charge::Charged), 50),
                (gpt4, 2),
            ],
        ),
        (row(-40, draw()), vec![(Figure::Images(Charge::Charged), 4), (Figure::Drawn, 40)]),
    ];
    for (row, expected) in cases {
        let mut raised = of_row(&row);
        raised.retain(|(_, by)| *by != 0);
        assert_eq!(raised, expected, "{row:?}");
    }
    assert!(of_delivery(&chat(), Charge::Free).iter().all(|(figure, _)| figure.is_free()));
    assert_eq!(of_delivery(&draw(), Charge::Free), [(Figure::Images(Charge::Free), 4)]);
}

#[test]
fn a_day_counts_a_user_once_whatever_comes_late() {
    let [one, two, three] = ["2026-01-01", "2026-01-02", "2026-01-03"].map(day);
    let first = Active::with(None, two).unwrap();
    assert_eq!(Active::with(Some(first), two), None);
    let later = Active::with(Some(first), three).unwrap();
    assert!(later.has(two) && later.has(three) && !later.has(one));
    assert_eq!((Active::with(Some(later), two), Active::with(Some(later), three)), (None, None));
    assert_eq!(Active::with(Some(later), one), None, "it was counted, or is too late");
    // What began before midnight comes after what began behind it.
    let late = Active::with(Some(first), one).unwrap();
    assert!(late.has(one) && late.has(two));
    assert_eq!(Active::with(Some(late), one), None);
    for (active, text) in [(first, "2026-01-02"), (later, "2026-01-03 2026-01-02"), (late, "2026-01-02 2026-01-01")] {
        assert_eq!((String::from(active).as_str(), Active::try_from(text.to_owned())), (text, Ok(active)));
    }
    for text in ["", "x", "2026-01-01 2026-01-02", "2026-01-03 2026-01-02 2026-01-01", "2026-01-03 "] {
        assert!(Active::try_from(text.to_owned()).is_err(), "{text}");
    }
}
