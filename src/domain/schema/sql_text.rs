//! A statement that made an object, written in one way: SQLite keeps the text of whoever wrote it, with comments and all.

/// The parts of a `CREATE TABLE`, each in one way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableText {
    /// Names with what follows them.
    pub columns: Vec<(String, String)>,
    /// Constraints of the table as a whole.
    pub constraints: Vec<String>,
    /// What stands behind the closing bracket.
    pub options: String,
}

/// Begins a constraint of a table rather than a column.
const CONSTRAINTS: [&str; 5] = ["constraint", "primary", "unique", "check", "foreign"];

/// `sql` without comments, in lower case but for what is in quotes, with one space where there is any.
pub fn normal(sql: &str) -> String {
    join(&tokens(sql))
}

/// The parts of the `CREATE TABLE` in `sql`; `None` when it is none, or makes its columns from a query.
pub fn table(sql: &str) -> Option<TableText> {
    let tokens = tokens(sql);
    let open = tokens.iter().position(|token| token == "(")?;
    let mut text = TableText { columns: Vec::new(), constraints: Vec::new(), options: String::new() };
    let (mut depth, mut start) = (0_usize, open + 1);
    for (index, token) in tokens.iter().enumerate().skip(open) {
        let is_end = match token.as_str() {
            "(" => {
                depth += 1;
                false
            }
            ")" => {
                depth = depth.checked_sub(1)?;
                depth == 0
            }
            "," => depth == 1,
            _ => false,
        };
        if !is_end {
            continue;
        }
        let (first, rest) = tokens.get(start..index)?.split_first()?;
        if CONSTRAINTS.contains(&first.as_str()) {
            text.constraints.push(join(&tokens[start..index]));
        } else {
            text.columns.push((first.clone(), join(rest)));
        }
        start = index + 1;
        if depth == 0 {
            text.options = join(&tokens[start..]);
            return Some(text);
        }
    }
    None
}

fn join(tokens: &[String]) -> String {
    let mut text = String::new();
    for token in tokens {
        let is_tight = text.is_empty() || text.ends_with('(') || [")", ",", ";"].contains(&token.as_str());
        if !is_tight {
            text.push(' ');
        }
        text.push_str(token);
    }
    text
}

fn tokens(sql: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut rest = sql;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            _ if first.is_whitespace() => first.len_utf8(),
            '-' if rest.starts_with("--") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => rest.find("*/").map_or(rest.len(), |end| end + 2),
            '\'' => {
                let length = quoted(rest, '\'');
                tokens.push(rest[..length].to_owned());
                length
            }
            '"' | '`' | '[' => {
                let length = quoted(rest, if first == '[' { ']' } else { first });
                tokens.push(identifier(&rest[..length]));
                length
            }
            _ => {
                let is_word = |it: char| it.is_alphanumeric() || "_$.".contains(it);
                let is_operator = |it: char| "<>=!|&+*/%~-".contains(it);
                let run = |is: &dyn Fn(char) -> bool| rest.find(|it| !is(it)).unwrap_or(rest.len());
                let length = match first {
                    _ if is_word(first) => run(&is_word),
                    _ if is_operator(first) => run(&is_operator),
                    _ => first.len_utf8(),
                };
                tokens.push(rest[..length].to_lowercase());
                length
            }
        };
        rest = &rest[length..];
    }
    tokens
}

/// How long what is in quotes at the start of `text` is; a quote that is doubled is within.
fn quoted(text: &str, quote: char) -> usize {
    let mut inside = text.char_indices().skip(1).peekable();
    while let Some((index, it)) = inside.next() {
        if it == quote && inside.next_if(|(_, next)| *next == quote).is_none() {
            return index + quote.len_utf8();
        }
    }
    text.len()
}

/// A name without the quotes that it does not need.
fn identifier(quoted: &str) -> String {
    let name = quoted.trim_matches(['"', '`', '[', ']']);
    let is_plain = !name.is_empty() && name.chars().all(|it| it.is_ascii_alphanumeric() || it == '_');
    if is_plain { name.to_lowercase() } else { quoted.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_is_the_same_however_it_is_written() {
        for (sql, expected) in [
            ("CREATE INDEX a  ON b(c, d)", "create index a on b (c, d)"),
            ("create index \"a\" on [b] ( c,d ) -- why\n", "create index a on b (c, d)"),
            ("CHECK (a <> 'It''s /* no */ comment')", "check (a <> 'It''s /* no */ comment')"),
            ("a/* b\n */>=1;", "a >= 1;"),
            ("\"two words\" \"cut off", "\"two words\" \"cut off"),
            ("a IN ('X', 'y') - 1.5", "a in ('X', 'y') - 1.5"),
            ("", ""),
        ] {
            assert_eq!(normal(sql), expected, "{sql}");
        }
    }

    #[test]
    fn a_table_is_its_columns_constraints_and_options() {
        let sql = "CREATE TABLE \"a\" (
            id INTEGER PRIMARY KEY, -- the first, of (many)
            kind TEXT NOT NULL CHECK (kind IN ('x', 'y')),
            UNIQUE (kind, id), CHECK ((id IS NULL) = (kind IS NULL)), late TEXT) STRICT, WITHOUT ROWID";
        let text = table(sql).unwrap();
        let column = |name: &str, rest: &str| (name.to_owned(), rest.to_owned());
        assert_eq!(
            text.columns,
            [
                column("id", "integer primary key"),
                column("kind", "text not null check (kind in ('x', 'y'))"),
                column("late", "text"),
            ]
        );
        assert_eq!(text.constraints, ["unique (kind, id)", "check ((id is null) = (kind is null))"]);
        assert_eq!(text.options, "strict, without rowid");
        for none in ["CREATE TABLE a AS SELECT 1", "CREATE TABLE a (b", "", "CREATE TABLE a ()"] {
            assert_eq!(table(none), None, "{none}");
        }
    }
}
