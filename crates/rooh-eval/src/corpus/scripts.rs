//! What synthesized callers say, and what they were asked: written for this corpus.

use rooh_words::Expected;

use super::espeak::Voice;

/// One turn: the family, what it answers, what the agent asked, what is said.
///
/// `|` is a pause that anybody makes, `||` one that somebody makes who has to think.
pub(crate) struct Line {
    pub(crate) family: &'static str,
    pub(crate) ask: Ask,
    pub(crate) question: &'static str,
    pub(crate) text: &'static str,
}

/// What a line answers.
#[derive(Clone, Copy)]
pub(crate) enum Ask {
    Anything,
    Date,
    Digits(usize, usize),
    Email,
    Name,
    Time,
    YesNo,
}

impl Ask {
    pub(crate) fn expected(self) -> Expected {
        match self {
            Self::Anything => Expected::Anything,
            Self::Date => Expected::Date,
            Self::Digits(min, max) => Expected::Digits { min, max },
            Self::Email => Expected::Email,
            Self::Name => Expected::Name,
            Self::Time => Expected::Time,
            Self::YesNo => Expected::YesNo,
        }
    }
}

/// What is said over the agent.
pub(crate) struct Over {
    pub(crate) text: &'static str,
    /// Whether it takes the floor.
    pub(crate) takes_floor: bool,
}

