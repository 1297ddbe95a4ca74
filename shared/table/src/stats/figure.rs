//! The figures of a day, and the short names that they have in the table.

use domain::Provider;

/// A model whose name takes more bytes in the table is counted among the others: a figure's name stands in the tally, whose
/// size every write pays.
const MODEL_BYTES_MAX: usize = 40;
/// What the name of a figure about a model begins with; alone, it is the figure of all others.
pub(crate) const MODEL_PREFIX: &str = "s_";

/// A figure of a day.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Figure {
    /// Users who came to be, by registering or by an administrator's hand.
    NewUsers,
    /// Users who did something themselves.
    ActiveUsers,
    /// Sign-ins, also those without a reward.
    Signins,
    /// Chat turns.
    Chats(Charge),
    /// Pictures.
    Images(Charge),
    /// Tokens that models read.
    PromptTokens(Charge),
    /// Tokens that models wrote.
    CompletionTokens(Charge),
    /// Credits that people got.
    Granted(Gift),
    /// Credits that people lost.
    Taken(Loss),
    /// Credits spent on chats with a model; with none, on all that have no figure of their own.
    Spent(Option<String>),
    /// Credits spent on pictures.
    Drawn,
    /// Orders that were paid.
    Orders(Provider),
    /// What was paid for them.
    Fen(Provider),
}

/// Whether it cost credits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Charge {
    /// It did, and has a ledger row.
    Charged,
    /// It was free, for members or for all.
    Free,
}

/// Why people get credits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Gift {
    /// They registered.
    Register,
    /// They signed in.
    Signin,
    /// They redeemed a code.
    Code,
    /// They paid.
    Order,
    /// An administrator gave them.
    Adjustment,
}

/// Why people lose credits without spending them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Loss {
    /// An administrator took them.
    Adjustment,
    /// The account was deleted.
    Deletion,
}

/// The names, which are never given to other figures: amounts stand under them.
pub(super) static NAMES: [(&str, Figure); 28] = [
    ("nu", Figure::NewUsers),
    ("au", Figure::ActiveUsers),
    ("si", Figure::Signins),
    ("ch", Figure::Chats(Charge::Charged)),
    ("zc", Figure::Chats(Charge::Free)),
    ("im", Figure::Images(Charge::Charged)),
    ("zm", Figure::Images(Charge::Free)),
    ("ti", Figure::PromptTokens(Charge::Charged)),
    ("zi", Figure::PromptTokens(Charge::Free)),
    ("to", Figure::CompletionTokens(Charge::Charged)),
    ("zo", Figure::CompletionTokens(Charge::Free)),
    ("gr", Figure::Granted(Gift::Register)),
    ("gs", Figure::Granted(Gift::Signin)),
    ("gc", Figure::Granted(Gift::Code)),
    ("go", Figure::Granted(Gift::Order)),
    ("ga", Figure::Granted(Gift::Adjustment)),
    ("ta", Figure::Taken(Loss::Adjustment)),
    ("td", Figure::Taken(Loss::Deletion)),
    ("sp", Figure::Drawn),
    (MODEL_PREFIX, Figure::Spent(None)),
    ("oa", Figure::Orders(Provider::Alipay)),
    ("oy", Figure::Orders(Provider::Epay)),
    ("oj", Figure::Orders(Provider::PayJs)),
    ("oh", Figure::Orders(Provider::Xunhupay)),
    ("fa", Figure::Fen(Provider::Alipay)),
    ("fy", Figure::Fen(Provider::Epay)),
    ("fj", Figure::Fen(Provider::PayJs)),
    ("fh", Figure::Fen(Provider::Xunhupay)),
];

impl Figure {
    /// What was spent on a model, or on the others when it cannot have a figure of its own.
    pub(crate) fn of_model(model: &str) -> Self {
        let is_short = !model.is_empty() && encoded(model).len() <= MODEL_BYTES_MAX;
        Self::Spent(is_short.then(|| model.to_owned()))
    }

    /// Whether it counts what has no ledger row.
    pub const fn is_free(&self) -> bool {
        matches!(
            self,
            Self::Chats(Charge::Free)
                | Self::Images(Charge::Free)
                | Self::PromptTokens(Charge::Free)
                | Self::CompletionTokens(Charge::Free)
        )
    }

    /// The name in the table: letters, digits and `_`.
    pub fn name(&self) -> String {
        match (self, NAMES.iter().find(|(_, figure)| figure == self)) {
            (_, Some((name, _))) => (*name).to_owned(),
            (Self::Spent(Some(model)), None) => format!("{MODEL_PREFIX}{}", encoded(model)),
            // Each of the others has a name: a test sees to it.
            (_, None) => String::new(),
        }
    }

    /// The figure of a name; one that this version does not know is none.
    pub fn parse(name: &str) -> Option<Self> {
        let known = NAMES.iter().find(|(known, _)| *known == name).map(|(_, figure)| figure.clone());
        known.or_else(|| decoded(name.strip_prefix(MODEL_PREFIX)?).map(|model| Self::Spent(Some(model))))
    }
}

/// The name of a model in letters, digits and `_`: a hyphen, which is in most of them, is `__`; any other byte `_` and two
/// hexadecimal digits.
fn encoded(model: &str) -> String {
    let mut code = String::new();
    for byte in model.bytes() {
        match byte {
            b'-' => code.push_str("__"),
            byte if byte.is_ascii_alphanumeric() => code.push(char::from(byte)),
            byte => {
                let digits = [byte >> 4, byte & 15].into_iter();
                code.push('_');
                code.extend(digits.filter_map(|digit| char::from_digit(digit.into(), 16)));
            }
        }
    }
    code
}

fn decoded(code: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = code;
    while let Some((plain, escape)) = rest.split_once('_') {
        bytes.extend_from_slice(plain.as_bytes());
        if let Some(after) = escape.strip_prefix('_') {
            bytes.push(b'-');
            rest = after;
        } else {
            let (digits, after) = escape.split_at_checked(2)?;
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
            rest = after;
        }
    }
    bytes.extend_from_slice(rest.as_bytes());
    String::from_utf8(bytes).ok().filter(|model| !model.is_empty())
}
