//! The agent that takes messages, in conversation.

use std::sync::OnceLock;

use expect_test::{Expect, expect};
use rooh_core::options::Options;
use rooh_core::provider::FromOptions;
use rooh_llm_script::{Script, ScriptOptions};

use crate::player::{Player, played};

pub(crate) fn reception() -> Script {
    static SCRIPT: OnceLock<Script> = OnceLock::new();
    SCRIPT.get_or_init(read).clone()
}

fn read() -> Script {
    let options: ScriptOptions = Options::new().with("company", "Acme").read().expect("good options");
    Script::from_options(options).expect("the dialogue that ships is right")
}

fn check(lines: &str, transcript: Expect) {
    transcript.assert_eq(&played(&reception(), lines));
}

#[test]
fn a_message_is_taken() {
    check(
        "
        it's John Smith
        my heating does not work
        five five five one two one two
        yes
        yes that's right
        ",
        expect![[r#"
            agent: Hello, this is Acme. Nobody can come to the phone right now, but I'll gladly take a message. May I have your name, please? <Name>
            user:  it's John Smith
            agent: Thank you, John Smith. What is it about? <Anything>
            user:  my heating does not work
            agent: And what number can we call you back on? <Digits { min: 7, max: 15 }>
            user:  five five five one two one two
            agent: I have 5 5 5, 1 2 1 2. Is that right? <YesNo>
            user:  yes
            agent: Let me read that back: a message from John Smith, about: my heating does not work. Did I get that right? <YesNo>
            user:  yes that's right
            agent:  [save_message {"name":"John Smith","number":"5551212","reason":"my heating does not work"}]
            agent: Thank you, John. I've written that down, and I'll pass it on. Have a good day. Goodbye. [end_call {}]
        "#]],
    );
}

#[test]
fn everything_may_be_said_at_once() {
    check(
        "
        this is John Smith, call me back at 555 1234 about my order
        yep
        correct
        ",
        expect![[r#"
            agent: Hello, this is Acme. Nobody can come to the phone right now, but I'll gladly take a message. May I have your name, please? <Name>
            user:  this is John Smith, call me back at 555 1234 about my order
            agent: I have 5 5 5, 1 2 3 4. Is that right? <YesNo>
            user:  yep
            agent: Let me read that back: a message from John Smith, about: my order. Did I get that right? <YesNo>
            user:  correct
            agent:  [save_message {"name":"John Smith","number":"5551234","reason":"my order"}]
            agent: Thank you, John. I've written that down, and I'll pass it on. Have a good day. Goodbye. [end_call {}]
        "#]],
    );
}

#[test]
fn a_number_may_come_in_parts() {
    check(
        "
        Mary
        um let me think
        about the invoice from last week
        it's, uh, five five five
        one two
        hold on
        one two
        that's right
        yes
        ",
        expect![[r#"
            agent: Hello, this is Acme. Nobody can come to the phone right now, but I'll gladly take a message. May I have your name, please? <Name>
            user:  Mary
            agent: Thank you, Mary. What is it about? <Anything>
            user:  um let me think
            agent: Take your time. <Anything>
            user:  about the invoice from last week
            agent: And what number can we call you back on? <Digits { min: 7, max: 15 }>
            user:  it's, uh, five five five
            agent: Go on. <Digits { min: 4, max: 12 }>
            user:  one two
            agent: And the rest? <Digits { min: 2, max: 10 }>
            user:  hold on
            agent: No hurry. <Digits { min: 2, max: 10 }>
            user:  one two
            agent: I have 5 5 5, 1 2 1 2. Is that right? <YesNo>
            user:  that's right
            agent: Let me read that back: a message from Mary, about: the invoice from last week. Did I get that right? <YesNo>
            user:  yes
            agent:  [save_message {"name":"Mary","number":"5551212","reason":"the invoice from last week"}]
            agent: Thank you, Mary. I've written that down, and I'll pass it on. Have a good day. Goodbye. [end_call {}]
        "#]],
    );
}

#[test]
fn only_the_number_is_asked_again_when_it_was_wrong() {
    check(
        "
        Mary Jones
        the invoice
        five five five one two one three
        no
        five five five one two one two
        yes
        yes
        ",
        expect![[r#"
            agent: Hello, this is Acme. Nobody can come to the phone right now, but I'll gladly take a message. May I have your name, please? <Name>
            user:  Mary Jones
            agent: Thank you, Mary Jones. What is it about? <Anything>
            user:  the invoice
            agent: And what number can we call you back on? <Digits { min: 7, max: 15 }>
            user:  five five five one two one three
            agent: I have 5 5 5, 1 2 1 3. Is that right? <YesNo>
            user:  no
            agent: I'm sorry. What is the right number? <Digits { min: 7, max: 15 }>
            user:  five five five one two one two
            agent: So that's 5 5 5, 1 2 1 2. Correct? <YesNo>
            user:  yes
            agent: Let me read that back: a message from Mary Jones, about: the invoice. Did I get that right? <YesNo>
            user:  yes
            agent:  [save_message {"name":"Mary Jones","number":"5551212","reason":"the invoice"}]
            agent: Thank you, Mary. I've written that down, and I'll pass it on. Have a good day. Goodbye. [end_call {}]
        "#]],
    );
}

#[test]
fn a_no_may_bring_the_correction_with_it() {
    check(
        "
        Mary Jones
        the invoice
        five five five one two one three
        no the last digit is nine
        no, it's 555 777 8888
        no no, five five five
        one two one two
        yes
        no, it's Marie Jones
        no it's about the contract
        no, the number is 555 999 1111
        yes
        no
        the name
        Maria Jones
        yes
        ",
        expect![[r#"
            agent: Hello, this is Acme. Nobody can come to the phone right now, but I'll gladly take a message. May I have your name, please? <Name>
            user:  Mary Jones
            agent: Thank you, Mary Jones. What is it about? <Anything>
            user:  the invoice
            agent: And what number can we call you back on? <Digits { min: 7, max: 15 }>
            user:  five five five one two one three
            agent: I have 5 5 5, 1 2 1 3. Is that right? <YesNo>
            user:  no the last digit is nine
            agent: Got it. So that's 5 5 5, 1 2 1 9. Correct? <YesNo>
            user:  no, it's 555 777 8888
            agent: All right, I changed that. I have 5 5 5, 7 7 7, 8 8 8 8. Is that right? <YesNo>
            user:  no no, five five five
            agent: Go on. <Digits { min: 4, max: 12 }>
            user:  one two one two
            agent: So that's 5 5 5, 1 2 1 2. Correct? <YesNo>
            user:  yes
            agent: Let me read that back: a message from Mary Jones, about: the invoice. Did I get that right? <YesNo>
            user:  no, it's Marie Jones
            agent: Got it. So: a message from Marie Jones, about: the invoice. Is that right now? <YesNo>
            user:  no it's about the contract
            agent: All right, I changed that. Let me read that back: a message from Marie Jones, about: the contract. Did I get that right? <YesNo>
            user:  no, the number is 555 999 1111
            agent: Got it. I have 5 5 5, 9 9 9, 1 1 1 1. Is that right? <YesNo>
            user:  yes
            agent: So: a message from Marie Jones, about: the contract. Is that right now? <YesNo>
            user:  no
            agent: I'm sorry. What should I change: the name, the message, or the number? <OneOf(["name", "message", "reason", "about", "number", "phone", "digits", "nothing", "none", "all good", "it's fine", "leave it", "send it", "never mind", "no"])>
            user:  the name
            agent: What is the right name? <Name>
            user:  Maria Jones
            agent: Let me read that back: a message from Maria Jones, about: the contract. Did I get that right? <YesNo>
            user:  yes
            agent:  [save_message {"name":"Maria Jones","number":"5559991111","reason":"the contract"}]
            agent: Thank you, Maria. I've written that down, and I'll pass it on. Have a good day. Goodbye. [end_call {}]
        "#]],
    );
}

#[test]
fn corrections_are_taken_at_any_time() {
    check(
        "
        Jon
        no, my name is Don
        a broken window
        actually my name is Ron
        555 1212 333
        yes
        actually the number is 555 1212 444
        yes
        yes
        sorry, my number is 555 0000
        yes
        yes
        ",
        expect![[r#"
            agent: Hello, this is Acme. Nobody can come to the phone right now, but I'll gladly take a message. May I have your name, please? <Name>
            user:  Jon
            agent: Thank you, Jon. What is it about? <Anything>
            user:  no, my name is Don
            agent: Got it. What may I tell them it's about? <Anything>
            user:  a broken window
            agent: And what number can we call you back on? <Digits { min: 7, max: 15 }>
            user:  actually my name is Ron
            agent: All right, I changed that. Which number may we call? <Digits { min: 7, max: 15 }>
            user:  555 1212 333
            agent: I have 5 5 5, 1 2 1, 2 3 3 3. Is that right? <YesNo>
            user:  yes
            agent: Let me read that back: a message from Ron, about: a broken window. Did I get that right? <YesNo>
            user:  actually the number is 555 1212 444
            agent: Got it. So that's 5 5 5, 1 2 1, 2 4 4 4. Correct? <YesNo>
            user:  yes
            agent: So: a message from Ron, about: a broken window. Is that right now? <YesNo>
            user:  yes
            agent:  [save_message {"name":"Ron","number":"5551212444","reason":"a broken window"}]
            agent: Thank you, Ron. I've written that down, and I'll pass it on. Have a good day. Goodbye. [end_call {}]
            user:  sorry, my number is 555 0000
            agent: All right, I changed that. I have 5 5 5, 0 0 0 0. Is that right? <YesNo>
            user:  yes
            agent:  [save_message {"name":"Ron","number":"5550000","reason":"a broken window"}]
            agent: Thank you, Ron. I've written that down, and I'll pass it on. Have a good day. Goodbye. [end_call {}]
            user:  yes
            agent: Goodbye. [end_call {}]
        "#]],
    );
}

#[test]
fn the_greeting_is_heard_before_its_question_counts_as_asked() {
    check(
        "
        ~ 2
        hello
        ~ 3
        my name is Ann Lee
        ~ 1
        yes
        the roof
        ~ 0
        call me at 5551212
        ~ 3
        yes
        yes
        ~ 4
        no wait
        yes
        yes
        ",
        expect![[r#"
            agent: Hello, this is Acme. Nobody can come to the phone right now, but I'll gladly take a message. May I have your name, please? <Name>
            (cut off after 2 words)
            user:  hello
            agent: Who may I say called? <Name>
            (cut off after 3 words)
            user:  my name is Ann Lee
            agent: Thank you, Ann Lee. What is it about? <Anything>
            (cut off after 1 words)
            user:  yes
            agent: What may I tell them it's about? <Anything>
            user:  the roof
            agent: And what number can we call you back on? <Digits { min: 7, max: 15 }>
            (cut off after 0 words)
            user:  call me at 5551212
            agent: I have 5 5 5, 1 2 1 2. Is that right? <YesNo>
            (cut off after 3 words)
            user:  yes
            agent: So that's 5 5 5, 1 2 1 2. Correct? <YesNo>
            user:  yes
            agent: Let me read that back: a message from Ann Lee, about: the roof. Did I get that right? <YesNo>
            (cut off after 4 words)
            user:  no wait
            agent: Take your time. <YesNo>
            user:  yes
            agent: So: a message from Ann Lee, about: the roof. Is that right now? <YesNo>
            user:  yes
            agent:  [save_message {"name":"Ann Lee","number":"5551212","reason":"the roof"}]
            agent: Thank you, Ann. I've written that down, and I'll pass it on. Have a good day. Goodbye. [end_call {}]
        "#]],
    );
}

#[test]
fn a_prompt_of_the_session_is_not_a_question_of_the_dialogue() {
    check(
        "
        Mary
        roof
        5551212
        % Are you still there?
        yes
        yes
        % Are you still there?
        yes I'm here
        yes
        ",
        expect![[r#"
            agent: Hello, this is Acme. Nobody can come to the phone right now, but I'll gladly take a message. May I have your name, please? <Name>
            user:  Mary
            agent: Thank you, Mary. What is it about? <Anything>
            user:  roof
            agent: And what number can we call you back on? <Digits { min: 7, max: 15 }>
            user:  5551212
            agent: I have 5 5 5, 1 2 1 2. Is that right? <YesNo>
            (session: Are you still there?)
            user:  yes
            agent: So that's 5 5 5, 1 2 1 2. Correct? <YesNo>
            user:  yes
            agent: Let me read that back: a message from Mary, about: roof. Did I get that right? <YesNo>
            (session: Are you still there?)
            user:  yes I'm here
            agent: So: a message from Mary, about: roof. Is that right now? <YesNo>
            user:  yes
            agent:  [save_message {"name":"Mary","number":"5551212","reason":"roof"}]
            agent: Thank you, Mary. I've written that down, and I'll pass it on. Have a good day. Goodbye. [end_call {}]
        "#]],
    );
}

#[test]
fn a_message_that_cannot_be_saved_is_not_promised() {
    check(
        "
        !
        Mary
        roof
        5551212
        yes
        yes
        ",
        expect![[r#"
            agent: Hello, this is Acme. Nobody can come to the phone right now, but I'll gladly take a message. May I have your name, please? <Name>
            user:  Mary
            agent: Thank you, Mary. What is it about? <Anything>
            user:  roof
            agent: And what number can we call you back on? <Digits { min: 7, max: 15 }>
            user:  5551212
            agent: I have 5 5 5, 1 2 1 2. Is that right? <YesNo>
            user:  yes
            agent: Let me read that back: a message from Mary, about: roof. Did I get that right? <YesNo>
            user:  yes
            agent:  [save_message {"name":"Mary","number":"5551212","reason":"roof"}]
            agent: I'm very sorry, Mary. I could not save your message just now. Please call again a little later. Goodbye. [end_call {}]
        "#]],
    );
}

#[test]
fn the_call_may_end_early() {
    check(
        "
        goodbye
        ",
        expect![[r#"
            agent: Hello, this is Acme. Nobody can come to the phone right now, but I'll gladly take a message. May I have your name, please? <Name>
            user:  goodbye
            agent: No problem. Thank you for calling. Goodbye. [end_call {}]
        "#]],
    );
    check(
        "
        Mary
        never mind, bye
        thanks, bye
        ",
        expect![[r#"
            agent: Hello, this is Acme. Nobody can come to the phone right now, but I'll gladly take a message. May I have your name, please? <Name>
            user:  Mary
            agent: Thank you, Mary. What is it about? <Anything>
            user:  never mind, bye
            agent: No problem. Thank you for calling. Goodbye. [end_call {}]
            user:  thanks, bye
            agent: Goodbye. [end_call {}]
        "#]],
    );
}

#[test]
fn people_ask_things_in_between() {
    check(
        "
        what did you say?
        can you repeat that please
        are you a robot?
        help
        Mary
        what?
        hold on, let me find the paper
        I need help with my printer
        one second
        give me a minute, I have to look it up
        555 1212
        sorry?
        uh huh
        start over
        ",
        expect![[r#"
            agent: Hello, this is Acme. Nobody can come to the phone right now, but I'll gladly take a message. May I have your name, please? <Name>
            user:  what did you say?
            agent: Of course. May I have your name, please? <Name>
            user:  can you repeat that please
            agent: Of course. May I have your name, please? <Name>
            user:  are you a robot?
            agent: I'm an automated assistant, and nobody is free right now. But I'll gladly pass on a message. Who may I say called? <Name>
            user:  help
            agent: I take a message: your name, what it's about, and a number to call you back on. May I have your name, please? <Name>
            user:  Mary
            agent: Thank you, Mary. What is it about? <Anything>
            user:  what?
            agent: Of course. Thank you, Mary. What is it about? <Anything>
            user:  hold on, let me find the paper
            agent: Take your time. <Anything>
            user:  I need help with my printer
            agent: And what number can we call you back on? <Digits { min: 7, max: 15 }>
            user:  one second
            agent: No hurry. <Digits { min: 7, max: 15 }>
            user:  give me a minute, I have to look it up
            agent: I'm here when you're ready. <Digits { min: 7, max: 15 }>
            user:  555 1212
            agent: I have 5 5 5, 1 2 1 2. Is that right? <YesNo>
            user:  sorry?
            agent: Of course. I have 5 5 5, 1 2 1 2. Is that right? <YesNo>
            user:  uh huh
            agent: Let me read that back: a message from Mary, about: I need help with my printer. Did I get that right? <YesNo>
            user:  start over
            agent: All right, from the start. Hello, this is Acme. Nobody can come to the phone right now, but I'll gladly take a message. Who may I say called? <Name>
        "#]],
    );
}

#[test]
fn what_is_not_understood_is_asked_again_and_then_let_go() {
    check(
        "
        555
        why do you want to know that
        I am not going to tell you
        yes
        no
        hmm
        the thing with the thing
        banana
        potato
        carrot
        banana
        banana
        banana
        ",
        expect![[r#"
            agent: Hello, this is Acme. Nobody can come to the phone right now, but I'll gladly take a message. May I have your name, please? <Name>
            user:  555
            agent: Sorry, I didn't catch your name. What was it? <Name>
            user:  why do you want to know that
            agent: I'm sorry. Just your name once more, please? <Name>
            user:  I am not going to tell you
            agent: Thank you. What is it about? <Anything>
            user:  yes
            agent: Go ahead. <Anything>
            user:  no
            agent: In a few words: what is it about? <Anything>
            user:  hmm
            agent: Take your time. <Anything>
            user:  the thing with the thing
            agent: And what number can we call you back on? <Digits { min: 7, max: 15 }>
            user:  banana
            agent: Sorry, I didn't get the number. Could you say it digit by digit? <Digits { min: 7, max: 15 }>
            user:  potato
            agent: I'm sorry. Slowly, one digit at a time, please? <Digits { min: 7, max: 15 }>
            user:  carrot
            agent: Let me read that back: a message, about: the thing with the thing. Did I get that right? <YesNo>
            user:  banana
            agent: Shall I pass it on like that? Yes or no? <YesNo>
            user:  banana
            agent: Shall I pass it on like that? Yes or no? <YesNo>
            user:  banana
            agent:  [save_message {"name":"","number":"","reason":"the thing with the thing"}]
            agent: Thank you. I've written that down, and I'll pass it on. Have a good day. Goodbye. [end_call {}]
        "#]],
    );
}

#[test]
fn the_user_may_speak_first() {
    let script = reception();
    let mut player = Player::new(&script);
    player.play("hello?\nJohn");
    expect![[r#"
        user:  hello?
        agent: Hello, this is Acme. Nobody can come to the phone right now, but I'll gladly take a message. May I have your name, please? <Name>
        user:  John
        agent: Thank you, John. What is it about? <Anything>
    "#]].assert_eq(&player.transcript);
}

#[test]
fn answers_may_be_in_any_script() {
    check(
        "
        José García
        Ärger mit der Heizung – 暖房が壊れた 🔥
        ５５５
        555 1212
        yes
        yes
        ",
        expect![[r#"
            agent: Hello, this is Acme. Nobody can come to the phone right now, but I'll gladly take a message. May I have your name, please? <Name>
            user:  José García
            agent: Thank you, José García. What is it about? <Anything>
            user:  Ärger mit der Heizung – 暖房が壊れた 🔥
            agent: And what number can we call you back on? <Digits { min: 7, max: 15 }>
            user:  ５５５
            agent: Go on. <Digits { min: 4, max: 12 }>
            user:  555 1212
            agent: I have 5 5 5, 1 2 1 2. Is that right? <YesNo>
            user:  yes
            agent: Let me read that back: a message from José García, about: Ärger mit der Heizung – 暖房が壊れた. Did I get that right? <YesNo>
            user:  yes
            agent:  [save_message {"name":"José García","number":"5551212","reason":"Ärger mit der Heizung – 暖房が壊れた"}]
            agent: Thank you, José. I've written that down, and I'll pass it on. Have a good day. Goodbye. [end_call {}]
        "#]],
    );
}

#[test]
fn the_rest_of_a_name_may_come_after_a_pause() {
    check(
        "
        my name is John
        ~ 1
        Smith
        no it's Smythe
        no it's urgent,
        my boiler leaks 555 1212
        that's wrong
        nine nine nine
        um
        one two one two
        perfect
        yes, thank you
        ",
        expect![[r#"
            agent: Hello, this is Acme. Nobody can come to the phone right now, but I'll gladly take a message. May I have your name, please? <Name>
            user:  my name is John
            agent: Thank you, John. What is it about? <Anything>
            (cut off after 1 words)
            user:  Smith
            agent: Got it. What may I tell them it's about? <Anything>
            user:  no it's Smythe
            agent: All right, I changed that. Thank you, John Smythe. What is it about? <Anything>
            user:  no it's urgent,
            agent: And what number can we call you back on? <Digits { min: 7, max: 15 }>
            user:  my boiler leaks 555 1212
            agent: I have 5 5 5, 1 2 1 2. Is that right? <YesNo>
            user:  that's wrong
            agent: I'm sorry. What is the right number? <Digits { min: 7, max: 15 }>
            user:  nine nine nine
            agent: Go on. <Digits { min: 4, max: 12 }>
            user:  um
            agent: Take your time. <Digits { min: 4, max: 12 }>
            user:  one two one two
            agent: So that's 9 9 9, 1 2 1 2. Correct? <YesNo>
            user:  perfect
            agent: Let me read that back: a message from John Smythe, about: urgent. Did I get that right? <YesNo>
            user:  yes, thank you
            agent:  [save_message {"name":"John Smythe","number":"9991212","reason":"urgent"}]
            agent: Thank you, John. I've written that down, and I'll pass it on. Have a good day. Goodbye. [end_call {}]
        "#]],
    );
}

#[test]
fn the_dialogue_does_not_depend_on_its_tools() {
    use rooh_core::llm::{LlmEvent, LlmProvider, LlmRequest, StopReason};

    let script = reception();
    let mut player = Player::new(&script);
    player.agent();
    player.play("Mary\nroof\n5551212\nyes");
    let mut messages = player.messages;
    messages.push(rooh_core::llm::Message::user("yes"));
    let request = LlmRequest { messages, ..LlmRequest::default() };
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime can be built");
    let events = runtime.block_on(script.chat(request).collect()).expect("a script does not fail");
    let text: String = events
        .iter()
        .filter_map(|event| match event {
            LlmEvent::Text(text) => Some(text.as_str()),
            _ => None,
        })
        .collect();
    // Nothing was kept, so nothing is promised.
    assert!(text.starts_with("I'm very sorry, Mary."), "{text}");
    assert_eq!(events.last(), Some(&LlmEvent::Stopped(StopReason::Finished)));
}

#[test]
fn the_end_is_said_until_it_was_heard() {
    check(
        "
        Mary
        roof
        5551212
        yes
        yes
        ~ 2
        hello?
        ~ 5
        hello, are you there
        thank you
        ",
        expect![[r#"
            agent: Hello, this is Acme. Nobody can come to the phone right now, but I'll gladly take a message. May I have your name, please? <Name>
            user:  Mary
            agent: Thank you, Mary. What is it about? <Anything>
            user:  roof
            agent: And what number can we call you back on? <Digits { min: 7, max: 15 }>
            user:  5551212
            agent: I have 5 5 5, 1 2 1 2. Is that right? <YesNo>
            user:  yes
            agent: Let me read that back: a message from Mary, about: roof. Did I get that right? <YesNo>
            user:  yes
            agent:  [save_message {"name":"Mary","number":"5551212","reason":"roof"}]
            agent: Thank you, Mary. I've written that down, and I'll pass it on. Have a good day. Goodbye. [end_call {}]
            (cut off after 2 words)
            user:  hello?
            agent: Thank you, Mary. I've written that down, and I'll pass it on. Have a good day. Goodbye. [end_call {}]
            (cut off after 5 words)
            user:  hello, are you there
            agent: Thank you, Mary. I've written that down, and I'll pass it on. Have a good day. Goodbye. [end_call {}]
            user:  thank you
            agent: Goodbye. [end_call {}]
        "#]],
    );
}

#[test]
fn a_poor_recognizer_is_lived_with() {
    check(
        "
        an this is a jon smith
        it is a bout the he ting
        five five five won to one to
        the
        write
        yes
        and yes
        ",
        expect![[r#"
            agent: Hello, this is Acme. Nobody can come to the phone right now, but I'll gladly take a message. May I have your name, please? <Name>
            user:  an this is a jon smith
            agent: Thank you, Jon Smith. What is it about? <Anything>
            user:  it is a bout the he ting
            agent: And what number can we call you back on? <Digits { min: 7, max: 15 }>
            user:  five five five won to one to
            agent: I have 5 5 5, 1 2 1 2. Is that right? <YesNo>
            user:  the
            agent: Was that a yes or a no? The number I have is 5 5 5, 1 2 1 2. <YesNo>
            user:  write
            agent: Was that a yes or a no? The number I have is 5 5 5, 1 2 1 2. <YesNo>
            user:  yes
            agent: Let me read that back: a message from Jon Smith, about: it is a bout the he ting. Did I get that right? <YesNo>
            user:  and yes
            agent:  [save_message {"name":"Jon Smith","number":"5551212","reason":"it is a bout the he ting"}]
            agent: Thank you, Jon. I've written that down, and I'll pass it on. Have a good day. Goodbye. [end_call {}]
        "#]],
    );
    check(
        "
        i'd like to leave a message for the manager
        yes sure it's uh peter
        hi there
        well it's the same thing as last time you know the dishwasher does not drain thanks
        you can reach me at double five five one two three four
        no no it's nine, not four
        okay
        ",
        expect![[r#"
            agent: Hello, this is Acme. Nobody can come to the phone right now, but I'll gladly take a message. May I have your name, please? <Name>
            user:  i'd like to leave a message for the manager
            agent: Sorry, I didn't catch your name. What was it? <Name>
            user:  yes sure it's uh peter
            agent: Thank you, Peter. What is it about? <Anything>
            user:  hi there
            agent: What may I tell them it's about? <Anything>
            user:  well it's the same thing as last time you know the dishwasher does not drain thanks
            agent: And what number can we call you back on? <Digits { min: 7, max: 15 }>
            user:  you can reach me at double five five one two three four
            agent: I have 5 5 5, 1 2 3 4. Is that right? <YesNo>
            user:  no no it's nine, not four
            agent: Got it. So that's 5 5 5, 1 2 3 9. Correct? <YesNo>
            user:  okay
            agent: Let me read that back: a message from Peter, about: the same thing as last time you know the dishwasher does not drain. Did I get that right? <YesNo>
        "#]],
    );
}

#[test]
fn politeness_is_no_answer() {
    check(
        "
        hello
        fine thanks and you
        my name is Sue Lee and I'd like to talk to someone
        can I speak to a human please
        okay
        tell him I'll be late on friday
        sure
        it's the same number as always
        I don't have a phone
        no
        yes
        ",
        expect![[r#"
            agent: Hello, this is Acme. Nobody can come to the phone right now, but I'll gladly take a message. May I have your name, please? <Name>
            user:  hello
            agent: Who may I say called? <Name>
            user:  fine thanks and you
            agent: Sorry, I didn't catch your name. What was it? <Name>
            user:  my name is Sue Lee and I'd like to talk to someone
            agent: Thank you, Sue Lee. What is it about? <Anything>
            user:  can I speak to a human please
            agent: I'm an automated assistant, and nobody is free right now. But I'll gladly pass on a message. What may I tell them it's about? <Anything>
            user:  okay
            agent: Go ahead. <Anything>
            user:  tell him I'll be late on friday
            agent: And what number can we call you back on? <Digits { min: 7, max: 15 }>
            user:  sure
            agent: Go ahead. <Digits { min: 7, max: 15 }>
            user:  it's the same number as always
            agent: Let me read that back: a message from Sue Lee, about: tell him I'll be late on friday. Did I get that right? <YesNo>
            user:  I don't have a phone
            agent: Shall I pass it on like that? Yes or no? <YesNo>
            user:  no
            agent: I'm sorry. What should I change: the name, the message, or the number? <OneOf(["name", "message", "reason", "about", "number", "phone", "digits", "nothing", "none", "all good", "it's fine", "leave it", "send it", "never mind", "no"])>
            user:  yes
            agent: The name, the message, or the number? <OneOf(["name", "message", "reason", "about", "number", "phone", "digits", "nothing", "none", "all good", "it's fine", "leave it", "send it", "never mind", "no"])>
        "#]],
    );
}

#[test]
fn callers_say_more_and_other_things_than_they_are_asked() {
    check(
        "
        is this the dentist?
        yes hello my name is priya sharma and I am calling because my internet is down since yesterday my number is nine eight seven six five four three two one zero
        yep
        no that's all
        ",
        expect![[r#"
            agent: Hello, this is Acme. Nobody can come to the phone right now, but I'll gladly take a message. May I have your name, please? <Name>
            user:  is this the dentist?
            agent: Sorry, I didn't catch your name. What was it? <Name>
            user:  yes hello my name is priya sharma and I am calling because my internet is down since yesterday my number is nine eight seven six five four three two one zero
            agent: I have 9 8 7, 6 5 4, 3 2 1 0. Is that right? <YesNo>
            user:  yep
            agent: Let me read that back: a message from Priya Sharma, about: my internet is down since yesterday. Did I get that right? <YesNo>
            user:  no that's all
            agent:  [save_message {"name":"Priya Sharma","number":"9876543210","reason":"my internet is down since yesterday"}]
            agent: Thank you, Priya. I've written that down, and I'll pass it on. Have a good day. Goodbye. [end_call {}]
        "#]],
    );
    check(
        "
        can you hear me?
        hi this is dave from acme plumbing
        I need to cancel my appointment on friday at 3
        it's 555 0199 or 555 0100
        that's not my number
        I'd say five five five oh one hundred
        I think so
        the name is wrong
        Dave with a d
        looks good to me
        ",
        expect![[r#"
            agent: Hello, this is Acme. Nobody can come to the phone right now, but I'll gladly take a message. May I have your name, please? <Name>
            user:  can you hear me?
            agent: Sorry, I didn't catch your name. What was it? <Name>
            user:  hi this is dave from acme plumbing
            agent: Thank you, Dave. What is it about? <Anything>
            user:  I need to cancel my appointment on friday at 3
            agent: And what number can we call you back on? <Digits { min: 7, max: 15 }>
            user:  it's 555 0199 or 555 0100
            agent: I have 5 5 5, 0 1 9 9. Is that right? <YesNo>
            user:  that's not my number
            agent: I'm sorry. What is the right number? <Digits { min: 7, max: 15 }>
            user:  I'd say five five five oh one hundred
            agent: So that's 5 5 5, 0 1 0 0. Correct? <YesNo>
            user:  I think so
            agent: Let me read that back: a message from Dave, about: I need to cancel my appointment on friday at 3. Did I get that right? <YesNo>
            user:  the name is wrong
            agent: What is the right name? <Name>
            user:  Dave with a d
            agent: So: a message from Dave, about: I need to cancel my appointment on friday at 3. Is that right now? <YesNo>
            user:  looks good to me
            agent:  [save_message {"name":"Dave","number":"5550100","reason":"I need to cancel my appointment on friday at 3"}]
            agent: Thank you, Dave. I've written that down, and I'll pass it on. Have a good day. Goodbye. [end_call {}]
        "#]],
    );
}
