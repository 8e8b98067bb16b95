//! What is worth knowing of a capture and speaks against nothing: bounded, whatever the tree holds.

use crate::rollback::point::RawPath;

/// Paths that a note names; the others are counted.
const NAMED: usize = 5;

/// Some paths and the count of all.
#[derive(Debug, Default)]
pub(super) struct Names {
    named: Vec<String>,
    count: usize,
}

impl Names {
    /// Adds a path.
    pub(super) fn add(&mut self, path: &RawPath) {
        self.count += 1;
        if self.named.len() < NAMED {
            self.named.push(path.text().into_owned());
        }
    }

    fn tell(&self, what: &str, out: &mut Vec<String>) {
        if self.count == 0 {
            return;
        }
        let more = self.count - self.named.len();
        let more = if more == 0 { String::new() } else { format!(" and {more} more") };
        out.push(format!("{what}: {}{more}", self.named.join(", ")));
    }
}

/// Everything that is noted.
#[derive(Debug, Default)]
pub(super) struct Notes {
    /// Sockets.
    pub sockets: Names,
    /// Repositories in ignored folders.
    pub ignored_repositories: Names,
    /// Files with more than one name.
    pub hard_links: Names,
    /// Files and folders outside the tree that are named and not there.
    pub absent: Names,
    /// Links outside the tree.
    pub outside_links: Names,
    /// Files of Git LFS whose contents the repository has not.
    pub lfs_absent: Names,
    /// Other notes.
    pub others: Vec<String>,
}

impl Notes {
    /// In words.
    pub(super) fn tell(self) -> Vec<String> {
        let mut out = self.others;
        self.hard_links
            .tell("files with more than one name, which come back as files of their own", &mut out);
        self.sockets.tell("sockets are left out, as the programs that use them make them", &mut out);
        self.ignored_repositories.tell("repositories that git ignores are left out", &mut out);
        self.absent.tell("named in the settings and not there", &mut out);
        self.outside_links
            .tell("links outside the tree, captured as links; what they lead to is not", &mut out);
        self.lfs_absent.tell(
            "files of Git LFS whose contents the repository does not have; the work tree's bytes are captured",
            &mut out,
        );
        out
    }
}
