//! The picture of coordinated omission in README: percentiles by service and by response, of a run of
//! `scenarios/freeze.yaml`. Drawn from the run's `.hgrm` files, as anybody could.

use std::fmt::Write as _;
use std::fs;

use crate::support::Here;

const PICTURE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/reports/omission.svg");
const SCENARIO: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/freeze.yaml");

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 320.0;
const LEFT: f64 = 64.0;
const RIGHT: f64 = 20.0;
const TOP: f64 = 66.0;
const BOTTOM: f64 = 34.0;

/// One sample in so many is slower, and how many milliseconds it took.
type Point = (f64, f64);

/// Its colours are for both themes, on a ground of its own: an image does not know the page it is on.
const STYLE: &str = "\
.ground { fill: #f6f8fa; stroke: #d0d7de } text { fill: #57606a; font: 13px system-ui, sans-serif }
.title { fill: #1b1f24; font-weight: 600 } .axis { stroke: #d0d7de; fill: none } .up { text-anchor: end } .along { text-anchor: middle }
.line { fill: none; stroke-width: 2; stroke-linejoin: round } .waited { fill: #0063a6; opacity: .12 }
.response { stroke: #0063a6 } .service { stroke: #c04a00; stroke-dasharray: 6 3 } .at { fill: #1b1f24 }
@media (prefers-color-scheme: dark) {
  .ground { fill: #181e25; stroke: #343c46 } text { fill: #a3adb8 } .title, .at { fill: #e6eaef } .axis { stroke: #343c46 }
  .response { stroke: #6cbcf5 } .service { stroke: #ffa45c } .waited { fill: #6cbcf5 }
}";

/// The curve of a percentile distribution as HdrHistogram writes it.
fn curve(hgrm: &str) -> Vec<Point> {
    let row = |line: &str| {
        let mut columns = line.split_whitespace().map(str::parse::<f64>);
        let (ms, _, _, one_in) =
            (columns.next()?.ok()?, columns.next()?, columns.next()?, columns.next()?.ok()?);
        Some((one_in, ms))
    };
    hgrm.lines().filter_map(row).collect()
}

/// The slowest but one in so many.
fn at(curve: &[Point], one_in: f64) -> f64 {
    curve.iter().find(|point| point.0 >= one_in).expect("a percentile of this run").1
}

/// Both axes are logarithmic: a tail is where there are few, and times differ by thousands.
struct Axes {
    rarest: f64,
    least: f64,
    most: f64,
}

impl Axes {
    fn of(curves: [&[Point]; 2]) -> Self {
        let all = || curves.into_iter().flatten();
        let least = all().map(|point| point.1).fold(f64::INFINITY, f64::min);
        Self {
            rarest: all().map(|point| point.0).fold(10.0, f64::max),
            least: 10f64.powf(least.log10().floor()),
            most: all().map(|point| point.1).fold(0.0, f64::max) * 1.3,
        }
    }

    fn x(&self, one_in: f64) -> f64 {
        LEFT + one_in.log10() / self.rarest.log10() * (WIDTH - LEFT - RIGHT)
    }

    fn y(&self, ms: f64) -> f64 {
        let up = (ms / self.least).log10() / (self.most / self.least).log10();
        HEIGHT - BOTTOM - up.max(0.0) * (HEIGHT - TOP - BOTTOM)
    }

    fn path<'a>(&self, points: impl Iterator<Item = &'a Point>) -> String {
        points.map(|(one_in, ms)| format!("{:.1} {:.1} ", self.x(*one_in), self.y(*ms))).collect()
    }
}

fn time(ms: f64) -> String {
    if ms >= 1000.0 { format!("{:.1} s", ms / 1e3) } else { format!("{ms:.0} ms") }
}

fn draw(response: &[Point], service: &[Point]) -> String {
    let axes = Axes::of([response, service]);
    let [felt, told] = [response, service].map(|curve| at(curve, 20.0));
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" \
         aria-labelledby=\"t d\">\n<title id=\"t\">The same two seconds, by response and by service</title>\n\
         <desc id=\"d\">Percentiles of open_channel. At p95 the response time is {}, the service time {}.</desc>\n\
         <style>\n{STYLE}\n</style>\n<rect class=\"ground\" x=\".5\" y=\".5\" width=\"{}\" height=\"{}\" rx=\"6\"/>\n\
         <text class=\"title\" x=\"20\" y=\"26\">A target that stands still for two seconds</text>\n",
        time(felt),
        time(told),
        WIDTH - 1.0,
        HEIGHT - 1.0
    );
    legend(&mut svg);
    for (power, ms) in (-3..6).map(|power| (power, 10f64.powi(power))) {
        if (axes.least..=axes.most).contains(&ms) {
            let (y, name) =
                (axes.y(ms), if power < 3 { format!("{ms} ms") } else { format!("{} s", ms / 1e3) });
            put(&mut svg, &format!("<path class=\"axis\" d=\"M{LEFT} {y:.1}H{}\"/>", WIDTH - RIGHT));
            put(
                &mut svg,
                &format!("<text class=\"up\" x=\"{}\" y=\"{:.1}\">{name}</text>", LEFT - 8.0, y + 4.0),
            );
        }
    }
    for (one_in, name) in [(2.0, "p50"), (10.0, "p90"), (20.0, "p95"), (100.0, "p99"), (1000.0, "p99.9")] {
        if one_in <= axes.rarest {
            let (x, floor) = (axes.x(one_in), HEIGHT - BOTTOM);
            put(&mut svg, &format!("<path class=\"axis\" d=\"M{x:.1} {floor}v5\"/>"));
            put(
                &mut svg,
                &format!("<text class=\"along\" x=\"{x:.1}\" y=\"{}\">{name}</text>", floor + 20.0),
            );
        }
    }
    let between = axes.path(response.iter()) + &axes.path(service.iter().rev());
    put(&mut svg, &format!("<path class=\"waited\" d=\"M{}z\"/>", between.trim_end()));
    for (name, curve, ms, above) in [("response", response, felt, -10.0), ("service", service, told, 20.0)] {
        put(
            &mut svg,
            &format!("<path class=\"line {name}\" d=\"M{}\"/>", axes.path(curve.iter()).trim_end()),
        );
        let (x, y) = (axes.x(20.0), axes.y(ms));
        put(&mut svg, &format!("<circle class=\"at\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3\"/>"));
        put(
            &mut svg,
            &format!("<text class=\"up\" x=\"{:.1}\" y=\"{:.1}\">{}</text>", x - 8.0, y + above, time(ms)),
        );
    }
    svg + "</svg>\n"
}

fn legend(svg: &mut String) {
    let lines = [
        ("response", 20, "response: since the customer came"),
        ("service", 310, "service: since it was sent"),
    ];
    for (name, x, words) in lines {
        put(
            svg,
            &format!(
                "<path class=\"line {name}\" d=\"M{x} 44h28\"/><text x=\"{}\" y=\"48\">{words}</text>",
                x + 36
            ),
        );
    }
    put(
        svg,
        "<rect class=\"waited\" x=\"560\" y=\"38\" width=\"28\" height=\"12\"/><text x=\"596\" y=\"48\">waited unsent</text>",
    );
}

fn put(svg: &mut String, element: &str) {
    // Writing into a String cannot fail.
    let _ = writeln!(svg, "{element}");
}

#[test]
#[ignore = "draws reports/omission.svg anew, from a run of half a minute"]
fn publish_the_picture() {
    let ran = Here::new().run_file(SCENARIO, &[]);
    ran.says(0, &["PASSED"]);
    let [response, service] = ["response", "service"].map(|time| {
        let curve = curve(ran.file(&format!("steps/open_channel.{time}.hgrm")));
        assert!(curve.len() > 20, "{}", ran.ended);
        curve
    });
    fs::write(PICTURE, draw(&response, &service)).expect("written");
}

#[test]
fn the_picture_loads_nothing_has_words_and_knows_both_themes() {
    let text = fs::read_to_string(PICTURE).expect("the picture");
    let svg = roxmltree::Document::parse(&text).expect("XML");
    let has =
        |name: &str| svg.descendants().any(|node| node.has_tag_name(("http://www.w3.org/2000/svg", name)));
    assert!(has("title") && has("desc") && text.contains("prefers-color-scheme: dark"), "{text}");
    assert!(!text.contains("href") && !text.contains("url(") && !has("script") && !has("image"), "{text}");
    for name in ["line response", "line service"] {
        let drawn = svg.descendants().filter(|node| node.attribute("class") == Some(name));
        assert_eq!(drawn.count(), 2, "{name}: a key and a curve");
    }
}
