//! Which image a file is, by its first bytes: what a server or a name says about it counts for nothing.

/// The kinds of image that are taken. None of them can hold a script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// PNG, <https://www.w3.org/TR/png-3/#5PNG-file-signature>.
    Png,
    /// JPEG.
    Jpeg,
    /// WebP, <https://developers.google.com/speed/webp/docs/riff_container>.
    Webp,
    /// GIF.
    Gif,
}

/// How many bytes tell the kind.
pub(crate) const SIGNATURE_BYTES: usize = 12;

impl Kind {
    /// The kind of image that `bytes` begin; `None` for everything else.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some(Self::Png),
            [0xff, 0xd8, 0xff, ..] => Some(Self::Jpeg),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(Self::Webp),
            [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some(Self::Gif),
            _ => None,
        }
    }

    /// The media type to serve it as.
    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Webp => "image/webp",
            Self::Gif => "image/gif",
        }
    }

    /// The ending of its file's name.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Jpeg => "jpg",
            Self::Webp => "webp",
            Self::Gif => "gif",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_images_are_images() {
        for (bytes, kind) in [
            (&b"\x89PNG\r\n\x1a\nrest"[..], Some(Kind::Png)),
            (b"\xff\xd8\xff\xe0rest", Some(Kind::Jpeg)),
            (b"RIFF\0\0\0\0WEBPVP8 ", Some(Kind::Webp)),
            (b"GIF87a", Some(Kind::Gif)),
            (b"GIF89a", Some(Kind::Gif)),
            (b"\x89PNG", None),
            (b"RIFF\0\0\0\0WAVE", None),
            (b"GIF88a", None),
            (b"<svg xmlns='http://www.w3.org/2000/svg'>", None),
            (b"<html>", None),
            (b"%PDF-1.7", None),
            (b"BM", None),
            (b"", None),
        ] {
            assert_eq!(Kind::of(bytes), kind, "{bytes:?}");
        }
    }
}
