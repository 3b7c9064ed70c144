//! `rooh providers`: what is linked, and what each takes.

use rooh_core::catalog::{CatalogEntry, CatalogOption};
use serde_json::{Value, json};

use crate::args::ProvidersOptions;
use crate::data::Data;
use crate::exit::{Exit, Failure, Outcome};
use crate::show::{print, print_columns, print_json};

pub(crate) fn run(data: &Data, options: &ProvidersOptions) -> Outcome {
    let mut providers = data.registry.catalog().providers;
    providers.retain(|entry| options.kind.as_deref().is_none_or(|kind| entry.kind == kind));
    if let Some(name) = options.name.as_deref() {
        let all: Vec<&str> = data.registry.descriptors().iter().map(|known| known.info().name).collect();
        providers.retain(|entry| entry.name == name || entry.variants.contains(&name));
        if providers.is_empty() {
            let message = format!("no provider is named {name:?} (linked: {})", all.join(", "));
            return Err(Failure::new(Exit::Unavailable, message));
        }
    }
    if options.json {
        return print_json(&json!({ "providers": providers }));
    }
    if options.name.is_some() {
        return providers.iter().try_for_each(details);
    }
    let mut rows = vec![["KIND", "NAME", "WHERE", "WHAT"].map(str::to_owned).to_vec()];
    for entry in providers {
        let place = if entry.cloud { "vendor" } else { "here" };
        rows.push(vec![
            entry.kind.to_owned(),
            entry.name.to_owned(),
            place.to_owned(),
            entry.description.to_owned(),
        ]);
        for variant in entry.variants {
            rows.push(vec![
                entry.kind.to_owned(),
                variant.to_owned(),
                place.to_owned(),
                format!("a variant of {}", entry.name),
            ]);
        }
    }
    print_columns(&rows)
}

fn details(entry: &CatalogEntry) -> Outcome {
    let place = if entry.cloud { "sends what it is given to a vendor" } else { "works on this machine" };
    print(&format!(
        "{} ({}, {})\n{}\nIt {place}.\n",
        entry.title, entry.kind, entry.name, entry.description
    ))?;
    if entry.options.is_empty() {
        return print("It has no options.\n\n");
    }
    print("\n")?;
    let mut rows = vec![["OPTION", "TYPE", "DEFAULT", "ALLOWED", "HELP"].map(str::to_owned).to_vec()];
    rows.extend(entry.options.iter().map(row));
    print_columns(&rows)?;
    print("\n")
}

fn row(option: &CatalogOption) -> Vec<String> {
    let default = match (&option.default, &option.env) {
        (Some(default), _) => default.to_string(),
        (None, Some(variable)) => format!("${variable}"),
        (None, None) if option.required => "needed".to_owned(),
        (None, None) => "-".to_owned(),
    };
    let kind = serde_json::to_value(option.kind).ok();
    let help = option.help.lines().next().unwrap_or_default();
    vec![
        option.name.clone(),
        kind.as_ref().and_then(Value::as_str).unwrap_or("json").to_owned(),
        default,
        allowed(option),
        help.to_owned(),
    ]
}

fn allowed(option: &CatalogOption) -> String {
    if !option.choices.is_empty() {
        let choices = option.choices.iter().map(|choice| match choice {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        });
        return choices.collect::<Vec<_>>().join(", ");
    }
    match (option.minimum, option.maximum) {
        (Some(min), Some(max)) => format!("{min} to {max}"),
        (Some(min), None) => format!("from {min}"),
        (None, Some(max)) => format!("up to {max}"),
        (None, None) => "-".to_owned(),
    }
}
