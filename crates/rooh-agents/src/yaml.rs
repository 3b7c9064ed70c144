//! YAML as a tree in which every value knows its line, within bounds that no file can break.
//!
//! The tree is built from parser events and not through serde, because a person who wrote a file
//! by hand wants to hear of every mistake in it, each with its line.

use std::collections::HashSet;

use rooh_core::{Error, ErrorKind, Result};
use serde_json::{Number, Value};
use serde_saphyr::granit_parser::{Event, Options, Parser, ScalarStyle, Span};

/// The longest file.
pub(crate) const LONGEST: usize = 256 * 1024;
/// The deepest nesting of tables and lists.
const DEEPEST: usize = 16;
/// The most values in one file.
const MOST: usize = 5_000;

/// A place in a file; both count from one.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Place {
    pub(crate) line: usize,
    pub(crate) column: usize,
}

impl Place {
    fn of(span: &Span) -> Self {
        Self { line: span.start.line(), column: span.start.col() + 1 }
    }

    /// Adds the place to what an error says.
    pub(crate) fn on(self, error: Error) -> Error {
        error.with("line", self.line).with("column", self.column)
    }
}

/// A value and where it stands; what came as JSON stands nowhere.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) at: Option<Place>,
    pub(crate) data: Data,
}

/// What a value is.
#[derive(Clone, Debug)]
pub(crate) enum Data {
    Bool(bool),
    List(Vec<Node>),
    Null,
    Number(Number),
    Table(Vec<(Key, Node)>),
    Text(String),
}

/// The name of an entry in a table.
#[derive(Clone, Debug)]
pub(crate) struct Key {
    pub(crate) at: Option<Place>,
    pub(crate) text: String,
}

impl Node {
    /// The word for what it is, as errors use it.
    pub(crate) fn what(&self) -> &'static str {
        match self.data {
            Data::Bool(_) => "true or false",
            Data::List(_) => "a list",
            Data::Null => "nothing",
            Data::Number(_) => "a number",
            Data::Table(_) => "a table",
            Data::Text(_) => "text",
        }
    }

    /// The value as JSON.
    pub(crate) fn to_json(&self) -> Value {
        match &self.data {
            Data::Bool(value) => Value::Bool(*value),
            Data::List(items) => Value::Array(items.iter().map(Self::to_json).collect()),
            Data::Null => Value::Null,
            Data::Number(number) => Value::Number(number.clone()),
            Data::Table(entries) => {
                Value::Object(entries.iter().map(|(key, node)| (key.text.clone(), node.to_json())).collect())
            }
            Data::Text(text) => Value::String(text.clone()),
        }
    }

    /// JSON as such a tree, within the same bounds.
    pub(crate) fn from_json(value: &Value) -> Result<Self> {
        let mut left = MOST;
        Self::from_json_within(value, DEEPEST, &mut left)
    }

    fn from_json_within(value: &Value, depth: usize, left: &mut usize) -> Result<Self> {
        *left = left.checked_sub(1).ok_or_else(too_many)?;
        let deeper = || depth.checked_sub(1).ok_or_else(too_deep);
        let data = match value {
            Value::Array(items) => {
                let depth = deeper()?;
                Data::List(
                    items
                        .iter()
                        .map(|item| Self::from_json_within(item, depth, left))
                        .collect::<Result<_>>()?,
                )
            }
            Value::Bool(value) => Data::Bool(*value),
            Value::Null => Data::Null,
            Value::Number(number) => Data::Number(number.clone()),
            Value::Object(entries) => {
                let depth = deeper()?;
                let entry = |(name, value): (&String, &Value)| {
                    let key = Key { at: None, text: name.clone() };
                    Ok((key, Self::from_json_within(value, depth, left)?))
                };
                Data::Table(entries.iter().map(entry).collect::<Result<_>>()?)
            }
            Value::String(text) => Data::Text(text.clone()),
        };
        Ok(Self { at: None, data })
    }
}

fn wrong(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Config, message)
}

fn too_deep() -> Error {
    wrong(format!("tables and lists are nested deeper than {DEEPEST} levels"))
}

fn too_many() -> Error {
    wrong(format!("there are more than {MOST} values"))
}

