//! Reading YAML within bounds, remembering on which line everything stood.

use std::collections::HashMap;
use std::fmt;

use rooh_core::{Error, ErrorKind, Result};
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use serde_saphyr::Spanned;

/// The longest dialogue, in bytes.
pub(crate) const LONGEST_YAML: usize = 256 * 1024;

/// A dialogue as it was written, not yet checked.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) value: Value,
    lines: HashMap<String, u64>,
}

impl Source {
    /// A dialogue that came as part of something else, without lines.
    pub(crate) fn inline(value: Value) -> Self {
        Self { value, lines: HashMap::new() }
    }

    /// Reads YAML.
    pub(crate) fn yaml(text: &str) -> Result<Self> {
        if text.len() > LONGEST_YAML {
            return Err(Error::new(ErrorKind::Config, "the dialogue is too long")
                .with("bytes", text.len())
                .with("allowed", LONGEST_YAML));
        }
        let options = serde_saphyr::options! {
            budget: serde_saphyr::budget! {
                max_depth: 32,
                max_nodes: 50_000,
                max_events: 150_000,
                max_aliases: 1_000,
                max_total_scalar_bytes: LONGEST_YAML,
            },
            alias_limits: serde_saphyr::alias_limits! { max_total_replayed_events: 50_000 },
            // `on`, `yes` and `no` are keys and phrases here.
            strict_booleans: true,
            with_snippet: false,
        };
        let tree: Spanned<Tree> = serde_saphyr::from_str_with_options(text, options).map_err(|error| {
            let line = error.location().map(|location| location.line());
            let told = error.without_snippet().to_string();
            // The place is given apart, and what its reader could be told is of no use here.
            let bare = told.split(" at line ").next().unwrap_or("").split(", set ").next().unwrap_or("");
            let fault = Error::new(ErrorKind::Config, format!("the dialogue is no valid YAML: {bare}"));
            match line {
                Some(line) => fault.with("line", line),
                None => fault,
            }
        })?;
        let mut lines = HashMap::new();
        let value = flatten(tree, String::new(), &mut lines);
        Ok(Self { value, lines })
    }

    /// Adds the line on which `path`, or what encloses it, stands.
    pub(crate) fn locate(&self, error: Error, path: &str) -> Error {
        let mut rest = path;
        loop {
            if let Some(line) = self.lines.get(rest) {
                return error.with("line", line);
            }
            match rest.rfind('.') {
                Some(at) => rest = &rest[..at],
                None => return error,
            }
        }
    }
}

fn flatten(tree: Spanned<Tree>, path: String, lines: &mut HashMap<String, u64>) -> Value {
    if tree.referenced.line() > 0 {
        lines.entry(path.clone()).or_insert(tree.referenced.line());
    }
    let within =
        |name: &dyn fmt::Display| if path.is_empty() { name.to_string() } else { format!("{path}.{name}") };
    match tree.value {
        Tree::Scalar(value) => value,
        Tree::Sequence(items) => Value::Array(
            items.into_iter().enumerate().map(|(at, item)| flatten(item, within(&at), lines)).collect(),
        ),
        Tree::Mapping(entries) => {
            let mut map = Map::new();
            for (key, value) in entries {
                let path = within(&key.value);
                lines.insert(path.clone(), key.referenced.line());
                map.insert(key.value, flatten(value, path, lines));
            }
            Value::Object(map)
        }
    }
}

/// Any YAML, with a place for every part.
enum Tree {
    Scalar(Value),
    Sequence(Vec<Spanned<Tree>>),
    Mapping(Vec<(Spanned<String>, Spanned<Tree>)>),
}

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TreeVisitor)
    }
}

struct TreeVisitor;

impl<'de> Visitor<'de> for TreeVisitor {
    type Value = Tree;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, a number, a list or a mapping")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Tree, E> {
        Ok(Tree::Scalar(Value::Bool(value)))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Tree, E> {
        Ok(Tree::Scalar(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Tree, E> {
        Ok(Tree::Scalar(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Tree, E> {
        Ok(Tree::Scalar(Number::from_f64(value).map_or(Value::Null, Value::Number)))
    }

    fn visit_str<E>(self, value: &str) -> Result<Tree, E> {
        Ok(Tree::Scalar(value.into()))
    }

    fn visit_unit<E>(self) -> Result<Tree, E> {
        Ok(Tree::Scalar(Value::Null))
    }

    fn visit_none<E>(self) -> Result<Tree, E> {
        Ok(Tree::Scalar(Value::Null))
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Tree, D::Error> {
        Tree::deserialize(deserializer)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Tree, A::Error> {
        let mut all = Vec::new();
        while let Some(item) = items.next_element()? {
            all.push(item);
        }
        Ok(Tree::Sequence(all))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Tree, A::Error> {
        let mut all = Vec::new();
        while let Some(entry) = entries.next_entry()? {
            all.push(entry);
        }
        Ok(Tree::Mapping(all))
    }
}
