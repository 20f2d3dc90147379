//! Charts as SVG: where lines, bars and ticks stand. Whole pixels and integers of yen, no floats; the same numbers always
//! stand in a table beside a chart, so it may leave detail out.

/// Size of a line chart and where its plot begins and ends.
const WIDTH: i64 = 720;
const HEIGHT: i64 = 320;
const LEFT: i64 = 96;
const RIGHT: i64 = 16;
const TOP: i64 = 56;
/// Lines of words above the plot, so that neighbours do not cover one another.
const MARK_LINES: i64 = 3;
const BOTTOM: i64 = 40;
/// Classes of lines; a fifth quote begins again.
const LINES: [&str; 4] = ["line-a", "line-b", "line-c", "line-d"];

/// A chart of values over quantities.
#[derive(Debug, Clone, Default)]
pub(crate) struct Lines {
    pub(crate) series: Vec<Series>,
    /// Places of horizontal lines with their words.
    pub(crate) ys: Vec<(i64, String)>,
    /// Places under the axis with their words.
    pub(crate) xs: Vec<(i64, String)>,
    /// Places that stand out (a crossing, the surveyed quantity): where, how high the word stands, the word.
    pub(crate) marks: Vec<(i64, i64, String)>,
}

/// One line: name, class, and its stretches as points.
#[derive(Debug, Clone)]
pub(crate) struct Series {
    pub(crate) name: String,
    pub(crate) class: &'static str,
    pub(crate) stretches: Vec<String>,
}

/// `value` of `0..=most` on a stretch of pixels.
pub(crate) fn scaled(value: i64, most: i64, pixels: i64) -> i64 {
    value.saturating_mul(pixels).checked_div(most.max(1)).unwrap_or(0)
}

/// A round number at or above a quarter of `most`.
fn step(most: i64) -> i64 {
    let wanted = most.checked_div(4).unwrap_or(1).max(1);
    let mut unit = 1_i64;
    loop {
        for times in [1, 2, 5] {
            let step = unit.saturating_mul(times);
            if step >= wanted || step == i64::MAX {
                return step;
            }
        }
        unit = unit.saturating_mul(10);
    }
}

/// Draws values over the quantities `from..=to`; a series has one value for each quantity.
pub(crate) fn lines((from, to): (i64, i64), values: &[(String, Vec<Option<i64>>)], marks: &[(i64, String)]) -> Lines {
    let most = values.iter().flat_map(|(_, values)| values.iter().flatten()).max().copied().unwrap_or(1);
    let step = step(most);
    let top = most.checked_div(step).unwrap_or(0).saturating_add(1).saturating_mul(step);
    let (wide, high) = (WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM);
    let x = |seats: i64| LEFT.saturating_add(scaled(seats.saturating_sub(from), to.saturating_sub(from), wide));
    let y = |value: i64| TOP.saturating_add(high.saturating_sub(scaled(value, top, high)));
    let series = values.iter().enumerate().map(|(at, (name, values))| {
        let class = LINES.iter().cycle().nth(at).copied().unwrap_or("line-a");
        Series { name: name.clone(), class, stretches: stretches(from, values, &x, &y) }
    });
    let mut quarters: Vec<i64> =
        (0..=4).map(|part| from.saturating_add(scaled(part, 4, to.saturating_sub(from)))).collect();
    // A short range has fewer whole quantities than places.
    quarters.dedup();
    let ticks = (0..=5).map(|at| step.saturating_mul(at)).take_while(|value| *value <= top);
    Lines {
        series: series.collect(),
        ys: ticks.map(|value| (y(value), crate::words::yen(&value))).collect(),
        xs: quarters.into_iter().map(|seats| (x(seats), crate::words::seats(&seats))).collect(),
        marks: (0..).zip(marks).map(|(at, (seats, word))| (x(*seats), mark_y(at), word.clone())).collect(),
    }
}

/// How high the word of a mark stands.
fn mark_y(at: i64) -> i64 {
    at.checked_rem(MARK_LINES).unwrap_or(0).saturating_mul(16).saturating_add(16)
}

fn stretches(from: i64, values: &[Option<i64>], x: &impl Fn(i64) -> i64, y: &impl Fn(i64) -> i64) -> Vec<String> {
    let mut stretches = Vec::new();
    let mut points = String::new();
    for (seats, value) in (from..).zip(values) {
        match value {
            Some(value) => points.push_str(&format!("{},{} ", x(seats), y(*value))),
            None if !points.is_empty() => stretches.push(std::mem::take(&mut points)),
            None => {}
        }
    }
    if !points.is_empty() {
        stretches.push(points);
    }
    stretches
}

/// One row of a bar chart: name and the widths of its parts with their classes and words.
#[derive(Debug, Clone)]
pub(crate) struct Bar {
    pub(crate) name: String,
    /// From the left: start, width, class.
    pub(crate) parts: Vec<(i64, i64, &'static str)>,
    pub(crate) y: i64,
}

/// Width of the plot of a bar chart.
const BAR_WIDTH: i64 = 560;
/// Where bars begin.
const BAR_LEFT: i64 = 140;
/// From bar to bar.
pub(crate) const BAR_STEP: i64 = 32;

/// What a row of a bar chart shows: name, and the value of each part with its class.
pub(crate) type Row = (String, Vec<(i64, &'static str)>);

/// Bars of stacked parts, all on one scale.
pub(crate) fn stacked(rows: &[Row]) -> Vec<Bar> {
    let sum = |parts: &[(i64, &'static str)]| parts.iter().fold(0_i64, |sum, (value, _)| sum.saturating_add(*value));
    let most = rows.iter().map(|(_, parts)| sum(parts)).max().unwrap_or(1);
    let bar = |(at, (name, parts)): (usize, &Row)| {
        let mut before = 0_i64;
        let mut placed = Vec::new();
        for (value, class) in parts {
            let start = scaled(before, most, BAR_WIDTH);
            before = before.saturating_add(*value);
            let width = scaled(before, most, BAR_WIDTH).saturating_sub(start);
            placed.push((BAR_LEFT.saturating_add(start), width, *class));
        }
        let y = BAR_STEP.saturating_mul(i64::try_from(at).unwrap_or(0));
        Bar { name: name.clone(), parts: placed, y }
    };
    rows.iter().enumerate().map(bar).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_round_and_no_value_leaves_the_chart() {
        assert_eq!([step(7_920_000), step(27_000), step(3)], [2_000_000, 10_000, 1]);
        let chart = lines((1, 3), &[("試算".to_owned(), vec![Some(10), None, Some(30)])], &[]);
        let points: Vec<_> = chart.series.iter().flat_map(|series| series.stretches.clone()).collect();
        assert_eq!(points.len(), 2, "a gap breaks the line");
        assert!(chart.ys.iter().all(|(y, _)| (TOP..=HEIGHT).contains(y)));
        let labels: Vec<&str> = chart.xs.iter().map(|(_, label)| label.as_str()).collect();
        assert_eq!(labels, ["1席", "2席", "3席"], "each quantity once");
    }

    #[test]
    fn parts_of_a_bar_touch_without_gaps() {
        let bars = stacked(&[("町".to_owned(), vec![(1, "a"), (1, "b"), (1, "c")])]);
        let parts = &bars[0].parts;
        assert_eq!(parts[0].0 + parts[0].1, parts[1].0);
        assert_eq!(parts[2].0 + parts[2].1, BAR_LEFT + BAR_WIDTH);
    }
}
