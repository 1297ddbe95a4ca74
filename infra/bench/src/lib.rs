//! Measures what deploys: sizes of the release binaries, and their cold start from spawn to first answer.
//!
//! `infra/bench/run` builds what is needed and then runs it all; `infra/bench/run sizes` checks only the sizes
//! against their limits and fails above them; `infra/bench/run cold-start --rounds 20` only starts functions.
//!
//! `infra/bench/run packages` builds what would be deployed with `sam build`, for this machine's processor, and lets each
//! package answer its recorded events.
//!
//! `infra/bench/run lists` and `infra/bench/run contention` are programs of their own in `benches/`, because they run the
//! whole product in their process, which what is built with every check should not.
//!
//! A cold start is one process on an otherwise idle machine. [`emulator`] plays the Lambda Runtime API for it, a running
//! local stack plays AWS, and a hello-world function of the same runtime is started in turn with the others, so that a
//! slow moment of the machine meets all alike.

pub mod answer;
pub mod cold_start;
pub mod emulator;
pub mod packages;
pub mod process;
pub mod sizes;
pub mod stack;
