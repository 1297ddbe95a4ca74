//! Which sizes each provider takes: what a person asks for becomes the nearest of them.

/// Width and height in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Pixels from left to right.
    pub width: u16,
    /// Pixels from top to bottom.
    pub height: u16,
}

impl Size {
    /// A size of these pixels.
    #[must_use]
    pub const fn new(width: u16, height: u16) -> Self {
        Self { width, height }
    }

    /// The one of `offered` that is most like it: in shape first, then in pixels.
    pub(super) fn nearest(self, offered: &[Self]) -> Self {
        let unlike = |other: &Self| (self.shape_gap(*other), self.pixels().abs_diff(other.pixels()));
        offered.iter().copied().min_by_key(unlike).unwrap_or(self)
    }

    /// Both sides in multiples of `step` between `least` and `most`, no more than `pixels_max` together, and of the
    /// same shape as far as that allows.
    pub(super) fn within(self, step: u16, least: u16, most: u16, pixels_max: u32) -> Self {
        let (width, height) = (u64::from(self.width.max(1)), u64::from(self.height.max(1)));
        let longest = |side: u64, other: u64| {
            let by_most = (u64::from(most) * side / other).min(most.into());
            let by_pixels = (u64::from(pixels_max) * side / other).isqrt();
            u16::try_from(side.min(by_most).min(by_pixels)).unwrap_or(most)
        };
        let (width, height) = (longest(width, height), longest(height, width));
        let fit = |side: u16, up: u16| ((side + up) / step * step).clamp(least, most);
        let nearest = Self::new(fit(width, step / 2), fit(height, step / 2));
        if nearest.pixels() <= pixels_max { nearest } else { Self::new(fit(width, 0), fit(height, 0)) }
    }

    fn pixels(self) -> u32 {
        u32::from(self.width) * u32::from(self.height)
    }

    /// How unlike the shapes are, in thousandths of the ratio of the longer to the shorter.
    fn shape_gap(self, other: Self) -> u32 {
        let one = u32::from(self.width.max(1)) * u32::from(other.height.max(1));
        let two = u32::from(self.height.max(1)) * u32::from(other.width.max(1));
        let ratio = u64::from(one.max(two)) * 1000 / u64::from(one.min(two));
        u32::try_from(ratio).unwrap_or(u32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_has_the_same_shape_if_any_has() {
        let offered = [Size::new(1024, 1024), Size::new(1792, 1024), Size::new(1024, 1792)];
        for (asked, given) in [
            ((512, 512), (1024, 1024)),
            ((1920, 1080), (1792, 1024)),
            ((1080, 1920), (1024, 1792)),
            ((0, 0), (1024, 1024)),
            ((u16::MAX, 1), (1792, 1024)),
        ] {
            assert_eq!(Size::new(asked.0, asked.1).nearest(&offered), Size::new(given.0, given.1), "{asked:?}");
        }
        let squares = [Size::new(256, 256), Size::new(512, 512), Size::new(1024, 1024)];
        assert_eq!(Size::new(500, 500).nearest(&squares), Size::new(512, 512));
        assert_eq!(Size::new(5000, 5000).nearest(&squares), Size::new(1024, 1024));
    }

    #[test]
    fn sides_are_fitted() {
        let fit = |width, height| Size::new(width, height).within(64, 320, 1536, 1024 * 1024);
        assert_eq!(fit(512, 512), Size::new(512, 512));
        assert_eq!(fit(500, 540), Size::new(512, 512));
        assert_eq!(fit(0, u16::MAX), Size::new(320, 1536));
        assert_eq!(fit(u16::MAX, u16::MAX), Size::new(1024, 1024));
        assert_eq!(fit(1920, 1080), Size::new(1344, 768));
        assert_eq!(fit(1080, 1920), Size::new(768, 1344));
        for side in 0..=u16::MAX {
            for size in [fit(side, 900), fit(900, side), fit(side, side)] {
                assert!(size.pixels() <= 1024 * 1024 && size.width % 64 == 0 && size.height % 64 == 0, "{size:?}");
                assert!((320..=1536).contains(&size.width) && (320..=1536).contains(&size.height), "{size:?}");
            }
        }
    }
}
