//! What is known of OpenAI's models by their names: how little each one may think, where each one
//! calls tools, and when each one ends.

use rooh_core::provider::Retired;

use crate::options::{Api, Effort};

/// The models of these names, with their dated snapshots.
macro_rules! retired {
    ($($model:literal $on:literal)*) => {
        &[$(
            Retired { model: $model, on: $on, successor: SUCCESSOR },
            Retired { model: concat!($model, "-20*"), on: $on, successor: SUCCESSOR },
        )*]
    };
}

/// What can be asked in the place of all that ended: the fastest one without an announced end.
const SUCCESSOR: &str = "gpt-5.6-luna";

/// What OpenAI has announced up to 2026-11-20; the first that fits a name holds.
pub(crate) const RETIRED: &[Retired] = retired! {
    "gpt-3.5-turbo" "2026-10-23"
    "gpt-4" "2026-10-23"
    "gpt-4-turbo" "2026-10-23"
    "gpt-4.1" "2027-01-14"
    "gpt-4.1-mini" "2027-01-14"
    "gpt-4.1-nano" "2026-10-23"
    "gpt-4o-2024-05-13" "2026-10-23"
    "gpt-4o" "2027-01-14"
    "gpt-4o-mini" "2027-01-14"
    "gpt-5" "2026-12-11"
    "gpt-5-mini" "2026-12-11"
    "gpt-5-nano" "2026-12-11"
    "gpt-5.1" "2027-04-01"
    "gpt-5.4-nano" "2027-04-01"
    "gpt-audio-mini" "2027-01-20"
    "o1" "2026-10-23"
    "o3" "2026-12-11"
    "o3-mini" "2026-10-23"
    "o4-mini" "2026-10-23"
};

/// A model's name without the date of a snapshot: `gpt-5-2025-08-07` is a `gpt-5`.
fn undated(model: &str) -> &str {
    let is_date = |text: &str| {
        text.len() == 11
            && text.bytes().enumerate().all(|(place, byte)| match place {
                0 | 5 | 8 => byte == b'-',
                _ => byte.is_ascii_digit(),
            })
    };
    match model.len().checked_sub(11).and_then(|at| model.split_at_checked(at)) {
        Some((name, date)) if is_date(date) => name,
        _ => model,
    }
}

/// The version in a name such as `gpt-5.6-luna`, and what comes behind it.
fn generation(model: &str) -> Option<((u32, u32), &str)> {
    let rest = model.strip_prefix("gpt-")?;
    let end = rest.find('-').unwrap_or(rest.len());
    let (version, behind) = rest.split_at(end);
    let (major, minor) = version.split_once('.').unwrap_or((version, "0"));
    Some(((major.parse().ok()?, minor.parse().ok()?), behind.trim_start_matches('-')))
}

/// The least effort that a model may be asked for; `None` for one that does not think, or of which
/// that is not known, to which the word is not mentioned.
///
/// As OpenAI's guide to reasoning and the refusals of its API had it by 2026-11-20. Models that came
/// later than the last one here are taken for one that cannot be kept from thinking: `low` is
/// known to all of them.
pub(crate) fn least_effort(model: &str) -> Option<Effort> {
    let name = model.rsplit('/').next().unwrap_or(model).to_ascii_lowercase();
    let name = undated(&name);
    // The open models of OpenAI, wherever they run.
    if name.starts_with("gpt-oss") {
        return Some(Effort::Low);
    }
    if let Some(series) = name.strip_prefix('o').filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
    {
        return (!series.starts_with("1-mini") && !series.starts_with("1-preview")).then_some(Effort::Low);
    }
    let (version, behind) = generation(name)?;
    if version < (5, 0) || behind.contains("chat") || behind.contains("search") {
        return None;
    }
    if behind.contains("pro") {
        return Some(if version == (5, 0) { Effort::High } else { Effort::Medium });
    }
    Some(match version {
        _ if behind.contains("codex") => Effort::Low,
        (5, 0) => Effort::Minimal,
        (5, _) => Effort::None,
        (6, 0) if matches!(behind, "luna" | "sol") => Effort::None,
        _ => Effort::Low,
    })
}

