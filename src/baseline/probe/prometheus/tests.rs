use std::net::SocketAddr;
use std::path::Path;

use super::super::serving::{answer, serve_http};
use super::*;
use crate::baseline::secrets::Secrets;
use crate::baseline::settings::{Several, Take};

const LONG: Duration = Duration::from_secs(10);

/// Scrapes ten seconds apart.
fn scrapes(texts: &[&str]) -> Vec<Scrape> {
    let first = Instant::now();
    (0_u32..)
        .zip(texts)
        .map(|(number, text)| Scrape {
            exposition: Arc::new(
                exposition::parse(text.as_bytes(), Flavour::Prometheus, &Limits::default()).unwrap(),
            ),
            at: first + Duration::from_secs(10) * number,
        })
        .collect()
}

fn query(select: &str, take: Take, several: Several, over: &[&str]) -> Query {
    let over = over.iter().map(|text| text.parse().unwrap()).collect();
    Query { select: select.parse().unwrap(), take, several, over }
}

fn numbers(texts: &[&str], query: &Query) -> Result<Vec<f64>, Trouble> {
    let scrapes = scrapes(texts);
    read(query, &scrapes.iter().collect::<Vec<_>>())
}

fn value(select: &str, several: Several) -> Query {
    query(select, Take::Value, several, &[])
}

const REQUESTS: &str = concat!(
    "requests_total{code=\"200\",path=\"/a\"} 90\n",
    "requests_total{code=\"404\",path=\"/a\"} 6\n",
    "requests_total{code=\"503\",path=\"/b\"} 4\n",
    "up 1\n",
);

