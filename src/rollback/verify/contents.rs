//! Every object of a point, read and digested.

use std::collections::HashMap;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc;

use super::problems::Problems;
use super::{Order, Verified};
use crate::rollback::point::{Entry, ObjectId, Point, Value, What};
use crate::rollback::store::StoreError;

/// What stands for the list of what git can give back.
pub(super) const LIST: &str = "the list of unchanged files";
/// Threads that read.
const THREADS: usize = 4;

/// An object that is needed: the first that needs it, how many bytes that expects, and how many more there are.
struct Needed {
    object: ObjectId,
    of: String,
    size: Option<u64>,
    more: u64,
}

/// Reads every object but the bundles, which are read when they are tried. Whether the list of what git can give back can be
/// read at all.
pub(super) fn read_all(
    order: &Order<'_>,
    point: &Point,
    verified: &mut Verified,
    problems: &mut Problems,
) -> bool {
    let needed = needed(point, problems);
    let (next, done, stop) = (AtomicUsize::new(0), AtomicU64::new(0), AtomicBool::new(false));
    let (sender, receiver) = mpsc::channel();
    let work = |sender: mpsc::Sender<(usize, Result<u64, StoreError>)>| {
        while let Some((at, one)) = Some(next.fetch_add(1, Ordering::Relaxed))
            .and_then(|at| Some((at, needed.get(at)?)))
            .filter(|_| !stop.load(Ordering::Relaxed))
        {
            let result = order.store.copy_to(one.object, &point.contents, &mut io::sink());
            // Without the key nothing can be read.
            stop.fetch_or(matches!(result, Err(StoreError::Key(_))), Ordering::Relaxed);
            (order.progress)("objects", done.fetch_add(1, Ordering::Relaxed) + 1, needed.len() as u64);
            let _ = sender.send((at, result));
        }
    };
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let mut failed = Vec::new();
    std::thread::scope(|scope| {
        for _ in 0..cores.min(THREADS).min(needed.len() / 64 + 1) {
            let sender = sender.clone();
            scope.spawn(|| work(sender));
        }
        drop(sender);
        for (at, result) in receiver {
            match result {
                Ok(bytes) => {
                    verified.objects += 1;
                    verified.bytes += bytes;
                    let told = needed.get(at).and_then(|one| one.size).unwrap_or(bytes);
                    if told != bytes {
                        failed.push((at, format!("it has {bytes} bytes, and the point says {told}")));
                    }
                }
                Err(StoreError::Key(mark)) => {
                    verified.unjudged.get_or_insert(StoreError::Key(mark).to_string());
                }
                Err(error) => failed.push((at, error.to_string())),
            }
        }
    });
    // Threads come to their ends in any order.
    failed.sort_unstable();
    let mut sound = verified.unjudged.is_none();
    for (at, words) in failed {
        let Some(one) = needed.get(at) else { continue };
        let also = if one.more > 0 { format!(" ({} more need it)", one.more) } else { String::new() };
        problems.add_at("RBK-002", &one.of, &format!("{words}{also}"));
        sound &= Some(one.object) != point.unchanged;
    }
    sound
}

/// Objects that the point needs, each once.
fn needed(point: &Point, problems: &mut Problems) -> Vec<Needed> {
    let mut all: Vec<Needed> = Vec::new();
    let mut places: HashMap<ObjectId, usize> = HashMap::new();
    let mut add = |object: ObjectId, size: Option<u64>, of: &dyn Fn() -> String| {
        if let Some(one) = places.get(&object).and_then(|at| all.get_mut(*at)) {
            one.more += 1;
            if size.is_some() && one.size.is_some() && size != one.size {
                problems.add_at("RBK-002", &of(), "the point says two sizes of the same contents");
            }
            one.size = one.size.or(size);
        } else {
            places.insert(object, all.len());
            all.push(Needed { object, of: of(), size, more: 0 });
        }
    };
    if let Some(object) = point.unchanged {
        add(object, None, &|| LIST.to_owned());
    }
    let file = |entry: &Entry| match entry.what {
        What::File { object, size } => Some((object, size)),
        What::Link { .. } | What::Folder {} => None,
    };
    for entry in &point.entries {
        if let Some((object, size)) = file(entry) {
            add(object, Some(size), &|| entry.path.text().into_owned());
        }
    }
    for repository in &point.repositories {
        for entry in &repository.state {
            if let Some((object, size)) = file(entry) {
                add(object, Some(size), &|| repository.git_dir.join(entry.path.bytes()).text().into_owned());
            }
        }
    }
    for variable in &point.environment {
        if let Value::Encrypted { object } = variable.value {
            add(object, None, &|| format!("the variable {}", variable.name));
        }
    }
    all
}
