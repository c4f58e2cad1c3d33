//! Drawings as others see them: as XML. Axes, text and colours are tested beside their code.

use std::fmt::Write as _;

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use roxmltree::{Document, Node};

use super::label::{Bounds, Label};
use super::*;
use crate::domain::percentage::Percentage;
use crate::views::metrics::MetricsPoint;
use crate::views::summary::{PathSummary, ShadowSummary};

const HOSTILE: &str = "<script>alert('1')</script> & \"\u{0}\u{8}\" 名前 name: of an operation that never seems to end";

fn start() -> DateTime<Utc> {
    "2025-11-21T10:00:00Z".parse().unwrap()
}

fn path(value: Option<f64>) -> PathSummary {
    let rate = value.map(|value| value / 1_000.0);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
    let requests = value.unwrap_or_default() as u64;
    PathSummary { requests, error_rate: rate, p50_ms: value, p95_ms: value, p99_ms: value, ..PathSummary::default() }
}

/// One step of a minute for each pair of a legacy and a candidate value.
fn metrics(values: &[(Option<f64>, Option<f64>)]) -> MetricsView {
    let minutes = |index: usize| start() + TimeDelta::minutes(index.try_into().unwrap());
    let point = |(index, &(legacy, candidate)): (usize, &(Option<f64>, Option<f64>))| {
        let (legacy, candidate) = (path(legacy), path(candidate));
        let (comparisons, discrepancies) = (legacy.requests, candidate.requests);
        let shadow = ShadowSummary { comparisons, discrepancies, ..ShadowSummary::default() };
        MetricsPoint { at: minutes(index), legacy, candidate, shadow }
    };
    MetricsView {
        feature: "kimi".to_owned(),
        operation: None,
        from: start(),
        to: minutes(values.len().max(1)),
        step_seconds: 60,
        points: values.iter().enumerate().map(point).collect(),
    }
}

/// Percentages by the seconds after the start, oldest first.
fn history(changes: &[(i64, u8)]) -> Vec<HistoryRow> {
    let row = |&(seconds, percent): &(i64, u8)| HistoryRow {
        id: seconds,
        at: start() + TimeDelta::seconds(seconds),
        kind: "set".to_owned(),
        from: None,
        to: Percentage::from_whole(percent),
        from_stage: None,
        stage: HOSTILE.to_owned(),
        actor: HOSTILE.to_owned(),
        reason: HOSTILE.to_owned(),
        policy_version: None,
        detail: None,
        overridden: Vec::new(),
        rollback: None,
        has_evidence: false,
    };
    changes.iter().rev().map(row).collect()
}

fn inline(kind: ChartKind, metrics: &MetricsView, history: &[HistoryRow], limit: Option<f64>) -> Drawing {
    draw(&ChartInput { kind, metrics, history, alerts: &[], limit }, WIDE, Placement::Inline).unwrap()
}

fn with_attribute<'a>(document: &'a Document, name: &str, value: &str) -> Vec<Node<'a, 'a>> {
    document.descendants().filter(|node| node.attribute(name) == Some(value)).collect()
}

/// The points of a line or an area, in CSS pixels.
fn points(node: &Node) -> Vec<(f64, f64)> {
    let number = |text: &str| text.parse::<f64>().unwrap() / 10.0;
    let pairs = node.attribute("points").unwrap().split_whitespace();
    pairs.map(|pair| pair.split_once(',').map(|(x, y)| (number(x), number(y))).unwrap()).collect()
}

fn candidate_lines(svg: &str) -> Vec<Vec<(f64, f64)>> {
    let document = Document::parse(svg).unwrap();
    with_attribute(&document, "stroke", "var(--candidate)").iter().map(points).collect()
}

fn bounds(node: &Node) -> Bounds {
    let number = |name| node.attribute(name).unwrap().parse().unwrap();
    let anchor = match node.attribute("text-anchor") {
        Some("middle") => label::Anchor::Middle,
        Some("end") => label::Anchor::End,
        _ => label::Anchor::Start,
    };
    let text = node.text().unwrap_or_default().to_owned();
    Label { text, x: number("x"), y: number("y"), anchor, fill: "" }.bounds()
}

