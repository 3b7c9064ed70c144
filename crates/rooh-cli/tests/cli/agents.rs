//! `rooh agents`.

use crate::Rooh;

const BAD: &str = "\
name: bad
colour: red
vad_threshold: .nan
";

#[test]
fn the_first_look_brings_reception() {
    let rooh = Rooh::new();
    rooh.run(&["agents", "list"]).ends_with(0).says("reception").says("active");
    rooh.run(&["agents", "show", "reception"]).ends_with(0).says("# The agent that comes with Rooh");
    let json = rooh.run(&["agents", "list", "--json"]).ends_with(0).json();
    assert_eq!(json[0]["name"], "reception");
    assert_eq!(json[0]["tools"][1], "save_message");
}

#[test]
fn what_is_wrong_is_said_with_its_line_and_ends_with_65() {
    let rooh = Rooh::new();
    let bad = rooh.file("bad.yaml", BAD);
    rooh.run(&["agents", "check", &bad]).ends_with(65).says("line: 3").says("finite");
    let bad = rooh.file("bad.yaml", BAD.replace(".nan", "2"));
    rooh.run(&["agents", "check", &bad])
        .ends_with(65)
        .says("colour: there is no such key")
        .says("vad_threshold: must lie between 0 and 1 (given: 2, line: 3, column: 16)");
    let json = rooh.run(&["agents", "check", &bad, "--json"]).ends_with(65).json();
    assert_eq!(json[0]["problems"][0]["path"], "vad_threshold");
    assert_eq!(json[0]["problems"][1]["line"], 2);
    rooh.run(&["chat", "--agent", &bad]).ends_with(65).says("colour");
    rooh.run(&["talk", "--agent", &bad, "--input", &rooh.file("x.wav", crate::talk::silence())])
        .ends_with(65)
        .says("colour");
}

#[test]
fn what_is_not_there_ends_with_66() {
    let rooh = Rooh::new();
    rooh.run(&["agents", "show", "nobody"]).ends_with(66).says("there are: reception");
    rooh.run(&["agents", "check", "nobody.yaml"]).ends_with(66).says("nobody.yaml");
    rooh.run(&["chat", "--agent", "nobody"]).ends_with(66);
    rooh.run(&["agents", "import", "nowhere/"]).ends_with(66);
    rooh.run(&["agents", "delete", "nobody", "--yes"]).ends_with(66);
    rooh.run(&["agents", "activate", "nobody"]).ends_with(66);
}

#[test]
fn a_provider_that_is_not_linked_ends_with_69() {
    let rooh = Rooh::new();
    let file = rooh.file("a.yaml", "name: a\npipeline: {llm: made-up}");
    rooh.run(&["agents", "check", &file]).ends_with(69).says("no llm provider is named \"made-up\"");
    rooh.run(&["chat", "--agent", &file]).ends_with(69).says("pipeline.llm");
    rooh.run(&["providers", "made-up"]).ends_with(69).says("linked:");
}

#[test]
fn an_agent_is_made_chosen_and_deleted() {
    let rooh = Rooh::new();
    rooh.run(&["agents", "list"]).ends_with(0);
    let new = ["agents", "new", "desk", "--greeting", "Yes?", "--patience", "quick", "--prompt", "Be brief."];
    rooh.run(&new).ends_with(0).says("desk.yaml");
    rooh.run(&new).ends_with(73).says("there already");
    let json = rooh.run(&["agents", "show", "desk", "--json"]).ends_with(0).json();
    assert_eq!(json["greeting"], "Yes?");
    assert_eq!(json["patience"], "quick");
    assert_eq!(json["status"], "created");

    rooh.run(&["agents", "activate", "desk"]).ends_with(0);
    let json = rooh.run(&["agents", "list", "--json"]).json();
    assert_eq!((&json[0]["status"], &json[1]["status"]), (&"active".into(), &"inactive".into()));
    rooh.run(&["agents", "delete", "desk"]).ends_with(2).says("--yes");
    rooh.run(&["agents", "delete", "desk", "--yes"]).ends_with(0);
    rooh.run(&["agents", "show", "desk"]).ends_with(66);
}

#[test]
fn new_refuses_what_would_not_work() {
    let rooh = Rooh::new();
    rooh.run(&["agents", "new", "../x"]).ends_with(2).says("letters, digits");
    rooh.run(&["agents", "new", "x", "--patience", "slow"]).ends_with(2).says("quick");
    rooh.run(&["agents", "new", "x", "--llm", "made-up"]).ends_with(69);
    rooh.run(&["agents", "new", "x", "--llm", "script?dialog=x"]).ends_with(2).says("pipeline.llm.dialog");
    rooh.run(&["agents", "show", "x"]).ends_with(66);
}

#[test]
fn a_folder_is_brought_in_and_reported_on() {
    let rooh = Rooh::new();
    let from = rooh.path().join("from");
    std::fs::create_dir(&from).unwrap();
    std::fs::write(
        from.join("a.yaml"),
        "name: a\npipeline: {llm: m}\nmodels: {m: {type: llm, class: made-up, api_key: canary-123456}}",
    )
    .unwrap();
    std::fs::write(from.join("bad.yaml"), BAD).unwrap();
    let from = from.to_str().unwrap();
    rooh.run(&["agents", "import", from])
        .ends_with(65)
        .says("a.yaml: is now a")
        .says("models.m.api_key was moved to the secrets")
        .says("bad.yaml: was not brought in")
        .does_not_say("canary");
    rooh.run(&["agents", "import", from, "--json"]).ends_with(65).says("--overwrite").does_not_say("canary");
    rooh.run(&["secrets", "list", "a"]).ends_with(0).says("api_key").says("3456").does_not_say("canary");
    rooh.run(&["agents", "show", "a"]).ends_with(0).does_not_say("canary");
}

#[test]
fn a_damaged_file_hides_no_other() {
    let rooh = Rooh::new();
    rooh.run(&["agents", "list"]).ends_with(0);
    std::fs::write(rooh.path().join("agents/broken.yaml"), "name: [").unwrap();
    rooh.run(&["agents", "list"]).ends_with(0).says("reception").says("damaged");
    rooh.run(&["agents", "check"]).ends_with(65).says("broken: ");
    rooh.run(&["chat"]).ends_with(0);
}
