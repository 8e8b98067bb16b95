//! A point made of a tree.
//!
//! - `patterns`: which files the settings name.
//! - `look`: one repository: git is asked, the work tree walked.
//! - `sort`: what was found, sorted into what git can give back and what is captured byte by byte; pure.
//! - `take`: the latter, put into the sink.
//! - `bundles`: the history.
//! - `outside`: files outside the tree; `environment`: variables; `notes`: what is worth knowing.
//!
//! Files of Git LFS are captured byte by byte as they lie in the work tree, pointer or contents, like every file whose bytes
//! are not those of its blob: a restore then needs neither `git lfs`, nor its cache, which git may prune, nor a network. The
//! list of such files tells besides what their pointers name, and whether the repository has it.

mod bundles;
mod environment;
mod look;
mod notes;
mod outside;
mod patterns;
mod sort;
mod take;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, VecDeque};
use std::ffi::OsString;
use std::path::Path;

use jiff::Timestamp;

use self::look::{Moment, Repo, below, git_file, look};
use self::notes::Notes;
use self::patterns::Patterns;
use self::sort::Sorted;
use self::take::{Item, take};
use super::point::{
    Bundle, Entry, Gap, Point, RawPath, Reason, Repository, RepositoryKind, Root, SCHEMA, State, Unchanged,
    write_unchanged,
};
use super::settings::Settings;
use super::store::{Sink, StoreError};
use super::tree::{Place, folder_mark, history};

/// Repositories of a tree, at the most.
const REPOSITORIES: usize = 1000;
/// Gaps that are named; the others are counted.
const GAPS: usize = 10_000;

/// What is captured, and how.
pub struct Order<'a> {
    /// The tree, absolute and without links.
    pub root: &'a Path,
    /// What the settings say.
    pub settings: &'a Settings,
    /// The environment.
    pub variable: &'a dyn Fn(&str) -> Option<OsString>,
    /// What the user calls it.
    pub name: Option<&'a str>,
    /// Why it is made.
    pub reason: Reason,
    /// When.
    pub now: Timestamp,
    /// Bundles of earlier points that are in the store, by repository: they need not be made again.
    pub bundles: &'a [(RawPath, Vec<Bundle>)],
    /// Whether history goes into bundles: a look needs none, nor does a state that is only to be compared.
    pub bundle: bool,
    /// Files outside the tree lie below this folder instead of the root of the file system: a scratch copy.
    pub outside: Option<&'a Path>,
    /// Told as it goes: what is being done, how many of how many.
    pub progress: &'a (dyn Fn(&'static str, u64, u64) + Sync),
}

/// Why nothing could be captured.
#[derive(Debug, thiserror::Error)]
pub enum CaptureError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The tree cannot be read at all.
    #[error("{path}: {reason}")]
    Tree {
        /// What.
        path: String,
        /// Why.
        reason: String,
    },
    /// A pattern of the settings is none.
    #[error("{0}")]
    Pattern(String),
}

/// Captures a tree: nothing of it, of its index, its refs and its objects is written to. Single things that cannot be captured
/// are gaps of the point.
///
/// # Errors
/// The tree cannot be read at all, or the store cannot be written.
pub fn capture(order: &Order<'_>, sink: &mut Sink<'_>) -> Result<State, CaptureError> {
    let patterns = Patterns::new(order.settings, &RawPath::of(order.root))?;
    std::fs::read_dir(order.root).map_err(|error| CaptureError::Tree {
        path: order.root.display().to_string(),
        reason: error.to_string(),
    })?;
    let (state, disturbances) = attempt(order, &patterns, sink)?;
    if disturbances.is_empty() {
        return Ok(state);
    }
    // Another git command was at work: what was seen of the index may not fit what was seen of the tree.
    let (mut state, disturbances) = attempt(order, &patterns, sink)?;
    // That the index is held is told with the history already.
    let told = |gap: &Gap| {
        let held = |gap: &Gap| gap.reason.contains("index.lock");
        held(gap) && state.point.gaps.iter().any(|other| other.path == gap.path && held(other))
    };
    let new: Vec<Gap> = disturbances.into_iter().filter(|gap| !told(gap)).collect();
    state.point.gaps.extend(new);
    Ok(state)
}

