//! Where Ollama listens, in the ways in which people write it.

use std::net::Ipv6Addr;

/// Where Ollama listens unless it is told otherwise.
pub(crate) const DEFAULT: &str = "http://127.0.0.1:11434";
/// The port of an address that names neither a port nor a scheme.
const PORT: u16 = 11_434;

/// An address as `OLLAMA_HOST` may hold it, written out: scheme, host, port.
///
/// What listens on all addresses is asked on the loopback one.
pub(crate) fn written_out(text: &str) -> String {
    let text = text.trim().trim_matches(['"', '\'']);
    if text.is_empty() {
        return DEFAULT.to_owned();
    }
    let (scheme, rest) = text.split_once("://").unwrap_or(("http", text));
    let has_scheme = text.contains("://");
    let (host, path) = match rest.find('/') {
        Some(slash) => rest.split_at(slash),
        None => (rest, ""),
    };
    let bare = host.parse::<Ipv6Addr>().is_ok();
    let (name, port) = match host.rsplit_once(':') {
        // The colons of `::1` and `[::1]` are no ports.
        Some((name, port)) if !bare && !port.contains(']') => (name, Some(port)),
        _ => (host, None),
    };
    let name = match name {
        "" | "0.0.0.0" => "127.0.0.1".to_owned(),
        "::" | "[::]" => "[::1]".to_owned(),
        name if bare => format!("[{name}]"),
        name => name.to_owned(),
    };
    let port = match port.filter(|port| !port.is_empty()) {
        Some(port) => format!(":{port}"),
        None if has_scheme => String::new(),
        None => format!(":{PORT}"),
    };
    format!("{scheme}://{name}{port}{path}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(written_out(text), expected, "{text:?}");
    }

    #[test]
    fn an_address_is_read_as_ollama_reads_it() {
        check("", DEFAULT);
        check("  \"0.0.0.0\" ", DEFAULT);
        check("0.0.0.0:11434", DEFAULT);
        check(":8080", "http://127.0.0.1:8080");
        check("[::]", "http://[::1]:11434");
        check("::1", "http://[::1]:11434");
        check("[::1]:80", "http://[::1]:80");
        check("box", "http://box:11434");
        check("box:1", "http://box:1");
        check("http://box", "http://box");
        check("http://0.0.0.0:11434/", "http://127.0.0.1:11434/");
        check("https://ollama.com", "https://ollama.com");
        check("https://example.com:8443/ollama", "https://example.com:8443/ollama");
        check("example.com/ollama", "http://example.com:11434/ollama");
    }
}
