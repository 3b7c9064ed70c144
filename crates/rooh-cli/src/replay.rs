//! `rooh replay`: the decisions of a recorded call again, and those that other settings had made.

mod recording;
mod relive;
mod report;
mod settings;

use crate::args::ReplayOptions;
use crate::exit::{Exit, Failure, Outcome};
use crate::replay::recording::Recording;
use crate::replay::report::Report;
use crate::show::{print, print_json};

pub(crate) use settings::patience;

pub(crate) fn run(options: &ReplayOptions) -> Outcome {
    let recording =
        Recording::read(&options.file).map_err(|failure| failure.about(options.file.display()))?;
    let settings = settings::apply(options, recording.config)?;
    let difference = relive::verify(&recording);
    let report = Report::new(&recording, settings, difference.as_ref());
    if options.json {
        print_json(&report.to_json())?;
    } else {
        print(&report.to_string())?;
    }
    match difference {
        None => Ok(()),
        Some(_) => Err(Failure::new(
            Exit::Failure,
            "this version decides otherwise than the one that recorded the call, so no other settings were tried",
        )
        .about(options.file.display())),
    }
}
