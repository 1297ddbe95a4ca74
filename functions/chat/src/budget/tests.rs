use domain::limits::HISTORY_TOKENS_MAX;
use domain::{ConversationId, Family, Ratio, Settings};
use proptest::prelude::*;
use upstream::{Message, Role, Usage};

use super::*;
use crate::ask::Ask;

fn ask(prompt: &str, max_tokens: u32) -> Ask {
    Ask {
        prompt: prompt.to_owned(),
        conversation: ConversationId::parse("c").unwrap(),
        model: "m".to_owned(),
        family: Family::Gpt3,
        max_tokens,
        temperature: None,
        presence_penalty: None,
        frequency_penalty: None,
    }
}

fn settings(ratio: u32) -> Settings {
    Settings { ai3_ratio: Ratio::whole(ratio), ..Settings::default() }
}

fn said(content: &str) -> Message {
    Message { role: Role::Assistant, content: content.to_owned() }
}

proptest! {
    #[test]
    fn what_is_set_aside_pays_for_what_is_granted(
        prompt in "\\PC{1,300}", earlier in proptest::collection::vec("\\PC{0,200}", 0..12),
        ratio in 1_u32..500, wanted in 1_u32..4096, balance in 0_i64..500,
    ) {
        let (ask, settings) = (ask(&prompt, wanted), settings(ratio));
        let budget = ask.budget(&settings);
        prop_assert!(budget.least() <= budget.most());
        prop_assume!(balance >= budget.least());
        let reserved = balance.min(budget.most());
        let earlier = earlier.iter().map(|text| said(text));
        let (messages, granted) = budget.fit(ask.said(), earlier, budget.pays(reserved));
        prop_assert!(granted >= 1 && granted <= wanted);
        prop_assert_eq!(&messages.last().unwrap().content, &prompt);
        // The estimate of what is sent, with the whole grant used, is paid for by the reservation.
        let counted = Counted {
            prompt: u64::from(tokens::estimate_prompt(&messages)), completion: u64::from(granted), estimated: true,
        };
        prop_assert!(settings.ratio(Family::Gpt3).cost(counted.prompt + counted.completion) <= reserved);
    }

    #[test]
    fn no_claim_makes_a_turn_cost_more_than_was_set_aside(
        prompt_tokens in any::<u32>(), completion_tokens in any::<u32>(), answer in "\\PC{1,200}", reserved in 0_i64..1000,
    ) {
        let ask = ask("hello", 100);
        let budget = ask.budget(&settings(10));
        let (messages, granted) = budget.fit(ask.said(), std::iter::empty(), Pays::Everything);
        let counted = count(Some(Usage { prompt_tokens, completion_tokens }), &ask.prompt(messages, granted), &answer);
        prop_assert!((0..=reserved).contains(&budget.cost(counted, reserved)));
    }
}

#[test]
fn a_claim_counts_when_it_can_be_true() {
    let sent = ask("", 50).prompt(vec![said("0123456789")], 50);
    let claim =
        |prompt_tokens, completion_tokens| count(Some(Usage { prompt_tokens, completion_tokens }), &sent, "0123456789");
    for (prompt, completion) in [(1, 1), (17, 50), (200, 10)] {
        let counted = claim(prompt, completion);
        assert_eq!((counted.prompt, counted.completion), (prompt.into(), completion.into()));
        assert!(!counted.estimated);
    }
    for (prompt, completion) in [(0, 5), (5, 0), (5, 51), (1_000_000, 5), (u32::MAX, u32::MAX)] {
        assert!(claim(prompt, completion).estimated, "{prompt},{completion}");
    }
    assert!(count(None, &sent, "0123456789").estimated);
    // More than was granted, but delivered.
    assert!(!count(Some(Usage { prompt_tokens: 5, completion_tokens: 60 }), &sent, &"x".repeat(60)).estimated);
}

#[test]
fn a_small_balance_leaves_half_of_its_room_to_the_answer() {
    let ask = ask("hi", 2000);
    let budget = ask.budget(&settings(100));
    let earlier = || (0..20).map(|_| said(&"word ".repeat(60)));
    let (messages, granted) = budget.fit(ask.said(), earlier(), Pays::Tokens(1_000));
    assert!(messages.len() > 1 && granted >= 490, "{} messages, {granted} granted", messages.len());
    let (messages, granted) = budget.fit(ask.said(), earlier(), Pays::Everything);
    assert_eq!((messages.len(), granted), (21, 2000));
    let many = (0..500).map(|_| said(&"word ".repeat(60)));
    let (messages, _) = budget.fit(ask.said(), many, Pays::Everything);
    assert!(u64::from(tokens::estimate_prompt(&messages)) <= HISTORY_TOKENS_MAX + 50);
}

#[test]
fn a_price_of_nothing_sets_nothing_aside() {
    let ask = ask("hi", 2000);
    let budget = ask.budget(&settings(0));
    assert_eq!((budget.least(), budget.most(), budget.pays(0)), (0, 0, Pays::Everything));
}
