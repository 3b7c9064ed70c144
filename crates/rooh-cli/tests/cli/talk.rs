//! `rooh talk`.

use std::fs;

use crate::Rooh;

/// An agent that needs no speech library: nobody listens, nobody speaks, and loudness counts.
const QUIET: &str = "\
name: quiet
greeting: Hello?
pipeline: {llm: script}
no_input: {timeout_ms: 2000, prompts: [Still there?]}
";

/// A WAV file of 16-bit mono at 16 kHz.
pub(crate) fn wav(samples: &[i16]) -> Vec<u8> {
    let length = u32::try_from(samples.len() * 2).unwrap();
    let mut file = Vec::new();
    file.extend(b"RIFF");
    file.extend((36 + length).to_le_bytes());
    file.extend(b"WAVEfmt ");
    file.extend(16u32.to_le_bytes());
    for half in [1u16, 1] {
        file.extend(half.to_le_bytes());
    }
    for word in [16_000u32, 32_000] {
        file.extend(word.to_le_bytes());
    }
    for half in [2u16, 16] {
        file.extend(half.to_le_bytes());
    }
    file.extend(b"data");
    file.extend(length.to_le_bytes());
    file.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
    file
}

/// A second in which nobody says anything.
pub(crate) fn silence() -> Vec<u8> {
    wav(&[0; 16_000])
}

#[test]
fn a_call_comes_out_the_same_each_time_and_faster_than_it_lasts() {
    let rooh = Rooh::new();
    let (agent, input) = (rooh.file("quiet.yaml", QUIET), rooh.file("caller.wav", silence()));
    let names = ["reply.wav", "call.wav", "events.jsonl"].map(|name| rooh.path().join(name));
    let [reply, call, events] = names.each_ref().map(|path| path.to_str().unwrap());
    let arguments = [
        "talk", "--agent", &agent, "--input", &input, "--output", reply, "--record", call, "--events", events,
    ];
    rooh.run(&arguments)
        .ends_with(0)
        .says("agent  Hello?")
        .says("agent  Still there?")
        .says("(over: no input)");
    let first = names.each_ref().map(|path| fs::read(path).unwrap());
    rooh.run(&arguments).ends_with(0);
    assert!(first == names.each_ref().map(|path| fs::read(path).unwrap()), "two runs differ");

    let text = String::from_utf8(first[2].clone()).unwrap();
    let last: serde_json::Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
    assert_eq!((&last["type"], &last["reason"]), (&"session_ended".into(), &"no_input".into()));
    let lasted = last["at_ms"].as_f64().unwrap();
    assert!((3_900.0..6_000.0).contains(&lasted), "{lasted}");
    // Mono and stereo of the whole call, to the sample.
    let samples = |file: &[u8], channels: usize| (file.len() - 44) / 2 / channels;
    let expected = (lasted * 16.0) as usize;
    assert!(samples(&first[0], 1).abs_diff(expected) <= 640, "{} {expected}", samples(&first[0], 1));
    assert!(samples(&first[1], 2).abs_diff(expected) <= 640, "{} {expected}", samples(&first[1], 2));
}

#[test]
fn a_call_goes_on_without_a_turn_detector_whose_model_is_not_there() {
    let rooh = Rooh::new();
    let input = rooh.file("caller.wav", silence());
    let damaged = rooh.file("damaged.onnx", [7; 1_000]);
    for (model, reason) in [
        (String::new(), "rooh models pull smart-turn"),
        (format!(", model: {damaged}"), "is damaged or is not Smart Turn v3.2"),
        (", model: nowhere.onnx".to_owned(), "nowhere.onnx"),
    ] {
        let file = format!("models: {{pauses: {{type: turn, class: smart{model}}}}}");
        let file = QUIET.replace("{llm: script}", "{llm: script, turn: pauses}") + &file;
        let agent = rooh.file("quiet.yaml", file);
        let done = rooh.run(&["talk", "--agent", &agent, "--input", &input]).ends_with(0).says("Hello?");
        let warnings = done.err.matches("warning: ").count();
        assert!(warnings == 1 && done.err.contains("goes on without the turn detector"), "{done:#?}");
        assert!(done.err.contains(reason) && !done.out.contains("failed"), "{reason}: {done:#?}");
        // Whoever asks what is wrong with it hears of it, and what is to be done.
        let done = rooh.run(&["agents", "check", &agent]).ends_with(0).says("warning: pipeline.turn");
        done.says(reason).says(": fine");
    }
}

