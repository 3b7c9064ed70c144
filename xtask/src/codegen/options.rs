//! The reference of a provider's options, as its README shows it.

use std::fmt::Write as _;

use serde_json::Value;

/// One row for each option of a catalog entry.
pub(super) fn table(entry: &Value) -> String {
    let options = entry["options"].as_array().map(Vec::as_slice).unwrap_or_default();
    if options.is_empty() {
        return "It has no options.\n".to_owned();
    }
    let mut text = String::from("| Option | Type | Default | What it is for |\n| --- | --- | --- | --- |\n");
    for option in options {
        let name = option["name"].as_str().unwrap_or_default();
        let kind = option["type"].as_str().unwrap_or_default();
        let default = match &option["default"] {
            Value::Null if option["required"] == true => "required".to_owned(),
            Value::Null => String::new(),
            value => format!("`{value}`"),
        };
        let mut help =
            option["help"].as_str().unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ");
        let bounds = match (&option["minimum"], &option["maximum"]) {
            (Value::Null, Value::Null) => String::new(),
            (low, Value::Null) => format!(" At least {}.", plain(low)),
            (Value::Null, high) => format!(" At most {}.", plain(high)),
            (low, high) => format!(" From {} to {}.", plain(low), plain(high)),
        };
        help.push_str(&bounds);
        let choices: Vec<String> =
            option["choices"].as_array().into_iter().flatten().map(|choice| format!("`{choice}`")).collect();
        if !choices.is_empty() {
            let _ = write!(help, " One of {}.", choices.join(", "));
        }
        if let Some(variable) = option["env"].as_str() {
            let _ = write!(help, " Read from `{variable}` where it is not given.");
        }
        let _ = writeln!(text, "| `{name}` | {kind} | {default} | {} |", help.trim().replace('|', "\\|"));
    }
    text
}

/// A bound without the `.0` that JSON gives to whole floating-point numbers.
fn plain(number: &Value) -> String {
    number.as_f64().map(|number| number.to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_row_says_type_default_bounds_choices_and_variable() {
        let entry = json!({ "options": [
            { "name": "key", "type": "secret", "required": true, "default": null, "help": "Opens\nthe door.",
              "minimum": null, "maximum": null, "choices": [], "env": "ACME_KEY" },
            { "name": "speed", "type": "number", "required": false, "default": 1.5, "help": "How fast.",
              "minimum": 0.5, "maximum": 2.0, "choices": [], "env": null },
        ]});
        assert_eq!(
            table(&entry),
            "| Option | Type | Default | What it is for |\n\
             | --- | --- | --- | --- |\n\
             | `key` | secret | required | Opens the door. Read from `ACME_KEY` where it is not given. |\n\
             | `speed` | number | `1.5` | How fast. From 0.5 to 2. |\n"
        );
    }
}
