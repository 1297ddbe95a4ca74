//! Statements with hidden rows.

use std::collections::BTreeSet;

use domain::Page;

use super::hidden::ordinal_of;

/// Every way to hide rows of a ledger of eleven, every row that is left: it is found where a list without the hidden rows
/// has it.
#[test]
fn rows_are_found_around_every_set_of_holes() {
    const ROWS: u64 = 11;
    for holes in 0_u64..1 << ROWS {
        let (hidden, shown): (BTreeSet<u64>, BTreeSet<u64>) =
            (1..=ROWS).partition(|ordinal| holes & (1 << (ordinal - 1)) != 0);
        for (place, ordinal) in (1..).zip(&shown) {
            assert_eq!(ordinal_of(&hidden, place), *ordinal, "place {place} beside {hidden:?}");
        }
    }
}

/// The same for pages, as a statement is read: together they are the list without the hidden rows, none twice.
#[test]
fn pages_around_holes_are_full_and_hold_each_row_once() {
    const ROWS: u64 = 8;
    for holes in 0_u64..1 << ROWS {
        let (hidden, shown): (BTreeSet<u64>, BTreeSet<u64>) =
            (1..=ROWS).partition(|ordinal| holes & (1 << (ordinal - 1)) != 0);
        let count = shown.len() as u64;
        for size in 1..=ROWS {
            let mut read = Vec::new();
            for number in 1..=ROWS {
                let Some((first, last)) = (Page { number, size }).ordinals(count) else { continue };
                let bounds = ordinal_of(&hidden, first)..=ordinal_of(&hidden, last);
                let rows: Vec<u64> = bounds.rev().filter(|ordinal| !hidden.contains(ordinal)).collect();
                assert_eq!(rows.len() as u64, last - first + 1, "page {number} of {size} beside {hidden:?}");
                read.extend(rows);
            }
            assert_eq!(read, shown.iter().rev().copied().collect::<Vec<u64>>(), "pages of {size} beside {hidden:?}");
        }
    }
}
