//! Files: a value in them, their size, their age.

use std::io::Read as _;
use std::path::Path;

use super::{Surroundings, Trouble, extract, unfit};
use crate::baseline::settings::Reading;
use crate::formats::document::Syntax;
use crate::host::{clock, files};

/// Largest file that a value is read in, in bytes; size and age are known of any.
const CONTENT: u64 = 64 << 20;
/// Furthest that a file's time may lie ahead, in seconds: file systems and clocks round.
const AHEAD: f64 = 2.0;

/// What was read.
#[derive(Clone, Debug, Default)]
pub struct Sample {
    /// Its bytes; none when there are too many.
    content: Option<Vec<u8>>,
    /// Its syntax, by its name.
    syntax: Option<Syntax>,
    /// How many bytes it has.
    size: u64,
    /// Seconds since it was changed; none when the system does not know.
    age: Option<f64>,
}

/// Reads it once. Links are followed, as for everything that a configuration names.
pub(super) fn observe(path: &Path, around: &Surroundings<'_>) -> Result<Sample, Trouble> {
    let name = files::path_text(path);
    let fail = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound => Trouble::failed(format!("{name}: there is no such file")),
        std::io::ErrorKind::PermissionDenied => Trouble::failed(format!("{name}: this user may not read it")),
        _ => Trouble::failed(format!("{name}: {error}")),
    };
    let real = around.folder.join(path).canonicalize().map_err(fail)?;
    let (file, metadata) = files::open_regular(&real).map_err(fail)?;
    let size = metadata.len();
    let age = metadata.modified().ok().and_then(|time| jiff::Timestamp::try_from(time).ok());
    let content = if size > CONTENT {
        None
    } else {
        let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0));
        file.take(CONTENT + 1).read_to_end(&mut bytes).map_err(fail)?;
        Some(bytes).filter(|bytes| bytes.len() as u64 <= CONTENT)
    };
    Ok(Sample {
        content,
        syntax: path.file_name().and_then(|name| name.to_str()).and_then(Syntax::of_file_name),
        size,
        age: age.map(|changed| (clock::now() - changed).total(jiff::Unit::Second).unwrap_or(f64::NAN)),
    })
}

/// One number of it.
pub(super) fn read(sample: &Sample, reading: &Reading) -> Result<f64, Trouble> {
    match reading {
        #[expect(
            clippy::cast_precision_loss,
            reason = "a float holds every size of a file up to 9 petabytes"
        )]
        Reading::Size => Ok(sample.size as f64),
        Reading::Age => match sample.age {
            Some(age) if age >= -AHEAD => Ok(age.max(0.0)),
            Some(age) => Err(Trouble::failed(format!("it was changed {} s from now", -age))),
            None => Err(Trouble::failed("the system does not know when it was changed")),
        },
        Reading::Value(how) => {
            let content = sample
                .content
                .as_ref()
                .ok_or_else(|| Trouble::failed(format!("larger than {CONTENT} bytes")))?;
            extract::extract(content, how, sample.syntax)
        }
        _ => Err(unfit()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::disallowed_methods, reason = "tests prepare small files")]

    use super::*;
    use crate::baseline::secrets::Secrets;
    use crate::baseline::settings::Extract;

    fn look(folder: &Path, path: &str) -> Result<Sample, Trouble> {
        observe(
            Path::new(path),
            &Surroundings { folder, environment: &[], agent: "", secrets: Secrets::NONE },
        )
    }

    #[test]
    fn values_are_read_in_the_syntax_of_the_name() {
        let folder = tempfile::tempdir().unwrap();
        let pointer = Extract::Pointer("/cost/today".to_owned());
        for (name, text, how) in [
            ("a.json", "{\"cost\": {\"today\": 12.5}}", &pointer),
            ("a.yaml", "cost:\n  today: 12.5\n", &pointer),
            ("a.toml", "[cost]\ntoday = 12.5\n", &pointer),
            ("a.csv", "day,cost\n1,3\n2,12.5\n", &Extract::Column("cost".to_owned())),
            ("a.txt", "cost 12.5 EUR", &Extract::Regex(r"cost (\S+)".to_owned())),
            ("a", "12.5\n", &Extract::Whole),
        ] {
            std::fs::write(folder.path().join(name), text).unwrap();
            let sample = look(folder.path(), name).unwrap();
            assert_eq!(read(&sample, &Reading::Value(how.clone())), Ok(12.5), "{name}");
            assert_eq!(read(&sample, &Reading::Size), Ok(f64::from(u32::try_from(text.len()).unwrap())));
        }
    }

    #[test]
    fn age_is_counted_from_the_last_change() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        std::fs::write(&path, "1").unwrap();
        let set = |seconds: i64| {
            let now = clock::now().as_second();
            let time = std::time::UNIX_EPOCH
                + std::time::Duration::from_secs(now.saturating_sub(seconds).try_into().unwrap());
            std::fs::File::options().write(true).open(&path).unwrap().set_modified(time).unwrap();
        };
        set(3600);
        let age = read(&look(folder.path(), "a").unwrap(), &Reading::Age).unwrap();
        assert!((3600.0..3630.0).contains(&age), "{age}");
        set(-3600);
        assert!(read(&look(folder.path(), "a").unwrap(), &Reading::Age).is_err(), "from the future");
    }

    #[test]
    fn what_is_no_file_fails_at_once() {
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(look(folder.path(), "absent"), Err(Trouble::Failed(_))));
        assert!(look(folder.path(), ".").is_err());
        #[cfg(unix)]
        assert!(look(folder.path(), "/dev/zero").is_err());
    }

    #[test]
    fn of_a_huge_file_only_size_and_age_are_known() {
        let folder = tempfile::tempdir().unwrap();
        let huge = std::fs::File::create(folder.path().join("huge")).unwrap();
        huge.set_len(CONTENT + 1).unwrap();
        let sample = look(folder.path(), "huge").unwrap();
        assert_eq!(read(&sample, &Reading::Size), Ok(67_108_865.0));
        assert!(read(&sample, &Reading::Value(Extract::Whole)).is_err());
    }
}
