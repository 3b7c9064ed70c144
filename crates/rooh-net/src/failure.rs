//! What went wrong, as what the caller can do about it.

use std::error::Error as StdError;
use std::io;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use reqwest::StatusCode;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use rooh_core::{Error, ErrorKind};
use serde_json::Value;

/// How much of what a vendor says about an error is told on, in characters: a few sentences.
const TOLD: usize = 300;
/// The longest wait that is believed: a day. Longer than that is a mistake or a ban.
const LONGEST_WAIT: Duration = Duration::from_secs(24 * 60 * 60);

/// An error of the connection.
pub(crate) fn of_connection(vendor: &str, error: &reqwest::Error) -> Error {
    let (cause, said) = cause(error);
    if error.is_timeout() {
        return timed_out(vendor, "connect");
    }
    let message = match cause {
        "dns" => format!("the address of {vendor} was not found"),
        "refused" => format!("nothing listens at the address of {vendor}"),
        "tls" => format!("no safe connection to {vendor}"),
        _ if error.is_connect() => format!("no connection to {vendor}"),
        _ => format!("the connection to {vendor} broke"),
    };
    Error::new(ErrorKind::Network, message).with("cause", cause).with("found", said)
}

/// Nothing came in time.
pub(crate) fn timed_out(vendor: &str, waiting_for: &str) -> Error {
    Error::new(ErrorKind::Timeout, format!("{vendor} did not answer in time"))
        .with("cause", "timeout")
        .with("waiting for", waiting_for)
}

/// What came is the beginning of something.
pub(crate) fn broke(vendor: &str, what: &str) -> Error {
    Error::new(ErrorKind::Network, format!("the connection to {vendor} broke"))
        .with("cause", "broken")
        .with("found", what)
}

/// What the vendor said is nothing that its protocol allows.
pub(crate) fn malformed(vendor: &str, what: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::Protocol, format!("{vendor} sent what its protocol does not allow"))
        .with("found", what)
}

/// The cause in one word, and the innermost error in its own words; neither holds the address.
fn cause(error: &reqwest::Error) -> (&'static str, String) {
    let mut word = "broken";
    let mut last = String::new();
    let mut next = error.source();
    while let Some(source) = next {
        last = source.to_string();
        if last.starts_with("dns error") {
            word = "dns";
        }
        if source.is::<rustls::Error>() {
            word = "tls";
        }
        // An `io::Error` hides what it wraps from `source`.
        let io = source.downcast_ref::<io::Error>();
        if io.is_some_and(|error| error.kind() == io::ErrorKind::ConnectionRefused) {
            word = "refused";
        }
        next = match io.and_then(io::Error::get_ref) {
            Some(inner) => Some(inner),
            None => source.source(),
        };
    }
    if last.is_empty() {
        last = error_without_address(error);
    }
    (word, plain(&last))
}

fn error_without_address(error: &reqwest::Error) -> String {
    if error.is_connect() { "could not connect".to_owned() } else { "the message was cut off".to_owned() }
}

/// An answer whose status says that it is none.
pub(crate) fn of_status(vendor: &str, status: StatusCode, headers: &HeaderMap, said: &Said) -> Error {
    let kind = match status.as_u16() {
        401 | 403 => ErrorKind::Auth,
        404 => ErrorKind::NotFound,
        408 => ErrorKind::Timeout,
        429 => ErrorKind::RateLimited,
        400..=499 => ErrorKind::Config,
        500..=599 => ErrorKind::Network,
        _ => ErrorKind::Protocol,
    };
    let text = plain(&said.text);
    let message =
        if text.is_empty() { format!("{vendor} refused") } else { format!("{vendor} refused: {text}") };
    let mut error = Error::new(kind, message).with("status", status.as_u16());
    for (key, word) in [("code", &said.code), ("type", &said.kind)] {
        if let Some(word) = word {
            error = error.with(key, plain(word));
        }
    }
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    // Not in any standard, but finer where a vendor sends it.
    let finer =
        header("retry-after-ms").and_then(|value| value.trim().parse().ok()).map(Duration::from_millis);
    match finer.map(|wait| wait.min(LONGEST_WAIT)).or_else(|| retry_after(header(RETRY_AFTER.as_str())?)) {
        Some(wait) => error.wait(wait),
        None => error,
    }
}

