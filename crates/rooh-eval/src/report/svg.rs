//! The curves as a picture that is readable on a light page and on a dark one.

use std::fmt::Write as _;

use super::Report;
use crate::measure::Curve;

/// Colors that stand out from white and from black alike (contrast of at least 3 to 1 with both),
/// and from each other with the common kinds of color blindness: those of Okabe and Ito, adjusted.
const COLORS: [&str; 8] =
    ["#808080", "#c8791a", "#3a8fc4", "#1a9c77", "#b0619b", "#cf5b1b", "#6b78d6", "#8a8f1e"];

/// Text and lines of the frame: the gray that is as far from white as from black.
const INK: &str = "#7a7a7a";

const WIDTH: f64 = 860.0;
const HEIGHT: f64 = 520.0;
const LEFT: f64 = 64.0;
const RIGHT: f64 = 250.0;
const TOP: f64 = 48.0;
const BOTTOM: f64 = 60.0;

/// The longest mean delay and the largest share of cut-offs that are shown.
const DELAY: f64 = 2.0;
const CUT: f64 = 0.6;

impl Report {
    /// The curves of callers on a quiet line as an SVG file: mean delay to the right, cut-offs upwards; lower left is better.
    pub fn to_svg(&self) -> String {
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" \
             font-family=\"system-ui, sans-serif\" font-size=\"13\" role=\"img\">\n\
             <title>False cut-offs against delay</title>\n\
             <text x=\"{LEFT}\" y=\"26\" fill=\"{INK}\" font-size=\"16\" font-weight=\"600\">\
             How often callers on a quiet line are cut off, and how long they wait</text>\n"
        );
        grid(&mut svg);
        let ends = labels(&self.quiet);
        for (index, curve) in self.quiet.iter().enumerate() {
            let color = COLORS[index % COLORS.len()];
            draw(&mut svg, curve, color, ends[index], index >= COLORS.len());
        }
        svg.push_str("</svg>\n");
        svg
    }
}

fn x(delay: f64) -> f64 {
    LEFT + (WIDTH - LEFT - RIGHT) * delay / DELAY
}

fn y(cut: f64) -> f64 {
    HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * cut / CUT
}

fn grid(svg: &mut String) {
    let (right, bottom) = (x(DELAY), y(0.0));
    for step in 0..=6 {
        let cut = f64::from(step) / 10.0;
        let at = y(cut);
        let _ = writeln!(
            svg,
            "<line x1=\"{LEFT}\" y1=\"{at:.1}\" x2=\"{right:.1}\" y2=\"{at:.1}\" stroke=\"{INK}\" \
             stroke-opacity=\"{}\"/><text x=\"{}\" y=\"{:.1}\" fill=\"{INK}\" text-anchor=\"end\">{} %</text>",
            if step == 0 { 0.9 } else { 0.25 },
            LEFT - 8.0,
            at + 4.5,
            step * 10
        );
    }
    for step in 0..=4 {
        let delay = f64::from(step) / 2.0;
        let at = x(delay);
        let _ = writeln!(
            svg,
            "<line x1=\"{at:.1}\" y1=\"{TOP}\" x2=\"{at:.1}\" y2=\"{bottom:.1}\" stroke=\"{INK}\" \
             stroke-opacity=\"{}\"/><text x=\"{at:.1}\" y=\"{:.1}\" fill=\"{INK}\" \
             text-anchor=\"middle\">{:.0} ms</text>",
            if step == 0 { 0.9 } else { 0.25 },
            bottom + 20.0,
            delay * 1000.0
        );
    }
    let middle = (LEFT + right) / 2.0;
    let _ = writeln!(
        svg,
        "<text x=\"{middle:.1}\" y=\"{:.1}\" fill=\"{INK}\" text-anchor=\"middle\">mean delay after the end \
         of a turn</text>\n<text transform=\"translate(16 {:.1}) rotate(-90)\" fill=\"{INK}\" \
         text-anchor=\"middle\">pauses in which the caller is cut off</text>",
        bottom + 44.0,
        (TOP + bottom) / 2.0
    );
}

/// The points of a curve that are within the frame.
fn visible(curve: &Curve) -> Vec<(f64, f64)> {
    let inside = |point: &&crate::measure::Point| point.delay <= DELAY && point.cut <= CUT;
    curve.points.iter().filter(inside).map(|point| (x(point.delay), y(point.cut))).collect()
}

/// Where the name of each curve stands: at the right, in the order of the ends, not over each other.
fn labels(curves: &[Curve]) -> Vec<f64> {
    let mut places: Vec<(usize, f64)> = curves
        .iter()
        .enumerate()
        .map(|(index, curve)| (index, visible(curve).last().map_or(TOP, |(_, y)| *y)))
        .collect();
    places.sort_by(|a, b| b.1.total_cmp(&a.1));
    let mut lowest = HEIGHT - BOTTOM - 6.0;
    for (_, place) in &mut places {
        *place = place.min(lowest);
        lowest = *place - 18.0;
    }
    places.sort_by_key(|(index, _)| *index);
    places.into_iter().map(|(_, place)| place).collect()
}

fn draw(svg: &mut String, curve: &Curve, color: &str, label: f64, is_dashed: bool) {
    let points = visible(curve);
    let Some((end_x, end_y)) = points.last().copied() else { return };
    let line: Vec<String> = points.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
    let dash = if is_dashed { " stroke-dasharray=\"6 4\"" } else { "" };
    let text = x(DELAY) + 24.0;
    let _ = writeln!(
        svg,
        "<polyline points=\"{}\" fill=\"none\" stroke=\"{color}\" stroke-width=\"2.4\" \
         stroke-linejoin=\"round\"{dash}/>\n<line x1=\"{end_x:.1}\" y1=\"{end_y:.1}\" x2=\"{:.1}\" \
         y2=\"{label:.1}\" stroke=\"{color}\" stroke-opacity=\"0.5\"/>\n<text x=\"{text:.1}\" y=\"{:.1}\" \
         fill=\"{color}\" font-weight=\"600\">{}</text>",
        line.join(" "),
        text - 4.0,
        label + 4.5,
        curve.name.replace('&', "&amp;").replace('<', "&lt;")
    );
}
