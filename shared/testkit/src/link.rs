//! The shapes in which servers write addresses of their own.

/// How an address is written.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Link {
    /// Whole.
    #[default]
    Whole,
    /// Without scheme and host: `/pay/1`.
    Path,
    /// Without its scheme: `//host/pay/1`.
    Host,
    /// With a blank and Chinese, neither of them encoded.
    Odd,
    /// At a host inside a network.
    Private,
}

impl Link {
    /// What `[[link=…]]` asks for.
    pub(crate) fn parse(text: &str) -> Self {
        match text.trim() {
            "path" => Self::Path,
            "host" => Self::Host,
            "odd" => Self::Odd,
            "private" => Self::Private,
            _ => Self::Whole,
        }
    }

    /// A whole address, written so.
    pub(crate) fn write(self, address: String) -> String {
        let behind = address.split_once("://").map_or("", |(_, behind)| behind);
        let path = behind.find('/').map_or("", |slash| &behind[slash..]);
        match self {
            Self::Whole => address,
            Self::Path => path.to_owned(),
            Self::Host => format!("//{behind}"),
            Self::Odd => format!("{address}{}name=一 只", if address.contains('?') { '&' } else { '?' }),
            Self::Private => format!("//10.0.0.1{path}"),
        }
    }
}
