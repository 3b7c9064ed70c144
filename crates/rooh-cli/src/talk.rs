//! `rooh talk`: a WAV file calls an agent, and all that comes of it is written down.

mod files;
mod transcript;

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use rooh_agents::AgentSpec;
use rooh_core::agent::{Agent, SessionOptions};
use rooh_core::event::{EventKind, SessionEnd};
use rooh_core::options::ProviderRef;
use rooh_core::provider::Kind;
use rooh_core::registry::Registry;
use rooh_core::session::SessionId;
use rooh_core::stage::Recorder;
use rooh_transport_wav::{HangUp, StereoRecorder, WavCaller};
use tokio::runtime::{Builder, Runtime};

use crate::args::TalkOptions;
use crate::data::Data;
use crate::exit::{Exit, Failure, OrExit, Outcome, is_unavailable};
use crate::plain::one_line;
use crate::show::print;
use crate::talk::files::Files;
use crate::talk::transcript::Transcript;

pub(crate) fn run(data: &Data, options: &TalkOptions) -> Outcome {
    let Some(input) = &options.input else {
        return Err(Failure::new(
            Exit::Usage,
            "give a recording with `--input caller.wav`; to talk with microphone and speaker, rooh has to be \
             built with the feature `transport-local`, which this version does not have: `rooh serve` \
             talks through the browser",
        ));
    };
    let caller = files::read(input)?;
    let caller = WavCaller::new(&caller)
        .or_exit(Exit::Data)
        .map_err(|failure| failure.about(input.display()))?
        .after_greeting(options.after_greeting)
        .hang_up(HangUp { silence: Duration::from_secs(options.hang_up_after), ..HangUp::default() });
    let spec = data.agent(options.agent.as_deref())?;
    let real_time = options.real_time || needs_real_time(&spec, &data.registry);
    if real_time && !options.real_time {
        eprintln!("a provider of this agent is a vendor's: the call takes as long as it lasts");
    }
    let agent = data.builder(spec)?.build().or_unavailable(Exit::Data)?;
    let files = Files::create(options)?;
    let runtime = runtime(real_time)?;
    runtime.block_on(load(&agent))?;
    runtime.block_on(call(&agent, caller, files))
}

/// On the virtual clock nothing outside of this process is waited for: the clock runs ahead.
fn needs_real_time(spec: &AgentSpec, registry: &Registry) -> bool {
    let judge = spec.judge().into_iter();
    let others = spec.pipeline.fallbacks().chain(judge.map(|model| (Kind::Llm, model)));
    spec.pipeline.stages().chain(others).any(|(kind, stage)| {
        let class = spec.models.get(stage).map_or(stage, |model| model.class.as_str());
        let provider = class.parse::<ProviderRef>();
        provider
            .and_then(|provider| registry.find(kind, &provider.name))
            .is_ok_and(|provider| provider.info().cloud)
    })
}

fn runtime(real_time: bool) -> Outcome<Runtime> {
    let runtime = match real_time {
        true => Builder::new_multi_thread().enable_all().build(),
        false => Builder::new_current_thread().enable_all().start_paused(true).build(),
    };
    runtime.map_err(|error| Failure::new(Exit::Failure, error).about("the runtime does not start"))
}

/// Loads models before the call, so that the caller does not wait for them.
async fn load(agent: &Agent) -> Outcome {
    let bar = ProgressBar::new_spinner();
    let mut load = agent.load();
    while let Some(progress) = load.next().await {
        let progress = progress.or_unavailable(Exit::Failure)?;
        if let Some(error) = &progress.missing {
            bar.suspend(|| {
                eprintln!(
                    "warning: the agent goes on without {}: {}",
                    progress.what,
                    one_line(&error.to_string())
                );
            });
            continue;
        }
        let done = progress.done.map(|done| format!(" {:.0} %", done * 100.0)).unwrap_or_default();
        bar.set_message(format!("{}{done}", progress.what));
        bar.tick();
    }
    bar.finish_and_clear();
    Ok(())
}

async fn call(agent: &Agent, caller: WavCaller, mut files: Files) -> Outcome {
    let heard = caller.heard();
    let recorder = match files.record.take() {
        Some(file) => {
            Some(StereoRecorder::new(file, rooh_core::audio::AudioFormat::WIDEBAND).or_exit(Exit::Output)?)
        }
        None => None,
    };
    let recording = recorder.as_ref().map(StereoRecorder::recording);
    let started = Instant::now();
    let mut session = agent.start_with(
        caller,
        SessionOptions {
            // The same name each time, because the same call should come out the same.
            id: Some(SessionId::new("talk")),
            recorder: recorder.map(|recorder| Box::new(recorder) as Box<dyn Recorder>),
            // What `rooh replay` reads.
            trace_floor: files.takes_events(),
            ..SessionOptions::default()
        },
    );
    let bar = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}") {
        bar.set_style(style);
    }
    let mut transcript = Transcript::default();
    let mut failure = None;
    let mut reason = None;
    while let Some(event) = session.next().await {
        files.event(&event)?;
        if let Some(line) = transcript.line(&event) {
            bar.suspend(|| print(&line))?;
        }
        bar.set_message(event.at.to_string());
        bar.tick();
        match event.kind {
            EventKind::Failed { error, .. } => failure = Some(error),
            EventKind::SessionEnded { reason: why } => reason = Some(why),
            _ => {}
        }
    }
    bar.finish_and_clear();
    files.finish(&heard)?;
    if let Some(recording) = recording {
        recording.result().or_exit(Exit::Output)?;
    }
    print(&transcript.summary(heard.duration(), started.elapsed()))?;
    match (reason, failure) {
        (Some(SessionEnd::Failed), Some(error)) => {
            let exit = if is_unavailable(&error) { Exit::Unavailable } else { Exit::Failure };
            Err(Failure::new(exit, error))
        }
        (Some(SessionEnd::Failed), None) => Err(Failure::new(Exit::Failure, "the session failed")),
        _ => Ok(()),
    }
}
