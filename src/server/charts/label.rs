//! Text in a drawing: how wide it is at most, how it is escaped, and how it is written. Not what it says.

use std::fmt::Write as _;

use super::ink::Ink;

/// The height of all text but headings, in CSS pixels.
pub(super) const FONT_SIZE: u16 = 12;

/// Which point of a text lies at its x.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// One line of text.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Label {
    pub text: String,
    pub x: f64,
    /// Of its baseline.
    pub y: f64,
    pub anchor: Anchor,
    pub fill: &'static str,
}

/// The room that something takes, in CSS pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Bounds {
    pub left: f64,
    pub right: f64,
    pub top: f64,
    pub bottom: f64,
}

impl Bounds {
    pub fn contains(&self, x: f64, y: f64) -> bool {
        (self.left..=self.right).contains(&x) && (self.top..=self.bottom).contains(&y)
    }
}

impl Label {
    /// The usual colour of labels.
    pub const QUIET: &'static str = "var(--ink-3)";

    /// The room that it takes at most.
    pub fn bounds(&self) -> Bounds {
        let width = f64::from(width(&self.text));
        let left = match self.anchor {
            Anchor::Start => self.x,
            Anchor::Middle => self.x - width / 2.0,
            Anchor::End => self.x - width,
        };
        Bounds { left, right: left + width, top: self.y - 10.0, bottom: self.y + 3.0 }
    }

    /// Appends it as an element.
    pub fn write(&self, svg: &mut String) {
        self.write_with("", svg);
    }

    /// Appends it as an element that stays readable over lines.
    pub fn write_over_lines(&self, svg: &mut String) {
        let halo = format!(
            " stroke=\"{}\" stroke-width=\"4\" stroke-linejoin=\"round\" paint-order=\"stroke\"",
            Ink::Surface.paint()
        );
        self.write_with(&halo, svg);
    }

    /// Appends it as an element with more attributes, each after a blank.
    pub fn write_with(&self, attributes: &str, svg: &mut String) {
        let anchor = match self.anchor {
            Anchor::Start => "",
            Anchor::Middle => " text-anchor=\"middle\"",
            Anchor::End => " text-anchor=\"end\"",
        };
        let (x, y, fill, text) = (tenths(self.x), tenths(self.y), self.fill, escaped(&self.text));
        // Writing to a string cannot fail.
        let _ = writeln!(svg, "<text x=\"{x}\" y=\"{y}\"{anchor} fill=\"{fill}\"{attributes}>{text}</text>");
    }
}

/// A coordinate with as many digits as the eye can tell.
pub(super) fn tenths(pixels: f64) -> f64 {
    (pixels * 10.0).round() / 10.0
}

/// The width of a text at [`FONT_SIZE`] in the widest of the fonts that it may be shown in, `DejaVu Sans`.
pub(super) fn width(text: &str) -> u16 {
    let tenths = text.chars().map(advance).fold(0u16, u16::saturating_add);
    tenths.div_ceil(10)
}

/// The start of a text that is at most `room` pixels wide, with an ellipsis where something was cut off.
pub(super) fn cut(text: &str, room: u16) -> String {
    if width(text) <= room {
        return text.to_owned();
    }
    let mut left = room.saturating_sub(width("…")).saturating_mul(10);
    let mut start = String::new();
    for character in text.chars() {
        match left.checked_sub(advance(character)) {
            Some(rest) => left = rest,
            None => break,
        }
        start.push(character);
    }
    start.push('…');
    start
}

/// A tenth of a pixel for each unit.
fn advance(character: char) -> u16 {
    match character {
        ' ' | '.' | ',' | ':' | 'i' | 'j' | 'l' | '\'' | '|' => 41,
        'f' | 't' | 'r' | '(' | ')' | '/' | '-' => 50,
        'm' | 'w' | 'M' | 'W' | '%' | '@' => 119,
        'A'..='Z' => 95,
        '!'..='~' | 'µ' | '·' => 77,
        _ => 120,
    }
}

/// Text that means itself in XML; what XML cannot hold at all becomes the replacement character.
pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&apos;"),
            '\u{0}'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_cut_to_its_room() {
        assert_eq!(cut("kimi", 100), "kimi");
        for room in [0, 20, 60, 119] {
            let text = cut("an operation with a long name, and WIDE letters", room);
            assert!(text.ends_with('…') && width(&text) <= room.max(width("…")), "{text}");
        }
    }

    #[test]
    fn text_cannot_become_markup() {
        assert_eq!(escaped("<b a='1'>&\"\u{0}\u{1b}é"), "&lt;b a=&apos;1&apos;&gt;&amp;&quot;\u{fffd}\u{fffd}é");
    }
}
