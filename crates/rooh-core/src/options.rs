//! What configures a provider: options by name, secrets, and references to providers.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use zeroize::Zeroizing;

use crate::{Error, ErrorKind, Result};

/// A key or password: readable by the provider, never printed, never written.
#[derive(Clone, Default, Eq, PartialEq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes a key.
    pub fn new(secret: impl Into<String>) -> Self {
        Self(Zeroizing::new(secret.into()))
    }

    /// The key itself; whoever calls this sends it to its own vendor and nowhere else.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Whether there is no key.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_empty() { "Secret(empty)" } else { "Secret(…)" })
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::new)
    }
}

impl JsonSchema for Secret {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Secret".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "password", "writeOnly": true })
    }
}

/// The options of one provider by name, not yet checked.
///
/// May hold secrets, so `Debug` prints the names alone.
#[derive(Clone, Default, PartialEq)]
pub struct Options(BTreeMap<String, Value>);

impl Options {
    /// No options: everything at its default.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets one option.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.insert(name, value);
        self
    }

    /// Sets one option, and returns what it was before.
    pub fn insert(&mut self, name: impl Into<String>, value: impl Into<Value>) -> Option<Value> {
        self.0.insert(name.into(), value.into())
    }

    /// The value of one option.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// Takes one option out.
    pub fn remove(&mut self, name: &str) -> Option<Value> {
        self.0.remove(name)
    }

    /// All options, in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// Whether nothing is set.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// These options as a JSON object.
    pub fn into_json(self) -> Value {
        Value::Object(self.0.into_iter().collect())
    }

    /// Fills the options of a provider with them, through its schema.
    ///
    /// A quoted number or boolean is read as what the schema asks for, so that
    /// `sample_rate: '24000'` means what it says.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] with the path of what is wrong or unknown, and what is allowed.
    pub fn read<T: DeserializeOwned + JsonSchema>(self) -> Result<T> {
        let schema = schemars::schema_for!(T);
        let mut json = self.into_json();
        let schema = schema.as_value();
        coerce(&mut json, schema, schema);
        let mut problems = Vec::new();
        check_bounds(&json, schema, schema, "", &mut problems);
        if !problems.is_empty() {
            return Err(Error::all(problems));
        }
        serde_path_to_error::deserialize(json).map_err(|error| {
            let path = error.path().to_string();
            let path = if path == "." { String::new() } else { path };
            let secret = resolve(&schema["properties"][path.as_str()], schema)["format"] == "password";
            // What serde says of a wrong value shows the value.
            let message = if secret { "must be text".to_owned() } else { error.into_inner().to_string() };
            Error::new(ErrorKind::Config, message).at_path(path)
        })
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl<N: Into<String>, V: Into<Value>> FromIterator<(N, V)> for Options {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(options: I) -> Self {
        Self(options.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}

impl<'de> Deserialize<'de> for Options {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        BTreeMap::deserialize(deserializer).map(Self)
    }
}

/// Reads quoted numbers and booleans as what `schema` asks for, all the way down.
fn coerce(value: &mut Value, schema: &Value, root: &Value) {
    let schema = resolve(schema, root);
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                if let Some(schema) = schema["properties"].get(name.as_str()) {
                    coerce(field, schema, root);
                }
            }
        }
        Value::Array(items) => {
            for item in items {
                coerce(item, &schema["items"], root);
            }
        }
        Value::String(text) => {
            let wants = |kind: &str| allows(schema, kind, root);
            if wants("string") {
                return;
            }
            let read = match text.trim() {
                "true" if wants("boolean") => Some(Value::Bool(true)),
                "false" if wants("boolean") => Some(Value::Bool(false)),
                number if wants("integer") || wants("number") => {
                    let integer = number.parse::<i64>().ok().map(Value::from);
                    integer.or_else(|| number.parse::<f64>().ok().filter(|n| n.is_finite()).map(Value::from))
                }
                _ => None,
            };
            if let Some(read) = read {
                *value = read;
            }
        }
        _ => {}
    }
}

/// Finds numbers outside the range that `schema` allows; serde does not look at it.
fn check_bounds(value: &Value, schema: &Value, root: &Value, path: &str, problems: &mut Vec<Error>) {
    let schema = resolve(schema, root);
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                if let Some(schema) = schema["properties"].get(name.as_str()) {
                    let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                    check_bounds(field, schema, root, &path, problems);
                }
            }
        }
        Value::Number(number) => {
            let number = number.as_f64().unwrap_or(f64::NAN);
            let (least, most) = (schema["minimum"].as_f64(), schema["maximum"].as_f64());
            if least.is_some_and(|least| number < least) || most.is_some_and(|most| number > most) {
                let range = match (least, most) {
                    (Some(least), Some(most)) => format!("must lie between {least} and {most}"),
                    (Some(least), None) => format!("must be at least {least}"),
                    (None, most) => format!("must be at most {}", most.unwrap_or(f64::MAX)),
                };
                problems.push(Error::new(ErrorKind::Config, range).at_path(path).with("given", value));
            }
        }
        _ => {}
    }
}

/// The schema behind `$ref`, or the one branch of a nullable reference.
fn resolve<'a>(schema: &'a Value, root: &'a Value) -> &'a Value {
    if let Some(target) = schema["$ref"].as_str().and_then(|path| path.strip_prefix('#')) {
        return root.pointer(target).map_or(&Value::Null, |target| resolve(target, root));
    }
    match schema["anyOf"].as_array() {
        Some(branches) if branches.len() == 2 && branches[1]["type"] == "null" => resolve(&branches[0], root),
        _ => schema,
    }
}

fn allows(schema: &Value, kind: &str, root: &Value) -> bool {
    let schema = resolve(schema, root);
    match &schema["type"] {
        Value::String(only) => only == kind,
        Value::Array(several) => several.iter().any(|one| one == kind),
        _ => match schema["anyOf"].as_array().or(schema["oneOf"].as_array()) {
            Some(branches) => branches.iter().any(|branch| allows(branch, kind, root)),
            // An enumeration, a constant or anything at all: leave the text alone.
            None => kind == "string",
        },
    }
}

/// A provider by name: `name`, `name/model`, or `name/model?option=value&option=value`.
#[derive(Clone, Debug, PartialEq)]
pub struct ProviderRef {
    /// The name under which the provider, or a variant of it, is registered.
    pub name: String,
    /// What stands after the slash; the provider says which of its options that is.
    pub model: Option<String>,
    /// The options.
    pub options: Options,
}

impl ProviderRef {
    /// The provider `name` with everything at its default.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), model: None, options: Options::new() }
    }

    /// The same provider with these options.
    #[must_use]
    pub fn options(mut self, options: Options) -> Self {
        self.options = options;
        self
    }
}

impl FromStr for ProviderRef {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let (path, query) = text.split_once('?').unwrap_or((text, ""));
        let (name, model) = match path.split_once('/') {
            Some((name, model)) => (name, Some(model.to_owned())),
            None => (path, None),
        };
        if name.is_empty() || model.as_deref() == Some("") {
            return Err(Error::new(
                ErrorKind::Config,
                "a provider is written name, name/model or name/model?option=value",
            )
            .with("given", format!("{text:?}")));
        }
        let mut options = Options::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (option, value) = pair.split_once('=').ok_or_else(|| {
                Error::new(ErrorKind::Config, "an option is written name=value")
                    .with("given", format!("{pair:?}"))
            })?;
            options.insert(option, value);
        }
        Ok(Self { name: name.to_owned(), model, options })
    }
}
