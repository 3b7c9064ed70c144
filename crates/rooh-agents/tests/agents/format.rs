//! What the format takes, and what it says about the rest.

use std::time::Duration;

use rooh_agents::{AgentSpec, PatienceSpec, Status, Turns, Wire};
use rooh_core::agent::Greeting;
use rooh_core::floor::{BargeIn, Patience};
use rooh_core::provider::Kind;
use serde_json::json;

use crate::lines;

/// The file of the article, to the letter.
pub(crate) const ARTICLE: &str = "\
created_at: '2026-03-11T10:15:04.551587+00:00'
llm_streaming: true
models:
  bedrock-claude:
    auth_mode: api_key
    class: bedrock-claude
    model_id: global.anthropic.claude-haiku-4-5-20251001-v1:0
    region: us-east-1
    type: llm
  cartesia:
    class: cartesia
    language: en
    model_id: sonic-2
    sample_rate: '24000'
    type: tts
    voice_id: a0e99841-438c-4a64-b679-ae501e7d6091
  deepgram-nova-3:
    class: deepgram-nova-3
    language: en
    model: nova-3
    type: stt
  silero:
    class: silero
    type: vad
name: Voice-Agent-DCC
pipeline:
  llm: bedrock-claude
  stt: deepgram-nova-3
  tts: cartesia
  vad: silero
vad_threshold: 0.7
status: active
system_prompt: You will be helpful and concise
transport: websocket
";

/// A file in which every key is set to something else than its default.
const EVERYTHING: &str = "\
version: 1
name: all_of-it
created_at: 2026-03-11
status: inactive
transport: webrtc
language: en-GB
system_prompt: |
  Two lines: one,
  and \"two\".
greeting: 'Hello: who is there?'
apology: ''
llm_streaming: false
models:
  m: {type: llm, class: bedrock/claude, region: 'no'}
pipeline:
  stt: deepgram/nova-3?language=en
  llm: [m, ollama/gemma3]
  tts: cartesia
  vad: silero
  turn: judge
  completeness: llm
  vad_threshold: '0.55'
  silence_duration_ms: '1200'
  min_wait_ms: 300
  max_wait_ms: 4000
  barge_in_enabled: false
endpointing: heuristic
turn_checks: 1
eager: true
interruption: {min_speech_ms: 250, take_back_ms: 0}
no_input: {timeout_ms: 8000, prompts: [Still there?, '... Hello?']}
late_filler: {phrases: [One moment., 'Hm: wait.'], target_ms: 1000, gap_ms: 3000, most_in_a_row: 1}
phrases: [Rooh, 007]
tools: [end_call, save_message, end_call]
voice: {speed: 1.5, style: 'null'}
limits: {hook_ms: 500, first_token_ms: 900, next_token_ms: 1500, playout_lead_ms: 100, provider_ms: 5000, reply_chars: 900, session_s: 60, turn_s: 20}
";

#[test]
fn the_articles_file_is_taken_as_it_is() {
    let spec = AgentSpec::from_yaml(ARTICLE).unwrap();
    assert_eq!(spec.name.as_str(), "Voice-Agent-DCC");
    assert_eq!((spec.status, spec.transport), (Status::Active, Wire::Websocket));
    assert_eq!(spec.models.len(), 4);
    assert_eq!(spec.models["cartesia"].options.get("sample_rate"), Some(&json!("24000")));
    assert_eq!(spec.models["deepgram-nova-3"].kind, Kind::Stt);
    assert_eq!(spec.pipeline.llm.as_deref(), Some("bedrock-claude"));
    assert_eq!(spec.vad_threshold, 0.7);
    assert_eq!(spec.created_at.as_deref(), Some("2026-03-11T10:15:04.551587+00:00"));

    let under_pipeline = ARTICLE.replace("\nvad_threshold: 0.7", "\n  vad_threshold: 0.7");
    assert_eq!(AgentSpec::from_yaml(&under_pipeline).unwrap(), spec);
}

