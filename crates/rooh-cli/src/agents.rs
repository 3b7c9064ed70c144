//! `rooh agents`: the agents of the data directory.

use std::fs;
use std::io::{self, BufRead, IsTerminal, Write};
use std::path::Path;

use rooh_agents::{AgentName, AgentSpec, Host, Overwrite, Secrets, is_conflict};
use rooh_core::Error;
use rooh_core::agent::AgentBuilder;
use serde_json::{Value, json};
use tokio::runtime::Builder;

use crate::args::{AgentsCommand, NewOptions};
use crate::data::{Data, is_file};
use crate::exit::{Exit, Failure, OrExit, Outcome, is_unavailable};
use crate::plain::one_line;
use crate::show::{print, print_columns, print_json, problem, problems};

pub(crate) fn run(data: &Data, command: AgentsCommand) -> Outcome {
    match command {
        AgentsCommand::Activate { name } => activate(data, &name),
        AgentsCommand::Check { agents, json } => check(data, &agents, json),
        AgentsCommand::Delete { name, yes } => delete(data, &name, yes),
        AgentsCommand::Import { from, overwrite, json } => import(data, &from, overwrite, json),
        AgentsCommand::List { json } => list(data, json),
        AgentsCommand::New(options) => new(data, *options),
        AgentsCommand::Show { agent, json } => show(data, &agent, json),
    }
}

fn list(data: &Data, json: bool) -> Outcome {
    let store = data.store()?;
    store.ensure_default().or_exit(Exit::Config)?;
    let agents = store.list().or_exit(Exit::Config)?;
    if json {
        let list = agents.iter().map(|agent| match &agent.spec {
            Ok(spec) => spec.to_json(),
            Err(error) => json!({ "name": agent.name, "problems": problems(error) }),
        });
        return print_json(&Value::Array(list.collect()));
    }
    let mut rows = vec![["NAME", "STATUS", "LISTENS", "THINKS", "SPEAKS"].map(str::to_owned).to_vec()];
    for agent in agents {
        rows.push(match agent.spec {
            Ok(spec) => {
                let stage = |stage: &Option<String>| one_line(stage.as_deref().unwrap_or("-"));
                let status = spec.status.as_str().to_owned();
                let pipeline = &spec.pipeline;
                vec![agent.name, status, stage(&pipeline.stt), stage(&pipeline.llm), stage(&pipeline.tts)]
            }
            Err(_) => vec![one_line(&agent.name), "damaged: see `rooh agents check`".to_owned()],
        });
    }
    print_columns(&rows)
}

fn show(data: &Data, agent: &str, json: bool) -> Outcome {
    let spec = data.agent(Some(agent))?;
    if json {
        return print_json(&spec.to_json());
    }
    // As it was written, with all comments.
    let file = if is_file(agent) { agent.into() } else { data.store()?.path(&spec.name) };
    let text = fs::read_to_string(&file).map_err(|error| Failure::new(Exit::Missing, error))?;
    print(&text)
}