#[test]
fn semantic_endpointing_with_nobody_to_ask_is_a_warning() {
    let rooh = Rooh::new();
    let input = rooh.file("caller.wav", silence());
    let agent = rooh.file("quiet.yaml", format!("{QUIET}endpointing: semantic\n"));
    let done = rooh.run(&["talk", "--agent", &agent, "--input", &input]).ends_with(0);
    assert_eq!(done.err.matches("warning: ").count(), 1, "{done:#?}");
    done.says("pipeline.completeness");
    let json = rooh.run(&["agents", "check", &agent, "--json"]).ends_with(0).json();
    assert_eq!(json[0]["problems"], serde_json::json!([]));
    assert_eq!(json[0]["warnings"][0]["path"], "endpointing");
    let judged = QUIET.replace("{llm: script}", "{llm: script, completeness: llm}");
    let agent = rooh.file("quiet.yaml", format!("{judged}endpointing: semantic\n"));
    rooh.run(&["talk", "--agent", &agent, "--input", &input]).ends_with(0).does_not_say("warning");
    rooh.run(&["agents", "check", &agent]).ends_with(0).does_not_say("warning");
}

#[test]
fn a_recording_that_is_none_ends_with_65() {
    let rooh = Rooh::new();
    let agent = rooh.file("quiet.yaml", QUIET);
    let talk = |input: &str| rooh.run(&["talk", "--agent", &agent, "--input", input]);
    talk(&rooh.file("empty.wav", "")).ends_with(65).says("empty.wav");
    talk(&rooh.file("text.wav", "this is no sound at all, whatever its name")).ends_with(65);
    talk(&rooh.file("cut.wav", &silence()[..30])).ends_with(65).says("cut.wav");
    talk(rooh.path().to_str().unwrap()).ends_with(65).says("not a plain file");
    talk("nowhere.wav").ends_with(66).says("nowhere.wav");
    // What is cut off in the middle of its sound is still a call.
    talk(&rooh.file("short.wav", &silence()[..20_001])).ends_with(0);
}

#[test]
fn a_file_that_cannot_be_written_ends_with_73_before_the_call() {
    let rooh = Rooh::new();
    let (agent, input) = (rooh.file("quiet.yaml", QUIET), rooh.file("caller.wav", silence()));
    for flag in ["--output", "--record", "--events"] {
        rooh.run(&["talk", "--agent", &agent, "--input", &input, flag, "/nowhere/at/all"])
            .ends_with(73)
            .says("/nowhere/at/all")
            .does_not_say("Hello?");
    }
}

#[test]
fn no_file_is_written_over_another() {
    let rooh = Rooh::new();
    let (agent, input) = (rooh.file("quiet.yaml", QUIET), rooh.file("caller.wav", silence()));
    rooh.run(&["talk", "--agent", &agent, "--input", &input, "--output", &input]).ends_with(2).says("twice");
    assert_eq!(fs::read(&input).unwrap(), silence());
    let same = rooh.path().join("x.wav");
    let same = same.to_str().unwrap();
    rooh.run(&["talk", "--agent", &agent, "--input", &input, "--output", same, "--record", same])
        .ends_with(2);
}

/// What each side of a recording says, the caller first.
fn sides(file: &[u8]) -> [Vec<i16>; 2] {
    let side = |side: usize| {
        let samples = file[44 + 2 * side..].chunks(4);
        samples.map(|sample| i16::from_le_bytes([sample[0], sample[1]])).collect()
    };
    [side(0), side(1)]
}

fn first_sound(side: &[i16]) -> usize {
    side.iter().position(|&sample| sample != 0).unwrap()
}

