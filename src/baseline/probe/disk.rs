//! A disk: a small file written, synced and removed.

use std::fs::File;
use std::io::{ErrorKind, Write as _};
use std::path::Path;
use std::time::{Duration, Instant};

use super::{Surroundings, Trouble, unfit};
use crate::baseline::settings::Reading;
use crate::host::files;
use crate::stats::robust::median;

/// Bytes of a small write, how many of them are synced one by one, and how many come first and do not count.
const SMALL: usize = 4 << 10;
const SYNCS: usize = 8;
const WARM: usize = 1;
/// Bytes of the long write, and of its pieces.
const LONG: usize = 8 << 20;
const PIECE: usize = 1 << 20;

/// What was seen.
#[derive(Clone, Debug, Default)]
pub struct Sample {
    /// Median time of a small write that is on the disk afterwards, in seconds.
    latency: f64,
    /// Bytes per second of a long write that is on the disk afterwards.
    throughput: f64,
}

/// Writes, syncs, removes: also when something fails in between. The folder must be there.
pub(super) fn observe(path: &Path, around: &Surroundings<'_>, limit: Duration) -> Result<Sample, Trouble> {
    let until = Instant::now() + limit;
    let name = files::path_text(path);
    let told = |error: std::io::Error| match error.kind() {
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
            Trouble::Absent(format!("{name}: nothing can be written there ({error})"))
        }
        ErrorKind::TimedOut => {
            Trouble::failed(format!("{name}: writing took longer than {} s", limit.as_secs_f64()))
        }
        _ => Trouble::failed(format!("{name}: {error}")),
    };
    let folder = around.folder.join(path).canonicalize().map_err(told)?;
    if !folder.is_dir() {
        return Err(Trouble::failed(format!("{name}: it is no folder")));
    }
    // A name is needed: some file systems do not write through what has none.
    let file = tempfile::Builder::new()
        .prefix(".readiness-disk-")
        .suffix(".tmp")
        .tempfile_in(&folder)
        .map_err(told)?;
    let sample = measure(file.as_file(), until).map_err(told);
    // It is removed when it is dropped, too; here a failure is heard of.
    file.close().map_err(told)?;
    sample
}

fn measure(mut file: &File, until: Instant) -> std::io::Result<Sample> {
    let bytes = noise(PIECE);
    let small = bytes.get(..SMALL).unwrap_or_default();
    let mut latencies = Vec::with_capacity(SYNCS);
    for count in 0..WARM + SYNCS {
        in_time(until)?;
        let begun = Instant::now();
        file.write_all(small)?;
        file.sync_data()?;
        if count >= WARM {
            latencies.push(begun.elapsed().as_secs_f64());
        }
    }
    let begun = Instant::now();
    for _ in 0..LONG / PIECE {
        in_time(until)?;
        file.write_all(&bytes)?;
    }
    file.sync_all()?;
    let seconds = begun.elapsed().as_secs_f64();
    #[expect(clippy::cast_precision_loss, reason = "8 MiB")]
    let throughput = LONG as f64 / seconds;
    Ok(Sample { latency: median(&mut latencies).unwrap_or(f64::NAN), throughput })
}

fn in_time(until: Instant) -> std::io::Result<()> {
    if Instant::now() < until { Ok(()) } else { Err(ErrorKind::TimedOut.into()) }
}

/// Bytes that no file system makes fewer (xorshift64, Marsaglia 2003).
fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut bytes = Vec::with_capacity(length + 8);
    while bytes.len() < length {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.to_le_bytes());
    }
    bytes.truncate(length);
    bytes
}

/// Numbers of it.
pub(super) fn read(sample: &Sample, reading: &Reading) -> Result<Vec<f64>, Trouble> {
    match reading {
        Reading::Latency => Ok(vec![sample.latency]),
        Reading::Throughput => Ok(vec![sample.throughput]),
        _ => Err(unfit()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::disallowed_methods, reason = "tests prepare small files")]

    use super::*;
    use crate::baseline::secrets::Secrets;

    fn look(folder: &Path, path: &str, limit: Duration) -> Result<Sample, Trouble> {
        observe(
            Path::new(path),
            &Surroundings { folder, environment: &[], agent: "", secrets: Secrets::NONE },
            limit,
        )
    }

    #[test]
    fn a_disk_is_written_to_and_left_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let sample = look(folder.path(), ".", Duration::from_secs(60)).unwrap();
        let latency = read(&sample, &Reading::Latency).unwrap()[0];
        let throughput = read(&sample, &Reading::Throughput).unwrap()[0];
        assert!((1e-7..10.0).contains(&latency), "{latency}");
        assert!((1e4..1e12).contains(&throughput), "{throughput}");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "the file is gone");
    }

    #[test]
    fn nothing_is_left_behind_when_it_fails() {
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(look(folder.path(), ".", Duration::ZERO), Err(Trouble::Failed(_))));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        assert!(look(folder.path(), "absent", Duration::from_secs(5)).is_err());
        assert!(!folder.path().join("absent").exists(), "no folder is made");
        std::fs::write(folder.path().join("file"), "1").unwrap();
        assert!(look(folder.path(), "file", Duration::from_secs(5)).is_err());
        assert_eq!(std::fs::read(folder.path().join("file")).unwrap(), b"1");
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn where_nothing_can_be_written_there_is_nothing_to_measure() {
        assert!(look(Path::new("/"), "proc/self", Duration::from_secs(5)).is_err());
    }
}
