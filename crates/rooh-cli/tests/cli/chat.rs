//! `rooh chat`.

use crate::Rooh;

#[test]
fn a_message_is_taken_by_typing_and_left_as_a_file() {
    let rooh = Rooh::new();
    let lines = "hello\nmy name is Ada Lovelace\nit is about the engine\n5 5 5 0 1 2 3\nyes\nyes\n";
    rooh.run_with(&["chat"], lines)
        .ends_with(0)
        .says("May I have your name")
        .says("calls save_message")
        .says("the conversation is over: agent ended");
    let folder = rooh.path().join("messages");
    let files: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|file| file.unwrap().path()).collect();
    assert_eq!(files.len(), 1);
    let message: serde_json::Value = serde_json::from_slice(&std::fs::read(&files[0]).unwrap()).unwrap();
    assert_eq!(message["name"], "Ada Lovelace");
    assert_eq!(message["number"], "5550123");
    assert_eq!(message["agent"], "reception");
}

#[test]
fn the_end_of_the_input_is_the_end_of_the_conversation() {
    let rooh = Rooh::new();
    rooh.run(&["chat"]).ends_with(0).says("May I have your name");
    // Without a line break at its end, and with bytes that are no text.
    let mut child = rooh.command(&["chat"]);
    let mut child = child.stdin(std::process::Stdio::piped()).spawn().unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), b"\xff\xfe\x1b[2J").unwrap();
    crate::finish(child).ends_with(0).does_not_say("\u{1b}");
}

#[test]
fn every_line_of_json_is_an_event() {
    let rooh = Rooh::new();
    let done = rooh.run_with(&["chat", "--json"], "hello\n").ends_with(0);
    let events: Vec<serde_json::Value> =
        done.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(events.iter().all(|event| event["at_ms"].is_number() && event["type"].is_string()));
    let of = |kind: &str| events.iter().filter(|event| event["type"] == kind).count();
    assert_eq!((of("session_started"), of("user_turn"), of("session_ended")), (1, 1, 1));
    assert_eq!(of("reply_finished"), 2);
}