/// What the body of an error says.
#[derive(Debug, Default, Eq, PartialEq)]
pub(crate) struct Said {
    /// The word for it that programs know: `error.code`, `code`, or `error.details.error_code`.
    pub(crate) code: Option<String>,
    /// The word for its kind: `error.type`, or `type`.
    pub(crate) kind: Option<String>,
    /// `error` as text, `error.message`, `message`, or the body itself.
    pub(crate) text: String,
}

impl Said {
    pub(crate) fn read(body: &[u8], mask: impl Fn(&str) -> String) -> Self {
        let text = String::from_utf8_lossy(body);
        let json: Value = serde_json::from_slice(body).unwrap_or_default();
        let first = |places: &[&Value]| places.iter().find_map(|value| value.as_str()).map(&mask);
        let (inner, outer) = (&json["error"], &json);
        Self {
            code: first(&[&inner["code"], &outer["code"], &inner["details"]["error_code"]]),
            kind: first(&[&inner["type"], &outer["type"]]),
            text: first(&[inner, &inner["message"], &outer["message"]]).unwrap_or_else(|| mask(&text)),
        }
    }
}

/// A vendor's words as one line of bounded length that no terminal or log takes for more.
///
/// Control characters and those that change the direction of writing become blanks; what stands
/// behind the first 300 characters is left out.
pub fn plain(text: &str) -> String {
    let mut line: String = text
        .trim()
        .chars()
        .map(|c| if c.is_control() || is_direction(c) { ' ' } else { c })
        .take(TOLD + 1)
        .collect();
    if let Some((at, _)) = line.char_indices().nth(TOLD) {
        line.truncate(at);
        line.push('…');
    }
    line
}

/// Characters that change the direction of what is written after them.
fn is_direction(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// How long to wait: seconds, or the date of RFC 9110 section 5.6.7.
fn retry_after(value: &str) -> Option<Duration> {
    let value = value.trim();
    let wait = match value.parse() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => {
            let now = SystemTime::now().duration_since(UNIX_EPOCH).ok()?;
            date(value)?.saturating_sub(now)
        }
    };
    Some(wait.min(LONGEST_WAIT))
}

