//! What users say over the agent, by language.

use rooh_words::{Overlap, overlap, significant};

fn check(language: &str, table: &[(&str, Overlap)]) {
    let wrong: Vec<String> = table
        .iter()
        .filter_map(|(said, expected)| {
            let heard = overlap(said, Some(language));
            (heard != *expected).then(|| format!("{said:?}: {expected:?}, not {heard:?}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{language}: {wrong:#?}");
}

const BACKCHANNEL: Overlap = Overlap::Backchannel;
const COMMAND: Overlap = Overlap::Command;

const fn speech(words: usize) -> Overlap {
    Overlap::Speech { words }
}

#[test]
fn english_listeners_keep_the_agent_talking_and_commands_stop_it() {
    check(
        "en",
        &[
            ("", Overlap::Nothing),
            (" ... ", Overlap::Nothing),
            ("mm-hm", BACKCHANNEL),
            ("Mm-hm. Yeah, okay!", BACKCHANNEL),
            ("uh-huh", BACKCHANNEL),
            ("right right", BACKCHANNEL),
            ("oh I see", BACKCHANNEL),
            ("okay got it", BACKCHANNEL),
            ("yeah that makes sense", BACKCHANNEL),
            ("sounds good", BACKCHANNEL),
            ("no problem", BACKCHANNEL),
            ("no no that's fine", COMMAND),
            ("um", BACKCHANNEL),
            ("wow really", BACKCHANNEL),
            ("stop", COMMAND),
            ("Stop!", COMMAND),
            ("wait wait", COMMAND),
            ("no", COMMAND),
            ("no that's not what I meant", COMMAND),
            ("hold on a second", COMMAND),
            ("okay hold on", COMMAND),
            ("yeah but wait", COMMAND),
            ("uh one moment please", COMMAND),
            ("excuse me", COMMAND),
            ("sorry what was that", COMMAND),
            ("what?", COMMAND),
            ("that's wrong", COMMAND),
            ("I have a question", COMMAND),
            ("hello?", COMMAND),
            ("Friday", speech(1)),
            ("can I book a table", speech(5)),
            ("yeah but I need it today", speech(5)),
            ("I can't wait", speech(3)),
            ("we stop there every day", speech(5)),
        ],
    );
}

#[test]
fn spanish_listeners_keep_the_agent_talking_and_commands_stop_it() {
    check(
        "es",
        &[
            ("ajá", BACKCHANNEL),
            ("sí claro", BACKCHANNEL),
            ("vale vale", BACKCHANNEL),
            ("ya veo", BACKCHANNEL),
            ("de acuerdo", BACKCHANNEL),
            ("muy bien gracias", BACKCHANNEL),
            ("espera", COMMAND),
            ("sí pero espere un momento", COMMAND),
            ("no", COMMAND),
            ("no no no", COMMAND),
            ("para", COMMAND),
            ("para para", COMMAND),
            ("un momento por favor", COMMAND),
            ("perdone", COMMAND),
            ("¿Cómo?", COMMAND),
            ("para mañana a las tres", speech(5)),
            ("el lunes", speech(2)),
        ],
    );
}

#[test]
fn german_listeners_keep_the_agent_talking_and_commands_stop_it() {
    check(
        "de",
        &[
            ("mhm", BACKCHANNEL),
            ("ja genau", BACKCHANNEL),
            ("ach so", BACKCHANNEL),
            ("alles klar", BACKCHANNEL),
            ("ja ja, verstehe", BACKCHANNEL),
            ("kein Problem", BACKCHANNEL),
            ("stopp", COMMAND),
            ("halt", COMMAND),
            ("nein", COMMAND),
            ("Moment mal", COMMAND),
            ("ja Moment", COMMAND),
            ("warten Sie bitte", COMMAND),
            ("Entschuldigung", COMMAND),
            ("wie bitte", COMMAND),
            ("was", COMMAND),
            ("am Montag", speech(2)),
            ("das ist halt so", speech(3)),
        ],
    );
}

#[test]
fn french_listeners_keep_the_agent_talking_and_commands_stop_it() {
    check(
        "fr",
        &[
            ("mm-hm", BACKCHANNEL),
            ("d'accord", BACKCHANNEL),
            ("oui oui", BACKCHANNEL),
            ("ah bon", BACKCHANNEL),
            ("très bien merci", BACKCHANNEL),
            ("pas de problème", BACKCHANNEL),
            ("arrêtez", COMMAND),
            ("attends", COMMAND),
            ("non", COMMAND),
            ("oui mais attendez", COMMAND),
            ("excusez-moi", COMMAND),
            ("une seconde s'il vous plaît", COMMAND),
            ("quoi ?", COMMAND),
            ("j'attends un colis", speech(3)),
            ("lundi matin", speech(2)),
        ],
    );
}

#[test]
fn without_a_language_all_that_have_rules_are_tried() {
    for language in [None, Some("nl")] {
        assert_eq!(overlap("ja genau", language), BACKCHANNEL);
        assert_eq!(overlap("d'accord", language), BACKCHANNEL);
        assert_eq!(overlap("espere", language), COMMAND);
        assert_eq!(overlap("can I book a table", language), speech(5));
        assert_eq!(significant("Mm-hm. Yeah, okay!", language), 0);
        assert_eq!(significant("no no stop", language), 3);
    }
}

#[test]
fn a_backchannel_has_no_significant_words_and_a_command_has() {
    assert_eq!(significant("Mm-hm. Yeah, okay!", Some("en")), 0);
    assert_eq!(significant("wait", Some("en")), 1);
    assert_eq!(significant("no no stop", Some("en")), 3);
    assert_eq!(significant("", Some("en")), 0);
}

#[test]
fn words_that_begin_a_backchannel_wait_for_the_next_one() {
    check(
        "en",
        &[
            ("I", BACKCHANNEL),
            ("I see", BACKCHANNEL),
            ("I need", speech(2)),
            ("oh I", BACKCHANNEL),
            ("makes", BACKCHANNEL),
            ("of", BACKCHANNEL),
            ("okay but I", speech(1)),
            ("no", COMMAND),
        ],
    );
    check("de", &[("ich", BACKCHANNEL), ("ich verstehe", BACKCHANNEL), ("ich habe", speech(2))]);
    check("es", &[("de", BACKCHANNEL), ("de acuerdo", BACKCHANNEL), ("de Madrid", speech(2))]);
    check("fr", &[("je", BACKCHANNEL), ("je vois", BACKCHANNEL), ("je voudrais", speech(2))]);
}