#[test]
fn every_key_is_read_and_written_back() {
    let spec = AgentSpec::from_yaml(EVERYTHING).unwrap();
    assert_eq!(spec.greeting, Greeting::Say("Hello: who is there?".into()));
    assert_eq!(spec.turns.patience, PatienceSpec::Silence(Duration::from_millis(1200)));
    assert_eq!(spec.turns.waits().max, Duration::from_secs(4));
    assert_eq!((spec.turns.barge_in, spec.turns.barge_in_thinking), (BargeIn::Disabled, BargeIn::Disabled));
    assert_eq!(spec.vad_threshold, 0.55);
    assert_eq!((spec.pipeline.completeness.as_deref(), spec.judge()), (Some("llm"), Some("m")));
    assert_eq!(spec.pipeline.llm_fallbacks, ["ollama/gemma3"]);
    assert_eq!(spec.phrases, ["Rooh", "007"]);
    assert_eq!(spec.tools, ["end_call", "save_message"]);
    assert_eq!(spec.limits.session, Duration::from_secs(60));
    assert_eq!(spec.system_prompt, "Two lines: one,\nand \"two\".\n");

    assert_eq!(AgentSpec::from_yaml(&spec.to_yaml().unwrap()).unwrap(), spec);
    assert_eq!(AgentSpec::from_json(&spec.to_json()).unwrap(), spec);
    let keys = |json: &serde_json::Value| json.as_object().unwrap().len();
    // All but the version, which is the only one so far; and the threshold moves to the top.
    assert_eq!(keys(&spec.to_json()), EVERYTHING.lines().filter(|line| is_top_level(line)).count());
}

fn is_top_level(line: &str) -> bool {
    !line.starts_with([' ', '}'])
}

fn turns(text: &str) -> Result<Turns, Vec<String>> {
    let spec = AgentSpec::from_yaml(&format!("name: a\n{text}")).map_err(|error| lines(&error))?;
    assert_eq!(AgentSpec::from_yaml(&spec.to_yaml().unwrap()).unwrap().turns, spec.turns, "{text}");
    Ok(spec.turns)
}

#[test]
fn patience_is_a_word_a_share_or_a_pause() {
    let silence = |ms| PatienceSpec::Silence(Duration::from_millis(ms));
    for (given, patience) in [
        ("quick", PatienceSpec::Quick),
        ("normal", PatienceSpec::Normal),
        ("interview", PatienceSpec::Interview),
        ("5%", PatienceSpec::Budget(5.0)),
        ("'2.5 %'", PatienceSpec::Budget(2.5)),
        ("20 %", PatienceSpec::Budget(20.0)),
        ("'1500'", silence(1500)),
        ("800", silence(800)),
    ] {
        assert_eq!(turns(&format!("patience: {given}")).unwrap().patience, patience, "{given}");
    }
    assert_eq!(turns("pipeline: {silence_duration_ms: 900}").unwrap().patience, silence(900));
    assert_eq!(turns("").unwrap().patience, PatienceSpec::Normal);
    for (given, expected) in [
        ("slow", "must be one of quick, normal, interview, a share such as 5%, or milliseconds"),
        ("30%", "must lie between 1% and 20%"),
        ("0.5%", "must lie between 1% and 20%"),
        ("nan%", "must lie between 1% and 20%"),
        ("5", "must lie between 100 and 30000 ms; a share of pauses is written 5%"),
        ("5 percent", "must be a number from 100 to 30000 ms; a share of pauses is written 5%"),
        ("true", "must be a number from 100 to 30000 ms"),
    ] {
        let said = turns(&format!("patience: {given}")).unwrap_err();
        assert!(said[0].starts_with(&format!("patience: {expected}")), "{given}: {said:?}");
    }
}

#[test]
fn the_bounds_of_the_wait_fit_each_other() {
    let waits = turns("pipeline: {min_wait_ms: 400, max_wait_ms: 400}").unwrap().waits();
    assert_eq!((waits.min, waits.max), (Duration::from_millis(400), Duration::from_millis(400)));
    assert_eq!(turns("pipeline: {max_wait_ms: 60000}").unwrap().waits().min, Patience::MIN);
    for (file, expected) in [
        ("pipeline: {min_wait_ms: 900, max_wait_ms: 800}", "max_wait_ms: is shorter than `min_wait_ms`"),
        ("pipeline: {min_wait_ms: 50}", "min_wait_ms: must lie between 100 and 60000 ms"),
        ("pipeline: {max_wait_ms: 60001}", "max_wait_ms: must lie between 100 and 60000 ms"),
        (
            "pipeline: {min_wait_ms: 6000}",
            "min_wait_ms: is longer than the longest wait of this patience, 5000 ms; raise `max_wait_ms` too",
        ),
        (
            "patience: interview\npipeline: {max_wait_ms: 500}",
            "max_wait_ms: is shorter than the shortest wait of this patience, 1000 ms; lower `min_wait_ms` too",
        ),
    ] {
        let said = turns(file).unwrap_err();
        assert!(said.len() == 1 && said[0].starts_with(&format!("pipeline.{expected}")), "{file}: {said:?}");
    }
}

