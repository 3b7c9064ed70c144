//! The catalog: all that a form or a reference needs to know about the providers that are linked.

use serde::Serialize;
use serde_json::Value;

use crate::provider::{Descriptor, Kind};
use crate::registry::Registry;

/// All providers that are linked, with their options: the wizard and the reference docs read it.
#[derive(Clone, Debug, Serialize)]
pub struct Catalog {
    /// The providers, by kind and name.
    pub providers: Vec<CatalogEntry>,
}

/// One provider as people choose it.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct CatalogEntry {
    /// `stt`, `llm`, `tts`, …
    pub kind: &'static str,
    /// The name in files and code.
    pub name: &'static str,
    /// The name as people write it.
    pub title: &'static str,
    /// One sentence about it.
    pub description: &'static str,
    /// Whether audio or text leaves this machine.
    pub cloud: bool,
    /// The Cargo feature that brings it.
    pub feature: &'static str,
    /// The option that `name/model` sets.
    pub model_option: &'static str,
    /// Other names that resolve to it.
    pub variants: Vec<&'static str>,
    /// Its options, in the order of their definition.
    pub options: Vec<CatalogOption>,
}

/// One option of a provider.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct CatalogOption {
    /// The name in files and code.
    pub name: String,
    /// What it is for.
    pub help: String,
    /// What goes in.
    #[serde(rename = "type")]
    pub kind: OptionKind,
    /// Whether there is no default.
    pub required: bool,
    /// The default, if there is one and it is not a secret.
    pub default: Option<Value>,
    /// The smallest number that is allowed.
    pub minimum: Option<f64>,
    /// The largest number that is allowed.
    pub maximum: Option<f64>,
    /// The only values that are allowed, if they are few.
    pub choices: Vec<Value>,
    /// The environment variable that is read where nothing is given.
    pub env: Option<String>,
}

/// What goes into an option.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum OptionKind {
    /// Yes or no.
    Boolean,
    /// A whole number.
    Integer,
    /// A list or a table: written as JSON or YAML.
    Json,
    /// A number.
    Number,
    /// A key: written, never read back.
    Secret,
    /// A line or more of text.
    Text,
}

impl Registry {
    /// All providers that are linked, with their options.
    pub fn catalog(&self) -> Catalog {
        Catalog { providers: self.descriptors().iter().map(|descriptor| entry(descriptor)).collect() }
    }

    /// The catalog's entry of one provider, by its name or that of a variant.
    ///
    /// # Errors
    ///
    /// The name is not linked.
    pub fn entry(&self, kind: Kind, name: &str) -> crate::Result<CatalogEntry> {
        self.find(kind, name).map(entry)
    }
}

fn entry(descriptor: &Descriptor) -> CatalogEntry {
    let info = descriptor.info();
    let schema = descriptor.schema();
    let root = schema.as_value();
    let required: Vec<&str> =
        root["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let fields = root["properties"].as_object().into_iter().flatten();
    CatalogEntry {
        kind: descriptor.kind().as_str(),
        name: info.name,
        title: info.title,
        description: info.description,
        cloud: info.cloud,
        feature: descriptor.feature(),
        model_option: info.model_option,
        variants: info.variants.iter().map(|variant| variant.name).collect(),
        options: fields
            .map(|(name, field)| option(name, field, root, required.contains(&name.as_str())))
            .collect(),
    }
}

fn option(name: &str, field: &Value, root: &Value, required: bool) -> CatalogOption {
    let shape = shape(field, root);
    let lookup = |key: &str| if field[key].is_null() { &shape[key] } else { &field[key] };
    let kinds: Vec<&str> = match &shape["type"] {
        Value::String(kind) => vec![kind],
        Value::Array(kinds) => {
            kinds.iter().filter_map(Value::as_str).filter(|kind| *kind != "null").collect()
        }
        _ => vec![],
    };
    let choices = choices(shape);
    let secret = lookup("format") == "password";
    let kind = match kinds.as_slice() {
        _ if secret => OptionKind::Secret,
        ["boolean"] => OptionKind::Boolean,
        ["integer"] => OptionKind::Integer,
        ["number"] => OptionKind::Number,
        ["string"] => OptionKind::Text,
        _ if !choices.is_empty() && choices.iter().all(Value::is_string) => OptionKind::Text,
        _ => OptionKind::Json,
    };
    CatalogOption {
        name: name.to_owned(),
        help: lookup("description").as_str().unwrap_or_default().to_owned(),
        kind,
        required,
        default: Some(lookup("default")).filter(|default| !secret && !default.is_null()).cloned(),
        minimum: lookup("minimum").as_f64(),
        maximum: lookup("maximum").as_f64(),
        choices,
        env: lookup("x-env").as_str().map(str::to_owned),
    }
}

/// The schema that says what goes in: behind references, without the branch for "nothing".
fn shape<'a>(field: &'a Value, root: &'a Value) -> &'a Value {
    if let Some(target) = field["$ref"].as_str().and_then(|path| path.strip_prefix('#')) {
        return root.pointer(target).map_or(field, |target| shape(target, root));
    }
    let branch = field["anyOf"].as_array().and_then(|all| all.iter().find(|branch| branch["type"] != "null"));
    branch.map_or(field, |branch| shape(branch, root))
}

fn choices(shape: &Value) -> Vec<Value> {
    if let Some(values) = shape["enum"].as_array() {
        return values.iter().filter(|value| !value.is_null()).cloned().collect();
    }
    let branches = shape["oneOf"].as_array().into_iter().flatten();
    branches.filter_map(|branch| branch.get("const").cloned()).collect()
}
