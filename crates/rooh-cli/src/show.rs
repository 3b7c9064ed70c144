//! Standard output: text, columns and JSON.

use std::io::{self, Write};

use rooh_core::Error;
use serde_json::{Value, json};

use crate::exit::{Outcome, written};
use crate::plain::{columns, plain};

/// Prints text, with escapes for what a terminal would obey.
pub(crate) fn print(text: &str) -> Outcome {
    let mut out = io::stdout().lock();
    written(out.write_all(plain(text).as_bytes()).and_then(|()| out.flush()))
}

/// Prints rows as columns that line up.
pub(crate) fn print_columns(rows: &[Vec<String>]) -> Outcome {
    print(&columns(rows))
}

/// Prints JSON for programs; JSON escapes control characters itself.
pub(crate) fn print_json(value: &Value) -> Outcome {
    let mut out = io::stdout().lock();
    written(writeln!(out, "{value:#}").and_then(|()| out.flush()))
}

/// What is wrong, as JSON.
pub(crate) fn problems(error: &Error) -> Value {
    Value::Array(error.parts().iter().map(problem).collect())
}

/// One thing that is wrong, or worth a warning.
pub(crate) fn problem(part: &Error) -> Value {
    let number = |key: &str| part.context(key).and_then(|value| value.parse::<u64>().ok());
    json!({
        "kind": part.kind().as_str(),
        "path": part.context("path"),
        "line": number("line"),
        "column": number("column"),
        "message": part.to_string(),
    })
}
