//! The store: whole files, safe names, damage contained.

use std::fs;
use std::path::Path;
use std::thread;

use rooh_agents::{AgentName, AgentSpec, AgentStore, Status, is_conflict};
use rooh_core::ErrorKind;

use crate::format::ARTICLE;

fn name(name: &str) -> AgentName {
    AgentName::new(name).unwrap()
}

fn spec(agent: &str) -> AgentSpec {
    AgentSpec::from_yaml(&format!("name: {agent}\nsystem_prompt: I am {agent}.")).unwrap()
}

fn store(folder: &Path) -> AgentStore {
    AgentStore::open(folder).unwrap()
}

fn file(folder: &Path, name: &str) -> std::path::PathBuf {
    folder.join("agents").join(name)
}

#[test]
fn an_agent_is_created_read_replaced_and_deleted() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path());
    store.create(&spec("desk")).unwrap();
    let stored = store.read(&name("desk")).unwrap();
    assert_eq!(stored.system_prompt, "I am desk.");
    let created_at = stored.created_at.clone().expect("the store stamps what has no date");

    let mut changed = spec("desk");
    changed.system_prompt = "Somebody else.".into();
    store.replace(&name("desk"), &changed).unwrap();
    let stored = store.read(&name("desk")).unwrap();
    assert_eq!(stored.system_prompt, "Somebody else.");
    assert_eq!(stored.created_at, Some(created_at));

    store.delete(&name("desk")).unwrap();
    assert_eq!(store.read(&name("desk")).unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(store.delete(&name("desk")).unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(store.replace(&name("desk"), &changed).unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(fs::read_dir(folder.path().join("agents")).unwrap().count(), 0);
}

#[test]
fn a_name_is_taken_whatever_its_case() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path());
    store.create(&spec("Desk")).unwrap();
    for taken in ["Desk", "desk"] {
        let error = store.create(&spec(taken)).unwrap_err();
        assert!(is_conflict(&error), "{error}");
        assert_eq!(error.context("existing"), Some("Desk"));
    }
    assert_eq!(store.read(&name("desk")).unwrap_err().kind(), ErrorKind::NotFound);
    let error = store.replace(&name("Desk"), &spec("desk")).unwrap_err();
    assert_eq!(error.context("path"), Some("name"));
}

#[test]
fn a_damaged_file_is_listed_and_hides_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path());
    store.create(&spec("good")).unwrap();
    fs::write(file(folder.path(), "bad.yaml"), "name: bad\nstatus: [").unwrap();
    fs::write(file(folder.path(), "binary.yaml"), [0xff, 0xfe, 0x00]).unwrap();
    fs::write(file(folder.path(), "other.yaml"), "name: another").unwrap();
    fs::write(file(folder.path(), "no name!.yaml"), "name: x").unwrap();
    fs::write(file(folder.path(), "notes.txt"), "not an agent").unwrap();
    fs::write(file(folder.path(), ".unfinished-x.yaml"), "name: x").unwrap();
    fs::write(file(folder.path(), "long.yaml"), "#".repeat(300 * 1024)).unwrap();
    fs::create_dir(file(folder.path(), "folder.yaml")).unwrap();
    let list = store.list().unwrap();
    let shown: Vec<(&str, bool)> =
        list.iter().map(|agent| (agent.name.as_str(), agent.spec.is_ok())).collect();
    assert_eq!(
        shown,
        [
            ("bad", false),
            ("binary", false),
            ("folder", false),
            ("good", true),
            ("long", false),
            ("no name!", false),
            ("other", false)
        ]
    );
    let error = list[0].spec.as_ref().unwrap_err();
    assert_eq!(error.context("line"), Some("2"), "{error}");
    // A damaged file can be replaced and deleted.
    store.replace(&name("bad"), &spec("bad")).unwrap();
    store.read(&name("bad")).unwrap();
    store.delete(&name("other")).unwrap();
}

