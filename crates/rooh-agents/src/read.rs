//! Reading a tree field by field, so that one pass tells all that is wrong with it.

use std::cell::RefCell;

use rooh_core::{Error, ErrorKind};

use crate::yaml::{Data, Key, Node, Place, short};

/// The most problems that one file is told of.
const MOST: usize = 50;

/// All that was found wrong so far.
#[derive(Debug, Default)]
pub(crate) struct Problems(RefCell<Vec<Error>>);

impl Problems {
    pub(crate) fn add(&self, error: Error) {
        let mut all = self.0.borrow_mut();
        if all.len() < MOST {
            all.push(error);
        }
    }

    pub(crate) fn into_result(self) -> rooh_core::Result<()> {
        let all = self.0.into_inner();
        if all.is_empty() { Ok(()) } else { Err(Error::all(all)) }
    }
}

/// A path below another.
pub(crate) fn below(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

/// A table that is being read: every entry that nobody asks for is unknown.
pub(crate) struct Table<'a> {
    path: String,
    entries: &'a [(Key, Node)],
    asked: RefCell<Vec<&'static str>>,
    problems: &'a Problems,
}

impl<'a> Table<'a> {
    /// The entry `name`, unless it is not there or null.
    pub(crate) fn field(&self, name: &'static str) -> Option<Field<'a>> {
        self.asked.borrow_mut().push(name);
        let (_, node) = self.entries.iter().find(|(key, _)| key.text == name)?;
        if matches!(node.data, Data::Null) {
            return None;
        }
        Some(Field { path: below(&self.path, name), node, problems: self.problems })
    }

    /// All entries, whatever they are called.
    pub(crate) fn fields(&self) -> impl Iterator<Item = (&'a Key, Field<'a>)> {
        self.entries.iter().map(|(key, node)| {
            let path = below(&self.path, &short(&key.text));
            (key, Field { path, node, problems: self.problems })
        })
    }

    /// The entries that nobody asked for.
    pub(crate) fn rest(&self) -> impl Iterator<Item = (&'a Key, Field<'a>)> {
        self.fields().filter(|(key, _)| !self.asked.borrow().contains(&key.text.as_str()))
    }

    /// Complains about the entries that nobody asked for; `advice` knows what became of some.
    pub(crate) fn refuse_the_rest(&self, advice: impl Fn(&str) -> Option<&'static str>) {
        let mut allowed = self.asked.borrow().clone();
        allowed.sort_unstable();
        for (key, field) in self.rest() {
            let error = match advice(&key.text) {
                Some(advice) => Error::new(ErrorKind::Config, advice),
                None => {
                    Error::new(ErrorKind::Config, "there is no such key").with("allowed", allowed.join(", "))
                }
            };
            self.problems.add(locate(error.at_path(field.path), key.at));
        }
    }
}

fn locate(error: Error, at: Option<Place>) -> Error {
    match at {
        Some(place) => place.on(error),
        None => error,
    }
}

/// A value that is being read, and where it stands.
pub(crate) struct Field<'a> {
    pub(crate) path: String,
    pub(crate) node: &'a Node,
    problems: &'a Problems,
}

impl<'a> Field<'a> {
    pub(crate) fn root(node: &'a Node, problems: &'a Problems) -> Self {
        Self { path: String::new(), node, problems }
    }

    /// Complains about this value.
    pub(crate) fn wrong(&self, message: impl Into<String>) {
        self.fail(Error::new(ErrorKind::Config, message));
    }

    /// Complains about this value and shows it.
    pub(crate) fn wrong_value(&self, message: impl Into<String>) {
        let given = match &self.node.data {
            Data::Bool(value) => value.to_string(),
            Data::Number(number) => number.to_string(),
            Data::Text(text) => format!("\"{}\"", short(text)),
            _ => self.node.what().to_owned(),
        };
        self.fail(Error::new(ErrorKind::Config, message).with("given", given));
    }

