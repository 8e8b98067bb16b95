//! The engine on a generated tree: what one more check costs shows here before it shows in a release.
//!
//! `cargo bench --bench audit`; against other programs: `benches/compare.sh`.
#![allow(
    missing_docs,
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a benchmark that goes wrong should stop"
)]

use std::fmt::Write as _;
use std::path::Path;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use readiness::cli::AuditArgs;
use readiness::commands::audit_report;

/// A tree of source-like text: words that rules know stand in it about as often as in real code.
fn tree(folder: &Path, files: usize, lines: usize) -> u64 {
    let mut bytes = 0;
    for file in 0..files {
        let mut text = String::new();
        for line in 0..lines {
            let _ = match line % 40 {
                7 => writeln!(text, "    let token = request.header(\"authorization\")?; // {line}"),
                19 => writeln!(text, "    # password rules: at least {line} characters"),
                31 => writeln!(text, "    curl --fail --output file-{line} https://example.org/{file}"),
                _ => writeln!(text, "    value_{line} = compute(value_{file}, {line}) + offset[{line}];"),
            };
        }
        bytes += text.len() as u64;
        let path = folder.join(format!("src/{}/{file}.py", file % 20));
        std::fs::create_dir_all(path.parent().expect("a folder")).unwrap();
        std::io::Write::write_all(&mut std::fs::File::create(path).unwrap(), text.as_bytes()).unwrap();
    }
    bytes
}

fn audit(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().unwrap();
    let bytes = tree(folder.path(), 400, 400);
    let mut group = criterion.benchmark_group("audit");
    group.throughput(Throughput::Bytes(bytes)).sample_size(20);
    for (name, only) in [
        ("integrity", vec!["integrity"]),
        ("secrets", vec!["secrets"]),
        ("code", vec!["code"]),
        ("everything", vec![]),
    ] {
        let args = AuditArgs {
            path: Some(folder.path().to_owned()),
            deep: true,
            only: only.into_iter().map(str::to_owned).collect(),
            ..AuditArgs::default()
        };
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                audit_report(&args, jiff::Timestamp::UNIX_EPOCH, &|_| None).expect("the tree can be audited")
            });
        });
    }
    group.finish();
}

criterion_group!(benches, audit);
criterion_main!(benches);
