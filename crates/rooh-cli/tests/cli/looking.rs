//! `rooh providers`, `rooh models` and `rooh doctor`.

use crate::Rooh;

#[test]
fn the_catalog_is_a_table_for_people_and_json_for_programs() {
    let rooh = Rooh::new();
    rooh.run(&["providers"]).ends_with(0).says("script").says("flite").says("silero").says("pocketsphinx");
    rooh.run(&["providers", "flite"]).ends_with(0).says("OPTION").says("works on this machine");
    let json = rooh.run(&["providers", "--kind", "tts", "--json"]).ends_with(0).json();
    assert!(json["providers"].as_array().unwrap().iter().all(|provider| provider["kind"] == "tts"));
    rooh.run(&["providers", "--kind", "asr"]).ends_with(2);
}

#[test]
fn the_doctor_looks_and_touches_nothing() {
    let rooh = Rooh::new();
    let mut command = rooh.command(&["doctor", "--json"]);
    command.env("DEEPGRAM_API_KEY", "canary-key");
    let done = crate::finish(command.spawn().unwrap()).does_not_say("canary");
    // Where a speech library is missing it says so, and ends with 69.
    assert!([0, 69].contains(&done.code), "{done:#?}");
    let json = done.json();
    let find = |what: &str| json.as_array().unwrap().iter().find(|finding| finding["what"] == what).cloned();
    assert!(find("vendor keys").unwrap()["detail"].as_str().unwrap().contains("DEEPGRAM_API_KEY"));
    assert_eq!(find("llm script").unwrap()["state"], "good");
    assert!(find("clock").is_some() && find("local Ollama").is_some());
    assert_eq!(std::fs::read_dir(rooh.path()).unwrap().count(), 0);
}

#[test]
fn models_are_listed_and_verified() {
    let rooh = Rooh::new();
    rooh.run(&["models", "list"]).ends_with(0).says("silero-vad").says("built in").says("MIT");
    let json = rooh.run(&["models", "list", "--json"]).ends_with(0).json();
    assert!(json.as_array().unwrap().iter().all(|asset| asset["status"].is_string()));
    rooh.run(&["models", "verify", "silero-vad"]).ends_with(0).says("silero-vad: ");
    rooh.run(&["models", "verify", "made-up"]).ends_with(2).says("silero-vad");
    rooh.run(&["models", "pull", "silero-vad"]).ends_with(0).says("built in");
    rooh.run(&["models", "pull", "silero-vad", "--from", "."]).ends_with(1).says("not as a file");
    rooh.run(&["models", "pull", "smart-turn", "--from", "nothing.whl"]).ends_with(69).says("nothing.whl");
    rooh.run(&["models", "pull", "smart-turn", "flite", "--from", "."]).ends_with(2).says("one name");
    rooh.run(&["models", "pull", "--from", "."]).ends_with(2);
}
