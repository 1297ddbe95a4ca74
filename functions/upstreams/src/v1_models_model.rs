//! `GET /v1/models/{model+}`: one of the models that the caller's API key can be used with.

use domain::{Error, Result};
use web::{Call, Reply};

use crate::App;
use crate::v1_models::{models, row};

pub(crate) async fn handle(app: &App, call: &Call) -> Result<Reply> {
    let models = models(app, call).await?;
    let wanted = call.path("model").unwrap_or_default();
    let since = models.get(&wanted).ok_or(Error::NoModel)?;
    Reply::json(&row(&wanted, *since))
}
