//! Rules one by one, and on random states the whole: what is carried out makes one state of the other.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::rollback::point::{
    Contents, Entry, Gap, LfsFile, Origin, Repository, RepositoryKind, Unchanged, What,
};
use crate::rollback::restore::testing::{clean, entry, file, folder, meta, object, path, repository, state};

/// Changes as text: `+` made, `-` made since, `~` another, `=` described.
fn lines(changes: &Changes) -> Vec<String> {
    let sign = |change: &Change| match (&change.before, &change.after) {
        (None, _) => '+',
        (_, None) => '-',
        _ if change.is_description() => '=',
        _ => '~',
    };
    changes.paths.iter().map(|change| format!("{}{}", sign(change), change.path.text())).collect()
}

fn whole(now: &State, then: &State) -> Vec<String> {
    lines(&compare(now, then, &Scope::whole(), false))
}

fn only(now: &State, then: &State, part: &str) -> Vec<String> {
    lines(&compare(now, then, &parse_scope(&[part.to_owned()]).unwrap(), false))
}

fn with(mut state: State, repositories: Vec<Repository>) -> State {
    state.point.repositories = repositories;
    state
}

#[test]
fn contents_modes_and_owners_count_and_times_do_not() {
    let mut touched = file("time", 1, 1);
    touched.meta.seconds += 9;
    let mut opened = file("mode", 1, 1);
    opened.meta.mode = 0o666;
    let mut given = folder("owner");
    given.meta.gid = 7;
    let now = state(
        vec![touched, opened, file("bytes", 1, 1), file("same", 1, 1)],
        vec![clean("blob", 1), clean("git", 1), given],
    );
    let then = state(
        vec![
            file("time", 1, 1),
            file("mode", 1, 1),
            file("bytes", 2, 1),
            file("same", 1, 1),
            file("blob", 1, 1),
        ],
        vec![clean("git", 1), folder("owner")],
    );
    // An object and a blob cannot be told to be the same.
    assert_eq!(whole(&now, &then), ["~blob", "~bytes", "=mode", "=owner"]);
    assert!(compare(&now, &now, &Scope::whole(), true).is_empty());
}

#[test]
fn links_have_no_mode() {
    let link = |target: &str, mode| Entry {
        meta: meta(mode),
        ..entry("l", What::Link { target: path(target) }, Source::Tracked)
    };
    let one = |entry| state(vec![entry], vec![]);
    assert!(whole(&one(link("a", 0o777)), &one(link("a", 0o755))).is_empty());
    assert_eq!(whole(&one(link("a", 0o777)), &one(link("b", 0o777))), ["~l"]);
}

#[test]
fn names_under_other_keys_say_nothing() {
    let one = state(vec![file("a", 1, 1)], vec![clean("b", 1)]);
    let mut other = one.clone();
    other.point.contents = Contents::Encrypted { key: "00".repeat(8) };
    assert_eq!(whole(&one, &other), ["=a"]);
    assert!(whole(&other, &other).is_empty());
}

#[test]
fn what_git_ignored_and_what_lies_outside_is_never_made_since() {
    let other = |at: &str, source| entry(at, What::File { object: object(1), size: 1 }, source);
    let now = state(
        vec![
            other(".env", Source::Ignored),
            other(".env.new", Source::Ignored),
            other("/etc/a", Source::Outside),
            other("new", Source::Untracked),
            other("noise.log", Source::Untracked),
        ],
        vec![clean("tracked", 1), folder("only"), folder("with"), folder("with/in")],
    );
    let mut now = now;
    now.point.entries.push(other("with/in/.env", Source::Ignored));
    // What git ignored at that time was there: files, and a folder with all that is in it; whatever git says of them now.
    let root =
        Repository { ignored: vec![path(".env"), path("noise.log"), path("with/in")], ..repository("") };
    let then = state(vec![other("z.env", Source::Ignored), other("/etc/b", Source::Outside)], vec![]);
    let changes = compare(&now, &with(then, vec![root]), &Scope::whole(), true);
    // `with` does not become empty.
    assert_eq!(lines(&changes), ["-.env.new", "+/etc/b", "-new", "-only", "-tracked", "+z.env"]);
    let dropped: Vec<bool> = changes.paths.iter().map(|change| change.in_git).collect();
    assert_eq!(dropped, [false, false, false, false, true, false]);
}