#[test]
fn who_may_cut_off_is_said_once() {
    use BargeIn::{Adaptive, Disabled, HardCut, SoftFade};

    for (file, modes) in [
        ("", (Adaptive, HardCut)),
        ("pipeline: {barge_in_enabled: true}", (Adaptive, HardCut)),
        ("pipeline: {barge_in_enabled: false}", (Disabled, Disabled)),
        ("interruption: {mode: soft_fade}", (SoftFade, HardCut)),
        ("interruption: {mode: disabled}", (Disabled, HardCut)),
        ("interruption: {mode: hard_cut, thinking: disabled}", (HardCut, Disabled)),
        ("interruption: {mode: disabled, thinking: disabled}", (Disabled, Disabled)),
        ("interruption: {mode: disabled}\npipeline: {barge_in_enabled: false}", (Disabled, Disabled)),
        ("interruption: {thinking: disabled}\npipeline: {barge_in_enabled: true}", (Adaptive, Disabled)),
    ] {
        let turns = turns(file).unwrap();
        assert_eq!((turns.barge_in, turns.barge_in_thinking), modes, "{file}");
    }
    for (file, path) in [
        ("interruption: {mode: adaptive}\npipeline: {barge_in_enabled: false}", "mode"),
        ("interruption: {mode: disabled}\npipeline: {barge_in_enabled: true}", "mode"),
        ("interruption: {thinking: hard_cut}\npipeline: {barge_in_enabled: false}", "thinking"),
    ] {
        let said = turns(file).unwrap_err();
        let expected =
            format!("interruption.{path}: contradicts `pipeline.barge_in_enabled`; remove that key");
        assert!(said.len() == 1 && said[0].starts_with(&expected), "{file}: {said:?}");
    }
}

#[test]
fn a_generated_greeting_is_a_table() {
    let greeting = |text: &str| AgentSpec::from_yaml(&format!("name: a\ngreeting: {text}")).unwrap().greeting;
    assert_eq!(greeting("{generated: true}"), Greeting::Generated);
    assert_eq!(greeting("{generated: false}"), Greeting::None);
    assert_eq!(greeting("''"), Greeting::None);
    assert_eq!(greeting("Hi."), Greeting::Say("Hi.".into()));
}

#[test]
fn everything_that_is_wrong_is_said_at_once_with_its_line() {
    let error = AgentSpec::from_yaml(
        "\
name: ../x
colour: red
status: on
vad_threshold: 1.5
llm_streaming: yes
patience: slow
pipeline:
  silence_duration: 100
  silence_duration_ms: 10
  barge_in_enabled: 'no'
models:
  a b: {type: llm, class: x}
  c: {type: ears, class: x}
  d: {class: x}
  e: 5
tools: [end_call, transfer]
greeting: [a, b]
language: english please
limits: {session_s: 1.5, turn_s: '0x10'}
llm_hook: my_app.hooks.answer
system_prompt: {a: 1}
",
    )
    .unwrap_err();
    let said = lines(&error);
    for expected in [
        "name: a name has 1 to 64 letters",
        "colour: there is no such key (allowed: apology, created_at, eager, endpointing, greeting,",
        "status: must be one of active, created, inactive (given: \"on\", line: 3, column: 9)",
        "vad_threshold: must lie between 0 and 1 (given: 1.5, line: 4",
        "llm_streaming: must be true or false (given: \"yes\", line: 5",
        "patience: must be one of quick, normal, interview",
        "pipeline.silence_duration: is written `silence_duration_ms`",
        "pipeline.silence_duration_ms: must lie between 100 and 30000 ms (given: 10, line: 9",
        "pipeline.barge_in_enabled: must be true or false (given: \"no\"",
        "models.a b: the name of a model",
        "models.c.type: must be one of llm, stt, tts, turn, vad (given: \"ears\", line: 13",
        "models.d: needs `type`",
        "models.e: must be a table, but is a number",
        "tools[1]: must be one of end_call, save_message (given: \"transfer\", line: 16",
        "greeting: must be text, but is a list",
        "language: must be a language tag",
        "limits.session_s: must lie between 10 and 86400 s",
        "limits.turn_s: must be a number from 5 to 1800 s (given: \"0x10\"",
        "llm_hook: an agent file never names code",
        "system_prompt: must be text, but is a table",
    ] {
        assert!(said.iter().any(|line| line.starts_with(expected)), "{expected}\nis missing in\n{said:#?}");
    }
    assert_eq!(said.len(), 20, "{said:#?}");
}

#[test]
fn names_are_safe_file_names() {
    for name in ["a", "A-1_b", &"x".repeat(64)] {
        assert!(AgentSpec::from_yaml(&format!("name: {name}")).is_ok(), "{name}");
    }
    for name in
        ["''", "-a", "_a", "a.b", "a/b", "..", "'a b'", "'a\u{e9}'", "'a\\0'", &"x".repeat(65), "\"a\\n\""]
    {
        let error = AgentSpec::from_yaml(&format!("name: {name}")).unwrap_err();
        assert_eq!(error.context("path"), Some("name"), "{name}");
    }
    assert!(AgentSpec::from_yaml("status: active").unwrap_err().to_string().contains("needs a name"));
}