#[test]
fn series_are_selected() {
    for (select, several, expected) in [
        ("requests_total", Several::Sum, 100.0),
        ("requests_total", Several::Max, 90.0),
        ("requests_total", Several::Min, 4.0),
        ("requests_total", Several::Count, 3.0),
        (r#"requests_total{path="/a"}"#, Several::Mean, 48.0),
        (r#"requests_total{code=~"[45].."}"#, Several::Sum, 10.0),
        (r#"requests_total{code!~"5.."}"#, Several::Sum, 96.0),
        (r#"requests_total{code!="200",path="/a"}"#, Several::Sum, 6.0),
        // All of a value must match, and a label that is not there is empty.
        (r#"requests_total{code=~"2|.*0.*",other=""}"#, Several::Count, 3.0),
        ("up", Several::Sum, 1.0),
    ] {
        assert_eq!(numbers(&[REQUESTS], &value(select, several)), Ok(vec![expected]), "{select}");
    }
    let share = query(r#"requests_total{code=~"5.."}"#, Take::Value, Several::Sum, &["requests_total"]);
    assert_eq!(numbers(&[REQUESTS, REQUESTS], &share), Ok(vec![0.04, 0.04]));
    let parts = [r#"requests_total{code="200"}"#, r#"requests_total{code="404"}"#];
    let share = query(r#"requests_total{code="200"}"#, Take::Value, Several::Sum, &parts);
    assert_eq!(numbers(&[REQUESTS], &share), Ok(vec![0.9375]));
}

#[test]
fn nothing_selected_is_a_failure_that_says_what_there_is() {
    for (select, words) in [
        ("request_total", "no series is `request_total`: did you mean requests_total?"),
        (
            r#"requests_total{code="500"}"#,
            "no series is `requests_total{code=\"500\"}`: there are 3 of that name, with the labels code, path",
        ),
        (r#"requests_total{code=~"20"}"#, "no series is `requests_total{code=~\"20\"}`: there are 3"),
        ("zzz", "no series is `zzz`"),
    ] {
        let Err(Trouble::Failed(reason)) = numbers(&[REQUESTS], &value(select, Several::Count)) else {
            panic!()
        };
        assert!(reason.starts_with(words), "{reason}");
    }
    let of_a_summary = "# TYPE wait summary\nwait{quantile=\"0.5\"} 1\n";
    let wanted = query("wait", Take::Quantile(0.5), Several::Sum, &[]);
    let Err(Trouble::Failed(reason)) = numbers(&[of_a_summary], &wanted) else { panic!() };
    assert!(reason.contains("it is a summary; take the value of wait{quantile="), "{reason}");
    // The divisor must be there too.
    let share = query("up", Take::Value, Several::Sum, &["up", "down"]);
    assert!(matches!(numbers(&[REQUESTS], &share), Err(Trouble::Failed(_))));
}

#[test]
fn nan_is_never_a_number() {
    let some = "a{b=\"1\"} NaN\na{b=\"2\"} 3\na{b=\"3\"} 5\n";
    assert!(matches!(numbers(&[some], &value("a", Several::Sum)), Err(Trouble::Failed(_))));
    assert!(matches!(numbers(&[some], &value("a", Several::Mean)), Err(Trouble::Failed(_))));
    assert_eq!(numbers(&[some], &value("a", Several::Max)), Ok(vec![5.0]));
    assert_eq!(numbers(&[some], &value("a", Several::Min)), Ok(vec![3.0]));
    assert!(matches!(numbers(&["a NaN\n"], &value("a", Several::Max)), Err(Trouble::Absent(_))));
    let zero = query("a", Take::Value, Several::Sum, &["b"]);
    assert!(matches!(numbers(&["a 1\nb 0\n"], &zero), Err(Trouble::Absent(_))));
    // A series twice, without a time that tells which is meant.
    assert!(matches!(numbers(&["a 1\na 2\n"], &value("a", Several::Sum)), Err(Trouble::Failed(_))));
    assert_eq!(numbers(&["a 1 2000\na 2 3000\na 3 1000\n"], &value("a", Several::Sum)), Ok(vec![2.0]));
}

#[test]
fn rates() {
    let rate = |select: &str, over: &[&str]| query(select, Take::Rate, Several::Sum, over);
    // By hand, over ten seconds: 20 + 0; then 5 after a counter began anew, and 10.
    let texts =
        ["a{b=\"1\"} 100\na{b=\"2\"} 7\n", "a{b=\"1\"} 120\na{b=\"2\"} 7\n", "a{b=\"1\"} 5\na{b=\"2\"} 17\n"];
    assert_eq!(numbers(&texts, &rate("a", &[])), Ok(vec![2.0, 1.5]));
    assert_eq!(numbers(&texts, &rate("a{b=\"2\"}", &["a"])).unwrap()[1], 10.0 / 15.0);
    // A series that is only in one of two says nothing of what it grew by.
    assert_eq!(numbers(&["a{b=\"1\"} 1\n", "a{b=\"1\"} 2\na{b=\"2\"} 9\n"], &rate("a", &[])), Ok(vec![0.1]));
    for texts in [&["a 1\n"] as &[&str], &["a{b=\"1\"} 1\n", "a{b=\"2\"} 1\n"], &["a 1\n", "b 1\n"]] {
        assert!(matches!(numbers(texts, &rate("a", &[])), Err(Trouble::Failed(_))), "{texts:?}");
    }
    // The times that samples say count, and must move on.
    assert_eq!(numbers(&["a 1 1000\n", "a 5 3000\n"], &rate("a", &[])), Ok(vec![2.0]));
    assert!(matches!(numbers(&["a 1 1000\n", "a 1 1000\n"], &rate("a", &[])), Err(Trouble::Failed(_))));
}

const WAIT: &str = concat!(
    "# TYPE wait histogram\n",
    "wait_bucket{p=\"a\",le=\"0.1\"} 10\nwait_bucket{p=\"a\",le=\"0.2\"} 20\nwait_bucket{p=\"a\",le=\"+Inf\"} 20\n",
    "wait_sum{p=\"a\"} 2\nwait_count{p=\"a\"} 20\n",
    "wait_bucket{p=\"b\",le=\"0.10\"} 0\nwait_bucket{p=\"b\",le=\"0.2\"} 20\nwait_bucket{p=\"b\",le=\"+Inf\"} 20\n",
    "wait_sum{p=\"b\"} 3\nwait_count{p=\"b\"} 20\n",
);

#[test]
fn histograms() {
    // All of them: 10 to 0.1, 40 to 0.2; rank 20 is a third of the way.
    let all = numbers(&[WAIT], &query("wait", Take::Quantile(0.5), Several::Sum, &[])).unwrap()[0];
    assert!((all - (0.1 + 0.1 * 10.0 / 30.0)).abs() < 1e-12, "{all}");
    let one = numbers(&[WAIT], &query("wait{p=\"b\"}", Take::Quantile(0.5), Several::Sum, &[])).unwrap()[0];
    assert!((one - 0.15).abs() < 1e-12, "{one}");
    let named = query("wait_bucket{p=\"b\"}", Take::Quantile(0.5), Several::Sum, &[]);
    assert_eq!(numbers(&[WAIT], &named), Ok(vec![one]));
    assert_eq!(numbers(&[WAIT], &query("wait", Take::Mean, Several::Sum, &[])), Ok(vec![0.125]));
    // Between two scrapes only the lowest bucket of one grew, by 8: the median is the middle of 0 to 0.1.
    let later = WAIT
        .replace("le=\"0.1\"} 10", "le=\"0.1\"} 18")
        .replace("p=\"a\",le=\"0.2\"} 20", "p=\"a\",le=\"0.2\"} 28")
        .replace("p=\"a\",le=\"+Inf\"} 20", "p=\"a\",le=\"+Inf\"} 28");
    let rate = query("wait", Take::QuantileRate(0.5), Several::Sum, &[]);
    let half = numbers(&[WAIT, &later], &rate).unwrap();
    assert!(half.len() == 1 && (half[0] - 0.05).abs() < 1e-12, "{half:?}");
    // Scrapes between which nothing was counted are left out; if it was never, there is nothing to measure.
    assert_eq!(numbers(&[WAIT, WAIT, &later], &rate), Ok(half));
    assert!(matches!(numbers(&[WAIT, WAIT], &rate), Err(Trouble::Absent(_))));
    let zero = "wait_sum 0\nwait_count 0\n";
    assert!(matches!(
        numbers(&[zero], &query("wait", Take::Mean, Several::Sum, &[])),
        Err(Trouble::Absent(_))
    ));
    let no_bound = "wait_bucket{le=\"1\"} 4\nwait_bucket{le=\"2\"} 5\n";
    let median = query("wait", Take::Quantile(0.5), Several::Sum, &[]);
    assert!(matches!(numbers(&[no_bound], &median), Err(Trouble::Failed(_))));
}

fn scraped(address: SocketAddr, limit: Duration) -> Result<Scrape, Trouble> {
    let ask = Ask {
        url: format!("http://{address}/metrics"),
        requests: 1,
        body: None,
        headers: Vec::new(),
        token: None,
        expect: Vec::new(),
    };
    observe(
        &ask,
        &Surroundings {
            folder: Path::new("."),
            environment: &[],
            agent: "readiness/test",
            secrets: Secrets::NONE,
        },
        limit,
    )
}

#[test]
fn scrapes_are_read_as_their_type_says() {
    const OPEN: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    let serve = |media: &'static str, body: &'static str| {
        serve_http(move |request, _, _| {
            let head = request.to_lowercase();
            // A server of prometheus_client answers in OpenMetrics if it is but named, and badly.
            assert!(
                head.contains("accept: text/plain;version=0.0.4,") && !head.contains("openmetrics"),
                "{head}"
            );
            answer("200 OK", media, body)
        })
    };
    for (media, body, good) in [
        ("text/plain; version=0.0.4", "a 1\n\n# a comment\n", true),
        (OPEN, "a 1\n# EOF\n", true),
        (OPEN, "a 1\n", false),
        ("text/html", "<html><body>404</body></html>\n", false),
        ("application/json", "a 1\n", false),
    ] {
        let result = scraped(serve(media, body), LONG);
        assert_eq!(result.is_ok(), good, "{media}: {result:?}");
    }
    let address = serve_http(|_, _, _| answer("503 Service Unavailable", "text/plain", "a 1\n"));
    assert_eq!(scraped(address, LONG).unwrap_err(), Trouble::failed("the server answers 503"));
}

#[test]
fn a_label_bomb_is_named() {
    let bomb: String = (0..50_000).map(|number| format!("l{number}=\"x\",")).collect();
    let address =
        serve_http(move |_, _, _| answer("200 OK", "text/plain", &format!("ok 1\na{{{bomb}}} 1\n")));
    let Err(Trouble::Failed(words)) = scraped(address, LONG) else { panic!() };
    assert_eq!(words, "the exposition cannot be read: line 2: a sample with more than 64 labels");
}

/// A hundred thousand series are read and queried in well under a second, even in a debug build.
#[test]
fn many_series() {
    let text: String = (0..100_000)
        .map(|number| format!("requests_total{{path=\"/p{number}\",code=\"{}\"}} 1\n", 200 + number % 2))
        .collect();
    let start = Instant::now();
    let exposition = exposition::parse(text.as_bytes(), Flavour::Prometheus, &Limits::default()).unwrap();
    let read_in = start.elapsed();
    let scrape = Scrape { exposition: Arc::new(exposition), at: start };
    let start = Instant::now();
    let wanted = value("requests_total{code=~\"200\"}", Several::Sum);
    assert_eq!(read(&wanted, &[&scrape]), Ok(vec![50_000.0]));
    eprintln!("100,000 series: read in {read_in:?}, queried in {:?}", start.elapsed());
    assert!(read_in + start.elapsed() < Duration::from_secs(5));
}
