//! What is known of pictures, and their files.

use std::collections::BTreeSet;

use testkit::Object;

use super::{Item, of_kind, text};

/// A picture that is known has its file, which is its own, in a place that everybody can read.
pub(super) fn check(items: &[Item], objects: &[Object]) {
    let mut files: BTreeSet<&str> = objects.iter().map(|object| object.key.as_str()).collect();
    for image in of_kind(items, "images#") {
        let file = text(image, "file");
        assert!(file.starts_with("public/"), "{image:?}");
        assert!(files.remove(file), "no file, or another picture's: {image:?}");
    }
    // What was put up is known before its file is there, and while it goes.
    for upload in of_kind(items, "uploads#") {
        assert!(text(upload, "file").starts_with("public/"), "{upload:?}");
        files.remove(text(upload, "file"));
    }
}
