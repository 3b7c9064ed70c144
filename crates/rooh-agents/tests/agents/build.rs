//! From a file to a builder: providers, secrets, and where keys go.

use std::time::Duration;

use rooh_agents::{AgentSpec, Host, Secrets};
use rooh_core::ErrorKind;
use rooh_core::agent::Greeting;
use rooh_core::floor::{BargeIn, Endpointing, Patience};
use rooh_core::options::Secret;

use crate::format::ARTICLE;
use crate::lines;
use crate::providers::{registry, registry_with_key};

const SECOND: Duration = Duration::from_secs(1);

fn no_secrets() -> Secrets {
    Secrets::from_environment().environment(|_| None)
}

fn check(text: &str) -> Vec<String> {
    let spec = AgentSpec::from_yaml(text).unwrap();
    spec.check(&registry_with_key(), &no_secrets()).err().map(|error| lines(&error)).unwrap_or_default()
}

#[test]
fn the_articles_file_becomes_an_agent() {
    let spec = AgentSpec::from_yaml(ARTICLE).unwrap();
    spec.check(&registry(), &no_secrets()).unwrap();
    let agent =
        spec.into_builder(&registry(), &no_secrets(), &Host::new("/nowhere")).unwrap().build().unwrap();
    assert_eq!(agent.name(), "Voice-Agent-DCC");
    assert_eq!(&*agent.settings().system_prompt, "You will be helpful and concise");
    assert_eq!(agent.settings().vad_threshold, 0.7);
}

#[test]
fn what_a_person_sets_arrives_in_the_settings() {
    let spec = AgentSpec::from_yaml(
        "\
name: a
greeting: {generated: true}
language: de
llm_streaming: false
pipeline: {llm: bedrock, turn: judge, barge_in_enabled: false}
patience: interview
endpointing: semantic
eager: true
turn_checks: 2
interruption: {min_speech_ms: 100, take_back_ms: 700}
no_input: {timeout_ms: 5000, prompts: [Hm?]}
late_filler: {phrases: [One moment., Let me see.], target_ms: 900, gap_ms: 5000, most_in_a_row: 2}
limits: {hook_ms: 700, playout_lead_ms: 60, provider_ms: 9000, reply_chars: 500, session_s: 90, turn_s: 45}
phrases: [Rooh]
tools: [end_call, save_message]
voice: {style: warm}
",
    )
    .unwrap();
    let agent =
        spec.into_builder(&registry(), &no_secrets(), &Host::new("/nowhere")).unwrap().build().unwrap();
    let settings = agent.settings();
    assert_eq!(settings.greeting, Greeting::Generated);
    assert_eq!(settings.language.as_deref(), Some("de"));
    assert!(!settings.llm_streaming);
    assert_eq!(settings.barge_in, BargeIn::Disabled);
    assert_eq!(settings.barge_in_thinking, BargeIn::Disabled);
    assert_eq!(settings.patience, Patience::INTERVIEW);
    assert_eq!((settings.endpointing, settings.eager), (Endpointing::Semantic, true));
    assert_eq!((settings.turn_checks, settings.take_back.as_millis()), (2, 700));
    assert_eq!(settings.interruption_min_speech.as_millis(), 100);
    assert_eq!((settings.no_input_timeout.as_millis(), settings.no_input_prompts.len()), (5000, 1));
    let filler = &settings.late_filler;
    assert_eq!(filler.phrases, ["One moment.", "Let me see."]);
    assert_eq!((filler.target.as_millis(), filler.gap.as_secs(), filler.most_in_a_row), (900, 5, 2));
    assert_eq!((settings.hook_timeout.as_millis(), settings.playout_lead.as_millis()), (700, 60));
    assert_eq!((settings.patience_with_providers.as_secs(), settings.longest_reply), (9, 500));
    assert_eq!((settings.longest_session.as_secs(), settings.longest_turn.as_secs()), (90, 45));
    assert_eq!(settings.phrases, ["Rooh"]);
    assert_eq!(settings.voice_options.get("style"), Some(&"warm".into()));
}

