//! The settings that a replay tries, as the command line gives them.

use std::time::Duration;

use rooh_agents::PatienceSpec;
use rooh_core::floor::{FloorConfig, Patience};

use crate::args::ReplayOptions;
use crate::exit::{Exit, Failure, Outcome};

/// The recorded configuration with what was given in its place; nothing if nothing was given.
pub(super) fn apply(options: &ReplayOptions, recorded: FloorConfig) -> Outcome<Option<FloorConfig>> {
    let ReplayOptions { patience, min_wait, max_wait, endpointing, eager, barge_in, .. } = options;
    let mut config = recorded;
    if let Some(patience) = patience {
        config.patience = patience.patience();
        // As in an agent file: a pause in milliseconds is the same for every speaker.
        config.learns_pauses = !matches!(patience, PatienceSpec::Silence(_));
    }
    let Patience { min, max, .. } = &mut config.patience;
    *min = min_wait.map_or(*min, Duration::from_millis);
    *max = max_wait.map_or(*max, Duration::from_millis);
    if min > max {
        let message = format!(
            "the shortest wait, {} ms, is longer than the longest, {} ms; give both with `--min-wait` and \
             `--max-wait`",
            min.as_millis(),
            max.as_millis()
        );
        return Err(Failure::new(Exit::Usage, message));
    }
    config.endpointing = endpointing.unwrap_or(config.endpointing);
    config.eager = eager.unwrap_or(config.eager);
    config.speaking.mode = barge_in.unwrap_or(config.speaking.mode);
    let given = patience.is_some()
        || min_wait.is_some()
        || max_wait.is_some()
        || endpointing.is_some()
        || eager.is_some()
        || barge_in.is_some();
    Ok(given.then_some(config))
}

/// Reads a patience as agent files write it.
pub(crate) fn patience(text: &str) -> Result<PatienceSpec, String> {
    let wrong = "quick, normal, interview, a share of pauses from 1% to 20%, or 100 to 30000 milliseconds";
    match text {
        "interview" => return Ok(PatienceSpec::Interview),
        "normal" => return Ok(PatienceSpec::Normal),
        "quick" => return Ok(PatienceSpec::Quick),
        _ => {}
    }
    if let Some(percent) = text.strip_suffix('%') {
        let percent = percent.trim_end().parse().ok().filter(|percent| (1.0..=20.0).contains(percent));
        return percent.map(PatienceSpec::Budget).ok_or_else(|| wrong.to_owned());
    }
    let millis = text.parse().ok().filter(|millis| (100..=30_000).contains(millis));
    millis.map(|millis| PatienceSpec::Silence(Duration::from_millis(millis))).ok_or_else(|| wrong.to_owned())
}
