//! The emulator and a real function process of the real runtime, together. It reads the figures of the Linux kernel.

#![cfg(target_os = "linux")]

use std::path::PathBuf;

use bench::process::{Function, cold_start};
use bytes::Bytes;

#[tokio::test]
async fn a_real_function_is_started_asked_and_measured() {
    let function = Function {
        name: "hello".to_owned(),
        binary: PathBuf::from(env!("CARGO_BIN_EXE_hello")),
        environment: vec![("RUST_LOG".to_owned(), "info".to_owned())],
    };
    let event = Bytes::from_static(include_bytes!("../../../events/auth-post-login.json"));
    let start = cold_start(&function, event).await.unwrap();
    assert_eq!(start.status, 200);
    assert!(start.init <= start.first && start.first <= start.complete);
    assert!(start.peak_kb > 500);
    assert!(!start.cpu.is_zero());
}

#[tokio::test]
async fn an_event_that_is_no_event_is_a_failure_and_no_wait() {
    let function = Function {
        name: "hello".to_owned(),
        binary: PathBuf::from(env!("CARGO_BIN_EXE_hello")),
        environment: Vec::new(),
    };
    let error = cold_start(&function, Bytes::from_static(b"{}")).await.unwrap_err();
    assert!(error.to_string().contains("the function failed"), "{error}");
}