/// Everything that was looked at.
#[derive(Default)]
struct Gathered {
    unchanged: Vec<Unchanged>,
    items: Vec<Item>,
    repositories: Vec<(RawPath, RepositoryKind, Repo, Sorted)>,
    gaps: Vec<Gap>,
    notes: Notes,
}

/// Captures a tree once; what else was at work in it meanwhile, as gaps.
fn attempt(
    order: &Order<'_>,
    patterns: &Patterns,
    sink: &mut Sink<'_>,
) -> Result<(State, Vec<Gap>), CaptureError> {
    (order.progress)("reading the tree", 0, 0);
    let mut gathered = gather(order.root, patterns);
    let Gathered { gaps, notes, items, .. } = &mut gathered;
    items.extend(outside::outside(&patterns.outside, order.outside, gaps, notes)?);
    let mut states = Vec::new();
    for (at, (_, _, known, _)) in gathered.repositories.iter_mut().enumerate() {
        states.extend(std::iter::repeat_n(at, known.state.len()));
        gathered.items.append(&mut known.state);
    }
    let Gathered { mut unchanged, items, repositories, mut gaps, mut notes } = gathered;
    let ordinary = items.len() - states.len();
    let taken = take(&items, order.root, sink, order.progress, &mut gaps, &mut notes)?;
    drop(items);
    let mut states_taken: Vec<Vec<Entry>> = repositories.iter().map(|_| Vec::new()).collect();
    let mut entries = Vec::with_capacity(ordinary);
    for (at, entry) in taken.into_iter().enumerate() {
        let Some(entry) = entry else { continue };
        match at.checked_sub(ordinary).and_then(|at| states.get(at)) {
            None => entries.push(entry),
            Some(repository) => {
                if let Some(list) = states_taken.get_mut(*repository) {
                    list.push(entry);
                }
            }
        }
    }
    entries.sort_unstable_by(|one, other| one.path.cmp(&other.path));
    // Those of one repository are in order: a stable sort finds the runs and merges them.
    unchanged.sort_by(|one, other| one.path.cmp(&other.path));
    let mut first_commits = Vec::new();
    let mut disturbances = Vec::new();
    let mut made = Vec::new();
    let mut chains: BTreeMap<RawPath, Vec<Bundle>> = BTreeMap::new();
    for ((path, kind, known, sorted), mut state) in repositories.into_iter().zip(states_taken) {
        state.sort_unstable_by(|one, other| one.path.cmp(&other.path));
        if path.is_empty() {
            first_commits.clone_from(&known.first_commits);
        }
        let common = below(order.root, &known.place.common_dir);
        let mut bundles = Vec::new();
        if order.bundle && order.settings.bundle {
            (order.progress)("bundling the history", made.len() as u64, 0);
            // Linked work trees share refs and objects with the repository that they belong to.
            let own = order.bundles.iter().find(|(of, _)| *of == path).map(|(_, bundles)| bundles.as_slice());
            let earlier = chains.get(&common).map(Vec::as_slice).or(own).unwrap_or_default();
            let Repo { place, history, staged, .. } = &known;
            bundles = bundles::bundles(place, &path, history, staged, earlier, sink, &mut gaps)?;
            chains.entry(common.clone()).or_insert_with(|| bundles.clone());
        }
        disturbances.extend(disturbance(&path, &known));
        made.push(repository(order.root, path, kind, known, sorted, state, bundles, common));
    }
    let variable = order.variable;
    let environment = environment::environment(&order.settings.environment, variable, sink, &mut gaps)?;
    let list = if unchanged.is_empty() { None } else { Some(sink.add_bytes(&write_unchanged(&unchanged))?) };
    if made.is_empty() {
        notes.others.push("the tree is in no git repository of its own: every file is captured".to_owned());
    }
    let point = Point {
        schema: SCHEMA,
        tool: concat!("readiness ", env!("CARGO_PKG_VERSION")).to_owned(),
        created: created(order.now),
        name: order.name.map(str::to_owned),
        reason: order.reason,
        root: Root { path: RawPath::of(order.root), folder: folder_mark(order.root), first_commits },
        contents: sink.contents(),
        repositories: made,
        entries,
        unchanged: list,
        environment,
        gaps: bounded(gaps),
        notes: notes.tell(),
    };
    Ok((State { point, unchanged }, disturbances))
}

