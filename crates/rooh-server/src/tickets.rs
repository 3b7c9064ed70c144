//! One-use tickets for WebSockets: a page cannot put a token into that request.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use rooh_agents::AgentName;
use rooh_core::Result;
use tokio::time::Instant;

use crate::auth::{hex, random};

/// How long a ticket is good.
pub(crate) const GOOD_FOR: Duration = Duration::from_secs(30);

/// How many tickets are good at a time.
const MOST: usize = 10_000;

/// The tickets that were given out and not used.
#[derive(Debug, Default)]
pub(crate) struct Tickets {
    open: Mutex<HashMap<String, Ticket>>,
}

#[derive(Debug)]
struct Ticket {
    agent: AgentName,
    until: Instant,
}

impl Tickets {
    /// Gives out a ticket for a connection to `agent`; `None` if too many are out.
    ///
    /// # Errors
    ///
    /// The system has no randomness to give.
    pub(crate) fn issue(&self, agent: AgentName) -> Result<Option<String>> {
        let ticket = hex(&random::<32>()?);
        let now = Instant::now();
        let mut open = self.open.lock().expect("no panic happens under this lock");
        if open.len() >= MOST {
            open.retain(|_, ticket| now < ticket.until);
        }
        if open.len() >= MOST {
            return Ok(None);
        }
        open.insert(ticket.clone(), Ticket { agent, until: now + GOOD_FOR });
        Ok(Some(ticket))
    }

    /// Takes a ticket back; the agent that it is for, if it was good.
    pub(crate) fn redeem(&self, ticket: &str) -> Option<AgentName> {
        // Of 256 random bits nothing can be learned from how long a look-up takes.
        let ticket = self.open.lock().expect("no panic happens under this lock").remove(ticket)?;
        (Instant::now() < ticket.until).then_some(ticket.agent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_ticket_is_good_once_and_for_30_seconds() {
        let tickets = Tickets::default();
        let name = AgentName::new("reception").unwrap();
        let once = tickets.issue(name.clone()).unwrap().unwrap();
        assert_eq!(tickets.redeem(&once), Some(name.clone()));
        assert_eq!(tickets.redeem(&once), None);
        let late = tickets.issue(name).unwrap().unwrap();
        tokio::time::advance(GOOD_FOR).await;
        assert_eq!(tickets.redeem(&late), None);
        assert_eq!(tickets.redeem("made up"), None);
    }
}
