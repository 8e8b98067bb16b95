//! A tree of 100,000 files with 500 changed, timed:
//! `cargo test --release --lib -- --ignored capture_of_100_000_files --nocapture`

use std::time::Instant;

use super::*;

#[test]
#[ignore = "a measurement"]
fn capture_of_100_000_files() {
    let tree = Tree::empty();
    for outer in 0..1000 {
        let folder = tree.path(&format!("part{}/folder{outer}", outer % 20));
        fs::create_dir_all(&folder).unwrap();
        for file in 0..100 {
            fs::write(folder.join(format!("source_{file}.rs")), format!("{outer} {file}\n").repeat(20))
                .unwrap();
        }
    }
    tree.commit("first");
    tree.git(&["repack", "-qad"]);
    std::thread::sleep(std::time::Duration::from_secs(2));
    tree.git(&["update-index", "--refresh"]);
    for changed in 0..500 {
        let (outer, file) = (changed * 2, changed % 100);
        tree.write(
            &format!("part{}/folder{outer}/source_{file}.rs", outer % 20),
            &format!("changed {changed}\n"),
        );
    }
    for settings in [settings(), Settings::default()] {
        for _ in 0..5 {
            let begun = Instant::now();
            let state = capture_into(&mut Sink::Digest(None), &tree.root, &settings, &[], None);
            eprintln!(
                "{:?}: {} unchanged, {} captured",
                begun.elapsed(),
                state.unchanged.len(),
                state.point.entries.len()
            );
            assert_eq!((state.unchanged.len(), state.point.entries.len()), (100_520, 500));
        }
    }
}