#[test]
fn only_a_pause_in_milliseconds_is_the_same_for_every_speaker() {
    let settings = |turns: &str| {
        let spec = AgentSpec::from_yaml(&format!("name: a\n{turns}")).unwrap();
        let builder = spec.into_builder(&registry(), &no_secrets(), &Host::new("/nowhere")).unwrap();
        builder.llm("bedrock").build().unwrap().settings().clone()
    };
    let silent = settings("pipeline: {silence_duration_ms: 1000}");
    assert_eq!((silent.patience, silent.learns_pauses), (Patience::from_silence(SECOND), false));
    let unset = settings("");
    assert_eq!((unset.patience, unset.learns_pauses), (Patience::NORMAL, true));
    let bounded = settings("patience: 2%\npipeline: {min_wait_ms: 300, max_wait_ms: 3000}");
    assert_eq!(bounded.patience.base, Patience::budget(2.0).base);
    assert_eq!((bounded.patience.min.as_millis(), bounded.patience.max.as_millis()), (300, 3000));
    assert!(bounded.learns_pauses);
}

/// The model that judges turns, and the one that thinks, as `Debug` shows them.
fn minds(file: &str, secrets: &Secrets) -> (String, String) {
    let spec = AgentSpec::from_yaml(&format!("name: a\n{file}")).unwrap();
    spec.check(&registry(), secrets).unwrap();
    let agent = spec.into_builder(&registry(), secrets, &Host::new("/nowhere")).unwrap().build().unwrap();
    let shown = format!("{agent:?}");
    let (_, judge) = shown.split_once("completeness: ").unwrap();
    let judge = judge.split_once(", settings: ").unwrap().0;
    (judge.to_owned(), format!("{:?}", agent.llm().unwrap()))
}

#[test]
fn the_model_that_judges_turns_is_the_one_that_thinks_or_one_of_its_own() {
    let minds = |file: &str| minds(file, &no_secrets());
    assert_eq!(minds("pipeline: {llm: bedrock/x}").0, "None");
    for own in [
        "pipeline: {llm: bedrock/x, completeness: llm}",
        "pipeline: {llm: bedrock/x, completeness: bedrock/x}",
        "pipeline: {llm: m, completeness: llm}\nmodels: {m: {type: llm, class: bedrock, model: x}}",
        "pipeline: {llm: m, completeness: m}\nmodels: {m: {type: llm, class: bedrock, model: x}}",
    ] {
        let (judge, mind) = minds(own);
        assert_eq!(judge, format!("Some(LlmCompleteness {{ llm: {mind} }})"), "{own}");
    }
    for other in [
        "pipeline: {llm: bedrock/x, completeness: bedrock/small}",
        "pipeline: {llm: bedrock/x, completeness: j}\nmodels: {j: {type: llm, class: bedrock, model: small}}",
        // An entry of that name wins, as it does everywhere.
        "pipeline: {llm: bedrock/x, completeness: llm}\nmodels: {llm: {type: llm, class: bedrock, model: small}}",
    ] {
        let (judge, mind) = minds(other);
        assert!(judge.contains("Some(\"small\")") && mind.contains("Some(\"x\")"), "{other}: {judge}");
    }
}

#[test]
fn the_model_that_judges_turns_has_keys_of_its_own() {
    let own = Secrets::from_environment()
        .environment(|name| (name == "ROOH_SECRET_A__COMPLETENESS__API_KEY").then(|| "canary".into()));
    let (judge, mind) = minds("pipeline: {llm: bedrock/x, completeness: bedrock/small}", &own);
    assert!(judge.contains("api_key: Some(Secret(…))") && mind.contains("api_key: None"), "{judge}");
}

#[test]
fn a_judge_of_turns_that_is_none_is_refused_at_its_place() {
    for (file, expected) in [
        ("{llm: bedrock, completeness: mute}", "pipeline.completeness: no llm provider is named \"mute\""),
        ("{llm: bedrock, completeness: judge}", "pipeline.completeness: no llm provider is named \"judge\""),
        ("{llm: bedrock, completeness: 'bedrock?regoin=eu'}", "pipeline.completeness.regoin: unknown field"),
        (
            "{llm: bedrock, completeness: j}\nmodels: {j: {type: stt, class: deepgram}}",
            "pipeline.completeness: names a model of type stt (wanted: llm",
        ),
        ("{completeness: llm}", "pipeline.llm: an agent on file needs a language model"),
    ] {
        let said = check(&format!("name: a\npipeline: {file}"));
        assert!(said.len() == 1 && said[0].starts_with(expected), "{file}: {said:#?}");
    }
}