    pub(crate) fn fail(&self, error: Error) {
        self.problems.add(locate(error.at_path(&self.path), self.node.at));
    }

    pub(crate) fn table(&self) -> Option<Table<'a>> {
        let Data::Table(entries) = &self.node.data else {
            self.wrong(format!("must be a table, but is {}", self.node.what()));
            return None;
        };
        Some(Table {
            path: self.path.clone(),
            entries,
            asked: RefCell::new(Vec::new()),
            problems: self.problems,
        })
    }

    /// The items of a list; a single text counts as a list of one.
    pub(crate) fn items(&self, most: usize) -> Vec<Field<'a>> {
        let nodes = match &self.node.data {
            Data::List(items) => items.as_slice(),
            Data::Text(_) => std::slice::from_ref(self.node),
            _ => {
                self.wrong(format!("must be a list, but is {}", self.node.what()));
                return Vec::new();
            }
        };
        if nodes.len() > most {
            self.wrong(format!("has {} items; at most {most} are allowed", nodes.len()));
            return Vec::new();
        }
        let item = |(i, node)| Field { path: format!("{}[{i}]", self.path), node, problems: self.problems };
        nodes.iter().enumerate().map(item).collect()
    }

    /// Text of at most `most` characters; a number counts as the text that it looks like.
    pub(crate) fn text(&self, most: usize, lines: Lines) -> Option<String> {
        let text = match &self.node.data {
            Data::Text(text) => text.clone(),
            Data::Number(number) => number.to_string(),
            _ => {
                self.wrong(format!("must be text, but is {}; quote it if text is meant", self.node.what()));
                return None;
            }
        };
        let length = text.chars().count();
        if length > most {
            self.wrong(format!("has {length} characters; at most {most} are allowed"));
            return None;
        }
        let allowed = |c: char| lines == Lines::Many && matches!(c, '\n' | '\r' | '\t');
        if let Some(c) = text.chars().find(|c| c.is_control() && !allowed(*c)) {
            self.wrong(format!("must not hold the control character {}", c.escape_unicode()));
            return None;
        }
        Some(text)
    }

    /// True or false, quoted or not.
    pub(crate) fn boolean(&self) -> Option<bool> {
        match &self.node.data {
            Data::Bool(value) => Some(*value),
            Data::Text(text) if text == "true" => Some(true),
            Data::Text(text) if text == "false" => Some(false),
            _ => {
                self.wrong_value("must be true or false");
                None
            }
        }
    }

    /// A number within bounds, quoted or not.
    pub(crate) fn number(&self, min: f64, max: f64, unit: &str) -> Option<f64> {
        let number = match &self.node.data {
            Data::Number(number) => number.as_f64(),
            Data::Text(text) => text.trim().parse().ok(),
            _ => None,
        };
        match number.filter(|number: &f64| number.is_finite()) {
            None => {
                self.wrong_value(format!("must be a number from {min} to {max}{unit}"));
                None
            }
            Some(number) if !(min..=max).contains(&number) => {
                self.wrong_value(format!("must lie between {min} and {max}{unit}"));
                None
            }
            number => number,
        }
    }

    /// A whole number within bounds, quoted or not.
    pub(crate) fn integer(&self, min: u32, max: u32, unit: &str) -> Option<u32> {
        let number = self.number(min.into(), max.into(), unit)?;
        if number.fract() != 0.0 {
            self.wrong_value("must be a whole number");
            return None;
        }
        // Within the bounds of a u32, and whole.
        Some(number as u32)
    }

    /// One of a few words.
    pub(crate) fn one_of<T: Copy>(&self, words: &[(&str, T)]) -> Option<T> {
        if let Data::Text(text) = &self.node.data
            && let Some((_, value)) = words.iter().find(|(word, _)| word == text)
        {
            return Some(*value);
        }
        let allowed: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        self.wrong_value(format!("must be one of {}", allowed.join(", ")));
        None
    }
}

/// Whether a text may have more than one line.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Lines {
    Many,
    One,
}