#[cfg(unix)]
#[test]
fn links_and_pipes_are_refused() {
    use std::os::unix::fs::symlink;

    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path());
    fs::write(folder.path().join("outside"), "name: link").unwrap();
    symlink(folder.path().join("outside"), file(folder.path(), "link.yaml")).unwrap();
    let error = store.read(&name("link")).unwrap_err();
    assert!(error.to_string().contains("is a link"), "{error}");

    let other = tempfile::tempdir().unwrap();
    symlink(folder.path().join("agents"), other.path().join("agents")).unwrap();
    assert!(AgentStore::open(other.path()).unwrap_err().to_string().contains("link"));
}

#[cfg(unix)]
#[test]
fn a_folder_that_others_can_read_is_refused_with_the_fix() {
    use std::os::unix::fs::PermissionsExt;

    let folder = tempfile::tempdir().unwrap();
    drop(store(folder.path()));
    let open = |mode| fs::set_permissions(folder.path().join("agents"), fs::Permissions::from_mode(mode));
    open(0o755).unwrap();
    let error = AgentStore::open(folder.path()).unwrap_err();
    assert!(error.to_string().contains("chmod 700"), "{error}");
    open(0o700).unwrap();
    AgentStore::open(folder.path()).unwrap();
}

#[test]
fn one_agent_is_active_and_comments_stay() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path());
    let text = format!("# Ours.\n{}", ARTICLE.replace("status: active", "status: active # for now"));
    fs::write(file(folder.path(), "Voice-Agent-DCC.yaml"), &text).unwrap();
    fs::write(file(folder.path(), "flow.yaml"), "{name: flow}").unwrap();
    store.create(&spec("desk")).unwrap();
    assert_eq!(store.default_agent().unwrap().name, name("Voice-Agent-DCC"));

    let activated = store.activate(&name("desk")).unwrap();
    assert_eq!(activated.status, Status::Active);
    assert_eq!(store.default_agent().unwrap().name, name("desk"));
    let read = fs::read_to_string(file(folder.path(), "Voice-Agent-DCC.yaml")).unwrap();
    assert_eq!(read, text.replace("status: active", "status: inactive"));

    store.activate(&name("flow")).unwrap();
    let active: Vec<_> = store
        .list()
        .unwrap()
        .into_iter()
        .filter_map(|agent| agent.spec.ok())
        .filter(|spec| spec.status == Status::Active)
        .map(|spec| spec.name.to_string())
        .collect();
    assert_eq!(active, ["flow"]);
    assert_eq!(store.activate(&name("nobody")).unwrap_err().kind(), ErrorKind::NotFound);
}

#[test]
fn the_first_start_brings_reception_and_later_ones_do_not() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path());
    assert_eq!(store.default_agent().unwrap_err().kind(), ErrorKind::NotFound);
    assert!(store.ensure_default().unwrap());
    assert!(!store.ensure_default().unwrap());
    let reception = store.default_agent().unwrap();
    assert_eq!(reception.name, name("reception"));
    assert_eq!(reception.tools, ["end_call", "save_message"]);
    assert_eq!(reception.vad_threshold, 0.7);
    assert_eq!(reception, AgentSpec::reception());

    store.create(&spec("mine")).unwrap();
    store.delete(&name("reception")).unwrap();
    assert!(!store.ensure_default().unwrap(), "who deleted it does not want it back");
}

#[test]
fn of_many_writers_one_wins_and_every_file_is_whole() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path());
    let threads: Vec<_> = (0..8)
        .map(|i| {
            let store = store.clone();
            thread::spawn(move || {
                let mut agent = spec("desk");
                agent.system_prompt = format!("{i} ").repeat(2_000);
                let won = store.create(&agent).is_ok();
                for _ in 0..5 {
                    store.replace(&agent.name, &agent).unwrap();
                    let read = store.read(&agent.name).unwrap().system_prompt;
                    let first = read.split(' ').next().unwrap().to_owned();
                    assert_eq!(read, format!("{first} ").repeat(2_000));
                }
                won
            })
        })
        .collect();
    let won =
        threads.into_iter().filter(|_| true).map(|thread| thread.join().unwrap()).filter(|won| *won).count();
    assert_eq!(won, 1);
    assert_eq!(fs::read_dir(folder.path().join("agents")).unwrap().count(), 1);
}
