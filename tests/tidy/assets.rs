//! What the browser gets: nothing from outside, no styles in attributes, no text under 12 pixels.

use crate::source::{File, line_of, words};
use crate::{Finding, hold};

/// The smallest text in pixels.
const SMALLEST: f64 = 12.0;

/// Names of formats, never fetched, and the machine itself.
const NOT_OUTSIDE: [&str; 4] = ["www.w3.org", "127.0.0.1", "localhost", "[::1]"];

fn nothing_comes_from_outside(file: &File) -> Vec<Finding> {
    if !["src/ui", "src/app.rs", "style", "public"].iter().any(|part| file.is_under(part)) {
        return Vec::new();
    }
    let text = &file.uncommented;
    let outside = |rest: &str| !NOT_OUTSIDE.iter().any(|host| rest.starts_with(host));
    let mut found = Vec::new();
    for scheme in ["http://", "https://"] {
        for (offset, _) in text.match_indices(scheme).filter(|(offset, _)| outside(&text[offset + scheme.len()..])) {
            found.push(Finding { line: line_of(text, offset), what: format!("{scheme}… is outside") });
        }
    }
    for opening in ["url(//", "url(\"//", "url('//", "src=\"//", "href=\"//", "@import"] {
        let lines = text.match_indices(opening).map(|(offset, _)| line_of(text, offset));
        found.extend(lines.map(|line| Finding { line, what: format!("{opening} fetches from elsewhere") }));
    }
    found
}

fn styles_are_in_the_stylesheet(file: &File) -> Vec<Finding> {
    if !file.is_rust() || !["src/ui", "src/app.rs"].iter().any(|part| file.is_under(part)) {
        return Vec::new();
    }
    let is_attribute = |offset: &usize| {
        let after = &file.code[offset + "style".len()..];
        let starts = file.code[..*offset].ends_with(|it: char| it.is_whitespace() || it == ':');
        let assigns = after.starts_with('=') && !after.starts_with("==");
        let names_a_property =
            after.starts_with(':') && after[1..].starts_with(|it: char| it.is_alphabetic() || it == '-');
        starts && (assigns || names_a_property)
    };
    let lines = words(&file.code, "style").filter(is_attribute).map(|offset| line_of(&file.code, offset));
    lines.map(|line| Finding { line, what: "a style in an attribute: give it a class".to_owned() }).collect()
}

fn text_is_large_enough(file: &File) -> Vec<Finding> {
    if !file.is_css() {
        return Vec::new();
    }
    let declarations = declarations(&file.uncommented);
    let sets_size = |name: &str| name == "font-size" || name == "font";
    // A size may be given by name: then it counts where it is defined.
    let names: Vec<&str> = declarations
        .iter()
        .filter(|(_, name, _)| sets_size(name))
        .flat_map(|(_, _, value)| value.split("var(").skip(1))
        .filter_map(|rest| rest.split([',', ')']).next())
        .map(str::trim)
        .collect();
    declarations
        .iter()
        .filter(|(_, name, _)| sets_size(name) || names.contains(name))
        .filter_map(|(offset, name, value)| {
            let size = smallest_size(value, *name == "font").filter(|size| *size < SMALLEST)?;
            let line = line_of(&file.uncommented, *offset);
            Some(Finding { line, what: format!("{name}: {value} is {size} px, less than {SMALLEST} px") })
        })
        .collect()
}

/// Offset, property and value of each declaration.
fn declarations(css: &str) -> Vec<(usize, &str, &str)> {
    let mut start = 0;
    let mut found = Vec::new();
    for part in css.split_inclusive(['{', '}', ';']) {
        if !part.ends_with('{')
            && let Some((name, value)) = part.trim_end_matches(['}', ';']).split_once(':')
        {
            let leading = name.len() - name.trim_start().len();
            found.push((start + leading, name.trim(), value.trim()));
        }
        start += part.len();
    }
    found
}

/// The smallest size that a value names, in pixels; `em` and `%` are taken of the page's size, 16 pixels.
fn smallest_size(value: &str, shorthand: bool) -> Option<f64> {
    // In the shorthand the line height comes after a slash.
    let value = if shorthand { value.split('/').next().unwrap_or_default() } else { value };
    let sizes = value.split(|it: char| it.is_whitespace() || "(),*+/".contains(it)).filter_map(|word| {
        let named = [("xx-small", 9.0), ("x-small", 10.0), ("smaller", 10.0)];
        if let Some((_, size)) = named.into_iter().find(|(name, _)| *name == word) {
            return Some(size);
        }
        let digits = word.find(|it: char| !it.is_ascii_digit() && it != '.')?;
        let number: f64 = word[..digits].parse().ok()?;
        let pixels = match &word[digits..] {
            "px" => 1.0,
            "pt" => 4.0 / 3.0,
            "rem" | "em" => 16.0,
            "%" => 0.16,
            _ => return None,
        };
        Some(number * pixels)
    });
    sizes.reduce(f64::min)
}

#[test]
fn nothing_is_fetched_from_outside() {
    hold(
        nothing_comes_from_outside,
        &[
            (
                "style/a.css",
                "@import \"b.css\";\na { background: url(https://cdn.example/a.png) }\nb { c: url(//d) }",
                &[1, 2, 3],
            ),
            ("src/ui/a.rs", "view! { <script src=\"http://cdn.example/a.js\"></script> }", &[1]),
            ("public/a.svg", "<svg xmlns=\"http://www.w3.org/2000/svg\">\n<image href=\"//b.example/c\"/></svg>", &[2]),
            ("src/ui/a.rs", "//! See https://example.org.\nconst A: &str = \"curl http://127.0.0.1:3000\";", &[]),
            ("src/server/a.rs", "const A: &str = \"https://example.org\";", &[]),
        ],
    );
}

#[test]
fn no_view_has_a_style_attribute() {
    hold(
        styles_are_in_the_stylesheet,
        &[
            (
                "src/ui/a.rs",
                "view! {\n    <p style=\"color: red\">\"A\"</p>\n    <p style=move || b()></p>\n}",
                &[2, 3],
            ),
            ("src/ui/a.rs", "view! { <p style:width=w prop:a=1></p>\n<p prop:style=w></p> }", &[1, 2]),
            ("src/ui/a.rs", "fn f(style: Style) { let style = 1; if style == 2 {} g(\"<p style=a>\") }", &[]),
            ("src/ui/a.rs", "view! { <Stylesheet id=\"a\" /> <p class=\"style\" data-style=\"a\"></p> }", &[]),
        ],
    );
}

#[test]
fn no_text_is_under_12_pixels() {
    hold(
        text_is_large_enough,
        &[
            (
                "style/a.css",
                "a { font-size: 11px }\nb { color: red;\n  font-size: 0.7rem; }\nc { font: bold 8pt/1.5 serif }",
                &[1, 3, 4],
            ),
            (
                "style/a.css",
                ":root { --tiny: 10px;\n --gap: 2px }\na { font-size: var(--tiny) }\nb { font-size: x-small }",
                &[1, 4],
            ),
            ("style/a.css", "a { font-size: clamp(0.7rem, 2vw, 1rem) }\n@media (x) { b { font-size: 70% } }", &[1, 2]),
            (
                "style/a.css",
                "a { font-size: 12px; width: 4px } /* font-size: 1px */\nb { font: 0.75rem/1px serif }",
                &[],
            ),
        ],
    );
}
