//! The table of a site, without the functions before it.

use std::io;

use platform::Outside;
use table::Table;

use super::site::Site;

/// The table as functions have it.
pub(crate) fn of(site: &Site) -> io::Result<Table> {
    let environment = site.stack.environment("credits");
    let outside = Outside { environment, clock: site.clock.clone(), aws_http: site.stack.wire.client() };
    platform::table(&outside).map_err(io::Error::other)
}

/// Its name.
pub(crate) fn name(site: &Site) -> io::Result<String> {
    site.stack.environment("credits").text("TABLE_NAME").map(str::to_owned).map_err(io::Error::other)
}