#[test]
fn what_a_point_could_not_capture_is_not_made_since() {
    let now = state(vec![file("a", 1, 1), file("d/x", 1, 1), file("e", 1, 1)], vec![folder("d")]);
    let mut then = state(vec![], vec![folder("d")]);
    let gap = |at: &str| Gap { path: path(at), reason: String::new() };
    then.point.gaps = vec![gap("a"), gap("d"), gap("")];
    assert_eq!(whole(&now, &then), ["-e"]);
}

#[test]
fn parts_are_what_they_say() {
    let marked = |at: &str, number, source, config, security| Entry {
        class: Class { source, config, security },
        ..entry(at, What::File { object: object(number), size: 1 }, source)
    };
    let all = |number: u8| {
        vec![
            marked("/etc/app", number, Source::Outside, true, false),
            marked(".env", number, Source::Ignored, true, true),
            marked("app.ini", number, Source::Tracked, true, false),
            marked("key.pem", number, Source::Untracked, false, true),
            marked("loose", number, Source::Ignored, false, false),
            marked("src/a", number, Source::Tracked, false, false),
        ]
    };
    let head = |number: u8| Repository { state: vec![file("HEAD", number, 1)], ..repository("") };
    let now = with(state(all(1), vec![clean("src/b", 1)]), vec![head(1)]);
    let then = with(state(all(2), vec![clean("src/b", 2)]), vec![head(2)]);
    assert_eq!(only(&now, &then, "git"), ["~.git/HEAD", "~app.ini", "~key.pem", "~src/a", "~src/b"]);
    assert_eq!(only(&now, &then, "config"), ["~.env", "~/etc/app", "~app.ini"]);
    assert_eq!(only(&now, &then, "security"), ["~.env", "~key.pem"]);
    assert_eq!(only(&now, &then, "src"), ["~src/a", "~src/b"]);
    assert_eq!(only(&now, &then, "/etc"), ["~/etc/app"]);
    assert_eq!(only(&now, &then, "."), ["~.env", "~app.ini", "~key.pem", "~loose", "~src/a", "~src/b"]);
    assert!(only(&now, &then, ".git").is_empty(), "the git state is a part of its own");
    assert_eq!(whole(&now, &then).len(), 8);
}

#[test]
fn folders_are_made_for_what_lies_in_them() {
    let mut config = file("conf/deep/app.ini", 1, 1);
    config.class.config = true;
    let then = state(vec![config], vec![folder("conf"), folder("conf/deep"), folder("other")]);
    assert_eq!(only(&state(vec![], vec![]), &then, "config"), ["+conf", "+conf/deep", "+conf/deep/app.ini"]);
    // A file stands where the folder has to be.
    let changes = compare(
        &state(vec![file("conf", 1, 1)], vec![]),
        &then,
        &Scope { config: true, ..Scope::default() },
        false,
    );
    assert_eq!(lines(&changes), ["~conf", "+conf/deep", "+conf/deep/app.ini"]);
    assert!(changes.paths[0].becomes_folder() && !changes.paths[0].replaces_folder());
    // It is there already, and its mode is no part of the configuration.
    let mut closed = folder("conf");
    closed.meta.mode = 0o700;
    let now = state(vec![], vec![closed, folder("conf/deep")]);
    assert_eq!(only(&now, &then, "config"), ["+conf/deep/app.ini"]);
}

#[test]
fn a_folder_gives_way_to_a_file() {
    let now = state(vec![file("x/a", 1, 1)], vec![folder("x"), folder("x/y"), clean("x/y/b", 1)]);
    let then = state(vec![file("x", 1, 1)], vec![]);
    let changes = compare(&now, &then, &Scope::whole(), false);
    let order: Vec<_> = changes.removals().chain(changes.makings()).map(|one| one.path.text()).collect();
    assert_eq!(order, ["x/y/b", "x/y", "x/a", "x"]);
    assert!(changes.paths[0].replaces_folder() && !changes.paths[0].becomes_folder());
    let back = compare(&then, &now, &Scope::whole(), false);
    let order: Vec<_> = back.removals().chain(back.makings()).map(|one| one.path.text()).collect();
    assert_eq!(order, ["x", "x/a", "x/y", "x/y/b"]);
    assert!(back.paths[0].becomes_folder());
}

