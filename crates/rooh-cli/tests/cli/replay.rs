//! `rooh replay`.

use std::fs;

use crate::Rooh;
use crate::talk::wav;

/// An agent that needs no speech library: loudness counts, and a pause of a second ends a turn.
const LISTENER: &str = "\
name: listener
greeting: Hello?
pipeline: {llm: script, silence_duration_ms: 1000}
no_input: {timeout_ms: 5000}
";

/// A file in which the caller begins after a second and says three things, with pauses of so many
/// milliseconds behind each.
fn caller(pauses: [usize; 3]) -> Vec<u8> {
    let mut call = vec![0; 16_000];
    for pause in pauses {
        call.extend((0..9_600).map(|at| if at / 20 % 2 == 0 { 9_000 } else { -9_000 }));
        call.resize(call.len() + pause * 16, 0);
    }
    wav(&call)
}

/// The events of a call, as a file.
fn record(rooh: &Rooh, pauses: [usize; 3]) -> String {
    let (agent, input) = (rooh.file("listener.yaml", LISTENER), rooh.file("caller.wav", caller(pauses)));
    let events = rooh.path().join("events.jsonl").to_str().unwrap().to_owned();
    rooh.run(&["talk", "--agent", &agent, "--input", &input, "--events", &events]).ends_with(0);
    events
}

