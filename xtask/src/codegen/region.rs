//! The part of a file between two marker lines, which is generated while the rest is not.

/// How the two marker lines are written in one kind of file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Markers {
    before: &'static str,
    after: &'static str,
}

/// Markers in a manifest.
pub(crate) const TOML: Markers = Markers { before: "# ", after: "" };

/// Markers in a page of documentation.
pub(crate) const MARKDOWN: Markers = Markers { before: "<!-- ", after: " -->" };

/// `text` with `body` between the markers of the region `name`.
///
/// # Errors
///
/// A marker is missing.
pub(crate) fn replace(text: &str, markers: Markers, name: &str, body: &str) -> Result<String, String> {
    let Markers { before, after } = markers;
    let begin = format!("{before}codegen {name}{after}\n");
    let end = format!("{before}end of codegen{after}\n");
    let missing = |line: &str| format!("the line `{}` is missing", line.trim_end());
    let (head, rest) = text.split_once(&begin).ok_or_else(|| missing(&begin))?;
    let tail = rest.find(&end).map(|place| &rest[place..]).ok_or_else(|| missing(&end))?;
    Ok(format!("{head}{begin}{body}{tail}"))
}

/// `body` in a new region of a page of documentation.
pub(crate) fn enclose(name: &str, body: &str) -> String {
    let Markers { before, after } = MARKDOWN;
    format!("{before}codegen {name}{after}\n{body}{before}end of codegen{after}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_region_of_that_name_changes() {
        let text = "a\n# codegen x\nold\n# end of codegen\nb\n# codegen y\nkept\n# end of codegen\n";
        let expected = "a\n# codegen x\nnew\n# end of codegen\nb\n# codegen y\nkept\n# end of codegen\n";
        assert_eq!(replace(text, TOML, "x", "new\n").unwrap(), expected);
    }

    #[test]
    fn a_region_without_its_end_is_refused() {
        assert!(replace("# codegen x\n", TOML, "x", "").unwrap_err().contains("end of codegen"));
        assert!(replace("", MARKDOWN, "x", "").unwrap_err().contains("<!-- codegen x -->"));
    }
}