#[test]
fn contents_come_from_the_nearest_repository() {
    let lfs = LfsFile { path: path("lib/big"), sha256: "ab".repeat(32), size: 1, present: true };
    let missing = LfsFile { path: path("lib/far"), present: false, ..lfs.clone() };
    let mut inner = repository("lib");
    inner.lfs = vec![lfs, missing];
    let link = Unchanged { origin: Origin::LinkBlob("0".repeat(40)), ..clean("lib/x/link", 1) };
    let all = vec![
        clean("a", 1),
        folder("lib"),
        clean("lib/big", 1),
        clean("lib/far", 1),
        clean("library", 1),
        link,
    ];
    let repositories = vec![repository(""), inner];
    let then = with(state(vec![], all), repositories.clone());
    let changes = compare(&with(state(vec![], vec![]), repositories), &then, &Scope::whole(), false);
    let from: Vec<_> = changes.paths.iter().map(|change| change.after.clone().unwrap().content).collect();
    let blob = |at: &str| Content::Blob { repository: path(at), oid: "01".repeat(20) };
    assert_eq!(
        from,
        [
            blob(""),
            Content::Folder,
            Content::Lfs { repository: path("lib"), sha256: "ab".repeat(32) },
            blob("lib"),
            Content::LinkBlob { repository: path("lib"), oid: "0".repeat(40) },
            blob(""),
        ]
    );
}

#[test]
fn the_git_state_goes_back_whole() {
    let head = || file("HEAD", 1, 30);
    let now = Repository {
        state: vec![
            head(),
            file("MERGE_HEAD", 2, 41),
            file("index", 3, 100),
            file("rebase-merge/done", 4, 1),
            file("rebase-merge/sub/x", 4, 1),
        ],
        ..repository("")
    };
    let then = Repository {
        state: vec![
            head(),
            file("index", 5, 90),
            file("info/sparse-checkout", 7, 1),
            entry("sequencer", What::Folder {}, Source::Git),
        ],
        ..repository("")
    };
    let (now, then) = (with(state(vec![], vec![]), vec![now]), with(state(vec![], vec![]), vec![then]));
    let changes = compare(&now, &then, &Scope::whole(), false);
    assert_eq!(
        lines(&changes),
        [
            "-.git/MERGE_HEAD",
            "~.git/index",
            "+.git/info/sparse-checkout",
            "-.git/rebase-merge",
            "-.git/rebase-merge/done",
            "-.git/rebase-merge/sub",
            "-.git/rebase-merge/sub/x",
            "+.git/sequencer",
        ]
    );
    assert!(changes.paths.iter().all(|change| change.class.source == Source::Git && !change.in_git));
    // A folder that has to be there for what is in it.
    let back = compare(&then, &now, &Scope::whole(), false);
    assert!(lines(&back).starts_with(&["+.git/MERGE_HEAD".to_owned(), "~.git/index".to_owned()]));
    let made = back.paths.iter().find(|change| change.path == path(".git/rebase-merge")).unwrap();
    assert_eq!(made.after.as_ref().unwrap().meta, Meta { mode: 0o755, ..meta(0o644) });
}

