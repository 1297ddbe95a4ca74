//! The product's limits, in one place, with their units in their names. Those of one mechanism stand beside it: rates in
//! `table::limit`, the SDK's patience in `platform`, an upstream's bounds in `upstream::Limits`.

/// Longest account name (RFC 5321, 4.5.3.1.3, less the angle brackets).
pub const ACCOUNT_BYTES_MAX: usize = 254;
/// Longest password: more would only feed the hash function.
pub const PASSWORD_BYTES_MAX: usize = 256;
/// Shortest password.
pub const PASSWORD_CHARS_MIN: usize = 8;
/// Longest conversation id.
pub const CONVERSATION_ID_BYTES_MAX: usize = 64;

/// Longest redemption code that we take. Ours have 32 characters.
pub const REDEMPTION_CODE_BYTES_MAX: usize = 64;
/// Longest shown name.
pub const NICKNAME_CHARS_MAX: usize = 50;
/// Longest remark.
pub const REMARK_CHARS_MAX: usize = 200;
/// Longest address of a picture.
pub const WEB_ADDRESS_BYTES_MAX: usize = 1_000;

/// Most credits that one code or one product gives.
pub const BENEFIT_CREDITS_MAX: i64 = 1_000_000_000;
/// Most days of membership that one code or one product gives: a century.
pub const BENEFIT_DAYS_MAX: i64 = 36_500;

/// Highest price of a product, in fen: a hundred thousand yuan.
pub const PRICE_FEN_MAX: i64 = 10_000_000;
/// Most of one product in an order.
pub const QUANTITY_MAX: i64 = 99;
/// Longest title of a product.
pub const PRODUCT_TITLE_CHARS_MAX: usize = 50;
/// Longest badge of a product.
pub const PRODUCT_BADGE_CHARS_MAX: usize = 20;
/// Longest description of a product.
pub const PRODUCT_TEXT_CHARS_MAX: usize = 500;
/// Most products, and most payment channels: both are read whole for each purchase.
pub const PRODUCTS_MAX: usize = 200;
/// See [`PRODUCTS_MAX`].
pub const CHANNELS_MAX: usize = 30;
/// Longest name of a payment channel.
pub const CHANNEL_NAME_CHARS_MAX: usize = 50;
/// Furthest places of products and channels in their order.
pub const SHOP_SORT_MAX: i64 = 1_000_000;
/// Orders of one user that wait for their payment at a time.
pub const OPEN_ORDERS_MAX: i64 = 10;
/// After how many seconds the provider is asked whether an unpaid order was paid, each time counted from its creation:
/// about 1, 2, 5, 15 and 60 minutes, for the janitor comes once a minute, at whatever second of it. At the one that is
/// [`ORDER_SECONDS`] the order is closed; the last one is for payments that came after that, unannounced.
pub const ORDER_LOOK_SECONDS: [i64; 7] = [20, 100, 280, 880, 3_580, ORDER_SECONDS, 24 * 3600];
/// How long an order waits for its payment.
pub const ORDER_SECONDS: i64 = 2 * 3600;
/// How long the owner's look at an order that is not paid asks the provider, in days since its creation.
pub const ORDER_ASK_DAYS: i64 = 7;
/// Seconds that must be between two questions to the provider about one order, when people ask.
pub const ORDER_ASK_SECONDS: i64 = 3;
/// Wait for a provider to take an order: the answer to the person must come within 12 s.
pub const PAY_CREATE_SECONDS_MAX: u64 = 8;
/// Wait for a provider to tell what became of an order.
pub const PAY_QUERY_SECONDS_MAX: u64 = 6;
/// Longest body of a notification of a provider.
pub const NOTIFICATION_BYTES_MAX: usize = 64 * 1024;
/// How much of an odd notification is kept.
pub const NOTIFICATION_KEPT_BYTES_MAX: usize = 2_000;
/// Odd notifications of one order that are kept; more are only counted.
pub const ODD_EVENTS_MAX: i64 = 20;

/// How long a login code lives.
pub const CODE_SECONDS: i64 = 600;
/// Tries that a login code takes, the right one included.
pub const CODE_TRIES_MAX: i64 = 5;
/// Login codes of one account that are good at a time: one for each network that asked, and for no more networks.
pub const CODES_LIVE_MAX: usize = 3;

/// Longest site key of a challenge.
pub const CHALLENGE_KEY_CHARS_MAX: usize = 100;
/// Longest token that a passed challenge gives; Turnstile's have 2,048 characters at most.
pub const CHALLENGE_TOKEN_BYTES_MAX: usize = 2_048;
/// Wait for the verifier of a challenge: the mail goes out after it, and clients give up at 15 s.
pub const CHALLENGE_SECONDS_MAX: u64 = 4;
/// Longest answer of the verifier.
pub const CHALLENGE_ANSWER_BYTES_MAX: usize = 16 * 1024;
/// Codes an hour above which strangers have to pass a challenge: the most that a setting can name is what they get in all.
pub const CHALLENGE_CODES_MAX: i64 = 3_000;