fn overlap(a: &Bounds, b: &Bounds) -> bool {
    a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom
}

/// What holds for every drawing.
fn check(input: &ChartInput, size: Size, placement: Placement) {
    let drawing = draw(input, size, placement).unwrap();
    let document = Document::parse(&drawing.svg).unwrap_or_else(|error| panic!("{error}: {}", drawing.svg));
    let root = document.root_element();
    let (width, height) = (f64::from(size.width()), f64::from(size.height()));
    assert_eq!(root.attribute("viewBox"), Some(format!("0 0 {width} {height}").as_str()));
    assert_eq!(root.attribute("role"), Some("img"));
    let described = root.attribute("aria-label").unwrap();
    assert!(described.starts_with(input.kind.title()), "{described}");
    assert!(0.0 < drawing.plot_left && drawing.plot_left < drawing.plot_right && drawing.plot_right < 1.0);
    match placement {
        Placement::Inline => {
            assert!(!drawing.svg.contains('#') && !drawing.svg.contains("<style"), "{}", drawing.svg);
            assert_eq!((root.attribute("class"), root.attribute("width")), (Some("chart-svg"), None));
        }
        Placement::Standalone => assert_eq!(root.attribute("width"), Some(width.to_string().as_str())),
    }
    let mut texts: Vec<Bounds> = Vec::new();
    for node in document.descendants().filter(Node::is_element) {
        assert!(node.attribute("style").is_none() && node.tag_name().name() != "script");
        let font_size = node.attribute("font-size").map_or(12.0, |size| size.parse().unwrap());
        assert!(font_size >= 12.0, "{}", drawing.svg);
        if node.attribute("points").is_some() {
            let inside = |&(x, y): &(f64, f64)| (0.0..=width).contains(&x) && (0.0..=height).contains(&y);
            assert!(points(&node).iter().all(inside), "{}", drawing.svg);
        }
        if node.tag_name().name() == "text" {
            let own = bounds(&node);
            assert!(own.left >= 0.0 && own.right <= width && own.top >= 0.0 && own.bottom <= height, "{own:?}");
            assert!(texts.iter().all(|other| !overlap(other, &own)), "{:?}: {}", node.text(), drawing.svg);
            texts.push(own);
        }
    }
}

#[test]
fn every_drawing_is_well_formed_themed_and_readable() {
    let wave = |count: u16| -> Vec<_> {
        let value = |index: u16, level: f64| Some(level + level * (f64::from(index) / 7.0).sin());
        (0..count).map(|index| (value(index, 400.0), value(index, 12.5))).collect()
    };
    let (full, many) = (wave(170), wave(1_500));
    let gap: Vec<_> =
        full.iter().enumerate().map(|(index, &pair)| if index % 9 < 4 { pair } else { (None, None) }).collect();
    let all: [&[_]; 6] = [&[], &[(None, None); 60], &[(Some(3.0), None)], &gap, &full, &many];
    let changes = history(&[(-60, 1), (90, 10), (91, 0), (3_000, 100)]);
    for values in all {
        check_all(&metrics(values), &changes);
    }
    let mut hostile = metrics(&gap);
    hostile.operation = Some(HOSTILE.to_owned());
    hostile.feature = HOSTILE.to_owned();
    check_all(&hostile, &changes);
}

/// Every kind of chart in several sizes, on a page and alone.
fn check_all(metrics: &MetricsView, history: &[HistoryRow]) {
    let sizes = [WIDE, NARROW, Size::new(240, 120).unwrap(), Size::new(2_000, 1_200).unwrap()];
    for kind in ChartKind::ALL {
        let limits = if kind == ChartKind::ErrorRate {
            &[None, Some(0.0), Some(0.01), Some(1.0), Some(1e183)][..]
        } else {
            &[None]
        };
        for (limit, size) in limits.iter().flat_map(|limit| sizes.map(|size| (*limit, size))) {
            for placement in [Placement::Inline, Placement::Standalone] {
                check(&ChartInput { kind, metrics, history, alerts: &[], limit }, size, placement);
            }
        }
    }
}