#[test]
fn refs_made_since_go_only_when_exact() {
    let oid = |digit: &str| digit.repeat(40);
    let refs =
        |all: &[(&str, &str)]| all.iter().map(|(name, digit)| ((*name).to_owned(), oid(digit))).collect();
    let now = Repository {
        refs: refs(&[("refs/heads/main", "2"), ("refs/heads/new", "2"), ("refs/tags/same", "1")]),
        symbolic: vec![("refs/remotes/o/HEAD".to_owned(), "refs/remotes/o/a".to_owned())],
        ..repository("")
    };
    let then = Repository {
        refs: refs(&[("refs/heads/main", "1"), ("refs/heads/old", "3"), ("refs/tags/same", "1")]),
        symbolic: vec![("refs/remotes/o/HEAD".to_owned(), "refs/remotes/o/b".to_owned())],
        ..repository("")
    };
    // A linked work tree inside shares all but its own.
    let linked = |repository: &Repository, bisect: &str| {
        let mut linked =
            Repository { path: path("tree"), git_dir: path(".git/worktrees/tree"), ..repository.clone() };
        linked.refs.push(("refs/bisect/bad".to_owned(), oid(bisect)));
        linked
    };
    let of = |repository: &Repository, bisect| {
        with(state(vec![], vec![]), vec![repository.clone(), linked(repository, bisect)])
    };
    let (now, then) = (of(&now, "4"), of(&then, "5"));
    let told = |exact| {
        let changes = compare(&now, &then, &Scope::whole(), exact);
        let short =
            |value: &Option<String>| value.as_deref().unwrap_or("-").chars().take(21).collect::<String>();
        let line = |one: &RefChange| {
            format!("{} {} {} {}", one.repository.text(), one.name, short(&one.before), short(&one.after))
        };
        changes.refs.iter().map(line).collect::<Vec<_>>()
    };
    let (two, one) = ("2".repeat(21), "1".repeat(21));
    let since = format!(" refs/heads/new {two} -");
    let mut wanted = vec![
        format!(" refs/heads/main {two} {one}"),
        since.clone(),
        format!(" refs/heads/old - {}", "3".repeat(21)),
        " refs/remotes/o/HEAD ref: refs/remotes/o/a ref: refs/remotes/o/b".to_owned(),
        format!("tree refs/bisect/bad {} {}", "4".repeat(21), "5".repeat(21)),
    ];
    assert_eq!(told(true), wanted);
    wanted.retain(|line| *line != since);
    assert_eq!(told(false), wanted);
    assert!(compare(&now, &then, &parse_scope(&["config".to_owned()]).unwrap(), true).refs.is_empty());
}

#[test]
fn repositories_of_one_state_alone_are_left_alone() {
    let mine = |at: &str| Repository { kind: RepositoryKind::Nested, ..repository(at) };
    let now = with(
        state(
            vec![
                file("new/x", 1, 1),
                file("deep/in/er/y", 1, 1),
                file("since", 1, 1),
                file("lost/user", 1, 1),
            ],
            vec![
                folder("new"),
                folder("deep"),
                folder("deep/in"),
                folder("deep/in/er"),
                folder("lost"),
                folder("up"),
                folder("up/new"),
            ],
        ),
        vec![repository(""), mine("deep/in/er"), mine("new"), mine("up/new")],
    );
    let then = with(
        state(
            vec![file("new/z", 1, 1), file("deep/in", 1, 1), file("lost/a", 1, 1), file("kept", 1, 1)],
            vec![folder("new"), folder("deep"), folder("lost")],
        ),
        vec![repository(""), mine("lost")],
    );
    let changes = compare(&now, &then, &Scope::whole(), true);
    // `deep/in` was a file: it cannot be one again while a repository lies in it. `up` holds one and stays.
    assert_eq!(lines(&changes), ["+kept", "-since"]);
    assert_eq!(changes.left, [path("deep/in"), path("new"), path("up/new")]);
    assert_eq!(changes.gone, [path("lost")]);
    // Told only where something was asked for.
    let changes = compare(&now, &then, &parse_scope(&["lost/a".to_owned()]).unwrap(), true);
    assert_eq!((changes.left.len(), changes.gone), (0, vec![path("lost")]));
}

#[test]
fn a_git_directory_that_moved_stays_where_it_is() {
    let head = |number| vec![file("HEAD", number, 1)];
    let before = Repository { state: head(1), ..repository("lib") };
    let absorbed = Repository { git_dir: path(".git/modules/lib"), state: head(2), ..repository("lib") };
    let now = with(state(vec![file("lib/.git", 1, 1)], vec![folder("lib")]), vec![absorbed]);
    let then = with(state(vec![], vec![folder("lib")]), vec![before]);
    assert_eq!(whole(&now, &then), ["~.git/modules/lib/HEAD"]);
    assert_eq!(whole(&then, &now), ["~lib/.git/HEAD"]);
    // A tree that has become a repository, or is none any more, is still the tree.
    let plain = state(vec![file("a", 2, 1)], vec![]);
    let own = with(state(vec![file("a", 1, 1)], vec![]), vec![repository("")]);
    let changes = compare(&own, &plain, &Scope::whole(), true);
    assert_eq!((lines(&changes), changes.left), (vec!["~a".to_owned()], vec![path(".git")]));
    let changes = compare(&plain, &own, &Scope::whole(), true);
    assert_eq!((lines(&changes), changes.gone), (vec!["~a".to_owned()], vec![path("")]));
}

