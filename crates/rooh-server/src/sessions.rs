//! The sessions that go on, and the last ones that ended.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{SystemTime, UNIX_EPOCH};

use rooh_agents::AgentName;
use rooh_core::event::{Event, EventKind, SessionEnd, SessionState};
use rooh_core::session::{SessionHandle, SessionId};
use serde::Serialize;
use tokio::sync::watch;

/// How many ended sessions are remembered.
const MOST_ENDED: usize = 100;

/// The sessions of a server.
#[derive(Debug)]
pub(crate) struct Sessions {
    all: Mutex<All>,
    /// How many go on.
    live: watch::Sender<usize>,
}

#[derive(Debug, Default)]
struct All {
    live: BTreeMap<SessionId, Entry>,
    /// The newest last.
    ended: VecDeque<SessionView>,
    started: u64,
}

#[derive(Debug)]
struct Entry {
    view: SessionView,
    /// `None` until the client has said hello.
    handle: Option<SessionHandle>,
}

/// What may be told about a session.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct SessionView {
    pub(crate) id: String,
    pub(crate) agent: String,
    /// `idle`, `listening`, …
    pub(crate) state: &'static str,
    /// RFC 3339.
    pub(crate) started_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ended_at: Option<String>,
    /// Why it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reason: Option<&'static str>,
}

/// A session that goes on; dropping it takes it off the list.
#[derive(Debug)]
pub(crate) struct Registration {
    sessions: Arc<Sessions>,
    id: SessionId,
}

impl Default for Sessions {
    fn default() -> Self {
        Self { all: Mutex::default(), live: watch::Sender::new(0) }
    }
}

impl Sessions {
    /// A place for a session; `None` if there are `most` of them.
    pub(crate) fn enter(
        self: &Arc<Self>,
        id: SessionId,
        agent: &AgentName,
        most: usize,
    ) -> Option<Registration> {
        let mut all = self.lock();
        if all.live.len() >= most {
            return None;
        }
        let view = SessionView {
            id: id.to_string(),
            agent: agent.to_string(),
            state: SessionState::Idle.as_str(),
            started_at: rfc3339(SystemTime::now()),
            ended_at: None,
            reason: None,
        };
        all.live.insert(id.clone(), Entry { view, handle: None });
        all.started += 1;
        self.live.send_replace(all.live.len());
        Some(Registration { sessions: Arc::clone(self), id })
    }

    /// All of them: those that go on, then those that ended, the newest first.
    pub(crate) fn list(&self) -> Vec<SessionView> {
        let all = self.lock();
        let live = all.live.values().map(|entry| &entry.view);
        live.chain(all.ended.iter().rev()).cloned().collect()
    }

    /// The session of this name.
    pub(crate) fn read(&self, id: &str) -> Option<SessionView> {
        let all = self.lock();
        let live = all.live.get(&SessionId::new(id)).map(|entry| &entry.view);
        live.or_else(|| all.ended.iter().find(|ended| ended.id == id)).cloned()
    }

    /// What steers the session of this name; `None` if it does not go on.
    pub(crate) fn handle(&self, id: &str) -> Option<SessionHandle> {
        self.lock().live.get(&SessionId::new(id))?.handle.clone()
    }

    /// What steers the sessions of this agent.
    pub(crate) fn handles(&self, agent: &AgentName) -> Vec<SessionHandle> {
        let all = self.lock();
        let of_agent = all.live.values().filter(|entry| entry.view.agent == agent.as_str());
        of_agent.filter_map(|entry| entry.handle.clone()).collect()
    }

    /// Ends all sessions.
    pub(crate) fn end_all(&self) {
        let handles: Vec<_> = self.lock().live.values().filter_map(|entry| entry.handle.clone()).collect();
        handles.iter().for_each(SessionHandle::end);
    }

    /// How many go on, and how many have begun since the start.
    pub(crate) fn counts(&self) -> (usize, u64) {
        let all = self.lock();
        (all.live.len(), all.started)
    }

    /// Waits until no session goes on.
    pub(crate) async fn none_left(&self) {
        // The sender lives as long as `self`: there is no error.
        let _ = self.live.subscribe().wait_for(|live| *live == 0).await;
    }

    fn lock(&self) -> MutexGuard<'_, All> {
        self.all.lock().expect("no panic happens under this lock")
    }
}

impl Registration {
    /// Says what steers the session from now on.
    pub(crate) fn is_steered_by(&self, handle: SessionHandle) {
        if let Some(entry) = self.sessions.lock().live.get_mut(&self.id) {
            entry.handle = Some(handle);
        }
    }

    /// Takes note of what happened in the session.
    pub(crate) fn note(&self, event: &Event) {
        match event.kind {
            // It counts as closed once its connection is, together with when and why.
            EventKind::StateChanged(SessionState::Closed) => {}
            EventKind::StateChanged(state) => self.change(|view| view.state = state.as_str()),
            EventKind::SessionEnded { reason } => self.change(|view| view.reason = Some(reason.as_str())),
            _ => {}
        }
    }

    fn change(&self, change: impl FnOnce(&mut SessionView)) {
        if let Some(entry) = self.sessions.lock().live.get_mut(&self.id) {
            change(&mut entry.view);
        }
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        let mut all = self.sessions.lock();
        let Some(Entry { mut view, .. }) = all.live.remove(&self.id) else { return };
        view.state = SessionState::Closed.as_str();
        view.ended_at = Some(rfc3339(SystemTime::now()));
        // A session that never said why panicked, or its client never said hello.
        view.reason.get_or_insert(SessionEnd::Failed.as_str());
        all.ended.push_back(view);
        if all.ended.len() > MOST_ENDED {
            all.ended.pop_front();
        }
        self.sessions.live.send_replace(all.live.len());
    }
}

/// `2026-03-11T10:15:04Z`.
fn rfc3339(time: SystemTime) -> String {
    let seconds = time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let (days, of_day) = (seconds / 86_400, seconds % 86_400);
    // Years are counted from a March, so that the leap day is the last of its year.
    let shifted = days + 719_468;
    let era = shifted / 146_097;
    let of_era = shifted % 146_097;
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    let (hour, minute, second) = (of_day / 3_600, of_day / 60 % 60, of_day % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn moments_are_written_as_dates() {
        for (seconds, date) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_773_224_104, "2026-03-11T10:15:04Z"),
            (4_107_542_399, "2100-02-28T23:59:59Z"),
        ] {
            assert_eq!(rfc3339(UNIX_EPOCH + Duration::from_secs(seconds)), date);
        }
    }

    #[tokio::test]
    async fn sessions_come_and_go_and_the_last_are_remembered() {
        let sessions = Arc::new(Sessions::default());
        let agent = AgentName::new("reception").unwrap();
        let first = sessions.enter(SessionId::new("1"), &agent, 1).unwrap();
        assert!(sessions.enter(SessionId::new("2"), &agent, 1).is_none(), "full");
        assert_eq!(sessions.read("1").unwrap().state, "idle");
        first.change(|view| view.reason = Some("user_left"));
        drop(first);
        sessions.none_left().await;
        let ended = sessions.read("1").unwrap();
        assert_eq!((ended.state, ended.reason), ("closed", Some("user_left")));
        for number in 0..MOST_ENDED {
            drop(sessions.enter(SessionId::new(format!("more {number}")), &agent, 1));
        }
        assert_eq!(sessions.list().len(), MOST_ENDED);
        assert!(sessions.read("1").is_none());
    }
}
