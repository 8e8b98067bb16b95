//! What a tree is now, asked of the disk and of git without writing to either.
//!
//! - `place`: where a repository keeps its things, and how git is asked.
//! - `index`: what is tracked, what differs, what is ignored, in git's own words.
//! - `history`: head, refs, upstream, operation in progress, the files that keep them.
//! - `objects`: bundles, blobs, and bringing back what a repository lost.
//! - `walk`: every file, link and folder with what it is besides its bytes.

mod history;
mod index;
mod objects;
mod place;
mod walk;

pub use history::{History, first_commits, history, state_files};
pub use index::{Conversion, Ignored, Tracked, converted, differing, ignored, staged, tracked};
pub use objects::{Taker, blob_ids, blobs, bring_back, check_bundle, make_bundle, missing};
pub use place::{Place, place};
pub use walk::{Found, Kind, folder_mark, kind_of, meta_of, walk};