#[test]
fn models_that_stand_in_are_built_in_their_order() {
    let spec = AgentSpec::from_yaml(
        "name: a\npipeline: {llm: [mine, bedrock/b, bedrock/c], completeness: llm}\n\
         limits: {first_token_ms: 700, next_token_ms: 900}\nmodels: {mine: {type: llm, class: bedrock/a}}",
    )
    .unwrap();
    assert_eq!(spec.pipeline.llm.as_deref(), Some("mine"));
    assert_eq!(spec.pipeline.llm_fallbacks, ["bedrock/b", "bedrock/c"]);
    let own = Secrets::from_environment()
        .environment(|name| (name == "ROOH_SECRET_A__LLM_2__API_KEY").then(|| "canary".into()));
    spec.check(&registry(), &own).unwrap();
    let agent = spec.into_builder(&registry(), &own, &Host::new("/nowhere")).unwrap().build().unwrap();
    let mind = format!("{:?}", agent.llm().unwrap());
    assert!(mind.contains("first_token: 700ms") && mind.contains("next_token: 900ms"), "{mind}");
    let places: Vec<_> =
        ["\"mine\"", "Some(\"a\")", "\"bedrock/b\"", "Some(\"b\")", "\"bedrock/c\"", "Some(\"c\")"]
            .map(|part| mind.find(part).unwrap_or_else(|| panic!("{part} is missing in {mind}")))
            .into();
    assert!(places.is_sorted(), "{mind}");
    // The third alone has a key of its own.
    assert_eq!(mind.matches("api_key: Some").count(), 1, "{mind}");
    assert!(mind.find("api_key: Some") > mind.find("\"bedrock/c\""), "{mind}");
    // Who thinks and judges is one, with all who stand in.
    assert!(format!("{agent:?}").matches("Fallback").count() == 2, "{agent:?}");
}

#[test]
fn recognizers_and_voices_stand_in_for_each_other_too() {
    let file = "name: a\npipeline: {stt: [deepgram/a, 'deepgram/b?language=de'], llm: bedrock, tts: [cartesia/c, cartesia/d]}";
    let spec = AgentSpec::from_yaml(file).unwrap();
    assert_eq!(spec.pipeline.stt_fallbacks, ["deepgram/b?language=de"]);
    assert_eq!(spec.pipeline.tts_fallbacks, ["cartesia/d"]);
    assert_eq!(AgentSpec::from_yaml(&spec.to_yaml().unwrap()).unwrap(), spec);
    spec.check(&registry(), &no_secrets()).unwrap();
    let host = Host::new("/nowhere");
    let agent = spec.into_builder(&registry(), &no_secrets(), &host).unwrap().build().unwrap();
    let ears = format!("{:?}", agent.stt().unwrap());
    assert!(ears.contains("\"deepgram/a\"") && ears.contains("\"deepgram/b\""), "{ears}");
    let voice = format!("{:?}", agent.tts().unwrap());
    assert!(voice.find("\"cartesia/c\"") < voice.find("\"cartesia/d\""), "{voice}");
}

#[test]
fn what_is_wrong_with_a_model_that_stands_in_is_said_at_its_place() {
    for (llm, expected) in [
        ("[bedrock, mute]", "pipeline.llm[1]: no llm provider is named \"mute\""),
        ("['bedrock?regoin=eu', bedrock]", "pipeline.llm[0].regoin: unknown field"),
        ("[bedrock, 'bedrock?api_key=canary']", "pipeline.llm[1].api_key: a secret does not belong"),
        (
            "[bedrock, ears]\nmodels: {ears: {type: stt, class: deepgram}}",
            "pipeline.llm[1]: names a model of type stt",
        ),
        ("[bedrock, bedrock/x]\nlimits: {provider_ms: 2000}", "limits.first_token_ms: must be shorter"),
    ] {
        let (llm, rest) = llm.split_once('\n').unwrap_or((llm, ""));
        let said = check(&format!("name: a\npipeline:\n  llm: {llm}\n{rest}"));
        assert!(said.len() == 1 && said[0].starts_with(expected), "{llm}: {said:#?}");
        assert!(rest.starts_with("limits") || said[0].contains("line: 3"), "{said:#?}");
    }
    for (llm, expected) in [
        ("[]", "pipeline.llm: must not be empty"),
        ("[a, b, a]", "pipeline.llm[2]: stands in the list already"),
        ("[a, b, c, d, e]", "pipeline.llm: has 5 items; at most 4 are allowed"),
        ("[a, [b]]", "pipeline.llm[1]: must be text"),
        ("{a: b}", "pipeline.llm: must be text"),
    ] {
        let error = AgentSpec::from_yaml(&format!("name: a\npipeline: {{llm: {llm}}}")).unwrap_err();
        let said = lines(&error);
        assert!(said.len() == 1 && said[0].starts_with(expected), "{llm}: {said:#?}");
    }
}

