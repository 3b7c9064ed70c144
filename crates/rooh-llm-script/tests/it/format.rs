//! Dialogues of every kind, and those that are refused with everything that is wrong.

use expect_test::{Expect, expect};
use rooh_core::ErrorKind;
use rooh_core::options::Options;
use rooh_core::provider::{FromOptions, Kind};
use rooh_core::registry::Registry;
use rooh_llm_script::{Script, ScriptOptions};
use serde_json::json;

use crate::player::played;

fn check(yaml: &str, lines: &str, transcript: Expect) {
    let script = Script::from_yaml(yaml).unwrap_or_else(|error| panic!("{error}"));
    transcript.assert_eq(&played(&script, lines));
}

fn refused(yaml: &str, told: Expect) {
    let error = Script::from_yaml(yaml).expect_err("the dialogue is wrong");
    assert_eq!(error.kind(), ErrorKind::Config);
    told.assert_eq(&format!("{error}\n"));
}

#[test]
fn a_booking_asks_for_all_kinds_of_things() {
    check(
        r#"
version: 1
start: hello
slots:
  people: { type: number }
  day: { type: date }
  hour: { type: time }
  seat:
    type: one_of
    choices: { inside: [indoors], outside: [garden, terrace] }
  mail: { type: email }
  vip: { type: yes_no }
states:
  hello: { say: Hello., next: day }
  day: { say: For which day?, ask: day, next: hour }
  hour: { say: At what time?, ask: hour, next: people }
  people: { say: For how many?, ask: people, next: seat }
  seat: { say: Inside or outside?, ask: seat, next: mail }
  mail: { say: Your e-mail address?, ask: mail, next: vip }
  vip: { say: Are you a member?, ask: vip, next: book }
  book:
    say: One moment.
    call: save_message
    arguments: { when: "{day} {hour}", people: "{people}", seat: "{seat|upper}", mail: "{mail}", vip: "{vip}" }
    next: bye
  bye: { say: "See you {day}.", end: true }
"#,
        "
        next tuesday please
        at half past seven in the evening
        we are twelve people
        maybe the terrace?
        john dot smith at example dot com
        yes I am
        ",
        expect![[r#"
            agent: Hello. For which day? <Date>
            user:  next tuesday please
            agent: At what time? <Time>
            user:  at half past seven in the evening
            agent: For how many? <Anything>
            user:  we are twelve people
            agent: Inside or outside? <OneOf(["inside", "outside"])>
            user:  maybe the terrace?
            agent: Your e-mail address? <Email>
            user:  john dot smith at example dot com
            agent: Are you a member? <YesNo>
            user:  yes I am
            agent: One moment. [save_message {"mail":"john.smith@example.com","people":12,"seat":"OUTSIDE","vip":true,"when":"next Tuesday 19:30"}]
            agent: See you next Tuesday. [end_call {}]
        "#]],
    );
}

#[test]
fn the_example_of_the_docs_is_true() {
    let docs = include_str!("../../../../docs/dialogues.md");
    let block = |kind: &str| {
        let begin = docs.split(&format!("```{kind}\n")).nth(1).expect("there is such a block");
        begin.split("```").next().expect("it has an end")
    };
    let script = Script::from_yaml(block("yaml")).unwrap_or_else(|error| panic!("{error}"));
    let user = |line: &str| line.strip_prefix("user:").map(|said| said.trim().to_owned());
    let said: Vec<String> = block("text").lines().filter_map(user).collect();
    let played = played(&script, &said.join("\n"));
    let plain = |text: &str| {
        let lines =
            text.lines().map(|line| line.split(" <").next().unwrap_or("").split(" [").next().unwrap_or(""));
        lines.map(|line| line.replace("  ", " ")).collect::<Vec<_>>().join("\n")
    };
    assert!(plain(&played).starts_with(&plain(block("text"))), "{played}");
}

#[test]
fn answers_may_lead_elsewhere() {
    check(
        r#"
version: 1
start: menu
slots:
  topic: { type: text }
states:
  menu:
    say: [Sales or support?, "Please say sales, or support."]
    on:
      - match: [sales, buy]
        set: { topic: sales }
        next: sure
      - match: /(support|broken|repair\w*)/
        set: { topic: support }
        next: sure
    retry: [Sales or support?]
    retries: 1
    next: bye
  sure:
    say: You want {topic}, yes?
    yes: bye
    no: menu
    next: bye
  bye: { say: "Goodbye[ from {topic}].", end: true }
intents:
  hours:
    match: [when are you open, opening hours]
    say: We are open from nine to five.
"#,
        "
        when are you open?
        it needs REPAIRING
        no
        what
        potato
        potato
        ",
        expect![[r#"
            agent: Sales or support? <Anything>
            user:  when are you open?
            agent: We are open from nine to five. Please say sales, or support. <Anything>
            user:  it needs REPAIRING
            agent: You want support, yes? <YesNo>
            user:  no
            agent: Sales or support? <Anything>
            user:  what
            agent: Of course. Sales or support? <Anything>
            user:  potato
            agent: Sales or support? <Anything>
            user:  potato
            agent: Goodbye from support. [end_call {}]
        "#]],
    );
}

#[test]
fn everything_that_is_wrong_is_told_at_once() {
    refused(
        r#"
version: 1
start: hallo
slots:
  name: { type: nam }
  number: { type: digits, min: 9, max: 3 }
states:
  hello:
    say: Hi {nme}.
    sayy: Hi
  ask: { say: 5, ask: number, next: hello, retries: many }
"#,
        expect![[r#"
            5 things are wrong
              slots.name.type: unknown variant `nam`, expected one of `date`, `digits`, `email`, `name`, `number`, `one_of`, `text`, `time`, `yes_no` (line: 5)
              states.hello.sayy: unknown field `sayy`, expected one of `say`, `ask`, `confirm`, `call`, `arguments`, `end`, `listen`, `expect`, `on`, `yes`, `no`, `next`, `failed`, `retry`, `retries`, `give_up` (line: 10)
              states.ask.say: expected a text or a list of texts (line: 11)
              start: there is no state "hallo" (allowed: ask, hello, line: 3)
              slots.number: the number of digits makes no sense (allowed: 1 <= min <= max <= 40, line: 6)
        "#]],
    );
    refused(
        r#"
version: 1
start: hello
slots:
  name: { type: name }
  number: { type: digits, min: 9, max: 3 }
  lost: { type: text }
states:
  hello:
    say: Hi {nme}.
    next: ask
  ask:
    ask: numbr
    say: "{name|loud}"
    on:
      - { match: [], next: nowhere }
      - { match: "/(unclosed/", next: ask }
      - { match: "!", next: ask }
    next: call
  call: { call: tool, ask: name, retry: x }
  bye: { end: true, next: hello }
intents:
  joke: { match: [joke] }
"#,
        expect![[r#"
            13 things are wrong
              slots.number: the number of digits makes no sense (allowed: 1 <= min <= max <= 40, line: 6)
              states.hello.say: there is no slot or value "nme"; there are: lost, name, number (line: 10)
              states.ask.ask: there is no slot "numbr" (allowed: lost, name, number, line: 13)
              states.ask.on.0.match: nothing would ever fit: give it a phrase (line: 16)
              states.ask.on.0.next: there is no state "nowhere" (allowed: ask, bye, call, hello, line: 16)
              states.ask.on.1.match: the regular expression is wrong: regex parse error: (unclosed ^ error: unclosed group (line: 17)
              states.ask.on.2.match: the phrase "!" has no word (line: 18)
              states.ask.say: there is no filter "loud"; there are digits, first, lower, or:TEXT, title, upper (line: 14)
              states.call: a state does one thing, and this one has ask and call (line: 20)
              states.call: the state leads nowhere: give it "next", or "end: true" (line: 20)
              states.call: a state that listens has to ask something: give it "say" (line: 20)
              states.bye.next: nothing comes after the end (line: 21)
              intents.joke: the intent does nothing: give it "say" or "next" (line: 23)
        "#]],
    );
}

#[test]
fn a_dialogue_that_never_listens_is_refused() {
    refused(
        "
version: 1
start: a
slots:
  x: { type: text }
  y: { type: name, cues: [] }
states:
  a: { say: A, next: b }
  b: { say: B, ask: x, next: a }
  c: { say: C, end: true }
",
        expect![[r#"
            2 things are wrong
              states.a: the dialogue would go round without ever listening: a, b and again (line: 8)
              slots.y: nothing ever fills the slot: ask for it, or give it "cues" (line: 6)
        "#]],
    );
}

#[test]
fn yaml_that_is_none_or_a_bomb_is_refused() {
    refused(
        "version: 1\nstart: [",
        expect![[r#"
        the dialogue is no valid YAML: unclosed bracket '[' (line: 2)
    "#]],
    );
    refused(
        "just a text",
        expect![[r#"
        a dialogue is a mapping (allowed: intents, lines, slots, start, states, values, version, line: 1)
    "#]],
    );
    refused(
        "version: 2\nstart: a\nstates: {}",
        expect![[r#"
        version: this program does not know the version (allowed: 1, line: 1)
    "#]],
    );
    refused(
        "version: 1\nversion: 1",
        expect![[r#"
        the dialogue is no valid YAML: duplicate mapping key: version (line: 2)
    "#]],
    );
    let bomb = "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: [*e,*e,*e,*e,*e,*e,*e,*e,*e]\n";
    assert!(Script::from_yaml(bomb).is_err());
    assert!(Script::from_yaml(&"[".repeat(10_000)).is_err());
    assert!(Script::from_yaml(&"x".repeat(300_000)).is_err());
    let expression = "version: 1\nstart: a\nstates:\n  a: { say: A, on: [{ match: '/(((a{1,100}){1,100}){1,100}){1,100}/', next: b }], next: b }\n  b: { end: true }\n";
    let error = Script::from_yaml(expression).expect_err("the expression is too large");
    assert_eq!(error.context("path"), Some("states.a.on.0.match"));
    assert_eq!(error.context("line"), Some("4"));
}

#[test]
fn a_dialogue_may_be_written_into_the_options() {
    let dialogue = json!({
        "version": 1,
        "start": "a",
        "states": { "a": { "say": "Hi.", "end": true } },
    });
    let registry = Registry::empty().with(&rooh_llm_script::DESCRIPTOR);
    let mut provider = "script".parse::<rooh_core::options::ProviderRef>().expect("a name");
    provider.options.insert("dialogue", dialogue);
    registry.check(Kind::Llm, &provider).expect("the dialogue is right");

    provider.options.insert("company", "Acme");
    let error = registry.check(Kind::Llm, &provider).expect_err("there is no such value");
    expect![[r#"dialogue.values: the dialogue has no value "company" that could be set (allowed: none, provider: script)"#]].assert_eq(&error.to_string());

    provider.options.remove("company");
    provider
        .options
        .insert("dialogue", json!({ "version": 1, "start": "a", "states": { "a": { "sai": "Hi." } } }));
    let error = registry.check(Kind::Llm, &provider).expect_err("the dialogue is wrong");
    expect!["dialogue.states.a.sai: unknown field `sai`, expected one of `say`, `ask`, `confirm`, `call`, `arguments`, `end`, `listen`, `expect`, `on`, `yes`, `no`, `next`, `failed`, `retry`, `retries`, `give_up` (provider: script)"].assert_eq(&error.to_string());

    let named = "script/reception?company=Acme".parse().expect("a name");
    registry.check(Kind::Llm, &named).expect("the dialogue ships");
    let error =
        registry.check(Kind::Llm, &"script/receptoin".parse().expect("a name")).expect_err("a misprint");
    expect![[r#"dialogue: there is no built-in dialogue "receptoin" (allowed: reception, or a dialogue written in place, provider: script)"#]].assert_eq(&error.to_string());
    let german = Options::new().with("language", "de").read::<ScriptOptions>().expect_err("not yet");
    expect!["language: unknown variant `de`, expected one of `en`, `en-GB`, `en-US`, `english`"]
        .assert_eq(&german.to_string());
}

#[test]
fn the_options_describe_themselves() {
    let schema = rooh_llm_script::DESCRIPTOR.schema();
    let schema = schema.as_value();
    for option in ["company", "dialogue", "language", "values"] {
        assert!(schema["properties"][option]["description"].is_string(), "{option} has no help");
    }
    assert_eq!(schema["properties"]["dialogue"]["anyOf"][0]["enum"], json!(["reception"]));
    let state = &schema["$defs"]["State"]["properties"];
    assert!(state["confirm"]["description"].is_string());
    Script::from_options(ScriptOptions::default()).expect("the defaults are right");
}