#[test]
fn what_was_captured_counts_when_both_lists_have_it() {
    let now = state(vec![file("a", 1, 1)], vec![clean("a", 1), clean("b", 1)]);
    let then = state(vec![file("a", 1, 1)], vec![clean("b", 1)]);
    assert!(whole(&now, &then).is_empty() && whole(&then, &now).is_empty());
}

/// What a path of the model has: contents, mode, owner.
type Model = BTreeMap<RawPath, (Content, u32, u32)>;

fn held(thing: &Thing) -> (Content, u32, u32) {
    (thing.content.clone(), thing.meta.mode, thing.meta.uid)
}

/// The files of a state and of its git directories; folders that only follow from state files too.
fn model(state: &State) -> Model {
    let side = Side::new(state);
    let mut all: Model = side.items().map(|item| (item.path().clone(), held(&side.thing(item)))).collect();
    for repository in &state.point.repositories {
        let empty = Repository { state: Vec::new(), ..repository.clone() };
        for change in state_changes(&empty, repository, true) {
            all.insert(change.path, held(&change.after.unwrap()));
        }
    }
    all
}

/// Carries changes out as an executor would, and sees that each finds what it expects.
fn carry_out(mut tree: Model, changes: &Changes) -> Result<Model, TestCaseError> {
    for change in changes.removals() {
        let was = tree.remove(&change.path);
        prop_assert_eq!(was, change.before.as_ref().map(held));
        prop_assert!(!tree.keys().any(|path| path.lies_in(&change.path)), "{:?} is not empty", change.path);
    }
    for change in changes.makings() {
        let at = &change.path;
        prop_assert_eq!(tree.get(at).cloned(), change.before.as_ref().map(held), "{:?}", at);
        if change.replaces_folder() {
            tree.retain(|path, _| !path.lies_in(at));
        }
        if let Some(parent) = at.parent().filter(is_state_or_plain) {
            prop_assert!(tree.get(&parent).is_some_and(|(what, ..)| *what == Content::Folder), "{parent:?}");
        }
        prop_assert!(!change.becomes_folder() || !tree.keys().any(|path| path != at && path.lies_in(at)));
        tree.insert(at.clone(), held(change.after.as_ref().unwrap()));
    }
    Ok(tree)
}

/// Whether a folder is one that a state tells: not the git directory itself, nor one outside the tree.
fn is_state_or_plain(folder: &RawPath) -> bool {
    !folder.is_absolute() && folder.bytes() != b".git"
}

