//! Bringing in a folder of files.

use std::fs;

use rooh_agents::{AgentName, AgentStore, Overwrite, Secrets};
use rooh_core::ErrorKind;

use crate::format::ARTICLE;
use crate::providers::registry;

#[test]
fn a_folder_is_brought_in_file_by_file() {
    let from = tempfile::tempdir().unwrap();
    let data = tempfile::tempdir().unwrap();
    let article = ARTICLE.replace("auth_mode: api_key", "api_key: canary-key-0001");
    fs::write(from.path().join("a.yaml"), &article).unwrap();
    fs::write(from.path().join("b.yml"), "pipeline: {tts: amy}\nmodels: {amy: {type: tts, class: piper, session_token: canary-2, max_tokens: 5}}").unwrap();
    fs::write(from.path().join("broken.yaml"), "name: [").unwrap();
    fs::write(from.path().join("notes.md"), "# no").unwrap();
    let store = AgentStore::open(data.path()).unwrap();
    let secrets = Secrets::open(data.path()).unwrap().environment(|_| None);

    let report = store.import(from.path(), &registry(), &secrets, Overwrite::No).unwrap();
    assert_eq!(report.len(), 3);
    let first = report[0].outcome.as_ref().unwrap();
    assert_eq!(first.name.as_str(), "Voice-Agent-DCC");
    assert_eq!(first.secrets, ["models.bedrock-claude.api_key"]);
    assert!(first.problems.is_none());
    let second = report[1].outcome.as_ref().unwrap();
    assert_eq!(second.name.as_str(), "b", "a file without a name is named after itself");
    assert_eq!(second.secrets, ["models.amy.session_token"]);
    assert!(second.problems.as_ref().unwrap().to_string().contains("tts-piper"));
    assert_eq!(report[2].outcome.as_ref().unwrap_err().kind(), ErrorKind::Config);

    let stored = fs::read_to_string(data.path().join("agents/Voice-Agent-DCC.yaml")).unwrap();
    assert!(!stored.contains("canary"), "{stored}");
    let name = AgentName::new("Voice-Agent-DCC").unwrap();
    let info = secrets.describe(&name, "bedrock-claude", "api_key").unwrap().unwrap();
    assert_eq!(info.last4.as_deref(), Some("0001"));

    // Once more: nothing is overwritten, secrets neither, until somebody says so.
    fs::write(from.path().join("a.yaml"), article.replace("0001", "0002").replace("concise", "brief"))
        .unwrap();
    let report = store.import(&from.path().join("a.yaml"), &registry(), &secrets, Overwrite::No).unwrap();
    assert!(report[0].outcome.as_ref().unwrap_err().to_string().contains("--overwrite"));
    assert_eq!(secrets.describe(&name, "bedrock-claude", "api_key").unwrap().unwrap(), info);
    let report = store.import(&from.path().join("a.yaml"), &registry(), &secrets, Overwrite::Yes).unwrap();
    assert!(report[0].outcome.is_ok());
    assert!(store.read(&name).unwrap().system_prompt.contains("brief"));
    assert_ne!(secrets.describe(&name, "bedrock-claude", "api_key").unwrap().unwrap(), info);
}

#[test]
fn a_folder_that_is_not_there_is_an_error() {
    let data = tempfile::tempdir().unwrap();
    let store = AgentStore::open(data.path()).unwrap();
    let secrets = Secrets::open(data.path()).unwrap();
    let error = store.import(&data.path().join("nowhere"), &registry(), &secrets, Overwrite::No).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}
