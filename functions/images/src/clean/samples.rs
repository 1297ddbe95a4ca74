//! Small real pictures, made here, with or without something planted in each place that holds no pixels.

pub(super) mod gif;
pub(super) mod jpeg;
pub(super) mod png;
pub(super) mod webp;

/// What is planted, and in which places of a file.
pub(super) struct Plants {
    marker: Vec<u8>,
    /// A bit for each place.
    places: u32,
}

impl Plants {
    /// Nothing at all.
    pub(super) const NONE: Self = Self { marker: Vec::new(), places: 0 };

    pub(super) fn new(marker: &[u8], places: u32) -> Self {
        Self { marker: marker.to_vec(), places }
    }

    /// What grows in one place; nothing in most.
    fn at(&self, place: u32, frame: impl FnOnce(&[u8]) -> Vec<u8>) -> Vec<u8> {
        if self.places >> place & 1 == 1 { frame(&self.marker) } else { Vec::new() }
    }
}

/// A picture by its name, with what is planted in it.
pub(super) type Sample = (&'static str, fn(&Plants) -> Vec<u8>);

/// One of each sort.
pub(super) const SAMPLES: [Sample; 11] = [
    ("png", png::still),
    ("png with a palette", png::palette),
    ("animated png", png::animated),
    ("jpeg", jpeg::baseline),
    ("progressive jpeg", jpeg::progressive),
    ("gif", gif::still),
    ("animated gif", gif::animated),
    ("lossless webp", webp::lossless),
    ("lossy webp", webp::lossy),
    ("webp with transparency", webp::transparent),
    ("animated webp", webp::animated),
];

/// A sample without plants.
pub(super) fn plain(name: &str) -> Vec<u8> {
    let (_, make) = SAMPLES.iter().find(|(it, _)| *it == name).expect("a sample of this name");
    make(&Plants::NONE)
}

/// The header of a colour profile, and as much content as makes it `length` bytes long.
fn profile(length: usize) -> Vec<u8> {
    let mut profile = vec![7; length];
    profile[..4].copy_from_slice(&u32::try_from(length).unwrap().to_be_bytes());
    profile[36..40].copy_from_slice(b"acsp");
    profile
}
