//! Reading the parts of a dialogue one by one, so that one wrong part does not hide the next.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::compile::{Faults, MOST_SLOTS, MOST_STATES};
use crate::format::{Format, Named};

const KEYS: &str = "intents, lines, slots, start, states, values, version";

/// The dialogue as it was written; `None` if nothing can be made of it.
pub(crate) fn read(value: &Value, faults: &mut Faults<'_>) -> Option<Format> {
    let Some(map) = value.as_object() else {
        faults.add_allowed("", "a dialogue is a mapping", KEYS);
        return None;
    };
    for key in map.keys().filter(|key| !KEYS.split(", ").any(|known| known == *key)) {
        faults.add_allowed(key, format!("unknown key {key:?}"), KEYS);
    }
    for needed in ["version", "start", "states"].into_iter().filter(|key| !map.contains_key(*key)) {
        faults.add("", format!("the key {needed:?} is missing"));
    }
    let version: u32 = part(map, "version", faults).unwrap_or(1);
    if version != 1 {
        faults.add_allowed("version", "this program does not know the version", 1);
    }
    let format = Format {
        version,
        start: part(map, "start", faults).unwrap_or_default(),
        values: part(map, "values", faults).unwrap_or_default(),
        slots: parts(map, "slots", MOST_SLOTS, faults),
        states: parts(map, "states", MOST_STATES, faults),
        intents: parts(map, "intents", MOST_SLOTS, faults),
        lines: part(map, "lines", faults).unwrap_or_default(),
    };
    for name in format.slots.iter().map(|(name, _)| name).chain(format.values.keys()) {
        if !is_name(name) {
            faults.add(
                "",
                format!("{name:?} cannot be the name of a slot or value: letters, digits and _ can"),
            );
        }
        if format.values.contains_key(name) && format.slots.iter().any(|(slot, _)| slot == name) {
            faults.add("values", format!("{name:?} is both a slot and a value"));
        }
    }
    if format.states.is_empty() && map.contains_key("states") && faults.is_empty() {
        faults.add("states", "a dialogue has at least one state");
    }
    (!format.states.is_empty() && !format.start.is_empty()).then_some(format)
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.len() <= 64 && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

fn part<T: DeserializeOwned>(map: &Map<String, Value>, key: &str, faults: &mut Faults<'_>) -> Option<T> {
    map.get(key).and_then(|value| read_value(value, key, faults))
}

fn parts<T: DeserializeOwned>(
    map: &Map<String, Value>,
    key: &str,
    most: usize,
    faults: &mut Faults<'_>,
) -> Named<T> {
    let entries = match map.get(key) {
        None | Some(Value::Null) => return Vec::new(),
        Some(Value::Object(entries)) => entries,
        Some(_) => {
            faults.add(key, "this is a mapping from names");
            return Vec::new();
        }
    };
    if entries.len() > most {
        faults.add_allowed(key, "there are too many of them", most);
        return Vec::new();
    }
    entries
        .iter()
        .map(|(name, value)| (name.clone(), read_value(value, &format!("{key}.{name}"), faults)))
        .collect()
}

fn read_value<T: DeserializeOwned>(value: &Value, path: &str, faults: &mut Faults<'_>) -> Option<T> {
    serde_path_to_error::deserialize(value)
        .map_err(|error| {
            let inner = error.path().to_string();
            let path = if inner == "." {
                path.to_owned()
            } else {
                format!("{path}.{}", inner.replace(['[', ']'], ".").replace("..", ".").trim_matches('.'))
            };
            faults.add(&path, error.into_inner().to_string());
        })
        .ok()
}
