//! The languages that have rules: one table each.

mod de;
mod en;
mod es;
mod fr;

use std::sync::LazyLock;

pub use en::ORDINALS as ENGLISH_ORDINALS;

use crate::language::{Language, Table};

/// A table, and its index, which is built when the language is first used.
pub(crate) static ALL: [(&Table, LazyLock<Language>); 4] = [
    (&de::TABLE, LazyLock::new(|| Language::new(&de::TABLE))),
    (&en::TABLE, LazyLock::new(|| Language::new(&en::TABLE))),
    (&es::TABLE, LazyLock::new(|| Language::new(&es::TABLE))),
    (&fr::TABLE, LazyLock::new(|| Language::new(&fr::TABLE))),
];