/// Reads one document.
///
/// # Errors
///
/// The first thing that is not YAML, or that this format leaves out of YAML on purpose: anchors
/// and aliases, tags, directives, several documents, two entries of one name, numbers that are
/// not finite.
pub(crate) fn parse(text: &str) -> Result<Node> {
    if text.len() > LONGEST {
        return Err(wrong("the file is too long")
            .with("bytes", text.len())
            .with("allowed", format!("{LONGEST} bytes")));
    }
    let mut options = Options::default();
    options.disallow_directives = true;
    options.flow_nesting_limit = DEEPEST;
    options.block_nesting_limit = DEEPEST + 1;
    options.set_emit_comments(false);
    let mut builder = Builder { open: Vec::new(), root: None, left: MOST };
    for next in Parser::new_from_str_with_options(text, options) {
        let (event, span) = next.map_err(|error| {
            let place = Place { line: error.marker().line(), column: error.marker().col() + 1 };
            place.on(wrong(format!("this is not YAML: {}", error.kind())))
        })?;
        let place = Place::of(&span);
        builder.event(event, place).map_err(|error| place.on(error))?;
    }
    Ok(builder.root.unwrap_or(Node { at: None, data: Data::Null }))
}

/// A table or list whose end has not come yet.
enum Open {
    List { at: Place, items: Vec<Node> },
    Table { at: Place, entries: Vec<(Key, Node)>, names: HashSet<String>, key: Option<Key> },
}

struct Builder {
    open: Vec<Open>,
    root: Option<Node>,
    left: usize,
}

impl Builder {
    fn event(&mut self, event: Event<'_>, at: Place) -> Result<()> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                self.count(anchor, tag.is_some())?;
                if let Some(Open::Table { key: key @ None, names, .. }) = self.open.last_mut() {
                    if !names.insert(text.to_string()) {
                        return Err(wrong("an entry of this name is there already").at_path(short(&text)));
                    }
                    *key = Some(Key { at: Some(at), text: text.into_owned() });
                    return Ok(());
                }
                let data = scalar(&text, style)?;
                self.put(Node { at: Some(at), data })
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.enter(anchor, tag.is_some())?;
                self.open.push(Open::List { at, items: Vec::new() });
                Ok(())
            }
            Event::MappingStart(_, anchor, tag) => {
                self.enter(anchor, tag.is_some())?;
                self.open.push(Open::Table { at, entries: Vec::new(), names: HashSet::new(), key: None });
                Ok(())
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let node = match self.open.pop() {
                    Some(Open::List { at, items }) => Node { at: Some(at), data: Data::List(items) },
                    Some(Open::Table { at, entries, .. }) => {
                        Node { at: Some(at), data: Data::Table(entries) }
                    }
                    None => return Err(wrong("a table or list ends that never began")),
                };
                self.put(node)
            }
            Event::Alias(_) | Event::UnresolvedAlias(_) | Event::Anchor(..) => Err(no_anchors()),
            Event::DocumentStart(..) if self.root.is_some() => {
                Err(wrong("there is more than one document in the file; remove what follows `---`"))
            }
            Event::StreamStart | Event::StreamEnd | Event::DocumentStart(..) | Event::DocumentEnd => Ok(()),
            _ => Ok(()),
        }
    }

    fn count(&mut self, anchor: usize, tagged: bool) -> Result<()> {
        self.left = self.left.checked_sub(1).ok_or_else(too_many)?;
        match (anchor, tagged) {
            (0, false) => Ok(()),
            (0, true) => Err(wrong("tags such as `!!str` are not used here; quote the value in its place")),
            _ => Err(no_anchors()),
        }
    }

    fn enter(&mut self, anchor: usize, tagged: bool) -> Result<()> {
        self.count(anchor, tagged)?;
        if self.open.len() >= DEEPEST {
            return Err(too_deep());
        }
        if let Some(Open::Table { key: None, .. }) = self.open.last() {
            return Err(wrong("the name of an entry must be text"));
        }
        Ok(())
    }

    fn put(&mut self, node: Node) -> Result<()> {
        match self.open.last_mut() {
            None => self.root = Some(node),
            Some(Open::List { items, .. }) => items.push(node),
            Some(Open::Table { entries, key, .. }) => {
                let key = key.take().ok_or_else(|| wrong("the name of an entry must be text"))?;
                entries.push((key, node));
            }
        }
        Ok(())
    }
}

