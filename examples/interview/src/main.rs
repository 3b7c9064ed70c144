//! `cargo run -p interview`: an interview with a candidate who thinks, offline, on a paused clock.
//!
//! With `--llm NAME` a language model judges the answers, for example one of the built-in
//! providers that `rooh providers` lists; without one, rules do.

use interview::{Answer, Candidate, Interviewer};
use rooh::floor::Patience;
use rooh::prelude::*;

const QUESTIONS: [&str; 3] = [
    "Tell me about the work that you liked best.",
    "What was hard about it?",
    "What would you like to do next?",
];

/// What the candidate says, with the pauses between bars, in milliseconds.
const ANSWERS: [&str; 3] = [
    "I used to work at | 2400 | a bakery in the old town and | 5200 | I baked the bread there",
    "The hard part was | 3300 | to get up at three every morning",
    "I want to | 1500 | um | 2600 | open a bakery of my own",
];

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() -> Result<()> {
    let registry = rooh::registry();
    let mut interviewer = Interviewer::new(QUESTIONS);
    let words: Vec<String> = std::env::args().collect();
    if let Some(pair) = words.windows(2).find(|pair| pair[0] == "--llm") {
        interviewer = interviewer.judged_by(registry.llm(&pair[1].parse()?)?);
    }
    let answers: Vec<Answer> = ANSWERS.iter().map(|text| Answer::parse(text)).collect::<Result<_>>()?;
    let candidate = Candidate::new(registry.tts(&"flite/rms".parse()?)?, &answers).await?;

    let agent = Rooh::builder()
        .stt("pocketsphinx")
        .tts("flite/slt")
        .vad("silero")
        .patience(Patience::INTERVIEW)
        .no_input(Duration::from_secs(15), ["There is no hurry. Are you still there?"])
        .greeting(interviewer.opening())
        .hook(interviewer)
        .build()?;
    let mut session = agent.start(candidate);
    while let Some(event) = session.next().await {
        match event.kind {
            EventKind::ReplyText { text, .. } => println!("{} interviewer: {text}", event.at),
            EventKind::UserTurnHeld { text } => println!("{}   (thinking:  {text})", event.at),
            EventKind::UserTurn { text, silence, .. } => {
                println!("{} candidate:   {text}   [{} ms of silence]", event.at, silence.as_millis());
            }
            EventKind::Failed { error, .. } => eprintln!("{} {error}", event.at),
            _ => {}
        }
    }
    Ok(())
}
