//! Stub.

/// What this function uses.
#[derive(Debug)]
pub struct App;

impl App {
    /// Starts.
    ///
    /// # Errors
    /// When something is missing.
    pub async fn start(_outside: &platform::Outside) -> Result<Self, platform::StartError> {
        Ok(Self)
    }
}

/// Runs all due work once and tells what was done (a JSON-able report).
pub async fn run(_app: &App) -> serde_json::Value {
    serde_json::json!({})
}