fn no_anchors() -> Error {
    wrong("anchors and aliases (`&name`, `*name`) are not used here; write the value out")
}

/// What an unquoted word means: the core schema of YAML 1.2 (section 10.3.2), without the
/// spellings that mean something else in YAML 1.1.
///
/// `yes`, `no`, `on` and `off` are text, and so is a number with a leading zero, such as a
/// telephone number; a setting that asks for a number reads it as decimal.
fn scalar(text: &str, style: ScalarStyle) -> Result<Data> {
    if style != ScalarStyle::Plain {
        return Ok(Data::Text(text.to_owned()));
    }
    Ok(match text {
        "" | "~" | "null" | "Null" | "NULL" => Data::Null,
        "true" | "True" | "TRUE" => Data::Bool(true),
        "false" | "False" | "FALSE" => Data::Bool(false),
        _ if matches!(text.trim_start_matches(['-', '+']).to_ascii_lowercase().as_str(), ".nan" | ".inf") => {
            return Err(wrong("a number must be finite").with("given", short(text)));
        }
        _ => number(text)?.map_or_else(|| Data::Text(text.to_owned()), Data::Number),
    })
}

fn number(text: &str) -> Result<Option<Number>> {
    let digits = text.strip_prefix('-').unwrap_or(text).as_bytes();
    let looks_like_one = digits.first().is_some_and(u8::is_ascii_digit)
        && !(digits[0] == b'0' && digits.get(1).is_some_and(u8::is_ascii_digit))
        && digits.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-'));
    if !looks_like_one {
        return Ok(None);
    }
    if let Ok(integer) = text.parse::<i64>() {
        return Ok(Some(integer.into()));
    }
    match text.parse::<f64>() {
        Ok(float) => match Number::from_f64(float) {
            Some(float) => Ok(Some(float)),
            None => Err(wrong("this number is too large").with("given", short(text))),
        },
        // A date, a version or a range.
        Err(_) => Ok(None),
    }
}

/// Text from a file as an error may show it: on one line, without control characters, not long.
pub(crate) fn short(text: &str) -> String {
    let mut shown: String = text.chars().take(60).flat_map(char::escape_debug).collect();
    if text.chars().nth(60).is_some() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> String {
        match parse(text) {
            Ok(node) => node.to_json().to_string(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn words_mean_what_yaml_1_2_says() {
        assert_eq!(json("a: yes\nb: no\nc: on\nd: true"), r#"{"a":"yes","b":"no","c":"on","d":true}"#);
        assert_eq!(
            json("a: 0123\nb: 0o17\nc: 0x1F\nd: 1_000\ne: 12:30"),
            r#"{"a":"0123","b":"0o17","c":"0x1F","d":"1_000","e":"12:30"}"#
        );
        assert_eq!(
            json("a: 7\nb: -0.5\nc: 1e3\nd: '7'\ne: 2026-03-11"),
            r#"{"a":7,"b":-0.5,"c":1000.0,"d":"7","e":"2026-03-11"}"#
        );
        assert_eq!(json("a:\nb: ~\nc: null"), r#"{"a":null,"b":null,"c":null}"#);
    }

    #[test]
    fn what_the_format_leaves_out_is_refused_with_its_line() {
        for (text, line, word) in [
            ("a: 1\nb: &x 2", "line: 2", "anchors"),
            ("a: *x", "line: 1", ""),
            ("a: !!str 2", "line: 1", "tags"),
            ("a: 1\na: 2", "line: 2", "already"),
            ("a: 1\n---\nb: 2", "line: 2", "more than one document"),
            ("%YAML 1.1\n---\na: 1", "line: 1", ""),
            ("a: .nan", "line: 1", "finite"),
            ("a: 1\nb: -.INF", "line: 2", "finite"),
            ("a: 1e999", "line: 1", "too large"),
            ("? [a]\n: 1", "line: 1", "text"),
            ("a: [1, 2", "line: ", "not YAML"),
            ("a: b: c", "line: 1", "not YAML"),
        ] {
            let error = parse(text).expect_err(text).to_string();
            assert!(error.contains(line) && error.contains(word), "{text:?}: {error}");
        }
    }
}
