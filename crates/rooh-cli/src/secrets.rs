//! `rooh secrets`: keys that are set and described, never shown.

use std::io::{self, IsTerminal, Read, Write};

use rooh_agents::AgentName;
use rooh_core::options::Secret;
use serde_json::{Value, json};

use crate::args::SecretsCommand;
use crate::data::Data;
use crate::exit::{Exit, Failure, OrExit, Outcome};
use crate::show::{print, print_columns, print_json};

/// The longest key that is read.
const LONGEST: u64 = 64 * 1024;

pub(crate) fn run(data: &Data, command: SecretsCommand) -> Outcome {
    match command {
        SecretsCommand::Delete { agent, model, field } => {
            let agent = AgentName::new(agent).or_exit(Exit::Usage)?;
            data.secrets()?.delete(&agent, &model, &field).or_exit(Exit::Config)
        }
        SecretsCommand::List { agent, json } => list(data, &agent, json),
        SecretsCommand::Set { agent, model, field } => set(data, &agent, &model, &field),
    }
}

fn list(data: &Data, agent: &str, json: bool) -> Outcome {
    let agent = AgentName::new(agent).or_exit(Exit::Usage)?;
    let secrets = data.secrets()?;
    let mut rows = vec![["MODEL", "FIELD", "FROM", "ENDS IN", "FINGERPRINT"].map(str::to_owned).to_vec()];
    let mut values = Vec::new();
    for (model, field) in secrets.list(&agent).or_exit(Exit::Config)? {
        let Some(info) = secrets.describe(&agent, &model, &field).or_exit(Exit::Config)? else { continue };
        values.push(json!({
            "model": model,
            "field": field,
            "source": info.source.as_str(),
            "last4": info.last4,
            "fingerprint": info.fingerprint,
        }));
        let last4 = info.last4.unwrap_or_else(|| "-".to_owned());
        rows.push(vec![model, field, info.source.as_str().to_owned(), last4, info.fingerprint]);
    }
    if json { print_json(&Value::Array(values)) } else { print_columns(&rows) }
}

fn set(data: &Data, agent: &str, model: &str, field: &str) -> Outcome {
    let agent = AgentName::new(agent).or_exit(Exit::Usage)?;
    let store = data.store()?;
    store.ensure_default().or_exit(Exit::Config)?;
    // A key for an agent that is not there would wait for whoever takes the name.
    store.read(&agent).or_exit(Exit::Missing)?;
    let secrets = data.secrets()?;
    let secret = read(&format!("{model}.{field} of {agent}: "))?;
    secrets.set(&agent, model, field, secret).or_exit(Exit::Data)?;
    let info = secrets.describe(&agent, model, field).or_exit(Exit::Config)?;
    print(&format!("set, with fingerprint {}\n", info.map(|info| info.fingerprint).unwrap_or_default()))
}

/// Reads a key from standard input, without showing it on a terminal.
fn read(prompt: &str) -> Outcome<Secret> {
    let failed = |error: io::Error| Failure::new(Exit::Failure, error).about("the key cannot be read");
    let stdin = io::stdin();
    let mut text = String::new();
    if stdin.is_terminal() {
        let _hidden = Hidden::new();
        eprint!("{prompt}");
        io::stderr().flush().map_err(failed)?;
        stdin.read_line(&mut text).map_err(failed)?;
        eprintln!();
    } else {
        stdin.lock().take(LONGEST).read_to_string(&mut text).map_err(failed)?;
    }
    let secret = Secret::new(text.trim_end_matches(['\r', '\n']));
    if secret.is_empty() {
        return Err(Failure::new(Exit::Data, "the key is empty; give it on standard input"));
    }
    Ok(secret)
}

/// A terminal that does not show what is typed, until this is dropped.
struct Hidden {
    #[cfg(unix)]
    before: Option<rustix::termios::Termios>,
}

impl Hidden {
    #[cfg(unix)]
    fn new() -> Self {
        use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};

        let stdin = io::stdin();
        let before = tcgetattr(&stdin).ok();
        if let Some(before) = &before {
            let mut hidden = before.clone();
            hidden.local_modes.remove(LocalModes::ECHO);
            // A terminal that cannot hide shows; the key still gets there.
            let _ = tcsetattr(&stdin, OptionalActions::Now, &hidden);
        }
        Self { before }
    }

    #[cfg(not(unix))]
    fn new() -> Self {
        Self {}
    }
}

#[cfg(unix)]
impl Drop for Hidden {
    fn drop(&mut self) {
        use rustix::termios::{OptionalActions, tcsetattr};

        if let Some(before) = &self.before {
            // There is nobody to tell while unwinding.
            let _ = tcsetattr(io::stdin(), OptionalActions::Now, before);
        }
    }
}