#[test]
fn what_comes_out_otherwise_than_it_reads_is_a_warning_and_no_failure() {
    let warnings = |file: &str| {
        let file = format!("name: a\n{file}");
        assert_eq!(check(&file), [""; 0], "{file}");
        AgentSpec::from_yaml(&file)
            .unwrap()
            .warnings(&registry())
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
    };
    for fine in [
        "pipeline: {llm: bedrock}",
        "pipeline: {llm: bedrock, completeness: llm}",
        "pipeline: {llm: bedrock, completeness: llm}\nendpointing: semantic",
        "pipeline: {llm: bedrock}\nendpointing: heuristic",
    ] {
        assert_eq!(warnings(fine), [""; 0], "{fine}");
    }
    let alone = warnings("pipeline: {llm: bedrock}\nendpointing: semantic");
    assert!(alone.len() == 1 && alone[0].starts_with("endpointing: no language model is asked"), "{alone:?}");
    assert!(alone[0].contains("line: 3"), "{alone:?}");
    let unasked = warnings("pipeline: {llm: bedrock, completeness: llm}\nendpointing: heuristic");
    assert!(unasked[0].starts_with("pipeline.completeness: is asked under"), "{unasked:?}");
    assert!(unasked[0].contains("line: 2"), "{unasked:?}");
}

#[test]
fn wrong_options_are_refused_with_path_and_line() {
    let said = check(&ARTICLE.replace("'24000'", "loud").replace("region: us", "regoin: us"));
    assert_eq!(said.len(), 2, "{said:#?}");
    assert!(said[0].starts_with("models.bedrock-claude.regoin: unknown field"), "{said:#?}");
    assert!(said[0].contains("line: 8"), "{said:#?}");
    assert!(said[1].starts_with("models.cartesia.sample_rate: "), "{said:#?}");
    assert!(said[1].contains("line: 14"), "{said:#?}");
}

#[test]
fn a_provider_that_is_not_linked_is_named_with_its_feature() {
    let said = check(&ARTICLE.replace("class: cartesia", "class: piper"));
    assert!(said[0].starts_with("models.cartesia.class: no tts provider is named \"piper\""), "{said:#?}");
    assert!(
        said[0].contains("enable the Cargo feature: tts-piper") && said[0].contains("line: 11"),
        "{said:#?}"
    );

    let said = check(&ARTICLE.replace("tts: cartesia", "tts: cartesio"));
    assert!(said[0].starts_with("pipeline.tts: no tts provider is named \"cartesio\""), "{said:#?}");
    assert!(said[0].contains("models of this file: bedrock-claude, cartesia,"), "{said:#?}");
}

#[test]
fn a_stage_is_filled_by_its_own_kind() {
    let said = check(&ARTICLE.replace("tts: cartesia", "tts: silero"));
    assert!(said[0].starts_with("pipeline.tts: names a model of type vad (wanted: tts"), "{said:#?}");
    let said = check("name: a\npipeline: {stt: deepgram}");
    assert!(said[0].starts_with("pipeline.llm: an agent on file needs a language model"), "{said:#?}");
}

#[test]
fn a_stage_may_name_a_provider_directly() {
    assert_eq!(check("name: a\npipeline: {llm: bedrock/claude?region=eu}"), [""; 0]);
    let said = check("name: a\npipeline: {llm: bedrock?regoin=eu}");
    assert!(
        said[0].starts_with("pipeline.llm.regoin: unknown field") && said[0].contains("line: 2"),
        "{said:#?}"
    );
    assert!(check("name: a\npipeline: {llm: '?x'}")[0].starts_with("pipeline.llm: a provider is written"));
}