#[test]
fn the_same_settings_make_the_same_decisions() {
    let rooh = Rooh::new();
    let events = record(&rooh, [500, 700, 3000]);
    let text = fs::read_to_string(&events).unwrap();
    let decided = text.matches(r#""type":"floor_decided""#).count();
    let told = text.matches(r#""type":"floor_told""#).count();
    assert!(decided > 0 && told > decided, "{decided} decisions on {told} inputs");
    let same = format!("{told} inputs, the same {decided} decisions");
    rooh.run(&["replay", &events]).ends_with(0).says(&same).says("0 of 2 pauses within turns");
    // The settings of the recording change nothing, whoever gives them.
    rooh.run(&["replay", &events, "--patience", "1000"]).ends_with(0).says("all 3 pauses and overlaps");
}

#[test]
fn a_shorter_patience_shows_whom_it_cuts_off_and_what_it_saves() {
    let rooh = Rooh::new();
    let events = record(&rooh, [500, 700, 3000]);
    let done = rooh
        .run(&["replay", &events, "--patience", "600"])
        .ends_with(0)
        .says("ended after 600 ms instead of 1000 ms")
        .says("cut off after 600 ms (the user went on ")
        .says("1 instead of 0 of 2 pauses within turns")
        .says("600 ms instead of 1000 ms (-400 ms)");
    assert_eq!(done.out, rooh.run(&["replay", &events, "--patience", "600"]).out, "two replays differ");

    let json = rooh.run(&["replay", &events, "--patience", "300", "--json"]).ends_with(0).json();
    assert!(json["difference"].is_null());
    assert_eq!(json["tried"]["patience"]["base_ns"], 300_000_000);
    assert_eq!(json["totals"]["recorded"]["false_cut_offs"], 0);
    assert_eq!(json["totals"]["tried"]["false_cut_offs"], 2);
    let ended: Vec<_> =
        json["pauses"].as_array().unwrap().iter().map(|pause| &pause["tried"]["ended_ms"]).collect();
    assert_eq!(ended, [300.0; 3]);
}

#[test]
fn a_longer_patience_and_no_endpointing_end_nothing_early() {
    let rooh = Rooh::new();
    let events = record(&rooh, [500, 1200, 4000]);
    let json = rooh.run(&["replay", &events, "--patience", "interview", "--json"]).ends_with(0).json();
    // This speaker's own pauses shorten it a little.
    let ended = json["pauses"][2]["tried"]["ended_ms"].as_f64().unwrap();
    assert!((2000.0..=3000.0).contains(&ended), "{ended}");
    rooh.run(&["replay", &events, "--endpointing", "manual"])
        .ends_with(0)
        .says("not ended, was after 1000 ms");
    rooh.run(&["replay", &events, "--min-wait", "1300", "--max-wait", "1400"])
        .ends_with(0)
        .says("ended after 1300 ms instead of 1000 ms");
}

#[test]
fn who_speaks_over_the_agent_stops_it_or_not_where_a_voice_is_there() {
    let rooh = Rooh::new();
    let greeting =
        "You have reached the town hall, which is open from Monday to Friday between nine and five.";
    let agent = format!("name: voice\ngreeting: {greeting}\npipeline: {{llm: script, tts: flite}}\n");
    let (agent, input) =
        (rooh.file("voice.yaml", agent), rooh.file("caller.wav", caller([1000, 1000, 3000])));
    let events = rooh.path().join("events.jsonl").to_str().unwrap().to_owned();
    let done = rooh.run(&["talk", "--agent", &agent, "--input", &input, "--events", &events]);
    if done.code == 69 {
        eprintln!("skipped: flite is not installed");
        return;
    }
    done.ends_with(0);
    rooh.run(&["replay", &events]).ends_with(0).says("same").says("1 of 1 overlaps");
    let replay = |mode: &str| rooh.run(&["replay", &events, "--barge-in", mode]).ends_with(0);
    replay("adaptive").says("pauses and overlaps as they were").says("1 of 1 overlaps");
    replay("disabled").says("which goes on; it was: stops after ").says("0 instead of 1 of 1 overlaps");
    replay("soft_fade").says("which pauses and goes on; it was: stops after ");
}

#[test]
fn a_recording_of_other_decisions_ends_with_1_and_the_first_difference() {
    let rooh = Rooh::new();
    let events = record(&rooh, [500, 700, 3000]);
    let text = fs::read_to_string(&events).unwrap();
    let line = 1 + text.lines().position(|line| line.contains(r#""action":"end_turn""#)).unwrap();
    let other = rooh.file("other.jsonl", text.replacen(r#""reason":"silence""#, r#""reason":"complete""#, 1));
    rooh.run(&["replay", &other, "--patience", "quick"])
        .ends_with(1)
        .says("not the same decisions")
        // What was told stands in the line before what was decided.
        .says(&format!("line {}, ", line - 1))
        .says("reason: Complete")
        .says("reason: Silence");
    let json = rooh.run(&["replay", &other, "--json"]).ends_with(1).json();
    assert_eq!(json["difference"]["line"], line - 1);
}

#[test]
fn a_file_that_cannot_be_replayed_says_why_and_where() {
    let rooh = Rooh::new();
    let events = record(&rooh, [500, 700, 3000]);
    let text = fs::read_to_string(&events).unwrap();
    let replay = |text: &str| rooh.run(&["replay", &rooh.file("changed.jsonl", text)]);

    replay("").ends_with(65).says("is empty").says("rooh talk --events");
    replay("\n \n").ends_with(65).says("is empty");
    let others: Vec<_> = text.lines().filter(|line| !line.contains("floor_")).collect();
    replay(&others.join("\n")).ends_with(65).says("none of the floor").says("rooh talk --events");
    replay(&text[..text.len() / 2]).ends_with(65).says("line ").says("is no JSON");
    replay(&format!("{text}\0\u{1b}[2J")).ends_with(65).says("is no JSON").does_not_say("\u{1b}");
    replay("{}").ends_with(65).says("line 1").says("\"type\"");
    replay(&format!("{text}{text}")).ends_with(65).says("a second call");
    let told = text.lines().position(|line| line.contains("user_speech_started")).unwrap();
    replay(&text.replacen("user_speech_started", "user_yawned", 1))
        .ends_with(65)
        .says(&format!("line {}: floor_told: ", told + 1))
        .says("user_yawned");
    replay(&text.replacen(r#""since_ns""#, r#""loud":true,"since_ns""#, 1)).ends_with(65).says("loud");
    replay(&format!("{text}{{\"at_ms\":1.0,\"type\":\"floor_swept\"}}\n")).ends_with(65).says("floor_swept");
    replay(&format!("{text}{{\"at_ms\":1.0,\"type\":\"missed\",\"count\":3}}\n"))
        .ends_with(65)
        .says("3 events");
    // What a later version adds elsewhere does not matter.
    replay(&format!("{text}{{\"at_ms\":1.0,\"type\":\"applause\"}}\n")).ends_with(0);

    rooh.run(&["replay", "nowhere.jsonl"]).ends_with(66).says("nowhere.jsonl");
    rooh.run(&["replay", rooh.path().to_str().unwrap()]).ends_with(65).says("not a plain file");
}

#[test]
fn settings_that_do_not_exist_end_with_2() {
    let rooh = Rooh::new();
    let events = record(&rooh, [500, 700, 3000]);
    let replay = |more: &[&str]| rooh.run(&[&["replay", &events], more].concat());
    for patience in ["slow", "0%", "21%", "NaN%", "99", "30001", "-5"] {
        replay(&[&format!("--patience={patience}")]).ends_with(2).says("quick, normal, interview");
    }
    replay(&["--endpointing", "psychic"]).ends_with(2).says("heuristic");
    replay(&["--barge-in", "never"]).ends_with(2).says("soft_fade");
    replay(&["--eager", "maybe"]).ends_with(2).says("true");
    replay(&["--min-wait", "9000"]).ends_with(2).says("--max-wait");
    rooh.run(&["replay"]).ends_with(2).says("FILE");
}
