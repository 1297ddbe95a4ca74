//! One export, from its first row to its last.

use std::sync::Arc;

use domain::limits::EXPORT_SECONDS_MAX;
use domain::{Error, Result, Role, SessionToken};
use table::user;
use web::{Broken, Gone, Sender};

use crate::App;
use crate::file::File;
use crate::reader::Reader;
use crate::wanted::Wanted;

/// What is exported, and for whom.
pub(crate) struct Export {
    pub(crate) app: Arc<App>,
    pub(crate) token: SessionToken,
    pub(crate) wanted: Wanted,
    /// When the request came, in milliseconds since the Unix epoch.
    pub(crate) began: i64,
    pub(crate) request_id: String,
    /// For how many days administrators see what people deleted.
    pub(crate) log_days: u32,
    /// What stands where a user has no picture.
    pub(crate) default_avatar: Option<String>,
}

/// Why a file is not whole.
enum Cut {
    /// A read failed, or who asked may not any more.
    Failed(Error),
    /// Nobody takes what is written.
    Unread,
    /// There are more rows than time.
    Late,
}

impl From<Error> for Cut {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl From<Gone> for Cut {
    fn from(_: Gone) -> Self {
        Self::Unread
    }
}

impl Export {
    /// Writes the file.
    ///
    /// # Errors
    /// [`Broken`] when it is not whole: then it lacks its last line, and the connection breaks off.
    pub(crate) async fn run(self, sender: Sender) -> Result<(), Broken> {
        let mut file = File::new(&self.wanted, sender);
        let written = self.write(&mut file).await;
        let (list, rows, request_id) = (self.wanted.name(), file.rows, self.request_id.as_str());
        match written {
            Ok(()) => {
                tracing::info!(list, rows, request_id, "exported");
                return Ok(());
            }
            Err(Cut::Failed(error @ (Error::LoggedOut | Error::Forbidden))) => {
                tracing::warn!(list, rows, request_id, %error, "an export's administrator is none any more");
            }
            Err(Cut::Failed(error)) => {
                tracing::error!(list, rows, request_id, causes = error.causes(), "an export broke off");
            }
            Err(Cut::Unread) => tracing::warn!(list, rows, request_id, "nobody read an export to its end"),
            Err(Cut::Late) => tracing::warn!(list, rows, request_id, "an export had more rows than time"),
        }
        Err(Broken)
    }

    async fn write(&self, file: &mut File) -> Result<(), Cut> {
        for (list, ids) in self.wanted.parts(&self.app.base.zone) {
            let mut reader = Reader::new(list, ids);
            while let Some(rows) = reader.next(self).await? {
                for mut row in rows {
                    web::view::fill_avatars(&mut row, self.default_avatar.as_deref());
                    // Each row may have to wait for its reader.
                    self.is_in_time()?;
                    file.push(list, row).await?;
                }
            }
        }
        Ok(file.end().await?)
    }

    fn is_in_time(&self) -> Result<(), Cut> {
        let millis = self.app.base.clock.millis() - self.began;
        if millis < EXPORT_SECONDS_MAX * 1_000 { Ok(()) } else { Err(Cut::Late) }
    }

    /// Whether who asked still may: looked at again and again, because an export takes minutes.
    ///
    /// # Errors
    /// [`Error::LoggedOut`] when the session has ended or its user was banned, [`Error::Forbidden`] when the user is no
    /// administrator any more.
    pub(crate) async fn check(&self) -> Result<()> {
        let base = &self.app.base;
        let user = user::authenticate(&base.table, &self.token, base.clock.millis()).await?;
        if user.role == Role::Administrator { Ok(()) } else { Err(Error::Forbidden) }
    }
}