/// A tree of a few names, three deep; which names are files and which folders is drawn.
fn drawn_tree(ignored: bool) -> impl Strategy<Value = State> {
    let names = ["a", "a-", "b", "a/a", "a/b", "a/b/a", "a/b/c", "b/a", "b/a/a", "a-/x", "a.d", "a.d/y"];
    let one = (0..6_u8, 1..3_u8, 0..3_u8, 0..4_u8);
    (prop::collection::vec(prop::option::of(one), names.len()), 0..8_u8, prop::collection::vec(0..3_u8, 5))
        .prop_map(move |(drawn, outside, git)| {
            let (mut entries, mut unchanged): (Vec<Entry>, Vec<Unchanged>) = (Vec::new(), Vec::new());
            let mut folders: Vec<&str> = Vec::new();
            for (name, drawn) in names.iter().zip(drawn) {
                let Some((kind, number, mode, class)) = drawn else { continue };
                if name.rsplit_once('/').is_some_and(|(above, _)| !folders.contains(&above)) {
                    continue;
                }
                let source = match class {
                    0 if ignored => Source::Ignored,
                    1 => Source::Untracked,
                    _ => Source::Tracked,
                };
                let what = match kind {
                    0 => What::File { object: object(number), size: 1 },
                    1 => What::Link { target: path(&number.to_string()) },
                    2 => {
                        unchanged.push(clean(name, number));
                        continue;
                    }
                    3 => {
                        let origin = Origin::LinkBlob(format!("{number:02x}").repeat(20));
                        unchanged.push(Unchanged { origin, meta: meta(0o777), ..clean(name, number) });
                        continue;
                    }
                    _ => {
                        folders.push(name);
                        unchanged.push(Unchanged {
                            meta: meta([0o755, 0o700, 0o750][usize::from(mode)]),
                            ..folder(name)
                        });
                        continue;
                    }
                };
                let mode = if kind == 1 { 0o777 } else { [0o644, 0o600, 0o755][usize::from(mode)] };
                entries.push(Entry { meta: meta(mode), ..entry(name, what, source) });
            }
            if ignored && outside < 3 {
                let what = What::File { object: object(outside), size: 1 };
                entries.push(entry("/etc/app", what, Source::Outside));
            }
            let names = ["HEAD", "MERGE_HEAD", "index", "rebase-merge/a", "rebase-merge/b"];
            let kept = names.iter().zip(&git).filter(|(_, number)| **number > 0);
            let mut root = Repository {
                state: kept.map(|(name, number)| file(name, *number, 1)).collect(),
                ..repository("")
            };
            let refs = ["refs/heads/a", "refs/heads/b"].iter().zip(&git).filter(|(_, number)| **number > 0);
            root.refs =
                refs.map(|(name, number)| ((*name).to_owned(), number.to_string().repeat(40))).collect();
            with(state(entries, unchanged), vec![root])
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3_000))]

    #[test]
    fn carried_out_it_makes_one_of_the_other(now in drawn_tree(false), then in drawn_tree(true)) {
        let changes = compare(&now, &then, &Scope::whole(), true);
        prop_assert_eq!(carry_out(model(&now), &changes)?, model(&then));
        let mut refs: BTreeMap<_, _> = now.point.repositories[0].refs.iter().cloned().collect();
        for change in &changes.refs {
            prop_assert_eq!(refs.remove(&change.name), change.before.clone());
            refs.extend(change.after.clone().map(|value| (change.name.clone(), value)));
        }
        prop_assert_eq!(refs, then.point.repositories[0].refs.iter().cloned().collect());
        prop_assert!(changes.paths.is_sorted_by(|one, other| one.path < other.path));
    }

    /// What git ignores stays, unless something else of the point has its place.
    #[test]
    fn what_is_ignored_stays(now in drawn_tree(true), then in drawn_tree(true)) {
        let changes = compare(&now, &then, &Scope::whole(), true);
        let after = carry_out(model(&now), &changes)?;
        let wanted = model(&then);
        for (path, thing) in &wanted {
            prop_assert_eq!(after.get(path), Some(thing), "{:?}", path);
        }
        let side = Side::new(&now);
        for path in after.keys().filter(|path| !wanted.contains_key(*path)) {
            let stays = side.items().any(|item| item.path().lies_in(path) && !is_since(item));
            prop_assert!(stays, "{path:?} stayed");
        }
    }

    #[test]
    fn a_state_differs_in_nothing_from_itself(one in drawn_tree(true)) {
        prop_assert_eq!(compare(&one, &one, &Scope::whole(), true), Changes::default());
    }

    /// Parts can be carried out by themselves, whatever they need of others.
    #[test]
    fn a_part_can_be_carried_out(now in drawn_tree(true), then in drawn_tree(true), part in 0..4_usize) {
        let part = ["a", "a/b", "git", "b/a"][part].to_owned();
        let scope = parse_scope(&[part]).unwrap();
        let after = carry_out(model(&now), &compare(&now, &then, &scope, true))?;
        for at in &scope.paths {
            for (path, thing) in model(&then).iter().filter(|(path, _)| path.lies_in(at)) {
                prop_assert_eq!(after.get(path), Some(thing), "{:?}", path);
            }
        }
    }
}