/// How long a session lives.
pub const SESSION_SECONDS: i64 = 30 * 24 * 3600;
/// Sessions a user has at once; one more ends the oldest.
pub const SESSIONS_MAX: usize = 5;

/// Rows a page when the client names none.
pub const PAGE_SIZE_DEFAULT: u64 = 10;
/// Rows a page at most.
pub const PAGE_SIZE_MAX: u64 = 100;

/// Largest reward that a setting can name.
pub const SETTING_REWARD_MAX: i64 = 1_000_000;
/// Largest price of a picture that a setting can name.
pub const DRAW_PRICE_MAX: i64 = 1_000_000;
/// Most tokens per credit that a setting can name.
pub const RATIO_MAX: u64 = 1_000_000;
/// Most decimals of tokens per credit.
pub const RATIO_DECIMALS_MAX: usize = 6;
/// Longest title of the site.
pub const WEBSITE_TITLE_CHARS_MAX: usize = 100;
/// Longest description of the site, and longest list of its keywords.
pub const WEBSITE_TEXT_CHARS_MAX: usize = 500;
/// Longest HTML of a setting or a notice, before and after it is sanitised.
pub const HTML_BYTES_MAX: usize = 32 * 1024;
/// Most prohibited words.
pub const WORDS_MAX: usize = 10_000;
/// Longest list of prohibited words.
pub const WORDS_BYTES_MAX: usize = 100 * 1024;
/// Most prohibited words that a refusal names.
pub const WORDS_NAMED_MAX: usize = 20;
/// Longest secret that is a setting by itself.
pub const SETTING_SECRET_BYTES_MAX: usize = 512;
/// Longest setting that is a JSON object, and most fields of it.
pub const PARAMETERS_BYTES_MAX: usize = 8 * 1024;
/// See [`PARAMETERS_BYTES_MAX`].
pub const PARAMETERS_MAX: usize = 40;
/// Largest share of a payment that a setting can name, in percent.
pub const SHARE_PERCENT_MAX: i64 = 100;
/// Longest text that a setting puts in front of a prompt.
pub const INSTRUCTION_CHARS_MAX: usize = 4_000;
/// Most domains that a list of who may register names.
pub const MAIL_DOMAINS_MAX: usize = 500;
/// Longest list of domains.
pub const MAIL_DOMAINS_BYTES_MAX: usize = 16 * 1024;
/// Wait for a moderation model, in milliseconds; what it has not judged by then goes on.
pub const MODERATION_MILLIS_MAX: u64 = 4_000;
/// How much of that stays for telling other functions about keys that failed.
pub const MODERATION_SHARE_MILLIS: u64 = 500;
/// Longest title of a notice.
pub const NOTICE_TITLE_CHARS_MAX: usize = 100;
/// Furthest places of notices in their order.
pub const NOTICE_SORT_MAX: i64 = 1_000_000;
/// Most notices: everybody gets those that are on with one answer, which Lambda lets be 6 MB.
pub const NOTICES_MAX: usize = 50;
/// Most earlier messages that a setting can name.
pub const HISTORY_MESSAGES_MAX: u32 = 50;
/// Longest time that a setting can name for keeping messages which their people deleted, in days: a decade.
pub const CONTENT_LOG_DAYS_MAX: u32 = 3_650;
/// How long a function may use settings and upstream keys without reading them again.
pub const SITE_CACHE_MILLIS: i64 = 5_000;

/// Longest JSON body: a prompt of the longest kind, every character of it escaped.
pub const BODY_BYTES_MAX: usize = 512 * 1024;
/// Seconds for a whole answer that is not streamed: below the 15 s after which clients and Lambda give up.
pub const REQUEST_SECONDS_MAX: u64 = 13;
/// Seconds for which the head of a whole answer of a streaming route waits for the work, so that nearly every failure has
/// its true status: below the 29 s after which many proxies give up.
pub const SLOW_HEAD_SECONDS: u64 = 25;
/// The same below `/v1`: programs go by the status, wait for minutes, and call without a browser's proxies between. Longer
/// than all upstreams together may take until the first word.
pub const API_SLOW_HEAD_SECONDS: u64 = 120;

/// Largest file that is uploaded. With a form's texts, and in base64, it is what Lambda takes in at most: 6 MB.
pub const UPLOAD_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Pictures that one user has put up and not deleted: four gigabytes of the largest.
pub const UPLOADS_MAX: u64 = 1_000;
/// Pictures that one request clears; the janitor clears the rest. So many take about two seconds.
pub const IMAGES_CLEARED_MAX: usize = 240;
/// Most parts of a form.
pub const FORM_PARTS_MAX: usize = 40;
/// Largest width and height of a picture: browsers draw no larger ones.
pub const IMAGE_SIDE_PIXELS_MAX: u32 = 16_384;
/// Most pixels of a picture.
pub const IMAGE_PIXELS_MAX: u32 = 100_000_000;

