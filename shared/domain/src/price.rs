//! What upstreams probably charge us: estimates by model, for keys whose providers do not tell what was spent.
//!
//! The figures are the providers' list prices of early 2026 in US dollars, without rebates for cached prompts or batches:
//! * OpenAI, <https://platform.openai.com/docs/pricing>; pictures of 1024 × 1024 in standard or medium quality;
//! * Anthropic, <https://docs.claude.com/en/docs/about-claude/pricing>;
//! * `DeepSeek`, <https://api-docs.deepseek.com/quick_start/pricing>;
//! * Stability, <https://platform.stability.ai/pricing>: one credit is one cent;
//! * stablediffusionapi.com, <https://modelslab.com/pricing>: pay as you go is about half a cent a picture.
//!
//! Nobody is charged by them: what people pay in credits is a matter of settings.

/// Tokens that the prices of [`TOKENS`] are for.
const PER_TOKENS: u128 = 1_000_000;

/// Beginnings of names of models, and what a million tokens of the prompt and of the answer cost in millionths of a
/// dollar.
const TOKENS: [(&str, u64, u64); 49] = [
    ("gpt-3.5", 500_000, 1_500_000),
    ("gpt-35", 500_000, 1_500_000),
    ("gpt-3.5-turbo-16k", 3_000_000, 4_000_000),
    ("gpt-4", 30_000_000, 60_000_000),
    ("gpt-4-32k", 60_000_000, 120_000_000),
    ("gpt-4-turbo", 10_000_000, 30_000_000),
    ("gpt-4-1106", 10_000_000, 30_000_000),
    ("gpt-4-0125", 10_000_000, 30_000_000),
    ("gpt-4-vision", 10_000_000, 30_000_000),
    ("gpt-4o", 2_500_000, 10_000_000),
    ("gpt-4o-2024-05-13", 5_000_000, 15_000_000),
    ("chatgpt-4o", 5_000_000, 15_000_000),
    ("gpt-4o-mini", 150_000, 600_000),
    ("gpt-4.1", 2_000_000, 8_000_000),
    ("gpt-4.1-mini", 400_000, 1_600_000),
    ("gpt-4.1-nano", 100_000, 400_000),
    ("gpt-4.5", 75_000_000, 150_000_000),
    ("gpt-5", 1_250_000, 10_000_000),
    ("gpt-5-mini", 250_000, 2_000_000),
    ("gpt-5-nano", 50_000, 400_000),
    ("gpt-5-pro", 15_000_000, 120_000_000),
    ("gpt-5.2", 1_750_000, 14_000_000),
    ("gpt-5.2-pro", 21_000_000, 168_000_000),
    ("gpt-5.4", 2_500_000, 15_000_000),
    ("o1", 15_000_000, 60_000_000),
    ("o1-mini", 1_100_000, 4_400_000),
    ("o1-pro", 150_000_000, 600_000_000),
    ("o3", 2_000_000, 8_000_000),
    ("o3-mini", 1_100_000, 4_400_000),
    ("o3-pro", 20_000_000, 80_000_000),
    ("o4-mini", 1_100_000, 4_400_000),
    ("claude-instant", 800_000, 2_400_000),
    ("claude-2", 8_000_000, 24_000_000),
    ("claude-3-haiku", 250_000, 1_250_000),
    ("claude-3-5-haiku", 800_000, 4_000_000),
    ("claude-3.5-haiku", 800_000, 4_000_000),
    ("claude-haiku", 1_000_000, 5_000_000),
    ("claude-3-sonnet", 3_000_000, 15_000_000),
    ("claude-3-5-sonnet", 3_000_000, 15_000_000),
    ("claude-3.5-sonnet", 3_000_000, 15_000_000),
    ("claude-3-7-sonnet", 3_000_000, 15_000_000),
    ("claude-3.7-sonnet", 3_000_000, 15_000_000),
    ("claude-sonnet", 3_000_000, 15_000_000),
    ("claude-3-opus", 15_000_000, 75_000_000),
    ("claude-opus", 5_000_000, 25_000_000),
    // These were dearer than the Opus models after them.
    ("claude-opus-4-1", 15_000_000, 75_000_000),
    ("claude-opus-4.1", 15_000_000, 75_000_000),
    ("claude-opus-4-20250514", 15_000_000, 75_000_000),
    ("deepseek", 280_000, 420_000),
];

/// Beginnings of names of models or providers, and what one picture costs in millionths of a dollar.
const PICTURES: [(&str, u64); 11] = [
    ("dall-e", 20_000),
    ("dall-e-3", 40_000),
    ("gpt-image", 42_000),
    ("gpt-image-1-mini", 11_000),
    ("chatgpt-image", 42_000),
    ("stability", 9_000),
    ("stable-diffusion", 9_000),
    ("stable-image-core", 30_000),
    ("stable-image-ultra", 80_000),
    ("sd3", 65_000),
    ("stablediffusion", 5_000),
];

/// What a turn with `model` probably cost, in millionths of a dollar, rounded up; 0 when the model's price is not known.
pub fn chat_micro_usd(model: &str, prompt_tokens: u64, completion_tokens: u64) -> i64 {
    let Some((_, prompt, completion)) = longest(&TOKENS, model, |(name, ..)| name) else { return 0 };
    let of = |tokens: u64, price: u64| u128::from(tokens).saturating_mul(price.into());
    let sum = of(prompt_tokens, *prompt).saturating_add(of(completion_tokens, *completion));
    i64::try_from(sum.div_ceil(PER_TOKENS)).unwrap_or(i64::MAX)
}

/// What one picture by `model` (or by a provider's usual one) probably cost, in millionths of a dollar; 0 when its price
/// is not known.
pub fn picture_micro_usd(model: &str) -> i64 {
    longest(&PICTURES, model, |(name, _)| name).map_or(0, |(_, price)| i64::try_from(*price).unwrap_or(i64::MAX))
}

/// The row with the longest name that `model` begins with, in whole words: `o1` is not how `o100` begins. What resellers
/// put before the name, as in `openai/gpt-4o`, does not count.
fn longest<'a, T>(rows: &'a [T], model: &str, name: impl Fn(&'a T) -> &'a str) -> Option<&'a T> {
    let model = model.rsplit('/').next().unwrap_or(model).to_ascii_lowercase();
    let begins = |name: &str| {
        model.strip_prefix(name).is_some_and(|rest| !rest.starts_with(|next: char| next.is_ascii_alphanumeric()))
    };
    rows.iter().filter(|row| begins(name(row))).max_by_key(|row| name(row).len())
}
