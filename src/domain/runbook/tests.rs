//! What is read of a checklist, and what an item is known by.

use proptest::prelude::*;

use super::*;

const FILE: &str = "# Move the files

**Owner:** the team
[a link](https://example.com)

## ðŸš€ Before

- [ ] Read the *plan*
- [x] Say so
  - [ ] to the `team`
    over two lines
  - [X] to users
1. [ ] First

Text between.

- [ ] Read the *plan*

### Deeper
```
- [ ] is code
```
- no item
* [ ] Last

## âœ… After
";

/// Headings, texts and items as one line each.
fn written(checklist: &Checklist) -> String {
    let mut lines = Vec::new();
    for group in &checklist.groups {
        lines.push(format!("{} {}", group.level, group.headings.join(" / ")));
        for block in &group.blocks {
            lines.push(match block {
                Block::Text(text) => format!("  text {text:?}"),
                Block::Item(item) => {
                    let done = if item.is_done { "x" } else { " " };
                    format!("  {}[{done}] {}", "  ".repeat(item.depth), item.text)
                }
            });
        }
    }
    lines.join("\n")
}

fn ids(file: &str) -> Vec<(String, ItemId)> {
    Checklist::read(file.as_bytes()).unwrap().items().map(|item| (item.text.clone(), item.id.clone())).collect()
}

#[test]
fn a_file_is_read_as_headings_texts_and_items_within_each_other() {
    insta::assert_snapshot!(written(&Checklist::read(FILE.as_bytes()).unwrap()), @r##"
    1 Move the files
      text "**Owner:** the team\n[a link](https://example.com)\n"
    2 Move the files / 🚀 Before
      [ ] Read the *plan*
      [x] Say so
        [ ] to the `team` over two lines
        [x] to users
      [ ] First
      text "Text between.\n"
      [ ] Read the *plan*
    3 Move the files / 🚀 Before / Deeper
      text "```\n- [ ] is code\n```\n- no item"
      [ ] Last
    2 Move the files / ✅ After
    "##);
}

#[test]
fn an_item_stays_the_same_wherever_it_moves_below_its_heading() {
    let before = ids("# A\n- [ ] one\n- [ ] two\n  - [ ] three\n");
    let after = ids("# A\nText.\n- [ ] new\n- [x]  two \n    - [ ] three\n- [ ] one\n");
    for (text, id) in &before {
        assert!(after.contains(&(text.clone(), id.clone())), "{text}");
    }
    // Below another heading, within another item or in other words it is another.
    for file in ["# B\n- [ ] one\n", "# A\n- [ ] zero\n  - [ ] one\n", "# A\n- [ ] One\n", "# A\n## B\n- [ ] one\n"] {
        assert!(ids(file).iter().all(|(_, id)| *id != before[0].1), "{file}");
    }
}

#[test]
fn items_that_are_alike_are_told_apart_by_their_order() {
    let once = ids("- [ ] a\n");
    let twice = ids("- [ ] a\n- [ ] a\n");
    assert_eq!(once[0], twice[0]);
    assert_ne!(twice[0].1, twice[1].1);
}

#[test]
fn a_file_that_is_no_checklist_says_why() {
    let many = "- [ ] a\n".repeat(MAX_ITEMS + 1);
    for (bytes, expected) in [
        (&b"# A\n- [ ] \xff"[..], "is not UTF-8: byte 11 cannot be read (line 2)"),
        (b"# A\n- [] no\n- [y] no\n-[ ] no\n- [ ]\n", "has no items: lines that begin with - [ ]"),
        (b"", "has no items: lines that begin with - [ ]"),
        (many.as_bytes(), "must have at most 2000 items"),
        (vec![b' '; MAX_BYTES + 1].as_slice(), "must have at most 524288 bytes"),
    ] {
        assert_eq!(Checklist::read(bytes).unwrap_err().to_string(), expected);
    }
    assert_eq!(ids("\u{feff}- [ ] a\r\n"), ids("- [ ] a\n"));
}

#[test]
fn progress_is_how_many_of_how_many() {
    assert_eq!(Progress::of([]), Progress { done: 0, items: 0 });
    assert_eq!(Progress::of([true, false, true]), Progress { done: 2, items: 3 });
}

proptest! {
    #[test]
    fn whatever_is_read_has_items_with_names_of_their_own(
        lines in prop::collection::vec("(#{1,7} |  )?( {0,6}[-*] \\[[ x]\\] )?[a-c`~ ]{0,6}", 0..40)
    ) {
        if let Ok(checklist) = Checklist::read(lines.join("\n").as_bytes()) {
            let mut ids: Vec<&ItemId> = checklist.items().map(|item| &item.id).collect();
            let all = ids.len();
            ids.sort();
            ids.dedup();
            prop_assert_eq!(ids.len(), all);
            for group in &checklist.groups {
                // Nothing is deeper than one below what stands before it.
                let mut deepest = 0;
                for item in group.items() {
                    prop_assert!(item.depth <= deepest);
                    deepest = item.depth + 1;
                }
            }
        }
    }
}