/// The recording of a call of half a second of sound, or nothing if a library is missing.
fn record(rooh: &Rooh, agent: &str, more: &[&str]) -> Option<Vec<u8>> {
    let (agent, input) = (rooh.file("agent.yaml", agent), rooh.file("caller.wav", wav(&[9_000; 8_000])));
    let call = rooh.path().join("call.wav");
    let arguments = ["talk", "--agent", &agent, "--input", &input, "--record", call.to_str().unwrap()];
    let done = rooh.run(&[&arguments, more].concat());
    (done.code != 69).then(|| {
        done.ends_with(0);
        fs::read(call).unwrap()
    })
}

#[test]
fn a_polite_caller_who_is_not_greeted_speaks_all_the_same() {
    let rooh = Rooh::new();
    let agent = QUIET.replace("greeting: Hello?\n", "");
    let begins = |more: &[&str]| first_sound(&sides(&record(&rooh, &agent, more).unwrap())[0]);
    assert_eq!(begins(&[]), 0);
    assert_eq!(begins(&["--after-greeting", "--hang-up-after", "1"]), 16_000);
}

#[test]
fn a_polite_caller_hears_the_greeting_out_where_a_voice_is_there() {
    let rooh = Rooh::new();
    let agent = "name: voice\ngreeting: How may I help?\npipeline: {llm: script, tts: flite}";
    let polite = || record(&rooh, agent, &["--after-greeting", "--hang-up-after", "1"]);
    let Some(call) = polite() else {
        eprintln!("skipped: the library of the built-in voice is missing");
        return;
    };
    let [caller, agent] = sides(&call);
    let (begins, ends) = (first_sound(&agent), agent.iter().rposition(|&sample| sample != 0).unwrap());
    assert!(begins < ends && ends < first_sound(&caller), "{begins} {ends} {}", first_sound(&caller));
    assert!(polite().unwrap() == call, "two runs differ");
}

/// What the built-in voice says, as the samples of a caller.
fn spoken(rooh: &Rooh, text: &str) -> Option<Vec<i16>> {
    let agent = format!(
        "name: voice\ngreeting: {text}\npipeline: {{llm: script, tts: flite}}\nno_input: {{timeout_ms: 1000}}"
    );
    let (agent, input) = (rooh.file("voice.yaml", agent), rooh.file("nothing.wav", silence()));
    let output = rooh.path().join("voice.wav");
    let done =
        rooh.run(&["talk", "--agent", &agent, "--input", &input, "--output", output.to_str().unwrap()]);
    if done.code == 69 {
        return None;
    }
    let file = fs::read(output).unwrap();
    done.ends_with(0);
    Some(file[44..].chunks_exact(2).map(|sample| i16::from_le_bytes([sample[0], sample[1]])).collect())
}

#[test]
fn a_message_is_taken_by_voice_where_the_speech_libraries_are_there() {
    const SECOND: usize = 16_000;
    let rooh = Rooh::new();
    let answers = [
        ("my name is john smith", 9),
        ("it is about the garden", 9),
        ("five five five zero one two three", 9),
        ("yes", 14),
        ("yes", 6),
    ];
    let mut call = vec![0; 8 * SECOND];
    for (text, pause) in answers {
        let Some(speech) = spoken(&rooh, text) else { return };
        call.extend(speech);
        call.resize(call.len() + pause * SECOND, 0);
    }
    let input = rooh.file("caller.wav", wav(&call));
    let done = rooh.run(&["talk", "--input", &input]);
    if done.code == 69 {
        return;
    }
    done.ends_with(0).says("user  5550123").says("save_message").says("(over: agent ended)");
    let files: Vec<_> =
        fs::read_dir(rooh.path().join("messages")).unwrap().map(|file| file.unwrap().path()).collect();
    let message: serde_json::Value = serde_json::from_slice(&fs::read(&files[0]).unwrap()).unwrap();
    assert_eq!((files.len(), &message["number"]), (1, &"5550123".into()));
}