#[test]
fn what_no_stage_names_is_checked_as_far_as_it_can_be() {
    let unused = |class: &str, more: &str| {
        check(&format!(
            "name: a\npipeline: {{llm: bedrock}}\nmodels: {{x: {{type: tts, class: {class}{more}}}}}"
        ))
    };
    assert_eq!(unused("piper", ", voice: amy"), [""; 0]);
    assert!(unused("cartesia", ", vioce: amy")[0].starts_with("models.x.vioce"));
}

#[test]
fn a_secret_in_the_file_is_refused_and_not_repeated() {
    let file = ARTICLE.replace("auth_mode: api_key", "api_key: canary-in-file");
    let said = check(&file);
    assert!(said[0].starts_with("models.bedrock-claude.api_key: a secret does not belong"), "{said:#?}");
    assert!(said[0].contains("line: 5"), "{said:#?}");
    assert!(!said.join("").contains("canary"));
    let said = check("name: a\npipeline: {llm: 'bedrock?api_key=canary'}");
    assert!(said[0].starts_with("pipeline.llm.api_key: a secret"), "{said:#?}");

    let mut spec = AgentSpec::from_yaml(&file).unwrap();
    let taken = spec.take_secrets(&registry());
    assert_eq!(taken.len(), 1);
    assert_eq!(
        (taken[0].0.as_str(), taken[0].1.as_str(), taken[0].2.reveal()),
        ("bedrock-claude", "api_key", "canary-in-file")
    );
    assert!(!spec.to_yaml().unwrap().contains("canary"));
    spec.check(&registry(), &no_secrets()).unwrap();
}

#[test]
fn a_model_that_its_vendor_retires_is_a_warning_at_its_place() {
    let file =
        ARTICLE.replace("model_id: global.anthropic.claude-haiku-4-5-20251001-v1:0", "model_id: claude-2");
    let warnings = AgentSpec::from_yaml(&file).unwrap().warnings(&registry());
    assert_eq!(warnings.len(), 1, "{warnings:#?}");
    assert_eq!(warnings[0].context("path"), Some("models.bedrock-claude"));
    assert!(warnings[0].context("line").is_some());
    assert!(warnings[0].to_string().contains("the vendor ends claude-2 on 2025-01-01"), "{}", warnings[0]);
}

#[test]
fn a_vendors_key_is_not_sent_to_where_a_file_points() {
    let file = ARTICLE.replace("region: us-east-1", "base_url: https://evil.test");
    let spec = AgentSpec::from_yaml(&file).unwrap();
    let error = spec.check(&registry_with_key(), &no_secrets()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert_eq!(error.context("path"), Some("models.bedrock-claude.base_url"));
    assert!(error.to_string().contains("ACME_API_KEY") && !error.to_string().contains("canary"), "{error}");
    let host = Host::new("/nowhere");
    assert!(spec.clone().into_builder(&registry_with_key(), &no_secrets(), &host).is_err());
    let direct = check("name: a\npipeline: {llm: 'bedrock?base_url=https://evil.test'}");
    assert!(direct[0].starts_with("pipeline.llm.base_url: "), "{direct:#?}");

    // The vendor has more than one address.
    let region = ARTICLE.replace("region: us-east-1", "base_url: https://eu.acme.test/v1");
    AgentSpec::from_yaml(&region).unwrap().check(&registry_with_key(), &no_secrets()).unwrap();

    // Without a key there is nothing to protect, and with a key of its own nothing to refuse.
    spec.check(&registry(), &no_secrets()).unwrap();
    let own = Secrets::from_environment().environment(|name| {
        (name == "ROOH_SECRET_VOICE_AGENT_DCC__BEDROCK_CLAUDE__API_KEY").then(|| "its own".into())
    });
    spec.check(&registry_with_key(), &own).unwrap();
}

#[test]
fn a_secret_of_the_store_reaches_the_provider() {
    let folder = tempfile::tempdir().unwrap();
    let secrets = Secrets::open(folder.path()).unwrap().environment(|_| None);
    let spec = AgentSpec::from_yaml(ARTICLE).unwrap();
    secrets.set(&spec.name, "bedrock-claude", "api_key", Secret::new("canary-stored")).unwrap();
    let builder = spec.into_builder(&registry(), &secrets, &Host::new(folder.path())).unwrap();
    let shown = format!("{:?}", builder.build().unwrap());
    assert!(shown.contains("api_key: Some(Secret(…))"), "{shown}");
    assert!(!shown.contains("canary"), "{shown}");
}
