//! How much of everything the server takes, and who has how many connections.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

/// How much of everything the server takes. Change it with `..Default::default()`.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The longest body of a request, in bytes; a longer one is answered with 413.
    pub body: usize,
    /// How long a body may take to arrive; then the answer is 408.
    pub body_time: Duration,
    /// How many connections there may be; more are answered with 503.
    pub connections: usize,
    /// How many of them may come from one address: an IPv4 address, or an IPv6 network of 64 bits.
    pub connections_per_address: usize,
    /// How long sessions may go on once the server was told to stop.
    pub drain: Duration,
    /// The longest head of a request, in bytes; a longer one is answered with 431.
    pub head: usize,
    /// How long a head may take to arrive, and how long a connection may be idle; then it is
    /// answered with 408 and closed.
    pub head_time: Duration,
    /// How many voices may be tried out at the same time.
    pub previews: usize,
    /// How many sessions there may be; more are answered with 503.
    pub sessions: usize,
    /// How many wrong tokens an address may send in a minute; then the answer is 429.
    pub wrong_tokens: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body: 1024 * 1024,
            body_time: Duration::from_secs(30),
            connections: 4_096,
            connections_per_address: 256,
            drain: Duration::from_secs(30),
            head: 16 * 1024,
            head_time: Duration::from_secs(10),
            previews: 2,
            sessions: 2_048,
            wrong_tokens: 10,
        }
    }
}

/// The connections that are open, by address.
#[derive(Debug, Default)]
pub(crate) struct Connections {
    open: Mutex<Open>,
}

#[derive(Debug, Default)]
struct Open {
    all: usize,
    by_address: HashMap<IpAddr, usize>,
}

/// A place for one connection; dropping it gives it back.
#[derive(Debug)]
pub(crate) struct Place {
    connections: Arc<Connections>,
    address: IpAddr,
}

impl Connections {
    /// A place for a connection from `address`, if there is one.
    pub(crate) fn enter(self: &Arc<Self>, address: IpAddr, limits: &Limits) -> Option<Place> {
        let address = network(address);
        let mut open = self.lock();
        if open.all >= limits.connections {
            return None;
        }
        let count = open.by_address.entry(address).or_default();
        if *count >= limits.connections_per_address {
            return None;
        }
        *count += 1;
        open.all += 1;
        Some(Place { connections: Arc::clone(self), address })
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.lock().all
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        self.open.lock().expect("no panic happens under this lock")
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.connections.lock();
        open.all -= 1;
        if let Some(count) = open.by_address.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                open.by_address.remove(&self.address);
            }
        }
    }
}

/// What counts as one address: of IPv6, the network that one customer gets.
pub(crate) fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6((v6.to_bits() & !u128::from(u64::MAX)).into()),
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_counted_by_address_and_given_back() {
        let connections = Arc::new(Connections::default());
        let limits = Limits { connections: 3, connections_per_address: 2, ..Limits::default() };
        let near: IpAddr = "127.0.0.1".parse().unwrap();
        let far: IpAddr = "192.0.2.1".parse().unwrap();
        let first = connections.enter(near, &limits);
        let _second = connections.enter(near, &limits).unwrap();
        assert!(connections.enter(near, &limits).is_none());
        let _third = connections.enter(far, &limits).unwrap();
        assert!(connections.enter(far, &limits).is_none(), "the house is full");
        drop(first);
        assert!(connections.enter(near, &limits).is_some());
    }

    #[test]
    fn an_ipv6_network_is_one_address() {
        let one = network("2001:db8::1".parse().unwrap());
        assert_eq!(one, network("2001:db8::ffff:1".parse().unwrap()));
        assert_ne!(one, network("2001:db8:0:1::1".parse().unwrap()));
        assert_eq!(network("::ffff:192.0.2.1".parse().unwrap()), "192.0.2.1".parse::<IpAddr>().unwrap());
    }
}