fn new(data: &Data, options: NewOptions) -> Outcome {
    let name = AgentName::new(options.name).or_exit(Exit::Usage)?;
    let mut file = match &options.from {
        Some(from) => data.agent(Some(from))?,
        None => AgentSpec::reception(),
    }
    .to_json();
    file["name"] = name.as_str().into();
    file["status"] = "created".into();
    if let Some(file) = file.as_object_mut() {
        file.remove("created_at");
    }
    let mut used: Vec<String> = Vec::new();
    let stages = [("stt", options.stt), ("llm", options.llm), ("tts", options.tts), ("vad", options.vad)];
    for (stage, provider) in stages {
        if let Some(provider) = provider {
            file["pipeline"][stage] = provider.into();
        }
        used.extend(file["pipeline"][stage].as_str().map(str::to_owned));
    }
    for stage in ["turn", "completeness"] {
        used.extend(file["pipeline"][stage].as_str().map(str::to_owned));
    }
    // What the copy does not use any more would only puzzle its reader.
    if let Some(models) = file["models"].as_object_mut() {
        models.retain(|name, _| used.contains(name));
    }
    let texts =
        [("system_prompt", options.prompt), ("greeting", options.greeting), ("language", options.language)];
    for (key, text) in texts {
        if let Some(text) = text {
            file[key] = text.into();
        }
    }
    if let Some(patience) = options.patience {
        if let Some(pipeline) = file["pipeline"].as_object_mut() {
            pipeline.remove("silence_duration_ms");
        }
        file["patience"] = patience.into();
    }
    let spec = AgentSpec::from_json(&file).or_exit(Exit::Usage)?;
    spec.check(&data.registry, &data.secrets()?).or_unavailable(Exit::Usage)?;
    let store = data.store()?;
    store.create(&spec).map_err(|error| {
        Failure::new(if is_conflict(&error) { Exit::Output } else { Exit::Config }, error)
    })?;
    print(&format!("{}\n", store.path(&spec.name).display()))
}

/// What is wrong with one agent, and what comes out otherwise than somebody might think.
struct Checked {
    agent: String,
    error: Option<Error>,
    warnings: Vec<Error>,
}

impl Checked {
    fn new(data: &Data, secrets: &Secrets, agent: String, spec: rooh_core::Result<AgentSpec>) -> Self {
        let checked = spec.and_then(|spec| spec.check(&data.registry, secrets).map(|()| spec));
        match checked {
            Ok(spec) => Self { agent, error: None, warnings: warnings(data, secrets, spec) },
            Err(error) => Self { agent, error: Some(error), warnings: Vec::new() },
        }
    }
}

/// Of an agent that can be built: also whether its turn detector is there, because a call goes on
/// without it.
fn warnings(data: &Data, secrets: &Secrets, spec: AgentSpec) -> Vec<Error> {
    let mut warnings = spec.warnings(&data.registry);
    if spec.pipeline.turn.is_none() {
        return warnings;
    }
    let loaded = spec
        .into_builder(&data.registry, secrets, &Host::new(&data.folder))
        .and_then(AgentBuilder::build)
        .and_then(|agent| {
            let Some(turn) = agent.turn_detector() else { return Ok(()) };
            block_on(turn.load().collect()).map(drop)
        });
    warnings.extend(loaded.err().map(|error| error.at_path("pipeline.turn")));
    warnings
}

fn block_on<T>(work: impl Future<Output = rooh_core::Result<T>>) -> rooh_core::Result<T> {
    let runtime = Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| {
        Error::new(rooh_core::ErrorKind::Unexpected, "the runtime does not start").caused_by(error)
    })?;
    runtime.block_on(work)
}

fn check(data: &Data, agents: &[String], json: bool) -> Outcome {
    let store = data.store()?;
    let secrets = data.secrets()?;
    let mut all = Vec::new();
    if agents.is_empty() {
        store.ensure_default().or_exit(Exit::Config)?;
        for agent in store.list().or_exit(Exit::Config)? {
            all.push(Checked::new(data, &secrets, agent.name, agent.spec));
        }
    }
    for agent in agents {
        let spec = match is_file(agent) {
            true => rooh_agents::read_file(Path::new(agent)),
            false => AgentName::new(agent.as_str()).and_then(|name| store.read(&name)),
        };
        if let Err(error) = &spec
            && error.kind() == rooh_core::ErrorKind::NotFound
        {
            return Err(Failure::new(Exit::Missing, error));
        }
        all.push(Checked::new(data, &secrets, agent.clone(), spec));
    }
    if json {
        let list = all.iter().map(|checked| {
            let found = checked.error.as_ref().map_or_else(|| json!([]), problems);
            let warnings: Vec<Value> = checked.warnings.iter().map(problem).collect();
            json!({ "agent": checked.agent, "problems": found, "warnings": warnings })
        });
        print_json(&Value::Array(list.collect()))?;
    } else {
        for checked in &all {
            let name = one_line(&checked.agent);
            for warning in &checked.warnings {
                print(&format!("{name}: warning: {}\n", one_line(&warning.to_string())))?;
            }
            match &checked.error {
                None => print(&format!("{name}: fine\n"))?,
                Some(error) => {
                    for part in error.parts() {
                        print(&format!("{name}: {part}\n"))?;
                    }
                }
            }
        }
    }
    let errors: Vec<&Error> = all.iter().filter_map(|checked| checked.error.as_ref()).collect();
    match errors.iter().all(|error| is_unavailable(error)) {
        _ if errors.is_empty() => Ok(()),
        true => Err(Failure::silent(Exit::Unavailable)),
        false => Err(Failure::silent(Exit::Data)),
    }
}

