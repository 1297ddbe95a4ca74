//! What is asked of a provider, and what becomes of it.

use domain::{Fen, PayType};

use crate::device::Device;

/// An order to be created at a provider.
#[derive(Clone, Copy, Debug)]
pub struct Order<'a> {
    /// Our number of it (`out_trade_no`): at most 19 digits.
    pub number: &'a str,
    /// What it costs.
    pub amount: Fen,
    /// What is bought, as people read it; it is cut to what the provider takes.
    pub title: &'a str,
    /// How the person pays.
    pub pay_type: PayType,
    /// Where the provider reports the payment.
    pub notify_url: &'a str,
    /// The address of the person who pays.
    pub client_ip: &'a str,
    /// What the person holds in hand.
    pub device: Device,
    /// The time, in milliseconds since the Unix epoch.
    pub now: i64,
    /// Letters and digits that no other request has: at most 32.
    pub nonce: &'a str,
}

/// An order that a provider waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// What the person opens, or scans as a QR code.
    pub pay_url: String,
    /// The provider's own number of the order, where it gives one. PAYJS can be asked by no other.
    pub provider_number: Option<String>,
}

/// An order that is asked after.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// Our number of it.
    pub number: &'a str,
    /// What [`Offer::provider_number`] was.
    pub provider_number: Option<&'a str>,
    /// The time, in milliseconds since the Unix epoch.
    pub now: i64,
    /// Letters and digits that no other request has: at most 32.
    pub nonce: &'a str,
}

/// Why there is no offer or no report. The texts are for the people who run the site: at most 200 characters, without
/// secrets and addresses of ours.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The provider says no, or was never reached: the order will never be paid. [`crate::Client::query`] does not fail so.
    #[error("{0}")]
    Refused(String),
    /// Nobody knows whether it was done.
    #[error("{0}")]
    Unclear(String),
}

impl Failure {
    /// The same text, with nothing said of the order itself.
    pub(crate) fn unclear(self) -> Self {
        match self {
            Self::Refused(text) | Self::Unclear(text) => Self::Unclear(text),
        }
    }
}

impl Order<'_> {
    /// The title as a provider takes it: one line without the characters it may choke on, of at most so many characters
    /// and bytes. The order's number stands in for a title of which nothing is left.
    ///
    /// No provider is sent an ampersand: their signatures cover `a=1&b=2`, where it could pass for the end of a value.
    pub(crate) fn title(&self, odd: &[char], chars_max: usize, bytes_max: usize) -> String {
        let mut title = String::new();
        for character in self.title.trim().chars().take(chars_max) {
            let character = match character {
                '&' => '＆',
                odd_one if odd.contains(&odd_one) => full_width(odd_one),
                other if other.is_control() => ' ',
                other => other,
            };
            if title.len() + character.len_utf8() > bytes_max {
                break;
            }
            title.push(character);
        }
        let title = title.trim();
        if title.is_empty() { self.number.to_owned() } else { title.to_owned() }
    }
}

/// The wide twin of an ASCII mark, which looks the same and means nothing.
fn full_width(mark: char) -> char {
    let is_mark = mark.is_ascii_graphic();
    char::from_u32(u32::from(mark) + 0xfee0).filter(|_| is_mark).unwrap_or(' ')
}

#[cfg(test)]
#[path = "order_tests.rs"]
mod tests;