/// Longest prompt.
pub const PROMPT_BYTES_MAX: usize = 64 * 1024;
/// Longest conversation of an API call: the texts of all its messages together.
pub const API_PROMPT_BYTES_MAX: usize = 4 * PROMPT_BYTES_MAX;
/// Most messages of an API call's conversation.
pub const API_MESSAGES_MAX: usize = 1_024;
/// Longest body of an API call: the longest conversation with most of its characters escaped, and a schema.
pub const API_BODY_BYTES_MAX: usize = 1024 * 1024;
/// Longest text before which an API call wants its answer to end.
pub const API_STOP_BYTES_MAX: usize = 256;
/// Most tokens of earlier messages that go along with a prompt.
pub const HISTORY_TOKENS_MAX: u64 = 4_000;
/// Most tokens of an answer that a client can ask for.
pub const ANSWER_TOKENS_MAX: u32 = 4_096;
/// Tokens of an answer when the client names none.
pub const ANSWER_TOKENS_DEFAULT: u32 = 2_000;
/// Fewest tokens of an answer that a balance must pay for, else the chat is refused.
pub const ANSWER_TOKENS_MIN: u32 = 16;
/// Longest answer that is relayed and kept: a row of the table holds 400 KB.
pub const ANSWER_BYTES_MAX: usize = 200 * 1024;
/// Longest model name.
pub const MODEL_BYTES_MAX: usize = 100;
/// Longest base address of an upstream.
pub const UPSTREAM_HOST_BYTES_MAX: usize = 500;
/// Longest secret of an upstream key. Tokens of some proxies are signed documents.
pub const UPSTREAM_SECRET_BYTES_MAX: usize = 2_000;
/// Most models that one upstream key lists: all keys are read with the settings.
pub const UPSTREAM_MODELS_MAX: usize = 100;
/// Most bytes that the names of one upstream key have together.
pub const UPSTREAM_MODELS_BYTES_MAX: usize = 4_000;
/// Wait for an upstream's own list of models, in seconds, when a key is saved without one: with the look at its name
/// it stays below [`REQUEST_SECONDS_MAX`].
pub const UPSTREAM_LIST_SECONDS_MAX: u64 = 4;

/// Longest text that is moderated: more could not be judged in time.
pub const MODERATION_BYTES_MAX: usize = 96 * 1024;
/// Longest description of a picture.
pub const DRAW_PROMPT_BYTES_MAX: usize = 16 * 1024;
/// Seconds of one draw. What comes after it, storing and settling, has its own limits; all together end before the
/// function does, at 300 s.
pub const DRAW_SECONDS_MAX: u64 = 170;
/// Wait for the picture to start from.
pub const DRAW_SOURCE_SECONDS_MAX: u64 = 15;
/// Wait for one key's pictures before the next key is tried.
pub const DRAW_KEY_SECONDS_MAX: u64 = 120;

/// Seconds of one export; one that is not through by then breaks off. With the wait for its reader and for a read of the
/// table it ends before Lambda ends the function, and API Gateway the stream, at 900 s.
pub const EXPORT_SECONDS_MAX: i64 = 800;
/// Seconds after which a reader of an export that takes nothing counts as gone.
pub const EXPORT_UNREAD_SECONDS_MAX: u64 = 60;
/// Entries of an index that an export reads at once. As often it looks whether its administrator still is one.
pub const EXPORT_ENTRIES: usize = 1_000;
/// Rows that an export reads at once.
pub const EXPORT_ROWS: usize = 100;
/// The same for messages, each of which can have 200 KB.
pub const EXPORT_MESSAGES: usize = 25;
/// Bytes of an export that are sent at once, or more where one row is longer.
pub const EXPORT_CHUNK_BYTES: usize = 32 * 1024;

/// Days of statistics in one answer: a leap year.
pub const STATS_DAYS_MAX: u32 = 366;
/// Days of statistics when none are asked for.
pub const STATS_DAYS_DEFAULT: u32 = 30;

/// Chats and draws that one user can have open.
pub const HOLDS_MAX: usize = 5;
/// Seconds of one answer.
pub const CHAT_SECONDS_MAX: u64 = 780;
/// Seconds that the settlement is tried.
pub const SETTLE_SECONDS_MAX: u64 = 20;
/// Seconds after which a reservation counts as left behind by a dead function. Lambda ends a function at 900 s, and with
/// the janitor's minute this stays within the 16 minutes that the design promises.
pub const HOLD_SECONDS: i64 = 895;
/// Seconds before a reservation's end by which its turn must be settled, so that a living function always settles
/// before anybody may give its reservation back.
pub const HOLD_MARGIN_SECONDS: i64 = 30;
/// Silence towards the client after which a heartbeat is sent.
pub const HEARTBEAT_SECONDS: u64 = 10;
/// Silence of the upstream in mid-answer after which the answer ends.
pub const UPSTREAM_SILENCE_SECONDS_MAX: u64 = 60;
/// Wait for an upstream's first bytes before the next key is tried.
pub const UPSTREAM_FIRST_BYTE_SECONDS_MAX: u64 = 30;
/// Wait for any upstream's first words in total.
pub const UPSTREAM_OPEN_SECONDS_MAX: u64 = 90;
/// Largest chat frame on the wire.
pub const FRAME_BYTES_MAX: usize = 1_024;
