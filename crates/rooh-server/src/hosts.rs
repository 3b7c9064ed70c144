//! The names under which the server is reached, and pages that may write to it.

use std::net::{IpAddr, SocketAddr};

/// The names of this server, as the headers `Host` and `Origin` give them.
#[derive(Clone, Debug)]
pub(crate) struct Hosts {
    /// `127.0.0.1:8000`, `localhost:8000`, …; without a port where it is the usual one.
    hosts: Vec<String>,
    origins: Vec<String>,
}

impl Hosts {
    /// The names of a server that listens on `address`, behind the proxy of this name.
    pub(crate) fn new(address: SocketAddr, proxy: Option<&str>) -> Self {
        let port = address.port();
        let mut names = vec!["localhost".to_owned(), "127.0.0.1".to_owned(), "[::1]".to_owned()];
        match address.ip().to_canonical() {
            ip if ip.is_unspecified() => {}
            IpAddr::V4(ip) => names.push(ip.to_string()),
            IpAddr::V6(ip) => names.push(format!("[{ip}]")),
        }
        let mut hosts = Vec::new();
        let mut origins = Vec::new();
        for name in names {
            origins.push(format!("http://{name}:{port}"));
            hosts.push(format!("{name}:{port}"));
            if port == 80 {
                origins.push(format!("http://{name}"));
                hosts.push(name);
            }
        }
        if let Some(proxy) = proxy.map(str::to_ascii_lowercase) {
            origins.push(format!("https://{proxy}"));
            hosts.push(format!("{proxy}:443"));
            hosts.push(proxy);
        }
        Self { hosts, origins }
    }

    /// Whether a request for this host is meant for us; a page of a rebound name is not.
    pub(crate) fn knows(&self, host: &str) -> bool {
        self.hosts.iter().any(|known| known.eq_ignore_ascii_case(host))
    }

    /// Whether a page of this origin is ours.
    pub(crate) fn owns(&self, origin: &str) -> bool {
        self.origins.iter().any(|own| own == origin)
    }
}

/// Whether this is a host's name: letters, digits, hyphens and dots.
pub(crate) fn is_host_name(name: &str) -> bool {
    (1..=253).contains(&name.len())
        && name.split('.').all(|label| {
            (1..=63).contains(&label.len())
                && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
                && !label.starts_with('-')
                && !label.ends_with('-')
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_and_configured_names_with_our_port_are_ours() {
        let hosts = Hosts::new("127.0.0.1:8000".parse().unwrap(), Some("Talk.example.org"));
        for known in
            ["127.0.0.1:8000", "LOCALHOST:8000", "[::1]:8000", "talk.example.org", "talk.example.org:443"]
        {
            assert!(hosts.knows(known), "{known}");
        }
        for unknown in
            ["127.0.0.1", "localhost:80", "evil.test:8000", "talk.example.org:8000", "", "localhost:8000 "]
        {
            assert!(!hosts.knows(unknown), "{unknown}");
        }
        assert!(hosts.owns("http://localhost:8000"));
        assert!(hosts.owns("https://talk.example.org"));
        for foreign in ["null", "https://localhost:8000", "http://talk.example.org", "http://evil.test:8000"]
        {
            assert!(!hosts.owns(foreign), "{foreign}");
        }
    }
}
