//! Fetching the files that a provider's answer names. The names come from a stranger, so each is guarded like a host
//! that an administrator typed, and no key is sent along.

use std::time::Duration;

use outbound::{AddressError, file_address};
use reqwest::Url;
use reqwest::header::CONTENT_LENGTH;
use tokio::time::{Instant, sleep};

use super::kind::{Kind, SIGNATURE_BYTES};
use super::sieve::{Budget, IMAGE_BYTES_MAX};
use super::{Drawn, recognise};
use crate::call::{Call, packet};
use crate::client::Client;
use crate::failure::{Cause, Verdict};
use crate::retry::text_of;

/// A file may be named a moment before its storage shows it.
const LATE_TRIES: u32 = 3;
const LATE_WAIT: Duration = Duration::from_secs(1);

impl Client {
    /// The address of a file, as an answer from `called` or, without that, a person names it, if it is one that is called:
    /// `https`, a public host, no user info.
    ///
    /// An address inside a network is an attack or a grave mistake, so it counts as the key's host would; a URL that
    /// is only odd does not stop a key.
    pub(super) fn file_url(&self, called: Option<&Url>, text: &str) -> Result<Url, Cause> {
        file_address(called, text, self.loopback).map_err(|error| match error {
            AddressError::NotPublic => error.into(),
            _ => Cause::Malformed,
        })
    }

    /// Fetches one image file.
    pub(super) async fn download(
        &self,
        called: Option<&Url>,
        named: &str,
        budget: &Budget,
        until: Instant,
    ) -> Result<Drawn, Cause> {
        let call = Call::get(self.file_url(called, named)?, "image/*");
        let mut late = 0;
        loop {
            match self.fetch(&call, budget, until).await {
                Err(Cause::Server(404)) if late < LATE_TRIES && Instant::now() + LATE_WAIT < until => {
                    late += 1;
                    sleep(LATE_WAIT).await;
                }
                result => return result,
            }
        }
    }

    async fn fetch(&self, call: &Call, budget: &Budget, until: Instant) -> Result<Drawn, Cause> {
        let mut response = self.exchange(call, until).await.map_err(cause_of_storage)?;
        let announced = text_of(response.headers(), &CONTENT_LENGTH).parse::<usize>().unwrap_or(0);
        if announced > IMAGE_BYTES_MAX {
            return Err(Cause::TooLarge);
        }
        let mut bytes = Vec::with_capacity(announced);
        let read = async {
            while let Some(packet) = packet(&mut response, until).await? {
                if bytes.len() + packet.len() > IMAGE_BYTES_MAX || !budget.take(packet.len()) {
                    return Err(Cause::TooLarge);
                }
                bytes.extend_from_slice(&packet);
                if bytes.len() >= SIGNATURE_BYTES && Kind::of(&bytes).is_none() {
                    return Err(Cause::Malformed);
                }
            }
            Ok(())
        };
        let result = read.await;
        let held = bytes.len();
        result.and_then(|()| recognise(bytes).ok_or(Cause::Malformed)).inspect_err(|_| budget.give_back(held))
    }
}

/// Why a file cannot be had. Its storage does not know the key, so what it says is none of the key's fault.
fn cause_of_storage(verdict: Verdict) -> Cause {
    Cause::Server(match verdict {
        Verdict::Refuse(status, _) => status,
        Verdict::Next(Cause::Unauthorized) => 401,
        Verdict::Next(Cause::Quota) => 402,
        Verdict::Next(Cause::Forbidden | Cause::Region | Cause::Firewall) => 403,
        Verdict::Next(Cause::NotFound) => 404,
        Verdict::Next(Cause::RateLimited { .. }) => 429,
        Verdict::Next(cause) => return cause,
    })
}

#[cfg(test)]
#[path = "download_tests.rs"]
mod tests;