/// All that is said in one language.
///
/// Lines of a family go by turns to the one part of the corpus and to the other, and so do voices.
pub(crate) struct Script {
    pub(crate) language: &'static str,
    /// Voices to fit with, and voices to report on.
    pub(crate) voices: [&'static [Voice]; 2],
    pub(crate) lines: &'static [Line],
    pub(crate) over: &'static [Over],
    /// What the agent is saying when it is spoken over.
    pub(crate) monologue: &'static str,
    /// What is asked before a prompt, which answers nothing in particular.
    pub(crate) open_question: &'static str,
    /// What is asked before a number.
    pub(crate) number_question: &'static str,
}

const fn voice(name: &'static str, speed: u16, pitch: u8) -> Voice {
    Voice { name, speed, pitch }
}

const fn line(family: &'static str, ask: Ask, question: &'static str, text: &'static str) -> Line {
    Line { family, ask, question, text }
}

const fn backchannel(text: &'static str) -> Over {
    Over { text, takes_floor: false }
}

const fn interruption(text: &'static str) -> Over {
    Over { text, takes_floor: true }
}

use Ask::{Anything, Date, Digits, Email, Name, Time, YesNo};

const HELP: &str = "Hello, this is the front desk. How can I help you today?";
const PHONE: &str = "What is the best telephone number to reach you?";
const EMAIL: &str = "And what is your e-mail address?";
const SPELL: &str = "Could you spell your last name for me?";
const WHEN: &str = "Which day would suit you?";
const SURE: &str = "Shall I book that for you?";
const MANY: &str = "How many people will be coming?";
const WHY: &str = "Could you tell me what happened?";

static ENGLISH: [Line; 44] = [
    line("request", Anything, HELP, "I'd like to book a table for four people on Friday evening."),
    line("request", Anything, HELP, "Could you tell me your opening hours, please?"),
    line("request", Anything, HELP, "I need to change my appointment to next week."),
    line("request", Anything, HELP, "My order has not arrived yet and I want to know where it is."),
    line(
        "request",
        Anything,
        HELP,
        "I want to cancel my subscription because | I am moving to another country.",
    ),
    line("request", Anything, HELP, "Can you send me a copy of the invoice | for the month of March?"),
    line("request", Anything, HELP, "I'm calling about the flat | that you advertised in the newspaper."),
    line("request", Anything, HELP, "Is it possible to pay by card, | or do you only take cash?"),
    line("hesitation", Anything, HELP, "I'd like to um | book a table for | let me think | six people."),
    line("hesitation", Anything, WHY, "Well the thing is | uh | the printer stopped working this morning."),
    line(
        "hesitation",
        Anything,
        WHY,
        "So I was trying to | um | log in with my new password and | it did not work.",
    ),
    line(
        "hesitation",
        Anything,
        HELP,
        "Yeah I have a question about | uh | the guarantee on my washing machine.",
    ),
    line(
        "hesitation",
        Anything,
        WHY,
        "It was you know | kind of | making a strange noise | and then it stopped.",
    ),
    line("hesitation", Anything, HELP, "I think I need | hmm | the red one in a larger size."),
    line("restart", Anything, HELP, "I want to | I need to speak to somebody about my bill."),
    line("restart", Anything, WHY, "The package was | no sorry | the letter was delivered to my neighbour."),
    line("restart", Anything, HELP, "Can I | could you put me through to the sales department?"),
    line("restart", Anything, WHY, "We arrived on Monday | I mean Tuesday | and the room was not ready."),
    line("thinking", Anything, WHY, "The last time I used it was || maybe two weeks ago."),
    line("thinking", Anything, HELP, "I'm looking for a present for || my sister who likes gardening."),
    line(
        "thinking",
        Anything,
        WHY,
        "First the light went out and then || I think the whole house had no power.",
    ),
    line("thinking", Anything, HELP, "Let me see || I would like the second option please."),
    line("digits", Digits(7, 11), PHONE, "five five five | two one four | zero nine eight seven"),
    line("digits", Digits(7, 11), PHONE, "zero seven nine | four four six | one two | three eight"),
    line("digits", Digits(7, 11), PHONE, "it's six one seven | uh | nine zero zero | four two one five"),
    line(
        "digits",
        Digits(7, 11),
        PHONE,
        "my number is three zero three | five five | eight one | nine nine two",
    ),
    line("email", Email, EMAIL, "john dot smith | at example dot com"),
    line("email", Email, EMAIL, "it's anna underscore miller | at | mail dot example dot org"),
    line("email", Email, EMAIL, "info at | blue garden | dot net"),
    line("email", Email, EMAIL, "robert seven five | at | post office | dot co dot uk"),
    line("spelling", Name, SPELL, "S M I | T H"),
    line("spelling", Name, SPELL, "K O W | A L | S K I"),
    line("spelling", Name, SPELL, "It's B R A | U N | with a U"),
    line("spelling", Name, SPELL, "O | apostrophe | B R I E N"),
    line("date", Date, WHEN, "the twenty third of | October"),
    line("date", Date, WHEN, "um | next Thursday"),
    line("date", Date, WHEN, "maybe on Monday | the fourth of May"),
    line("date", Time, "At what time?", "at half past | seven in the evening"),
    line("short", YesNo, SURE, "Yes."),
    line("short", YesNo, SURE, "No."),
    line("short", YesNo, SURE, "Yes please."),
    line("short", Digits(1, 2), MANY, "Seven."),
    line("short", Digits(1, 2), MANY, "Two."),
    line("short", YesNo, SURE, "Uh | no thank you."),
];

static ENGLISH_OVER: [Over; 20] = [
    backchannel("mm-hm"),
    backchannel("yeah"),
    backchannel("okay"),
    backchannel("right"),
    backchannel("uh-huh"),
    backchannel("sure"),
    backchannel("I see"),
    backchannel("yes yes"),
    backchannel("okay good"),
    backchannel("oh right"),
    interruption("stop"),
    interruption("wait no"),
    interruption("hold on a second"),
    interruption("actually I have a question"),
    interruption("no that is not what I meant"),
    interruption("sorry can I say something"),
    interruption("excuse me I wanted to ask about the price of the larger one"),
    interruption("wait a moment please"),
    interruption("I don't need that I only want to know when it will arrive"),
    interruption("can we do that on another day instead"),
];

static SPANISH: [Line; 22] = [
    line(
        "request",
        Anything,
        "¿En qué puedo ayudarle?",
        "Quisiera reservar una mesa para cuatro personas el viernes.",
    ),
    line(
        "request",
        Anything,
        "¿En qué puedo ayudarle?",
        "Necesito cambiar la cita | para la semana que viene.",
    ),
    line("request", Anything, "¿En qué puedo ayudarle?", "¿Me puede decir el horario | de la tienda?"),
    line("request", Anything, "¿En qué puedo ayudarle?", "Mi pedido todavía no ha llegado."),
    line(
        "hesitation",
        Anything,
        "¿En qué puedo ayudarle?",
        "Quería eh | hablar con alguien de | este | de la factura.",
    ),
    line(
        "hesitation",
        Anything,
        "¿Qué ha pasado?",
        "Pues | eh | la impresora dejó de funcionar esta mañana.",
    ),
    line("hesitation", Anything, "¿Qué ha pasado?", "Es que | a ver | no puedo entrar con mi contraseña."),
    line("hesitation", Anything, "¿En qué puedo ayudarle?", "Tengo una pregunta sobre | eh | la garantía."),
    line(
        "restart",
        Anything,
        "¿Qué ha pasado?",
        "El paquete llegó | no perdón | la carta llegó a casa de mi vecino.",
    ),
    line("restart", Anything, "¿En qué puedo ayudarle?", "Quiero | necesito cancelar mi contrato."),
    line("thinking", Anything, "¿Qué ha pasado?", "La última vez fue || hace unas dos semanas."),
    line("thinking", Anything, "¿En qué puedo ayudarle?", "Busco un regalo para || mi hermana."),
    line(
        "digits",
        Digits(7, 11),
        "¿Cuál es su número de teléfono?",
        "seis uno dos | tres cuatro cinco | nueve ocho siete",
    ),
    line(
        "digits",
        Digits(7, 11),
        "¿Cuál es su número de teléfono?",
        "nueve uno cuatro | cinco cinco | dos uno | cero ocho",
    ),
    line("email", Email, "¿Cuál es su correo electrónico?", "maria punto lopez | arroba ejemplo punto com"),
    line("email", Email, "¿Cuál es su correo electrónico?", "info arroba | jardin azul | punto es"),
    line("date", Date, "¿Qué día le viene bien?", "el veintitrés de | octubre"),
    line("date", Date, "¿Qué día le viene bien?", "eh | el próximo jueves"),
    line("short", YesNo, "¿Lo confirmo?", "Sí."),
    line("short", YesNo, "¿Lo confirmo?", "No, gracias."),
    line("short", Digits(1, 2), "¿Cuántas personas?", "Siete."),
    line("short", YesNo, "¿Lo confirmo?", "Sí por favor."),
];

static SPANISH_OVER: [Over; 8] = [
    backchannel("ajá"),
    backchannel("sí"),
    backchannel("vale"),
    backchannel("claro"),
    interruption("espere"),
    interruption("no eso no"),
    interruption("perdone tengo una pregunta"),
    interruption("un momento quiero cambiar la fecha"),
];

static GERMAN: [Line; 22] = [
    line(
        "request",
        Anything,
        "Guten Tag, wie kann ich Ihnen helfen?",
        "Ich möchte einen Tisch für vier Personen reservieren.",
    ),
    line(
        "request",
        Anything,
        "Guten Tag, wie kann ich Ihnen helfen?",
        "Ich muss meinen Termin | auf nächste Woche verschieben.",
    ),
    line(
        "request",
        Anything,
        "Guten Tag, wie kann ich Ihnen helfen?",
        "Können Sie mir sagen | wann Sie geöffnet haben?",
    ),
    line(
        "request",
        Anything,
        "Guten Tag, wie kann ich Ihnen helfen?",
        "Meine Bestellung ist noch nicht angekommen.",
    ),
    line(
        "hesitation",
        Anything,
        "Guten Tag, wie kann ich Ihnen helfen?",
        "Ich wollte äh | mit jemandem über | ähm | meine Rechnung sprechen.",
    ),
    line(
        "hesitation",
        Anything,
        "Was ist passiert?",
        "Also | äh | der Drucker geht seit heute früh nicht mehr.",
    ),
    line(
        "hesitation",
        Anything,
        "Was ist passiert?",
        "Ich wollte mich | ähm | mit dem neuen Passwort anmelden und | das ging nicht.",
    ),
    line(
        "hesitation",
        Anything,
        "Guten Tag, wie kann ich Ihnen helfen?",
        "Ich habe eine Frage zur | äh | Garantie.",
    ),
    line(
        "restart",
        Anything,
        "Was ist passiert?",
        "Das Paket kam | nein Entschuldigung | der Brief kam beim Nachbarn an.",
    ),
    line(
        "restart",
        Anything,
        "Guten Tag, wie kann ich Ihnen helfen?",
        "Ich will | ich muss meinen Vertrag kündigen.",
    ),
    line("thinking", Anything, "Was ist passiert?", "Das letzte Mal war || vor etwa zwei Wochen."),
    line(
        "thinking",
        Anything,
        "Guten Tag, wie kann ich Ihnen helfen?",
        "Ich suche ein Geschenk für || meine Schwester.",
    ),
    line(
        "digits",
        Digits(7, 12),
        "Wie lautet Ihre Telefonnummer?",
        "null eins sieben | vier vier sechs | eins zwei | drei acht",
    ),
    line(
        "digits",
        Digits(7, 12),
        "Wie lautet Ihre Telefonnummer?",
        "null drei null | fünf fünf neun | acht eins zwei",
    ),
    line("email", Email, "Wie ist Ihre E-Mail-Adresse?", "anna punkt müller | at beispiel punkt de"),
    line("email", Email, "Wie ist Ihre E-Mail-Adresse?", "info at | blauer garten | punkt com"),
    line("date", Date, "Welcher Tag passt Ihnen?", "am dreiundzwanzigsten | Oktober"),
    line("date", Date, "Welcher Tag passt Ihnen?", "äh | nächsten Donnerstag"),
    line("short", YesNo, "Soll ich das buchen?", "Ja."),
    line("short", YesNo, "Soll ich das buchen?", "Nein danke."),
    line("short", Digits(1, 2), "Wie viele Personen?", "Sieben."),
    line("short", YesNo, "Soll ich das buchen?", "Ja bitte."),
];

static GERMAN_OVER: [Over; 8] = [
    backchannel("mhm"),
    backchannel("ja"),
    backchannel("okay"),
    backchannel("genau"),
    interruption("stopp"),
    interruption("nein das nicht"),
    interruption("Moment ich habe eine Frage"),
    interruption("Entschuldigung ich möchte den Tag ändern"),
];

static FRENCH: [Line; 22] = [
    line(
        "request",
        Anything,
        "Bonjour, que puis-je faire pour vous?",
        "Je voudrais réserver une table pour quatre personnes.",
    ),
    line(
        "request",
        Anything,
        "Bonjour, que puis-je faire pour vous?",
        "Je dois déplacer mon rendez-vous | à la semaine prochaine.",
    ),
    line(
        "request",
        Anything,
        "Bonjour, que puis-je faire pour vous?",
        "Pouvez-vous me dire | à quelle heure vous ouvrez?",
    ),
    line(
        "request",
        Anything,
        "Bonjour, que puis-je faire pour vous?",
        "Ma commande n'est pas encore arrivée.",
    ),
    line(
        "hesitation",
        Anything,
        "Bonjour, que puis-je faire pour vous?",
        "Je voulais euh | parler à quelqu'un de | euh | de ma facture.",
    ),
    line(
        "hesitation",
        Anything,
        "Que s'est-il passé?",
        "Alors | euh | l'imprimante ne marche plus depuis ce matin.",
    ),
    line(
        "hesitation",
        Anything,
        "Que s'est-il passé?",
        "J'ai essayé de | enfin | de me connecter et | ça n'a pas marché.",
    ),
    line(
        "hesitation",
        Anything,
        "Bonjour, que puis-je faire pour vous?",
        "J'ai une question sur | euh | la garantie.",
    ),
    line(
        "restart",
        Anything,
        "Que s'est-il passé?",
        "Le colis est | non pardon | la lettre est arrivée chez mon voisin.",
    ),
    line(
        "restart",
        Anything,
        "Bonjour, que puis-je faire pour vous?",
        "Je veux | je dois résilier mon contrat.",
    ),
    line("thinking", Anything, "Que s'est-il passé?", "La dernière fois c'était || il y a deux semaines."),
    line(
        "thinking",
        Anything,
        "Bonjour, que puis-je faire pour vous?",
        "Je cherche un cadeau pour || ma soeur.",
    ),
    line(
        "digits",
        Digits(7, 12),
        "Quel est votre numéro de téléphone?",
        "zéro six | douze | trente quatre | cinquante six | soixante",
    ),
    line(
        "digits",
        Digits(7, 12),
        "Quel est votre numéro de téléphone?",
        "zéro un | quatre deux | cinq cinq | huit neuf | sept trois",
    ),
    line("email", Email, "Quelle est votre adresse e-mail?", "marie point dupont | arobase exemple point fr"),
    line("email", Email, "Quelle est votre adresse e-mail?", "info arobase | jardin bleu | point com"),
    line("date", Date, "Quel jour vous convient?", "le vingt-trois | octobre"),
    line("date", Date, "Quel jour vous convient?", "euh | jeudi prochain"),
    line("short", YesNo, "Je confirme?", "Oui."),
    line("short", YesNo, "Je confirme?", "Non merci."),
    line("short", Digits(1, 2), "Combien de personnes?", "Sept."),
    line("short", YesNo, "Je confirme?", "Oui s'il vous plaît."),
];

static FRENCH_OVER: [Over; 8] = [
    backchannel("mm-hm"),
    backchannel("oui"),
    backchannel("d'accord"),
    backchannel("ah oui"),
    interruption("attendez"),
    interruption("non pas ça"),
    interruption("pardon j'ai une question"),
    interruption("un instant je voudrais changer la date"),
];

/// All scripts.
pub(crate) static SCRIPTS: [Script; 4] = [
    Script {
        language: "en",
        voices: [
            &[
                voice("en-us+m3", 165, 45),
                voice("en-gb+f2", 150, 55),
                voice("en-us+f4", 185, 50),
                voice("en-gb+m7", 140, 35),
            ],
            &[
                voice("en-us+f3", 170, 50),
                voice("en-gb-scotland+m1", 155, 40),
                voice("en-us+m5", 145, 50),
                voice("en-gb-x-rp+f1", 190, 60),
            ],
        ],
        lines: &ENGLISH,
        over: &ENGLISH_OVER,
        monologue: "We have several rooms for you to choose from, the first one is on the second floor and looks \
                    over the garden, the other one is larger and has a balcony, breakfast is included in both, \
                    and you can park your car behind the house. Which one would you like?",
        open_question: HELP,
        number_question: PHONE,
    },
    Script {
        language: "es",
        voices: [
            &[
                voice("es+m3", 160, 45),
                voice("es+f4", 175, 50),
                voice("es+m7", 140, 40),
                voice("es-419+f2", 150, 55),
            ],
            &[
                voice("es+f3", 170, 50),
                voice("es+m5", 160, 45),
                voice("es+f1", 185, 60),
                voice("es-419+m1", 150, 40),
            ],
        ],
        lines: &SPANISH,
        over: &SPANISH_OVER,
        monologue: "Tenemos varias habitaciones, la primera está en el segundo piso y da al jardín, la otra es más \
                    grande y tiene balcón, el desayuno está incluido en las dos. ¿Cuál prefiere?",
        open_question: "¿En qué puedo ayudarle?",
        number_question: "¿Cuál es su número de teléfono?",
    },
    Script {
        language: "de",
        voices: [
            &[
                voice("de+m3", 160, 45),
                voice("de+f4", 175, 50),
                voice("de+m7", 140, 40),
                voice("de+f2", 150, 55),
            ],
            &[
                voice("de+f3", 170, 50),
                voice("de+m5", 160, 45),
                voice("de+f1", 185, 60),
                voice("de+m1", 150, 40),
            ],
        ],
        lines: &GERMAN,
        over: &GERMAN_OVER,
        monologue: "Wir haben mehrere Zimmer für Sie, das erste liegt im zweiten Stock und geht zum Garten, das andere \
                    ist größer und hat einen Balkon, das Frühstück ist bei beiden dabei. Welches möchten Sie?",
        open_question: "Guten Tag, wie kann ich Ihnen helfen?",
        number_question: "Wie lautet Ihre Telefonnummer?",
    },
    Script {
        language: "fr",
        voices: [
            &[
                voice("fr-fr+m3", 160, 45),
                voice("fr-fr+f4", 175, 50),
                voice("fr-fr+m7", 140, 40),
                voice("fr-fr+f2", 150, 55),
            ],
            &[
                voice("fr-fr+f3", 170, 50),
                voice("fr-fr+m5", 160, 45),
                voice("fr-fr+f1", 185, 60),
                voice("fr-fr+m1", 150, 40),
            ],
        ],
        lines: &FRENCH,
        over: &FRENCH_OVER,
        monologue: "Nous avons plusieurs chambres pour vous, la première est au deuxième étage et donne sur le jardin, \
                    l'autre est plus grande et a un balcon, le petit déjeuner est compris. Laquelle voulez-vous?",
        open_question: "Bonjour, que puis-je faire pour vous?",
        number_question: "Quel est votre numéro de téléphone?",
    },
];
