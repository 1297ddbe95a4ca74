//! Messages, by user and conversation.

use domain::{ConversationId, MessageId};
use table::message::{Message, Options, Speaker};

use super::{Load, is_on, place, user_of};
use crate::Failure;
use crate::progress::Progress;
use crate::spool::{text, times};

/// The model of a message that names none: lists always name one.
const NO_MODEL: &str = "unknown";
/// Longest name of a model that is kept.
const MODEL_CHARS_MAX: usize = 100;

impl Load<'_> {
    /// All of them, in the order of their ids.
    pub(super) async fn messages(&mut self, progress: &mut Progress) -> Result<(), Failure> {
        let spool = self.spool;
        let mut statement = spool.db.prepare("SELECT * FROM message ORDER BY id")?;
        let mut found = statement.query([])?;
        while let Some(row) = found.next()? {
            let place = place("message", row)?;
            let conversation = ConversationId::parse(&text(row, "parent_message_id")?);
            let (Some(id), Some(user), Some(conversation)) =
                (MessageId::from_i64(place.id), user_of(row)?, conversation)
            else {
                continue;
            };
            let model: String = text(row, "model")?.trim().chars().take(MODEL_CHARS_MAX).collect();
            let (created, updated) = times(row)?;
            let message = Message {
                id,
                user,
                conversation,
                role: if text(row, "role")? == "user" { Speaker::User } else { Speaker::Assistant },
                content: text(row, "content")?,
                model: if model.is_empty() { NO_MODEL.to_owned() } else { model },
                options: options(row)?,
                hidden: !is_on(&text(row, "status")?),
                withdrawn: None,
                route: Vec::new(),
                created,
                updated: Some(updated).filter(|updated| *updated != created),
            };
            let put = self.rows.message(&message)?;
            self.put_row(place, put).await?;
            progress.tick("writing", self.report.done());
        }
        Ok(())
    }
}

/// What was asked of the model, where it is within what may be asked.
fn options(row: &rusqlite::Row<'_>) -> Result<Options, Failure> {
    let usual = Options::default();
    let number = |name, least: f64, most: f64, usual| -> Result<f64, Failure> {
        let number: Option<f64> = text(row, name)?.trim().parse().ok();
        Ok(number.filter(|number| (least..=most).contains(number)).unwrap_or(usual))
    };
    Ok(Options {
        temperature: number("temperature", 0.0, 2.0, usual.temperature)?,
        presence_penalty: number("presence_penalty", -2.0, 2.0, usual.presence_penalty)?,
        frequency_penalty: number("frequency_penalty", -2.0, 2.0, usual.frequency_penalty)?,
        max_tokens: text(row, "max_tokens")?.trim().parse().unwrap_or(usual.max_tokens),
    })
}
