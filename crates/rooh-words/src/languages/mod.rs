//! The languages that have rules: one table each.

mod de;
mod en;
mod es;
mod fr;

use std::sync::LazyLock;

pub use en::ORDINALS as ENGLISH_ORDINALS;

use crate::language::Language;

/// Primary subtag and language; an index is built when its language is first used.
pub(crate) static ALL: [(&str, LazyLock<Language>); 4] = [
    ("de", LazyLock::new(|| Language::new(&de::TABLE))),
    ("en", LazyLock::new(|| Language::new(&en::TABLE))),
    ("es", LazyLock::new(|| Language::new(&es::TABLE))),
    ("fr", LazyLock::new(|| Language::new(&fr::TABLE))),
];
