//! Keys and rows, pinned.
