use super::*;

fn text(text: &str) -> Result<Exposition, Fault> {
    parse(text.as_bytes(), Flavour::Prometheus, &Limits::default())
}

fn open(text: &str) -> Result<Exposition, Fault> {
    parse(text.as_bytes(), Flavour::OpenMetrics, &Limits::default())
}

/// The example of the documentation of the format, retold: every feature once.
#[test]
fn all_of_the_text_format() {
    let read = text(concat!(
        "# HELP hits_total Hits \\\\ of\\nall \\\" kinds.\n",
        "# TYPE hits_total counter\n",
        "hits_total{method=\"post\",code=\"200\"} 1027 1395066363000\n",
        "hits_total { method = \"post\" , code=\"400\" , } 3 -1500\n",
        "\n",
        "# Escapes, and a comment\n",
        "  files{path=\"C:\\\\DIR\\\\FILE.TXT\",error=\"not\\n\\\"found\\\" ä\"}\t1.458255915e9\n",
        "plain 12.47\n",
        "odd{problem=\"division by zero\"} +Inf -3982045\n",
        "nan NaN\n",
        "#TYPE d Histogram\n",
        "d_bucket{le=\"0.05\"} 24054\n",
        "d_bucket{le=\"+Inf\"} 144320\n",
        "d_sum 53423\n",
        "d_count 144320\n",
    ))
    .unwrap();
    let first = &read.families()[0];
    assert_eq!((first.name.as_str(), first.kind), ("hits_total", Kind::Counter));
    assert_eq!(first.help.as_deref(), Some("Hits \\ of\nall \\\" kinds."));
    let samples: Vec<Sample<'_>> = read.samples().collect();
    assert_eq!(samples.len(), 10);
    assert_eq!(samples[0].labels().collect::<Vec<_>>(), [("method", "post"), ("code", "200")]);
    assert_eq!((samples[0].value(), samples[0].timestamp()), (1027.0, Some(1_395_066_363.0)));
    assert_eq!((samples[1].label("code"), samples[1].timestamp()), ("400", Some(-1.5)));
    assert_eq!(samples[2].label("path"), "C:\\DIR\\FILE.TXT");
    assert_eq!((samples[2].label("error"), samples[2].label("absent")), ("not\n\"found\" ä", ""));
    assert_eq!((samples[3].name(), samples[3].value()), ("plain", 12.47));
    assert_eq!(samples[4].value(), f64::INFINITY);
    assert!(samples[5].value().is_nan());
    let family = samples[9].family().unwrap();
    assert_eq!((samples[9].name(), family.name.as_str(), family.kind), ("d_count", "d", Kind::Histogram));
}

#[test]
fn what_the_text_format_does_not_allow() {
    for (wrong, line) in [
        ("a 1", 1),
        ("a 1\n\na\n", 3),
        ("a 1 2 3\n", 1),
        ("a 0x10\n", 1),
        ("a 1_0\n", 1),
        ("a 1\r\n", 1),
        ("a.b 1\n", 1),
        ("a{b=\"c\" d=\"e\"} 1\n", 1),
        ("a{b=\"c\",b=\"d\"} 1\n", 1),
        ("a{__name__=\"c\"} 1\n", 1),
        ("a{b=\"c} 1\n", 1),
        ("a{b=\"c\\\n", 1),
        ("a{b=\"\\x\"} 1\n", 1),
        ("a{=\"c\"} 1\n", 1),
        ("a{,} 1\n", 1),
        ("# TYPE a gauge\n# TYPE a gauge\n", 2),
        ("a 1\n# TYPE a gauge\n", 2),
        ("# TYPE a\n", 1),
        ("# TYPE a gauge more\n", 1),
        ("# HELP 1a x\n", 1),
        ("# TYPE a histogram\na_bucket{le=\"x\"} 1\n", 2),
        ("{a=\"b\"} 1\n", 1),
        ("<html>\n", 1),
    ] {
        assert_eq!(text(wrong).map(|_| ()).map_err(|fault| fault.line), Err(line), "{wrong}");
    }
    let fault = parse(b"a 1\nb{c=\"\xff\"} 1\n", Flavour::Prometheus, &Limits::default()).unwrap_err();
    assert_eq!(fault.line, 2);
}

#[test]
fn all_of_openmetrics() {
    let read = open(concat!(
        "# TYPE wait_seconds histogram\n",
        "# UNIT wait_seconds seconds\n",
        "# HELP wait_seconds Time \\\"in\\\" line\n",
        "wait_seconds_bucket{le=\"0.1\",a=\"x\"} 1 10.5 # {trace=\"t \\\" # x\"} 0.05 9.5\n",
        "wait_seconds_bucket{a=\"x\",le=\"+Inf\"} 3 10.5\n",
        "wait_seconds_count{a=\"x\"} 3 10.5\n",
        "wait_seconds_sum{a=\"x\"} 2.5 10.5\n",
        "wait_seconds_bucket{a=\"x\",le=\"+Inf\"} 4 11\n",
        "# TYPE done counter\n",
        "done_total 17.0\n",
        "done_created 1.5e9\n",
        "# TYPE build info\n",
        "build_info{version=\"1\\q\"} 1\n",
        "loose -5\n",
        "# EOF",
    ))
    .unwrap();
    assert_eq!(read.families()[0].unit.as_deref(), Some("seconds"));
    assert_eq!(read.families()[0].help.as_deref(), Some("Time \"in\" line"));
    let samples: Vec<Sample<'_>> = read.samples().collect();
    assert_eq!(samples.len(), 9);
    assert_eq!((samples[0].timestamp(), samples[0].value()), (Some(10.5), 1.0));
    assert_eq!(samples[5].family().unwrap().name, "done");
    assert_eq!(samples[7].label("version"), "1\\q");
    assert_eq!(samples[8].family().unwrap().kind, Kind::Unknown);
}

