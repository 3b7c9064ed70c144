//! `rooh models`: what local providers need besides code.

use std::path::Path;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use rooh_core::ErrorKind;
use rooh_models::{Asset, Status};
use serde_json::{Value, json};

use crate::args::ModelsCommand;
use crate::exit::{Exit, Failure, OrExit, Outcome};
use crate::plain::one_line;
use crate::show::{print, print_columns, print_json};

pub(crate) fn run(command: ModelsCommand) -> Outcome {
    match command {
        ModelsCommand::List { json } => list(json),
        ModelsCommand::Pull { names, from } => runtime()?.block_on(pull(&chosen(&names)?, from.as_deref())),
        ModelsCommand::Verify { names, json } => runtime()?.block_on(verify(&chosen(&names)?, json)),
    }
}

fn runtime() -> Outcome<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::new(Exit::Failure, error).about("the runtime does not start"))
}

/// The assets of these names; all if none is named.
fn chosen(names: &[String]) -> Outcome<Vec<&'static Asset>> {
    if names.is_empty() {
        return Ok(rooh_models::assets().iter().collect());
    }
    names.iter().map(|name| rooh_models::find(name).or_exit(Exit::Usage)).collect()
}

fn list(json: bool) -> Outcome {
    let assets = rooh_models::assets();
    if json {
        let list = assets.iter().map(|asset| {
            let status = asset.status();
            let (at, bring) = match &status {
                Status::Installed { at } => (Some(at.display().to_string()), None),
                Status::Missing { bring } => (None, Some(bring.clone())),
                _ => (None, None),
            };
            json!({
                "name": asset.name,
                "title": asset.title,
                "bytes": asset.size,
                "license": asset.license,
                "needed_by": asset.needed_by,
                "status": status.as_str(),
                "at": at,
                "bring": bring,
            })
        });
        return print_json(&Value::Array(list.collect()));
    }
    let mut rows = vec![["NAME", "SIZE", "NEEDED BY", "LICENSE", "STATUS"].map(str::to_owned).to_vec()];
    rows.extend(assets.iter().map(|asset| {
        vec![
            asset.name.to_owned(),
            format!("{:.1} MB", asset.size as f64 / 1e6),
            asset.needed_by.join(", "),
            asset.license.to_owned(),
            one_line(&asset.status().to_string()),
        ]
    }));
    print_columns(&rows)
}

async fn pull(assets: &[&'static Asset], from: Option<&Path>) -> Outcome {
    if from.is_some() && assets.len() != 1 {
        return Err(Failure::new(Exit::Usage, "`--from` takes one name"));
    }
    let mut failed = None;
    for asset in assets {
        match pull_one(asset, from).await {
            Ok(()) => print(&format!("{}: {}\n", asset.name, asset.status()))?,
            Err(error) => {
                eprintln!("{}: {}", asset.name, one_line(&error.to_string()));
                let exit =
                    if error.kind() == ErrorKind::NotFound { Exit::Unavailable } else { Exit::Failure };
                failed = failed.or(Some(exit));
            }
        }
    }
    failed.map_or(Ok(()), |exit| Err(Failure::silent(exit)))
}

async fn pull_one(asset: &'static Asset, from: Option<&Path>) -> rooh_core::Result<()> {
    let bar = ProgressBar::new(100);
    if let Ok(style) = ProgressStyle::with_template("{spinner} {prefix} [{bar:30}] {msg}") {
        bar.set_style(style);
    }
    bar.set_prefix(asset.name);
    bar.enable_steady_tick(Duration::from_millis(200));
    let mut steps = match from {
        Some(path) => asset.pull_from(path.to_owned()),
        None => asset.pull(),
    };
    while let Some(step) = steps.next().await {
        let step = step.inspect_err(|_| bar.finish_and_clear())?;
        if let Some(done) = step.done {
            // A part of the whole, so within the bounds of the bar.
            bar.set_position((done.clamp(0.0, 1.0) * 100.0) as u64);
        }
        bar.set_message(one_line(&step.what));
    }
    bar.finish_and_clear();
    Ok(())
}

async fn verify(assets: &[&'static Asset], json: bool) -> Outcome {
    let mut failed: Option<Exit> = None;
    let mut report = Vec::new();
    for asset in assets {
        let outcome = asset.verify().await;
        if let Err(error) = &outcome {
            // What is damaged matters more than what is not there.
            let damaged = error.kind() != ErrorKind::NotFound;
            failed = Some(if damaged { Exit::Data } else { failed.unwrap_or(Exit::Unavailable) });
        }
        let (fine, said) = match &outcome {
            Ok(said) => (true, said.clone()),
            Err(error) => (false, error.to_string()),
        };
        match json {
            true => report.push(json!({ "name": asset.name, "fine": fine, "said": said })),
            false => print(&format!("{}: {}\n", asset.name, one_line(&said)))?,
        }
    }
    if json {
        print_json(&Value::Array(report))?;
    }
    failed.map_or(Ok(()), |exit| Err(Failure::silent(exit)))
}