#[test]
fn sizes_are_bounded() {
    for (width, height, is_allowed) in
        [(240, 120, true), (2_000, 1_200, true), (239, 120, false), (240, 119, false), (2_001, 1_200, false)]
    {
        assert_eq!(Size::new(width, height).is_ok(), is_allowed, "{width} x {height}");
    }
    assert_eq!(
        Size::new(1, u32::MAX).unwrap_err().to_string(),
        "a chart must be 240 to 2000 wide and 120 to 1200 high"
    );
}

#[test]
fn step_i_of_n_stands_at_i_and_a_half_of_the_plotted_area() {
    let drawing = inline(ChartKind::LatencyP95, &metrics(&[(None, Some(1.0)); 5]), &[], None);
    for (step, (x, _)) in (0u8..).zip(candidate_lines(&drawing.svg)[0].clone()) {
        let fraction = (f64::from(step) + 0.5) / 5.0;
        let expected = 600.0 * (drawing.plot_left + fraction * (drawing.plot_right - drawing.plot_left));
        assert!((x - expected).abs() < 0.2, "{step}: {x} for {expected}");
    }
}

#[test]
fn a_gap_ends_the_line_and_a_lone_point_is_marked() {
    let mut values = vec![(None, Some(1.0)); 12];
    (values[5].1, values[7].1) = (None, None);
    let svg = inline(ChartKind::LatencyP50, &metrics(&values), &[], None).svg;
    let lengths: Vec<_> = candidate_lines(&svg).iter().map(Vec::len).collect();
    assert_eq!(lengths, [5, 4]);
    let document = Document::parse(&svg).unwrap();
    let dots = document.descendants().filter(|node| node.has_tag_name("circle") || node.attribute("r").is_some());
    assert_eq!(dots.count(), 2, "the point between the gaps, and the last");
}

#[test]
fn the_limit_is_a_dashed_line_at_its_height_with_its_number() {
    let svg = inline(ChartKind::ErrorRate, &metrics(&[(Some(4.0), Some(2.0))]), &[], Some(0.005)).svg;
    let document = Document::parse(&svg).unwrap();
    let line = with_attribute(&document, "stroke", "var(--failed)")[0];
    assert!(line.attribute("stroke-dasharray").is_some());
    // The scale ends at 0.6 %; the plotted area lies between 12 and 166.
    let expected = 166.0 - (166.0 - 12.0) * 0.5 / 0.6;
    assert!(points(&line).iter().all(|(_, y)| (y - expected).abs() < 0.2), "{:?} for {expected}", points(&line));
    assert!(svg.contains(">limit 0.5 %</text>"));
}

#[test]
fn a_limit_far_above_the_values_is_told_instead_of_drawn() {
    let svg = inline(ChartKind::ErrorRate, &metrics(&[(Some(4.0), Some(2.0))]), &[], Some(0.05)).svg;
    assert!(svg.contains(">limit 5 % is above this scale</text>"));
    assert!(!svg.contains("stroke=\"var(--failed)\""));
}

#[test]
fn nothing_measured_is_said_and_not_drawn_as_zero() {
    for values in [&[][..], &[(None, None); 60]] {
        for kind in ChartKind::ALL {
            let svg = inline(kind, &metrics(values), &[], Some(0.01)).svg;
            assert!(svg.contains(">no data in this range</text>"), "{svg}");
            for ink in ["legacy", "candidate", "failed"] {
                assert!(!svg.contains(&format!("var(--{ink})")), "{kind:?}: {svg}");
            }
        }
    }
}

#[test]
fn a_count_of_zero_beside_others_is_drawn_as_zero() {
    let svg = inline(ChartKind::Requests, &metrics(&[(Some(7.0), None); 9]), &[], None).svg;
    assert!(candidate_lines(&svg)[0].iter().all(|(_, y)| (y - 166.0).abs() < 0.2));
}