/// By which API OpenAI is asked for `model`, where it thinks as much as `effort`.
///
/// Chat was the faster of the two where somebody measured both (openai-python, issue 2614), so it is
/// taken where it can do everything. From GPT-5.4 on it refuses tools unless the model is kept from
/// thinking, which some models cannot be; those called `pro` are not there at all.
pub(crate) fn best_api(model: &str, effort: Option<Effort>) -> Api {
    let name = model.to_ascii_lowercase();
    let is_pro = undated(&name).ends_with("-pro");
    let thinks = effort.is_some_and(|effort| effort > Effort::None);
    let wants_responses = generation(&name).is_some_and(|(version, _)| version >= (5, 4));
    if is_pro || (thinks && wants_responses) { Api::Responses } else { Api::Chat }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(model: &str, effort: Option<Effort>, api: Api) {
        assert_eq!((least_effort(model), best_api(model, least_effort(model))), (effort, api), "{model}");
    }

    #[test]
    fn every_model_is_asked_for_as_little_thought_as_it_allows_where_it_can_call_tools() {
        check("gpt-4o", None, Api::Chat);
        check("gpt-4.1-mini-2025-04-14", None, Api::Chat);
        check("o3", Some(Effort::Low), Api::Chat);
        check("o3-pro", Some(Effort::Low), Api::Responses);
        check("o1-mini", None, Api::Chat);
        check("gpt-5", Some(Effort::Minimal), Api::Chat);
        check("gpt-5-2025-08-07", Some(Effort::Minimal), Api::Chat);
        check("gpt-5-nano", Some(Effort::Minimal), Api::Chat);
        check("gpt-5-chat-latest", None, Api::Chat);
        check("gpt-5-pro", Some(Effort::High), Api::Responses);
        check("gpt-5.1", Some(Effort::None), Api::Chat);
        check("gpt-5.1-codex-max", Some(Effort::Low), Api::Chat);
        check("gpt-5.2-pro", Some(Effort::Medium), Api::Responses);
        check("gpt-5.4-mini", Some(Effort::None), Api::Chat);
        check("gpt-5.6-luna", Some(Effort::None), Api::Chat);
        check("gpt-6-astra", Some(Effort::Low), Api::Responses);
        check("gpt-6-sol", Some(Effort::None), Api::Chat);
        check("gpt-6-luna-2026-09-22", Some(Effort::None), Api::Chat);
        check("gpt-6.1-terra", Some(Effort::Low), Api::Responses);
        check("gpt-7-nova", Some(Effort::Low), Api::Responses);
        check("openai/gpt-oss-120b", Some(Effort::Low), Api::Chat);
        check("gpt-oss:20b", Some(Effort::Low), Api::Chat);
        check("qwen3-32b", None, Api::Chat);
        check("gpt-", None, Api::Chat);
        check("", None, Api::Chat);
        check("größe", None, Api::Chat);
        assert_eq!(best_api("gpt-5.6-luna", Some(Effort::Medium)), Api::Responses);
        assert_eq!(best_api("gpt-5.2", Some(Effort::Medium)), Api::Chat);
    }

    #[test]
    fn a_model_that_ends_is_known_by_its_name_and_by_its_snapshots() {
        let find = |model| RETIRED.iter().find(|retired| retired.is(model));
        let on = |model| find(model).map(|retired| retired.on);
        assert_eq!(on("gpt-4o"), Some("2027-01-14"));
        assert_eq!(on("gpt-4o-2024-08-06"), Some("2027-01-14"));
        assert_eq!(on("gpt-4o-2024-05-13"), Some("2026-10-23"));
        assert_eq!(on("gpt-4o-mini"), Some("2027-01-14"));
        assert_eq!(on("gpt-5.5"), None);
        assert_eq!(on("gpt-6-luna"), None);
        assert_eq!(on(SUCCESSOR), None);
    }
}
