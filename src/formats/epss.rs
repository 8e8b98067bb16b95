//! EPSS scores (<https://www.first.org/epss/>): a CSV file of one line a CVE, below a comment with model and date.

use super::cve::CveId;
use super::fault::Fault;

/// Largest file read, in bytes: six times what a score for every CVE takes.
pub const MAX_BYTES: usize = 64 << 20;

const COLUMNS: &str = "cve,epss,percentile";

/// The scores of one day.
#[derive(Clone, Debug, PartialEq)]
pub struct Scores {
    /// The model, such as `v2025.03.14`; empty where the file does not say.
    pub model: String,
    /// The time of the scores, RFC 3339 or with `+0000` for the zone, as written; empty where the file does not say.
    pub date: String,
    /// One score a CVE, in the order of the file.
    pub rows: Vec<Row>,
}

/// One score.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Row {
    /// What is scored.
    pub cve: CveId,
    /// Probability of exploitation within 30 days, 0 to 1.
    pub probability: f64,
    /// Share of vulnerabilities with a lower score, 0 to 1.
    pub percentile: f64,
}

/// Whether a file begins as EPSS scores do.
#[must_use]
pub fn recognised(start: &[u8]) -> bool {
    start.starts_with(b"#model_version:") || start.starts_with(COLUMNS.as_bytes())
}

/// Reads a file, uncompressed.
///
/// # Errors
/// The first line that is no score: these files are written by a machine, so a fault means that it is another file or a
/// damaged one.
pub fn parse(bytes: &[u8]) -> Result<Scores, Fault> {
    if bytes.len() > MAX_BYTES {
        return Err(Fault::new(1, format!("larger than {MAX_BYTES} bytes")));
    }
    let text = std::str::from_utf8(bytes).map_err(|_| Fault::new(1, "not UTF-8"))?;
    let mut scores = Scores { model: String::new(), date: String::new(), rows: Vec::new() };
    let mut header = false;
    for (line, number) in text.lines().zip(1..) {
        if let Some(comment) = line.strip_prefix('#') {
            read_comment(comment, &mut scores);
        } else if !header {
            if line != COLUMNS {
                return Err(Fault::new(number, format!("expected the columns `{COLUMNS}`")));
            }
            header = true;
        } else if !line.is_empty() {
            let row = row(line).ok_or_else(|| {
                Fault::new(number, "expected a CVE id and two numbers from 0 to 1, separated by commas")
            })?;
            scores.rows.push(row);
        }
    }
    if header { Ok(scores) } else { Err(Fault::new(1, format!("expected the columns `{COLUMNS}`"))) }
}

/// `model_version:v2025.03.14,score_date:2026-07-17T12:00:27Z`
fn read_comment(comment: &str, scores: &mut Scores) {
    for part in comment.split(',') {
        match part.split_once(':') {
            Some(("model_version", model)) => model.clone_into(&mut scores.model),
            Some(("score_date", date)) => date.clone_into(&mut scores.date),
            _ => {}
        }
    }
}

fn row(line: &str) -> Option<Row> {
    let (cve, numbers) = line.split_once(',')?;
    let (probability, percentile) = numbers.split_once(',')?;
    Some(Row { cve: CveId::parse(cve)?, probability: share(probability)?, percentile: share(percentile)? })
}

fn share(text: &str) -> Option<f64> {
    // `parse` also takes `nan` and `inf`; the range leaves both out.
    text.parse().ok().filter(|share| (0.0..=1.0).contains(share))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "#model_version:v2025.03.14,score_date:2026-07-17T12:00:27Z\ncve,epss,percentile\n\
        CVE-1999-0001,0.0142,0.7991\nCVE-2021-44228,0.94358,0.99959\n";

    #[test]
    fn reads_a_file() {
        for file in [FILE.to_owned(), FILE.replace('\n', "\r\n")] {
            let scores = parse(file.as_bytes()).unwrap();
            assert_eq!((&*scores.model, &*scores.date), ("v2025.03.14", "2026-07-17T12:00:27Z"));
            let log4j = scores.rows[1];
            assert_eq!((log4j.cve.to_string(), log4j.probability), ("CVE-2021-44228".to_owned(), 0.94358));
            assert_eq!((scores.rows.len(), log4j.percentile), (2, 0.99959));
        }
        assert!(recognised(FILE.as_bytes()) && recognised(b"cve,epss,percentile\n") && !recognised(b"cve,"));
    }

    #[test]
    fn faults_have_their_line() {
        for (from, to, line) in [
            ("0.7991", "1.7991", 3),
            ("0.94358", "nan", 4),
            ("CVE-2021", "GHSA-2021", 4),
            ("cve,epss,percentile", "cve,epss", 2),
        ] {
            assert_eq!(parse(FILE.replace(from, to).as_bytes()).unwrap_err().line, line, "{to}");
        }
        assert!(parse(b"").is_err());
    }
}