#[test]
fn a_change_that_was_taken_back_within_a_step_is_seen() {
    let changes = history(&[(-600, 1), (61, 10), (65, 1)]);
    let svg = inline(ChartKind::Rollout, &metrics(&[(None, None); 60]), &changes, None).svg;
    assert_eq!(candidate_lines(&svg)[0].len(), 6);
}

#[test]
fn a_drawing_says_in_words_what_it_shows() {
    let mut metrics = metrics(&[(Some(4.0), Some(2.0)), (Some(3.0), None)]);
    metrics.operation = Some("upload <b>".to_owned());
    let mut words = String::new();
    for kind in [ChartKind::ErrorRate, ChartKind::Comparisons, ChartKind::Rollout] {
        let svg = inline(kind, &metrics, &history(&[(-60, 10), (60, 1)]), Some(0.01)).svg;
        let document = Document::parse(&svg).unwrap();
        writeln!(words, "{}", document.root_element().attribute("aria-label").unwrap()).unwrap();
    }
    insta::assert_snapshot!(words, @r"
    Error rate of kimi, upload <b>, 2025-11-21 10:00 UTC to 2025-11-21 10:02 UTC: legacy last 0.3 %, highest 0.4 %; candidate last 0.2 %, highest 0.2 %; limit 1 %
    Comparisons and discrepancies of kimi, upload <b>, 2025-11-21 10:00 UTC to 2025-11-21 10:02 UTC: comparisons 7 in all, at most 4 in 60 s; discrepancies 2 in all, at most 2 in 60 s
    Rollout history of kimi, 2025-11-21 10:00 UTC to 2025-11-21 10:02 UTC: configured last 1 %, highest 10 %
    ");
}

#[test]
fn alerts_are_marked_where_they_fired_and_said_in_words() {
    let metrics = metrics(&[(Some(4.0), Some(2.0)), (Some(3.0), Some(1.0))]);
    let span = |from: i64, until: Option<i64>| AlertSpan {
        fired_at: metrics.from + TimeDelta::seconds(from),
        resolved_at: until.map(|until| metrics.from + TimeDelta::seconds(until)),
    };
    for (alert, marks, words) in [
        (span(30, Some(90)), 2, Some("an alert fired from 2025-11-21 10:00 UTC to 2025-11-21 10:01 UTC")),
        (span(30, None), 2, Some("an alert fired from 2025-11-21 10:00 UTC to now")),
        // It began before: only its wash is seen.
        (span(-60, Some(30)), 1, Some("an alert fired from 2025-11-21 09:59 UTC to 2025-11-21 10:00 UTC")),
        (span(-60, Some(-30)), 0, None),
        (span(500, None), 0, None),
    ] {
        let alerts = [alert];
        let draw = |alerts| {
            let input = ChartInput { kind: ChartKind::Requests, metrics: &metrics, history: &[], alerts, limit: None };
            draw(&input, WIDE, Placement::Inline).unwrap().svg
        };
        let (with, without) = (draw(&alerts), draw(&[]));
        let failed = |svg: &str| svg.matches("var(--failed)").count();
        assert_eq!(failed(&with) - failed(&without), marks, "{alert:?}");
        assert_eq!(with.contains("an alert fired"), words.is_some());
        assert!(words.is_none_or(|words| with.contains(words)), "{with}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_series_can_be_drawn(
        values in prop::collection::vec((prop::option::of(any::<f64>()), prop::option::of(0.0..1e22f64)), 0..80),
        changes in prop::collection::vec((-4_000i64..8_000, 0u8..=100), 0..20),
        limit in prop::option::of(any::<f64>()),
        (width, height) in (240u32..=2_000, 120u32..=1_200),
        kind in prop::sample::select(&ChartKind::ALL[..]),
    ) {
        let metrics = metrics(&values);
        let size = Size::new(width, height).unwrap();
        for placement in [Placement::Inline, Placement::Standalone] {
            check(&ChartInput { kind, metrics: &metrics, history: &history(&changes), alerts: &[], limit }, size, placement);
        }
    }
}