/// Looks at the tree and at every repository in it.
fn gather(root: &Path, patterns: &Patterns) -> Gathered {
    let mut gathered = Gathered::default();
    let Gathered { unchanged, items, repositories, gaps, notes } = &mut gathered;
    let mut waiting = VecDeque::from([(RawPath::default(), RepositoryKind::Root)]);
    let mut seen = 0;
    while let Some((at, kind)) = waiting.pop_front() {
        seen += 1;
        if seen > REPOSITORIES {
            let reason = format!("more than {REPOSITORIES} repositories are in the tree");
            gaps.push(Gap { path: at, reason });
            break;
        }
        let mut looked = look(root, &at, patterns, gaps, notes);
        unchanged.append(&mut looked.sorted.unchanged);
        items.append(&mut looked.sorted.items);
        items.extend(git_file(root, &at));
        waiting.extend(looked.sorted.inner.drain(..));
        if let Some(known) = looked.repository {
            repositories.push((at, kind, known, looked.sorted));
        }
    }
    repositories.sort_unstable_by(|one, other| one.0.cmp(&other.0));
    gathered
}

#[expect(clippy::too_many_arguments, reason = "the parts of a value that is put together here alone")]
fn repository(
    root: &Path,
    path: RawPath,
    kind: RepositoryKind,
    known: Repo,
    sorted: Sorted,
    state: Vec<Entry>,
    bundles: Vec<Bundle>,
    common_dir: RawPath,
) -> Repository {
    let mut status = sorted.status;
    status.staged = known.staged_count;
    let Repo { place, history, lfs, .. } = known;
    Repository {
        path,
        kind,
        git_dir: below(root, &place.git_dir),
        common_dir,
        head: history.head,
        upstream: history.upstream,
        refs: history.refs,
        symbolic: history.symbolic,
        state,
        operation: history.operation,
        bundles,
        status,
        submodules: sorted.submodules,
        lfs,
        ignored: sorted.ignored,
    }
}

/// What speaks for another git command having been at work while the repository was captured.
fn disturbance(path: &RawPath, known: &Repo) -> Option<Gap> {
    let gap = |reason: &str| Some(Gap { path: path.clone(), reason: reason.to_owned() });
    let now = Moment::of(&known.place);
    if now.locked || known.moment.locked {
        return gap(
            "index.lock is there: another git command is at work, or was ended in the middle of its work",
        );
    }
    if now != known.moment || changed(&known.place, known) {
        return gap("another git command changed HEAD, the index or refs during the capture");
    }
    None
}

fn changed(place: &Place, known: &Repo) -> bool {
    history(place).as_ref() != Ok(&known.history)
}

/// RFC 3339 in UTC, to the second.
fn created(now: Timestamp) -> String {
    now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn bounded(mut gaps: Vec<Gap>) -> Vec<Gap> {
    gaps.sort_by(|one, other| one.path.cmp(&other.path));
    if gaps.len() > GAPS {
        let more = gaps.len() - GAPS;
        gaps.truncate(GAPS);
        gaps.push(Gap { path: RawPath::default(), reason: format!("and {more} more gaps") });
    }
    gaps
}