fn import(data: &Data, from: &Path, overwrite: bool, json: bool) -> Outcome {
    let overwrite = if overwrite { Overwrite::Yes } else { Overwrite::No };
    let (store, secrets) = (data.store()?, data.secrets()?);
    let report = store.import(from, &data.registry, &secrets, overwrite).or_exit(Exit::Missing)?;
    let failed = report.iter().any(|file| file.outcome.is_err());
    if json {
        let list = report.iter().map(|file| {
            let path = file.file.display().to_string();
            match &file.outcome {
                Ok(agent) => json!({
                    "file": path,
                    "agent": agent.name.as_str(),
                    "secrets": agent.secrets,
                    "problems": agent.problems.as_ref().map_or_else(|| json!([]), problems),
                }),
                Err(error) => json!({ "file": path, "agent": null, "problems": problems(error) }),
            }
        });
        print_json(&Value::Array(list.collect()))?;
    } else {
        for file in &report {
            let path = one_line(&file.file.display().to_string());
            match &file.outcome {
                Ok(agent) => {
                    print(&format!("{path}: is now {}\n", agent.name))?;
                    for secret in &agent.secrets {
                        print(&format!("  {secret} was moved to the secrets\n"))?;
                    }
                    for problem in agent.problems.iter().flat_map(|problem| problem.parts()) {
                        print(&format!("  {problem}\n"))?;
                    }
                }
                Err(error) => print(&format!("{path}: was not brought in: {error}\n"))?,
            }
        }
        if report.is_empty() {
            print("there is no .yaml file\n")?;
        }
    }
    if failed { Err(Failure::silent(Exit::Data)) } else { Ok(()) }
}

fn activate(data: &Data, name: &str) -> Outcome {
    let name = AgentName::new(name).or_exit(Exit::Usage)?;
    let store = data.store()?;
    store.ensure_default().or_exit(Exit::Config)?;
    store.activate(&name).map_err(|error| {
        let missing = error.kind() == rooh_core::ErrorKind::NotFound;
        Failure::new(if missing { Exit::Missing } else { Exit::Data }, error)
    })?;
    print(&format!("{name} is taken where no agent is named\n"))
}

fn delete(data: &Data, name: &str, yes: bool) -> Outcome {
    let name = AgentName::new(name).or_exit(Exit::Usage)?;
    let store = data.store()?;
    let secrets = data.secrets()?;
    if !yes && !confirmed(&name)? {
        return Err(Failure::new(Exit::Usage, format!("{name} was not deleted")));
    }
    store.delete(&name).or_exit(Exit::Missing)?;
    secrets.delete_agent(&name).or_exit(Exit::Config)?;
    print(&format!("{name} is deleted, with its keys\n"))
}

fn confirmed(name: &AgentName) -> Outcome<bool> {
    if !io::stdin().is_terminal() {
        return Err(Failure::new(Exit::Usage, "nobody is there to ask; give `--yes` to delete"));
    }
    eprint!("Delete {name} and its keys? [y/N] ");
    // A prompt that cannot be shown is answered with no.
    let _ = io::stderr().flush();
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer).map_err(|error| Failure::new(Exit::Failure, error))?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}
