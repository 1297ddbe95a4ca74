use proptest::prelude::*;

use crate::price::{chat_micro_usd, picture_micro_usd};

#[test]
fn models_are_priced_by_the_longest_beginning_of_their_name() {
    // A million tokens of the prompt and as many of the answer, in cents.
    for (model, prompt, completion) in [
        ("gpt-3.5-turbo", 50, 150),
        ("gpt-35-turbo-0125", 50, 150),
        ("gpt-3.5-turbo-16k-0613", 300, 400),
        ("gpt-4", 3000, 6000),
        ("gpt-4-0613", 3000, 6000),
        ("gpt-4-32k", 6000, 12_000),
        ("gpt-4-turbo-2024-04-09", 1000, 3000),
        ("gpt-4-1106-preview", 1000, 3000),
        ("gpt-4o", 250, 1000),
        ("openai/gpt-4o-2024-08-06", 250, 1000),
        ("GPT-4o-Mini", 15, 60),
        ("gpt-4.1", 200, 800),
        ("gpt-4.1-mini-2025-04-14", 40, 160),
        ("gpt-4.1-nano", 10, 40),
        ("gpt-5", 125, 1000),
        ("gpt-5.1", 125, 1000),
        ("gpt-5-mini", 25, 200),
        ("gpt-5-nano", 5, 40),
        ("o1", 1500, 6000),
        ("o1-preview", 1500, 6000),
        ("o3-2025-04-16", 200, 800),
        ("o3-mini", 110, 440),
        ("o4-mini", 110, 440),
        ("claude-3-haiku-20240307", 25, 125),
        ("anthropic/claude-3.5-haiku", 80, 400),
        ("claude-haiku-4-5", 100, 500),
        ("claude-3-7-sonnet-latest", 300, 1500),
        ("claude-sonnet-4-5@20250929", 300, 1500),
        ("claude-3-opus-20240229", 1500, 7500),
        ("claude-opus-4-1-20250805", 1500, 7500),
        ("claude-opus-4-5", 500, 2500),
        ("deepseek-chat", 28, 42),
        ("deepseek-ai/deepseek-v3", 28, 42),
        ("", 0, 0),
        ("/", 0, 0),
        ("gpt-4omni", 0, 0),
        ("o100", 0, 0),
        ("llama-3-70b", 0, 0),
        ("my-gpt-4o", 0, 0),
        ("模型", 0, 0),
    ] {
        let cents = |prompt, completion| chat_micro_usd(model, prompt, completion) / 10_000;
        assert_eq!((cents(1_000_000, 0), cents(0, 1_000_000)), (prompt, completion), "{model}");
    }
}

#[test]
fn pictures_are_priced_by_model_or_provider() {
    for (model, micros) in [
        ("dall-e-2", 20_000),
        ("dall-e-3", 40_000),
        ("gpt-image-1", 42_000),
        ("gpt-image-1-mini", 11_000),
        ("stability", 9_000),
        ("stable-diffusion-xl-1024-v1-0", 9_000),
        ("stablediffusion", 5_000),
        ("midjourney", 0),
        ("gpt-4o", 0),
    ] {
        assert_eq!(picture_micro_usd(model), micros, "{model}");
    }
}

#[test]
fn what_costs_anything_costs_a_millionth_at_least() {
    assert_eq!(chat_micro_usd("gpt-5-nano", 1, 0), 1);
    assert_eq!(chat_micro_usd("gpt-5-nano", 0, 0), 0);
    assert_eq!(chat_micro_usd("gpt-3.5-turbo", 100, 50), 125);
    assert_eq!(chat_micro_usd("o1-pro", u64::MAX, u64::MAX), i64::MAX);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn more_tokens_never_cost_less(
        model in "\\PC{0,12}|(openai/)?(gpt|o|claude|deepseek)-?[0-9.o]{0,3}(-[a-z0-9]{1,6})?",
        prompt in any::<u64>(),
        completion in any::<u64>(),
        more in any::<u64>(),
    ) {
        let cost = chat_micro_usd(&model, prompt, completion);
        prop_assert!(cost >= 0);
        prop_assert!(chat_micro_usd(&model, prompt.saturating_add(more), completion) >= cost);
        prop_assert!(chat_micro_usd(&model, prompt, completion.saturating_add(more)) >= cost);
        prop_assert!(picture_micro_usd(&model) >= 0);
    }
}
