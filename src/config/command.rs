//! Commands as a configuration writes them: split as a shell would, and given to none.

use super::decode::Sink;
use crate::formats::document::Span;
use crate::perf::exec::{Unsplit, split_command};

/// The words of a command at its place.
pub(super) fn words(span: Span, text: &str, sink: &mut Sink) -> Option<Vec<String>> {
    words_or(span, text, "sh -c '…'", sink)
}

/// The same, with what is written instead where a shell is meant.
pub(super) fn words_or(span: Span, text: &str, shell: &str, sink: &mut Sink) -> Option<Vec<String>> {
    let reason = match split_command(text) {
        Ok(words) => return Some(words),
        Err(reason) => reason,
    };
    let hint = match &reason {
        Unsplit::Shell(_) => Some(format!("quote it, or let a shell run it: `{shell}`")),
        Unsplit::Quotes | Unsplit::Empty | Unsplit::Impossible => None,
    };
    let message = match reason {
        Unsplit::Empty => reason.to_string(),
        _ => format!("this is no command: {reason}"),
    };
    sink.add(span, message, hint);
    None
}
