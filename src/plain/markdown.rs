//! Markdown that people wrote, as HTML for a page without a client. Of HTML in it the text is shown; pictures are their words,
//! and links lead nowhere but to the web.

use pulldown_cmark::{CowStr, Event, Options, Parser, Tag, TagEnd, html};

/// `markdown` as HTML that holds nothing but text, its emphasis, lists, code and links.
pub fn rendered(markdown: &str) -> String {
    let events = Parser::new_ext(markdown, Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TABLES);
    let mut is_dead_link = false;
    let safe = events.filter_map(move |event| match event {
        Event::Html(text) | Event::InlineHtml(text) => Some(Event::Text(text)),
        Event::Start(Tag::Image { .. }) | Event::End(TagEnd::Image) | Event::Rule => None,
        // What would be a heading of the page is not one.
        Event::Start(Tag::Heading { .. }) => Some(Event::Start(Tag::Paragraph)),
        Event::End(TagEnd::Heading(_)) => Some(Event::End(TagEnd::Paragraph)),
        Event::Start(Tag::Link { ref dest_url, .. }) => {
            is_dead_link = !is_of_the_web(dest_url);
            (!is_dead_link).then_some(event)
        }
        Event::End(TagEnd::Link) => (!is_dead_link).then_some(event),
        _ => Some(event),
    });
    let mut html = String::new();
    html::push_html(&mut html, safe);
    html
}

/// The same without a paragraph around it, for what stands on a line.
pub fn rendered_inline(markdown: &str) -> String {
    // A mark that would begin a block is text at the beginning of a line that goes on.
    let html = rendered(&format!("\u{2060}{markdown}"));
    let inner = html.trim().strip_prefix("<p>").and_then(|html| html.strip_suffix("</p>"));
    inner.unwrap_or(html.trim()).replacen('\u{2060}', "", 1)
}

/// What it says, without its emphasis and links.
pub fn words(markdown: &str) -> String {
    let text = |event| match event {
        Event::Text(text) | Event::Code(text) | Event::Html(text) | Event::InlineHtml(text) => Some(text.into_string()),
        Event::SoftBreak | Event::HardBreak => Some(" ".to_owned()),
        _ => None,
    };
    Parser::new(&format!("\u{2060}{markdown}")).filter_map(text).collect::<String>().replacen('\u{2060}', "", 1)
}

fn is_of_the_web(url: &CowStr<'_>) -> bool {
    ["https://", "http://"].iter().any(|scheme| url.to_ascii_lowercase().starts_with(scheme))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_but_text_and_its_emphasis_comes_out() {
        for (markdown, expected) in [
            ("**Fix** `a<b>` *now*", "<strong>Fix</strong> <code>a&lt;b&gt;</code> <em>now</em>"),
            ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
            ("a <b onclick=\"x()\">b</b>", "a &lt;b onclick=\"x()\"&gt;b&lt;/b&gt;"),
            ("[a](javascript:alert(1)) b", "a b"),
            ("[a](https://example.com)", "<a href=\"https://example.com\">a</a>"),
            ("![a](https://example.com/a.png)", "a"),
            ("1. [x] # a", "1. [x] # a"),
        ] {
            assert_eq!(rendered_inline(markdown), expected);
        }
        assert_eq!(words("1. **Fix** `a<b>` [now](https://example.com)"), "1. Fix a<b> now");
        assert_eq!(rendered("# A\n\n- b\n"), "<p>A</p>\n<ul>\n<li>b</li>\n</ul>\n");
    }
}
