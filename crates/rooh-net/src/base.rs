//! Where requests may go.

use std::borrow::Cow;
use std::fmt;

use reqwest::Url;
use rooh_core::{Error, ErrorKind, Result};

/// Where a connection may do without encryption.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Cleartext {
    /// Everywhere: somebody has said that the network between is their own.
    Anywhere,
    /// On this machine alone.
    #[default]
    Loopback,
}

/// The address of a vendor or of a server of one's own, under which all paths lie.
#[derive(Clone, Eq, PartialEq)]
pub struct BaseUrl {
    url: Url,
}

impl BaseUrl {
    /// Reads an address such as `https://api.example.com/v1`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] for what is no address of http or https, for one with a user, a
    /// password, a query or a fragment, and for http where `cleartext` forbids it. The address
    /// itself is not repeated: somebody may have put a key into it.
    pub fn parse(text: &str, cleartext: Cleartext) -> Result<Self> {
        let wrong = |what: &str| Error::new(ErrorKind::Config, what);
        let url = Url::parse(text.trim()).map_err(|error| {
            wrong("an address is written https://host, with a port and a path if need be")
                .with("found", error)
        })?;
        if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none_or(str::is_empty) {
            return Err(wrong("an address begins with https://, or with http:// on this machine"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(wrong("an address holds no user and no password; a key has an option of its own"));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(wrong("an address that paths are added to has no `?` and no `#`"));
        }
        let base = Self { url };
        if !base.is_encrypted() && !base.is_loopback() && cleartext == Cleartext::Loopback {
            return Err(
                wrong("http is for this machine alone; to another one it is https").with("host", base.host())
            );
        }
        Ok(base)
    }

    /// Whether it is this machine, by its name or address; no name is looked up.
    pub fn is_loopback(&self) -> bool {
        let host = self.host();
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        match bare.parse::<std::net::IpAddr>() {
            Ok(address) => address.to_canonical().is_loopback(),
            Err(_) => bare == "localhost" || bare.ends_with(".localhost"),
        }
    }

    /// Whether what is said stays between the two ends.
    pub fn is_encrypted(&self) -> bool {
        self.url.scheme() == "https"
    }

    /// The name or address of the machine.
    pub fn host(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }

    /// The address of `route` under it.
    pub(crate) fn join(&self, route: &Route) -> Url {
        let mut url = self.url.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(&route.segments);
        }
        if !route.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&route.query);
        }
        url
    }
}

/// A path and a query under an address. What a user has given is escaped, so that it stays the one
/// segment or the one value that it was meant to be.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Route {
    query: Vec<(Cow<'static, str>, String)>,
    segments: Vec<Cow<'static, str>>,
}

impl Route {
    /// A path such as `/v1/chat/completions`.
    pub fn new(path: &'static str) -> Self {
        let segments = path.split('/').filter(|segment| !segment.is_empty());
        Self { query: Vec::new(), segments: segments.map(Cow::Borrowed).collect() }
    }

    /// Adds one segment to the path. A dot or two, which would lead elsewhere, add nothing.
    #[must_use]
    pub fn segment(mut self, text: impl Into<String>) -> Self {
        self.segments.push(Cow::Owned(text.into()));
        self
    }

    /// Adds `name=value` to the query. A key does not belong here: addresses end up in logs.
    #[must_use]
    pub fn query(mut self, name: impl Into<Cow<'static, str>>, value: impl fmt::Display) -> Self {
        self.query.push((name.into(), value.to_string()));
        self
    }
}

impl From<&'static str> for Route {
    fn from(path: &'static str) -> Self {
        Self::new(path)
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.url.as_str().trim_end_matches('/'))
    }
}

impl fmt::Debug for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BaseUrl({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, allowed: bool) {
        let read = BaseUrl::parse(text, Cleartext::Loopback);
        assert_eq!(read.is_ok(), allowed, "{text}: {read:?}");
    }

    #[test]
    fn http_is_for_this_machine_alone() {
        check("https://api.example.com/v1", true);
        check("http://127.0.0.1:11434", true);
        check("http://127.8.9.10", true);
        check("http://[::1]:80/", true);
        check("http://[::ffff:127.0.0.1]/", true);
        check("http://localhost:1", true);
        check("http://LOCALHOST", true);
        // Odd ways to write the loopback address are still the loopback address.
        check("http://2130706433/", true);
        check("http://api.example.com", false);
        check("http://localhost.example.com", false);
        check("http://127.0.0.1.example.com", false);
        check("http://169.254.169.254", false);
        check("http://10.0.0.1", false);
        let far = "http://10.0.0.1:11434";
        assert!(BaseUrl::parse(far, Cleartext::Anywhere).is_ok_and(|base| !base.is_encrypted()));
    }

    #[test]
    fn what_is_no_address_is_refused_without_being_repeated() {
        for text in [
            "",
            "example.com",
            "ftp://x",
            "file:///x",
            "https://",
            "https://x?key=hidden",
            "https://x#hidden",
        ] {
            check(text, false);
        }
        for text in ["https://me:hidden@example.com", "https://hidden@example.com", "https://x?key=hidden"] {
            let error = BaseUrl::parse(text, Cleartext::Anywhere).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Config);
            assert!(!format!("{error} {error:?}").contains("hidden"), "{error}");
        }
    }

    #[test]
    fn paths_are_added_behind_the_one_that_is_there() {
        let join = |base: &str, route: Route| {
            BaseUrl::parse(base, Cleartext::Loopback).unwrap().join(&route).to_string()
        };
        let chat = || Route::new("/api/chat");
        assert_eq!(join("https://example.com", chat()), "https://example.com/api/chat");
        assert_eq!(join("https://example.com/", chat()), "https://example.com/api/chat");
        assert_eq!(join("https://example.com/proxy/v1/", chat()), "https://example.com/proxy/v1/api/chat");
    }

    #[test]
    fn what_a_user_gives_stays_one_segment_or_one_value() {
        let join = |route: Route| {
            BaseUrl::parse("https://a.test/v1", Cleartext::Loopback).unwrap().join(&route).to_string()
        };
        let voice = |name: &str| join(Route::new("/voices").segment(name));
        assert_eq!(voice("m:generate"), "https://a.test/v1/voices/m:generate");
        assert_eq!(voice("a/../b?c#d"), "https://a.test/v1/voices/a%2F..%2Fb%3Fc%23d");
        assert_eq!(voice(".."), "https://a.test/v1/voices");
        assert_eq!(voice("%2e%2e"), "https://a.test/v1/voices/%252e%252e");
        let asked = Route::new("/listen").query("term", "Grüße & more").query("n", 3);
        assert_eq!(join(asked), "https://a.test/v1/listen?term=Gr%C3%BC%C3%9Fe+%26+more&n=3");
    }
}