#[test]
fn what_stands_in_two_places_must_agree() {
    let file = "name: a\nvad_threshold: 0.5\npipeline: {vad_threshold: 0.6}";
    assert!(AgentSpec::from_yaml(file).unwrap_err().to_string().contains("differs"));
    assert!(AgentSpec::from_yaml(&file.replace("0.6", "0.5")).is_ok());
    let file = "name: a\npatience: quick\npipeline: {silence_duration_ms: 600}";
    assert!(AgentSpec::from_yaml(file).unwrap_err().to_string().contains("keep one"));
}

#[test]
fn files_of_a_newer_rooh_are_refused() {
    let error = AgentSpec::from_yaml("version: 2\nname: a").unwrap_err();
    assert!(error.to_string().contains("newer Rooh"), "{error}");
}

#[test]
fn no_text_from_a_file_forges_a_line_of_the_message() {
    let error = AgentSpec::from_yaml("name: a\n\"x\\n\\e[31mfake\": 1\nstatus: \"a\\nb\"").unwrap_err();
    for line in lines(&error) {
        assert!(!line.contains(['\n', '\u{1b}']), "{line:?}");
    }
}

#[test]
fn strange_values_survive_being_written() {
    for text in [
        "yes",
        "null",
        "~",
        "1e3",
        "0x1f",
        "007",
        "- a",
        "a: b",
        "# c",
        " x ",
        "a\nb\n\n",
        "'",
        "\"",
        "&a",
        "é\u{200b}",
    ] {
        let mut spec = AgentSpec::from_yaml(ARTICLE).unwrap();
        spec.system_prompt = text.into();
        spec.models.get_mut("cartesia").unwrap().options.insert("voice_id", text);
        let back = AgentSpec::from_yaml(&spec.to_yaml().unwrap()).unwrap();
        assert_eq!(back, spec, "{text:?}");
    }
}

#[test]
fn the_examples_of_the_reference_are_in_order() {
    let reference = include_str!("../../../../docs/agent-files.md");
    let examples: Vec<&str> =
        reference.split("```yaml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert_eq!(examples.len(), 4);
    for example in examples {
        AgentSpec::from_yaml(example).unwrap();
    }
    // Every key is in the table, because the error for an unknown one lists them all.
    for (file, path) in [
        ("x: 1", ""),
        ("pipeline: {x: 1}", "pipeline."),
        ("interruption: {x: 1}", "interruption."),
        ("late_filler: {x: 1}", "late_filler."),
        ("limits: {x: 1}", "limits."),
    ] {
        let error = AgentSpec::from_yaml(&format!("name: a\n{file}")).unwrap_err();
        let allowed = error.context("allowed").unwrap();
        for key in allowed
            .split(", ")
            .filter(|key| !["late_filler", "limits", "interruption", "no_input", "pipeline"].contains(key))
        {
            assert!(
                key == "vad_threshold" || reference.contains(&format!("| `{path}{key}` |")),
                "{path}{key} is missing in docs/agent-files.md"
            );
        }
    }
}

#[test]
fn no_file_whatever_it_holds_panics_and_what_is_read_can_be_written() {
    // A file in order, with a few bytes changed, lost, doubled or swapped for what YAML obeys.
    let odd = b"\0\x1b:-#&*!|>'\"%@`{}[],?~\n \t0.eE+yn\xc3\xa9\xff";
    let mut seed = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = move |below: usize| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        (seed % below as u64) as usize
    };
    let mut read = 0;
    for round in 0..4_000 {
        let mut file = if round % 2 == 0 { ARTICLE } else { EVERYTHING }.as_bytes().to_vec();
        for _ in 0..=next(6) {
            let (at, to) = (next(file.len()), next(file.len()));
            match next(4) {
                0 => file[at] = odd[next(odd.len())],
                1 => drop(file.remove(at)),
                2 => file.insert(at, odd[next(odd.len())]),
                _ => file.swap(at, to),
            }
        }
        if let Ok(spec) = AgentSpec::from_yaml(&String::from_utf8_lossy(&file)) {
            read += 1;
            let yaml =
                spec.to_yaml().unwrap_or_else(|error| panic!("{error}\n{}", String::from_utf8_lossy(&file)));
            assert_eq!(AgentSpec::from_yaml(&yaml).unwrap(), spec);
        }
    }
    assert!((100..3_900).contains(&read), "{read} of 4,000 were read");
}
