//! Texts with slots in braces: `Thank you, {name}[ from {company}].`

use crate::digits;
use crate::names::capitalized;

/// A text with slots in it, checked when the dialogue is read.
#[derive(Clone, Debug, Default)]
pub(crate) struct Template {
    parts: Vec<Part>,
}

#[derive(Clone, Debug)]
enum Part {
    Text(String),
    Slot {
        place: Place,
        filters: Vec<Filter>,
    },
    /// Left out unless every slot in it has a value.
    Optional(Vec<Part>),
}

/// Where the value of a slot comes from.
#[derive(Clone, Debug)]
pub(crate) enum Place {
    /// A fixed text: a value of the dialogue.
    Fixed(String),
    /// A slot by its number.
    Slot(usize),
}

/// What is done to a value before it is said.
#[derive(Clone, Debug)]
enum Filter {
    Digits,
    First,
    Lower,
    Or(String),
    Title,
    Upper,
}

const FILTERS: &str = "digits, first, lower, or:TEXT, title, upper";

impl Template {
    /// Reads a text; `find` knows the names.
    ///
    /// Returns what is wrong in words.
    pub(crate) fn parse(text: &str, find: &dyn Fn(&str) -> Result<Place, String>) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut optional: Option<Vec<Part>> = None;
        let mut plain = String::new();
        let mut characters = text.chars().peekable();
        while let Some(character) = characters.next() {
            match character {
                // A doubled sign stands for itself.
                '{' | '}' | '[' | ']' if characters.peek() == Some(&character) => {
                    characters.next();
                    plain.push(character);
                }
                '{' => {
                    let mut inside = String::new();
                    loop {
                        match characters.next() {
                            Some('}') => break,
                            Some(character) => inside.push(character),
                            None => return Err("a brace is opened and not closed".to_owned()),
                        }
                    }
                    let target = optional.as_mut().unwrap_or(&mut parts);
                    push_text(target, &mut plain);
                    target.push(slot(&inside, find)?);
                }
                '[' => {
                    if optional.is_some() {
                        return Err("a part in brackets cannot hold another one".to_owned());
                    }
                    push_text(&mut parts, &mut plain);
                    optional = Some(Vec::new());
                }
                ']' => {
                    let mut inside = optional
                        .take()
                        .ok_or("a bracket is closed and was not opened; write ]] for a bracket")?;
                    push_text(&mut inside, &mut plain);
                    parts.push(Part::Optional(inside));
                }
                '}' => return Err("a brace is closed and was not opened; write }} for a brace".to_owned()),
                character => plain.push(character),
            }
        }
        if optional.is_some() {
            return Err("a bracket is opened and not closed".to_owned());
        }
        push_text(&mut parts, &mut plain);
        Ok(Self { parts })
    }

    /// The text with these values of the slots.
    pub(crate) fn render(&self, values: &[Option<String>]) -> String {
        let mut out = String::new();
        for part in &self.parts {
            part.render(values, &mut out);
        }
        out
    }

    /// The number of the slot, if the text is nothing but one slot.
    pub(crate) fn only_slot(&self) -> Option<usize> {
        match self.parts.as_slice() {
            [Part::Slot { place: Place::Slot(slot), filters }] if filters.is_empty() => Some(*slot),
            _ => None,
        }
    }
}

impl Part {
    fn render(&self, values: &[Option<String>], out: &mut String) {
        match self {
            Self::Text(text) => out.push_str(text),
            Self::Slot { place, filters } => {
                let mut value = place.value(values).to_owned();
                for filter in filters {
                    value = filter.apply(value);
                }
                out.push_str(&value);
            }
            Self::Optional(parts) => {
                let complete = parts.iter().all(|part| match part {
                    Self::Slot { place, .. } => !place.value(values).is_empty(),
                    _ => true,
                });
                if complete {
                    parts.iter().for_each(|part| part.render(values, out));
                }
            }
        }
    }
}

impl Place {
    fn value<'a>(&'a self, values: &'a [Option<String>]) -> &'a str {
        match self {
            Self::Fixed(text) => text,
            Self::Slot(slot) => values.get(*slot).and_then(Option::as_deref).unwrap_or(""),
        }
    }
}

impl Filter {
    fn apply(&self, value: String) -> String {
        match self {
            Self::Digits => digits::spoken(&value),
            Self::First => value.split_whitespace().next().unwrap_or("").to_owned(),
            Self::Lower => value.to_lowercase(),
            Self::Or(other) if value.is_empty() => other.clone(),
            Self::Or(_) => value,
            Self::Title => capitalized(&value),
            Self::Upper => value.to_uppercase(),
        }
    }
}

fn push_text(parts: &mut Vec<Part>, plain: &mut String) {
    if !plain.is_empty() {
        parts.push(Part::Text(std::mem::take(plain)));
    }
}

fn slot(inside: &str, find: &dyn Fn(&str) -> Result<Place, String>) -> Result<Part, String> {
    let mut pieces = inside.split('|');
    let place = find(pieces.next().unwrap_or("").trim())?;
    let filters = pieces
        .map(|filter| match filter.trim() {
            "digits" => Ok(Filter::Digits),
            "first" => Ok(Filter::First),
            "lower" => Ok(Filter::Lower),
            "title" => Ok(Filter::Title),
            "upper" => Ok(Filter::Upper),
            other => match filter.trim_start().strip_prefix("or:") {
                Some(text) => Ok(Filter::Or(text.to_owned())),
                None => Err(format!("there is no filter {other:?}; there are {FILTERS}")),
            },
        })
        .collect::<Result<_, _>>()?;
    Ok(Part::Slot { place, filters })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(name: &str) -> Result<Place, String> {
        match name {
            "name" => Ok(Place::Slot(0)),
            "number" => Ok(Place::Slot(1)),
            "company" => Ok(Place::Fixed("Acme".to_owned())),
            other => Err(format!("no {other}")),
        }
    }

    fn check(text: &str, rendered: &str) {
        let values = [Some("ann lee".to_owned()), None];
        let told = Template::parse(text, &find).map(|template| template.render(&values));
        assert_eq!(told.unwrap_or_else(|fault| fault), rendered);
    }

    #[test]
    fn slots_and_filters_are_filled_in() {
        check("Hi {name|first|title} of {company}.", "Hi Ann of Acme.");
        check("{number|or:no number}", "no number");
        check("Hi[ {name}][ on {number}].", "Hi ann lee.");
        check("{{name}} [[x]]", "{name} [x]");
    }

    #[test]
    fn mistakes_are_explained() {
        check("{nam}", "no nam");
        check(
            "{name|loud}",
            "there is no filter \"loud\"; there are digits, first, lower, or:TEXT, title, upper",
        );
        check("{name", "a brace is opened and not closed");
        check("[[[{name}", "a bracket is opened and not closed");
    }
}