/// A date such as `Sun, 06 Nov 1994 08:49:37 GMT`, since 1970.
fn date(text: &str) -> Option<Duration> {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let (_, rest) = text.split_once(", ")?;
    let words: Vec<&str> = rest.split(' ').collect();
    let [day, month, year, clock, "GMT"] = words.as_slice() else { return None };
    let day: u64 = day.parse().ok().filter(|day| (1..=31).contains(day))?;
    let month = MONTHS.iter().position(|name| name == month)? as u64 + 1;
    let year: u64 = year.parse().ok().filter(|year| (1970..=9999).contains(year))?;
    let mut parts = clock.split(':').map(|part| part.parse::<u64>().ok());
    let (hour, minute, second) = (parts.next()??, parts.next()??, parts.next()??);
    // Days before a year that begins in March, so that a leap day is its last.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = year * 365 + year / 4 - year / 100 + year / 400 + (month * 153 + 2) / 5 + day - 1;
    let since_1970 = days.checked_sub(719_468)?;
    Some(Duration::from_secs(((since_1970 * 24 + hour) * 60 + minute) * 60 + second))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(status: u16, kind: ErrorKind, transient: bool) {
        let said = Said::read(b"no", str::to_owned);
        let error = of_status("Acme", StatusCode::from_u16(status).unwrap(), &HeaderMap::new(), &said);
        assert_eq!((error.kind(), error.is_transient()), (kind, transient), "{status}");
    }

    #[test]
    fn a_status_says_what_the_caller_can_do() {
        check(302, ErrorKind::Protocol, false);
        check(400, ErrorKind::Config, false);
        check(401, ErrorKind::Auth, false);
        check(403, ErrorKind::Auth, false);
        check(404, ErrorKind::NotFound, false);
        check(408, ErrorKind::Timeout, true);
        check(422, ErrorKind::Config, false);
        check(429, ErrorKind::RateLimited, true);
        check(500, ErrorKind::Network, true);
        check(503, ErrorKind::Network, true);
    }

    #[test]
    fn the_wait_of_a_vendor_is_kept() {
        assert_eq!(retry_after("7"), Some(Duration::from_secs(7)));
        assert_eq!(retry_after(" 0 "), Some(Duration::ZERO));
        assert_eq!(retry_after("99999999999"), Some(LONGEST_WAIT));
        assert_eq!(retry_after("Sun, 06 Nov 1994 08:49:37 GMT"), Some(Duration::ZERO));
        assert_eq!(retry_after("Fri, 31 Dec 9999 23:59:59 GMT"), Some(LONGEST_WAIT));
        for wrong in ["", "-1", "soon", "1.5", "Sun, 06 Nov 1994", "Sun, 99 Nov 1994 08:49:37 GMT"] {
            assert_eq!(retry_after(wrong), None, "{wrong}");
        }
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, "2".parse().unwrap());
        let refused = |headers: &HeaderMap| {
            of_status("Acme", StatusCode::TOO_MANY_REQUESTS, headers, &Said::default()).retry_after()
        };
        assert_eq!(refused(&headers), Some(Duration::from_secs(2)));
        headers.insert("retry-after-ms", "250".parse().unwrap());
        assert_eq!(refused(&headers), Some(Duration::from_millis(250)));
        headers.insert("retry-after-ms", "soon".parse().unwrap());
        assert_eq!(refused(&headers), Some(Duration::from_secs(2)));
    }

    #[test]
    fn a_date_is_counted_from_1970() {
        let seconds = |text| date(text).map(|since| since.as_secs());
        assert_eq!(seconds("Thu, 01 Jan 1970 00:00:00 GMT"), Some(0));
        assert_eq!(seconds("Sun, 06 Nov 1994 08:49:37 GMT"), Some(784_111_777));
        assert_eq!(seconds("Tue, 29 Feb 2000 12:00:00 GMT"), Some(951_825_600));
    }

    #[test]
    fn a_vendors_words_are_one_plain_line() {
        let said = |body: &[u8]| Said::read(body, |text| text.replace("4711", "…"));
        let text = |body: &[u8]| said(body).text;
        assert_eq!(text(br#"{"error":"model 'x' not found"}"#), "model 'x' not found");
        assert_eq!(text(br#"{"error":{"message":"no key 4711"}}"#), "no key …");
        assert_eq!(text(b"Bad Gateway"), "Bad Gateway");
        let quota = said(br#"{"error":{"message":"pay","type":"billing","code":"insufficient_quota"}}"#);
        assert_eq!(
            (quota.code.as_deref(), quota.kind.as_deref()),
            (Some("insufficient_quota"), Some("billing"))
        );
        let deep = said(br#"{"error":{"type":"a","details":{"error_code":"b"}}}"#);
        assert_eq!((deep.code.as_deref(), deep.kind.as_deref()), (Some("b"), Some("a")));
        let flat = said(br#"{"object":"error","message":"no","type":"NotFoundError","code":404}"#);
        assert_eq!(
            (flat.code, flat.kind.as_deref(), flat.text.as_str()),
            (None, Some("NotFoundError"), "no")
        );
        let forged = plain("one\r\n2026-01-01 ERROR two\u{1b}[31m \u{202e}three");
        assert!(!forged.contains(|c: char| c.is_control() || is_direction(c)), "{forged:?}");
        assert_eq!(plain(&"ü".repeat(1_000)).chars().count(), TOLD + 1);
    }
}
