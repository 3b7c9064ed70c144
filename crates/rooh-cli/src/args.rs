//! The command line: what can be asked, and the help that teaches it.

use std::net::IpAddr;
use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};
use rooh_agents::PatienceSpec;
use rooh_core::floor::{BargeIn, Endpointing};

use crate::exit;

/// Voice agents that truly listen.
///
/// Without a command it starts the server: a web page to talk to agents and to make them.
#[derive(Debug, Parser)]
#[command(
    name = "rooh",
    version,
    after_long_help = exit::TABLE,
    max_term_width = 100,
    disable_help_subcommand = true
)]
pub(crate) struct Arguments {
    /// Where agents, secrets and messages lie; `~/.rooh` unless it is given.
    #[arg(long, global = true, env = "ROOH_DATA_DIR", value_name = "FOLDER", hide_env_values = true)]
    pub(crate) data_dir: Option<PathBuf>,

    /// What is logged to standard error: `error`, `warn`, `info`, `debug`, `trace`, or by part, such
    /// as `rooh_core=debug,warn`.
    #[arg(
        long,
        global = true,
        env = "ROOH_LOG",
        value_name = "FILTER",
        default_value = "warn",
        hide_env_values = true
    )]
    pub(crate) log: String,

    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

impl Arguments {
    /// Reads the command line; without a command, `serve` is meant, with all that it takes from
    /// the environment.
    ///
    /// Ends the program with code 2 if the command line is wrong, and with 0 for help.
    pub(crate) fn read() -> (Self, Command) {
        let mut arguments = Self::parse();
        if let Some(command) = arguments.command.take() {
            return (arguments, command);
        }
        let line = std::env::args_os().chain(["serve".into()]);
        let mut arguments = Self::parse_from(line);
        match arguments.command.take() {
            Some(command) => (arguments, command),
            None => Self::command().error(clap::error::ErrorKind::MissingSubcommand, "say what to do").exit(),
        }
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List, show, make, check, import, choose and delete agents.
    #[command(subcommand)]
    Agents(AgentsCommand),
    /// Talk to an agent by typing.
    Chat(ChatOptions),
    /// Say what is there, what is missing, and how to bring it.
    Doctor(DoctorOptions),
    /// Measure how well the agent tells thinking from having finished.
    #[command(subcommand)]
    Eval(EvalCommand),
    /// List, bring and verify what local providers need: model files and speech libraries.
    #[command(subcommand)]
    Models(ModelsCommand),
    /// List the providers of this program and their options.
    Providers(ProvidersOptions),
    /// Take the decisions of a recorded call again, and see what other settings had made of it.
    ///
    /// The file is what `rooh talk --events` writes. First every decision about turns is taken again
    /// under the settings of the recording, and compared; then each pause and each overlap is judged
    /// under the settings that are given here. No audio, no provider and no network is needed. Ends
    /// with 1 if this version decides otherwise than the recording.
    Replay(ReplayOptions),
    /// Set, list and delete the keys that agents use.
    #[command(subcommand)]
    Secrets(SecretsCommand),
    /// Start the server: a web page to talk to agents and to make them.
    ///
    /// It listens on this machine alone, and prints the address to open, with the token that signs
    /// the page in. Wider binds need `--bind-any`, a token in ROOH_TOKEN, and `--proxy`.
    Serve(ServeOptions),
    /// Play a WAV file to an agent, and write down what comes of it.
    ///
    /// The call runs on a virtual clock, as fast as this machine computes, and comes out the same
    /// each time; `--real-time` runs it in real time, as agents with a vendor's providers need it.
    Talk(TalkOptions),
}

#[derive(Debug, Subcommand)]
pub(crate) enum AgentsCommand {
    /// Make an agent the one that is taken where none is named.
    Activate {
        /// Its name.
        name: String,
    },
    /// Say everything that is wrong with agents; all of them if none is named.
    ///
    /// Every problem comes with its place in the file. Ends with 65 if something is wrong, with 69
    /// if nothing is but that providers are not there.
    #[command(after_long_help = "\
Examples:
  rooh agents check
  rooh agents check my-agent.yaml
  rooh agents check --json | jq '.[] | select(.problems != [])'")]
    Check {
        /// Names of agents, or files; a file is told by a slash or a dot.
        #[arg(value_name = "NAME|FILE")]
        agents: Vec<String>,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Delete an agent, and its keys with it.
    Delete {
        /// Its name.
        name: String,
        /// Do not ask.
        #[arg(long)]
        yes: bool,
    },
    /// Bring in agent files from elsewhere.
    ///
    /// Keys in the files go to the secrets of this machine and not into the agents. An agent that
    /// is there already stays, unless `--overwrite` is given.
    #[command(after_long_help = "\
Examples:
  rooh agents import ~/.roohai/agents
  rooh agents import my-agent.yaml --overwrite")]
    Import {
        /// A file, or a folder of `.yaml` files.
        #[arg(value_name = "FILE|FOLDER")]
        from: PathBuf,
        /// Replace agents that are there already.
        #[arg(long)]
        overwrite: bool,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// List all agents.
    List {
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Make an agent.
    ///
    /// It is a copy of another one, or of the one that comes with Rooh, with what is given here in
    /// the place of what was there.
    #[command(after_long_help = "\
Examples:
  rooh agents new desk
  rooh agents new bakery --llm ollama/gemma3:4b --greeting 'Good morning, the bakery.' \\
      --prompt 'You take orders for a bakery. Keep it short.'
  rooh agents new patient --from bakery --patience interview")]
    New(Box<NewOptions>),
    /// Print an agent's file.
    Show {
        /// Its name, or a file.
        #[arg(value_name = "NAME|FILE")]
        agent: String,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
}

#[derive(Args, Debug)]
pub(crate) struct NewOptions {
    /// Its name: letters, digits, hyphens and underscores.
    pub(crate) name: String,
    /// The agent to copy.
    #[arg(long, value_name = "NAME|FILE")]
    pub(crate) from: Option<String>,
    /// Who listens, such as `pocketsphinx` or `deepgram/nova-3`; see `rooh providers`.
    #[arg(long, value_name = "PROVIDER")]
    pub(crate) stt: Option<String>,
    /// Who thinks.
    #[arg(long, value_name = "PROVIDER")]
    pub(crate) llm: Option<String>,
    /// Who speaks.
    #[arg(long, value_name = "PROVIDER")]
    pub(crate) tts: Option<String>,
    /// Who notices speech.
    #[arg(long, value_name = "PROVIDER")]
    pub(crate) vad: Option<String>,
    /// Who the agent is and how it should speak.
    #[arg(long, value_name = "TEXT")]
    pub(crate) prompt: Option<String>,
    /// What it says first.
    #[arg(long, value_name = "TEXT")]
    pub(crate) greeting: Option<String>,
    /// The language, such as `en-GB`.
    #[arg(long, value_name = "TAG")]
    pub(crate) language: Option<String>,
    /// How patient it is: `quick`, `normal`, `interview`, a share such as `5%`, or milliseconds.
    #[arg(long, value_name = "PATIENCE")]
    pub(crate) patience: Option<String>,
}

#[derive(Args, Debug)]
#[command(after_long_help = "\
Examples:
  rooh chat
  rooh chat --agent my-agent.yaml
  printf 'hello\\nmy name is Ada\\n' | rooh chat --agent reception --json

Replies go to standard output, the rest to standard error. When standard input ends, so does the \
conversation, after the last reply.")]
pub(crate) struct ChatOptions {
    /// Which agent, by its name or its file; the active one unless it is given.
    #[arg(long, value_name = "NAME|FILE")]
    pub(crate) agent: Option<String>,
    /// Print every event as a JSON object on a line of its own.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args, Debug)]
pub(crate) struct DoctorOptions {
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum EvalCommand {
    /// Write the callers that are evaluated with as WAV files, with the truth about them.
    ///
    /// They are made of recorded prompts, which are under CC BY-SA 3.0, and so is what comes of them.
    Corpus {
        /// Where to write them.
        #[arg(long, value_name = "FOLDER")]
        out: PathBuf,
        #[command(flatten)]
        corpus: CorpusArguments,
    },
    /// Fit the weights of the signals on the part of the corpus that nothing is reported on.
    Fit {
        /// Write the weights as a Rust source file; they are printed otherwise.
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
        #[command(flatten)]
        corpus: CorpusArguments,
        #[command(flatten)]
        signals: SignalArguments,
    },
    /// Report cut-offs and delays in pauses, and what happens when both speak.
    #[command(after_long_help = "\
Examples:
  rooh eval turns
  rooh eval turns --json turns.json --svg turns.svg
  rooh eval turns --most 100 --calls 40 --word-errors 0.1
  rooh eval turns --only overlaps --each overlaps.jsonl")]
    Turns(Box<EvalTurnsOptions>),
}

#[derive(Args, Debug)]
pub(crate) struct CorpusArguments {
    /// The same seed gives the same callers.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Only these languages, of en, es, de and fr.
    #[arg(long = "language", value_name = "TAG", value_parser = ["en", "es", "de", "fr"])]
    pub(crate) languages: Vec<String>,
    /// At most so many callers, spread over all kinds.
    #[arg(long, value_name = "COUNT")]
    pub(crate) most: Option<usize>,
    /// How often each sentence is said by each speaker, with other pauses and other noise.
    #[arg(long, value_name = "COUNT", default_value_t = 1)]
    pub(crate) variants: usize,
}

#[derive(Args, Debug)]
pub(crate) struct SignalArguments {
    /// Who notices speech.
    #[arg(long, value_name = "PROVIDER", default_value = "silero")]
    pub(crate) vad: String,
    /// Who judges how pauses sound; left away if it is not there.
    #[arg(long, value_name = "PROVIDER", default_value = "smart")]
    pub(crate) turn: String,
    /// Leave the judge of sounds away.
    #[arg(long)]
    pub(crate) no_turn: bool,
    /// The share of words that the recognizer mishears, from 0 to 1.
    #[arg(long, value_name = "SHARE", default_value_t = 0.0)]
    pub(crate) word_errors: f64,
    /// The recognizer writes punctuation and capital letters.
    #[arg(long)]
    pub(crate) punctuation: bool,
}

#[derive(Args, Debug)]
pub(crate) struct EvalTurnsOptions {
    #[command(flatten)]
    pub(crate) corpus: CorpusArguments,
    #[command(flatten)]
    pub(crate) signals: SignalArguments,
    /// How many callers also make whole calls; 0 for none, all if it is not given.
    #[arg(long, value_name = "COUNT")]
    pub(crate) calls: Option<usize>,
    /// The share of pauses in which the agent may cut a caller off, in percent, in whole calls.
    #[arg(long, value_name = "PERCENT", default_value_t = 5.0)]
    pub(crate) budget: f32,
    /// Also prepare answers before the end of a turn is certain, in whole calls.
    #[arg(long)]
    pub(crate) eager: bool,
    /// Only those who answer the agent, or only those who speak over it.
    #[arg(long, value_enum, value_name = "CALLERS")]
    pub(crate) only: Option<Callers>,
    /// Write the report as JSON.
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
    /// Write every whole call with what was heard and decided in it, one JSON object a line.
    #[arg(long, value_name = "JSONL")]
    pub(crate) each: Option<PathBuf>,
    /// Write every pause with what was known of it, one JSON object a line.
    #[arg(long, value_name = "JSONL")]
    pub(crate) pauses: Option<PathBuf>,
    /// Draw the curves.
    #[arg(long, value_name = "FILE")]
    pub(crate) svg: Option<PathBuf>,
}

/// Which callers of the corpus.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum Callers {
    /// Backchannels and interruptions.
    Overlaps,
    /// Answers to a question.
    Turns,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ModelsCommand {
    /// List them, whether each is there, and how to bring those that are not.
    List {
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Bring those that are missing, through the package manager of the system or through pip.
    ///
    /// Where packages may not be installed from here, it says which command to run, and ends with 69.
    Pull {
        /// Their names; all if none is given.
        names: Vec<String>,
        /// Take the one that is named from this file, wheel or folder; nothing is downloaded.
        #[arg(long, value_name = "PATH", requires = "names")]
        from: Option<PathBuf>,
    },
    /// Compare them with what was published.
    ///
    /// Ends with 65 if one differs, with 69 if one is not there.
    Verify {
        /// Their names; all if none is given.
        names: Vec<String>,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
}

#[derive(Args, Debug)]
#[command(after_long_help = "\
Examples:
  rooh providers
  rooh providers flite
  rooh providers --kind tts --json")]
pub(crate) struct ProvidersOptions {
    /// The name of a provider, to see its options.
    pub(crate) name: Option<String>,
    /// Only this kind.
    #[arg(long, value_parser = ["llm", "realtime", "stt", "tts", "turn", "vad"])]
    pub(crate) kind: Option<String>,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args, Debug)]
#[command(after_long_help = "\
Examples:
  rooh talk --input caller.wav --events events.jsonl
  rooh replay events.jsonl
  rooh replay events.jsonl --patience quick
  rooh replay events.jsonl --patience 2% --max-wait 3000 --eager true
  rooh replay events.jsonl --barge-in hard_cut --json | jq .totals

Each pause is judged by itself, from what was known in the recording; what the agent would have said \
at another time, and the user have answered, is not in it. docs/replay.md says what follows from that.")]
pub(crate) struct ReplayOptions {
    /// The events of one call, one a line.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Be as patient as this: `quick`, `normal`, `interview`, the share of pauses that may be taken for
    /// an end, such as `2%`, or a pause in milliseconds.
    #[arg(long, value_name = "PATIENCE", value_parser = crate::replay::patience)]
    pub(crate) patience: Option<PatienceSpec>,
    /// Wait at least so long in a pause.
    #[arg(long, value_name = "MS", value_parser = clap::value_parser!(u64).range(100..=60_000))]
    pub(crate) min_wait: Option<u64>,
    /// Wait at most so long in a pause.
    #[arg(long, value_name = "MS", value_parser = clap::value_parser!(u64).range(100..=60_000))]
    pub(crate) max_wait: Option<u64>,
    /// Use these signals.
    #[arg(long, value_name = "MODE", value_parser = one_of(&ENDPOINTING))]
    pub(crate) endpointing: Option<Endpointing>,
    /// Prepare answers before the end of the turn is certain, or do not.
    #[arg(long, value_name = "BOOLEAN")]
    pub(crate) eager: Option<bool>,
    /// Give way like this when the user speaks over the agent.
    #[arg(long, value_name = "MODE", value_parser = one_of(&BARGE_IN))]
    pub(crate) barge_in: Option<BargeIn>,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// The ways to judge a pause, as agent files write them.
const ENDPOINTING: [(&str, Endpointing); 5] = [
    ("auto", Endpointing::Auto),
    ("acoustic", Endpointing::Acoustic),
    ("heuristic", Endpointing::Heuristic),
    ("semantic", Endpointing::Semantic),
    ("manual", Endpointing::Manual),
];

/// The ways to give way, as agent files write them.
const BARGE_IN: [(&str, BargeIn); 4] = [
    ("adaptive", BargeIn::Adaptive),
    ("hard_cut", BargeIn::HardCut),
    ("soft_fade", BargeIn::SoftFade),
    ("disabled", BargeIn::Disabled),
];

/// Reads one of these words.
fn one_of<T: Copy + Send + Sync>(words: &'static [(&'static str, T)]) -> impl TypedValueParser<Value = T> {
    let value = |text: String| words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
    PossibleValuesParser::new(words.iter().map(|(word, _)| *word))
        .try_map(move |text| value(text).ok_or("is none of these words"))
}

#[derive(Args, Debug)]
#[command(after_long_help = "\
Examples:
  rooh serve
  rooh serve --port 8080 --data-dir /var/lib/rooh
  ROOH_TOKEN=$(openssl rand -hex 32) rooh serve --host 0.0.0.0 --bind-any --proxy talk.example.org

SIGTERM and Ctrl-C stop it: calls go on until they end, for as long as `--drain` says.")]
pub(crate) struct ServeOptions {
    /// The address to listen on.
    #[arg(long, env = "ROOH_HOST", value_name = "ADDRESS", default_value = "127.0.0.1")]
    pub(crate) host: IpAddr,
    /// The port to listen on; 0 takes one that is free.
    #[arg(long, env = "ROOH_PORT", value_name = "PORT", default_value_t = 8000)]
    pub(crate) port: u16,
    /// Listen on addresses that other machines reach.
    #[arg(long)]
    pub(crate) bind_any: bool,
    /// The name under which a proxy that ends TLS serves it.
    #[arg(long, env = "ROOH_PROXY", value_name = "NAME")]
    pub(crate) proxy: Option<String>,
    /// How many seconds calls may go on once it was told to stop.
    #[arg(long, env = "ROOH_DRAIN", value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(0..=86_400))]
    pub(crate) drain: u64,
}

#[derive(Args, Debug)]
#[command(after_long_help = "\
Examples:
  rooh talk --input caller.wav
  rooh talk --agent my-agent.yaml --input caller.wav --output reply.wav
  rooh talk --input caller.wav --after-greeting --hang-up-after 4
  rooh talk --input caller.wav --record call.wav --events events.jsonl

`--record` is stereo, the caller left and the agent right. `--events` has one JSON object a line, \
with `at_ms` and `type`; docs/wire.md lists them, and `rooh replay` takes the decisions of the call again \
from them, under other settings too.")]
pub(crate) struct TalkOptions {
    /// Which agent, by its name or its file; the active one unless it is given.
    #[arg(long, value_name = "NAME|FILE")]
    pub(crate) agent: Option<String>,
    /// What the caller says: a WAV file of any common rate and encoding.
    #[arg(long, value_name = "WAV")]
    pub(crate) input: Option<PathBuf>,
    /// Start it once the agent's first words were heard, in place of speaking over them.
    ///
    /// For an agent that says nothing the caller waits as long as `--hang-up-after` says.
    #[arg(long)]
    pub(crate) after_greeting: bool,
    /// Write down what the caller hears.
    #[arg(long, value_name = "WAV")]
    pub(crate) output: Option<PathBuf>,
    /// Record both sides.
    #[arg(long, value_name = "WAV")]
    pub(crate) record: Option<PathBuf>,
    /// Write down every event.
    #[arg(long, value_name = "JSONL")]
    pub(crate) events: Option<PathBuf>,
    /// How many seconds of silence from the agent make the caller hang up, once the recording is over.
    #[arg(long, value_name = "SECONDS", default_value_t = 8, value_parser = clap::value_parser!(u64).range(1..=600))]
    pub(crate) hang_up_after: u64,
    /// Run in real time.
    #[arg(long)]
    pub(crate) real_time: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum SecretsCommand {
    /// Delete a key.
    Delete {
        /// The agent.
        agent: String,
        /// The model in the agent's file, or the stage (stt, llm, tts) that names its provider itself.
        model: String,
        /// The option, such as `api_key`.
        field: String,
    },
    /// List the keys of an agent: where each comes from, its last characters, its fingerprint.
    List {
        /// The agent.
        agent: String,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Set a key; it is read from standard input, so that it stands in no history of commands.
    #[command(after_long_help = "\
Examples:
  rooh secrets set bakery deepgram-nova-3 api_key
  pass show deepgram | rooh secrets set bakery deepgram-nova-3 api_key")]
    Set {
        /// The agent.
        agent: String,
        /// The model in the agent's file, or the stage (stt, llm, tts) that names its provider itself.
        model: String,
        /// The option, such as `api_key`.
        field: String,
    },
}
