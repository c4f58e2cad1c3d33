//! Text that was UTF-8, read as Windows-1252 and written as UTF-8 again, as it was meant: `âœ…` is a tick. What does not read
//! so stays what it is.

/// What Windows-1252 has in place of the control characters 0x80 to 0x9F; those that it leaves out stand for themselves.
const HIGH: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', '\u{90}', '‘', '’',
    '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

/// `text` with each such run of characters put right.
pub fn mended(text: &str) -> String {
    let mut whole = String::with_capacity(text.len());
    let mut run = String::new();
    for char in text.chars() {
        if char.is_ascii() {
            whole.push_str(&mended_run(&run));
            run.clear();
            whole.push(char);
        } else {
            run.push(char);
        }
    }
    whole.push_str(&mended_run(&run));
    whole
}

/// A run without ASCII: as it was meant if all of it reads so, or else as it is.
fn mended_run(run: &str) -> String {
    let bytes: Option<Vec<u8>> = run.chars().map(byte_of).collect();
    bytes.and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_else(|| run.to_owned())
}

/// The byte of a character in Windows-1252.
fn byte_of(char: char) -> Option<u8> {
    match u8::try_from(char) {
        Ok(byte) if !(0x80..0xa0).contains(&byte) => Some(byte),
        _ => HIGH.iter().position(|high| *high == char).and_then(|index| u8::try_from(index + 0x80).ok()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// `text` as it is when its bytes are read as Windows-1252.
    fn spoilt(text: &str) -> String {
        text.bytes()
            .map(|byte| if (0x80..0xa0).contains(&byte) { HIGH[usize::from(byte - 0x80)] } else { char::from(byte) })
            .collect()
    }

    #[test]
    fn signs_that_were_read_wrongly_are_put_right() {
        for (text, expected) in [
            ("## ðŸš€ START", "## 🚀 START"),
            ("âœ… done, ðŸŽ¯ and ðŸš¨", "✅ done, 🎯 and 🚨"),
            ("GrÃ¼ÃŸe", "Grüße"),
            ("Grüße", "Grüße"),
            ("naïve – “quoted” … €", "naïve – “quoted” … €"),
            ("✅ done", "✅ done"),
            ("plain", "plain"),
            ("", ""),
        ] {
            assert_eq!(mended(text), expected);
        }
        assert_eq!(spoilt("🚀"), "ðŸš€");
    }

    proptest! {
        #[test]
        fn what_was_spoilt_comes_back(text in "[ -~]{0,8}([à-ÿ]|[🚀-🛀]|[一-三]){1,4}[ -~]{0,8}") {
            prop_assert_eq!(mended(&spoilt(&text)), text);
        }

        #[test]
        fn ascii_is_left_alone(text in "[ -~\n]*") {
            prop_assert_eq!(mended(&text), text);
        }
    }
}