#[test]
fn what_openmetrics_does_not_allow_beyond_its_own_cases() {
    for wrong in [
        "a 1\n\n# EOF\n",
        "a 1\n# EOF\n\n",
        "# EOF\na 1\n",
        "a 1\n# comment\n# EOF\n",
        "a\t1\n# EOF\n",
        "a -nan\n# EOF\n",
        "a 1 inf\n# EOF\n",
        "a 1\na 1\n# EOF\n",
        "a{b=\"c\"} 1\na{b=\"c\",d=\"\"} 1\n# EOF\n",
        "# TYPE a counter\na 1\n# EOF\n",
        "# TYPE a counter\na_total -1\n# EOF\n",
        "# TYPE a counter\na_total NaN\n# EOF\n",
        "# TYPE a info\na_info 2\n# EOF\n",
        "# TYPE a stateset\na{a=\"x\"} 2\n# EOF\n",
        "# TYPE a histogram\na_bucket{le=\"+Inf\"} 1.5\n# EOF\n",
        "# UNIT a seconds\n# EOF\n",
        "# TYPE a gauge\na 1\nb 1\n# TYPE a gauge\n# EOF\n",
        "# TYPE a summary\na_count 1\n# TYPE a_count gauge\na_count 1\n# EOF\n",
        "a_count 1\n# TYPE a summary\na_sum 1\n# EOF\n",
    ] {
        assert!(open(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn bounds() {
    let few = Limits { bytes: 200, samples: 2, families: 2, labels: 2, all_labels: 3, name: 8, value: 8 };
    for (wrong, words) in [
        (format!("a{{{}}} 1\n", "x=\"\",".repeat(60)), "bytes"),
        ("a 1\na 2\na 3\n".to_owned(), "more than 2 samples"),
        ("# TYPE a gauge\n# TYPE b gauge\n# TYPE c gauge\n".to_owned(), "more than 2 families"),
        ("a{a=\"\",b=\"\",c=\"\"} 1\n".to_owned(), "more than 2 labels"),
        ("a{a=\"\",b=\"\"} 1\na{a=\"\",b=\"\"} 1\n".to_owned(), "more than 3 labels in all"),
        ("a23456789 1\n".to_owned(), "name of a metric is longer than 8"),
        ("a{a23456789=\"\"} 1\n".to_owned(), "name of a label is longer than 8"),
        ("a{a=\"123456789\"} 1\n".to_owned(), "value of more than 8"),
    ] {
        let fault = parse(wrong.as_bytes(), Flavour::Prometheus, &few).unwrap_err();
        assert!(fault.message.contains(words), "{fault}");
    }
    // A label bomb is refused by the bounds that stand.
    let bomb: String = (0..100_000).map(|n| format!("l{n}=\"x\",")).collect();
    let fault = text(&format!("a{{{bomb}}} 1\n")).unwrap_err();
    assert_eq!(fault.message, "a sample with more than 64 labels");
}

#[test]
fn flavours_by_content_type() {
    for (value, flavour) in [
        (None, Some(Flavour::Prometheus)),
        (Some("text/plain; version=0.0.4"), Some(Flavour::Prometheus)),
        (Some("application/OpenMetrics-text; version=1.0.0; charset=utf-8"), Some(Flavour::OpenMetrics)),
        (Some("application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily"), None),
        (Some("application/json"), None),
    ] {
        assert_eq!(Flavour::of_content_type(value), flavour, "{value:?}");
    }
}

proptest::proptest! {
    #[test]
    fn anything_is_read_or_refused(text in "([a-z_:{}\",= #\\\\0-9.+\n\t]|# TYPE |# HELP |# EOF){0,200}") {
        for flavour in [Flavour::Prometheus, Flavour::OpenMetrics] {
            if let Ok(read) = parse(text.as_bytes(), flavour, &Limits::default()) {
                for sample in read.samples() {
                    proptest::prop_assert!(!sample.name().is_empty() && sample.family().is_some());
                    proptest::prop_assert!(sample.labels().all(|(name, _)| !name.is_empty()));
                }
            }
        }
    }

    #[test]
    fn label_values_come_back(value in "\\PC{0,40}[\n\"\\\\]{0,3}\\PC{0,5}") {
        let written = value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
        for line in [format!("a{{b=\"{written}\"}} 1\n"), format!("a{{b=\"{written}\"}} 1\n# EOF\n")] {
            let flavour = if line.ends_with("EOF\n") { Flavour::OpenMetrics } else { Flavour::Prometheus };
            let read = parse(line.as_bytes(), flavour, &Limits::default()).unwrap();
            proptest::prop_assert_eq!(read.samples().next().unwrap().label("b"), value.as_str());
        }
    }
}
