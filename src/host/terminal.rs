//! The terminal: its width, errors on it, and what a panic may say there.

use std::io::{self, Write};

/// Width in columns, when the output is a terminal: `COLUMNS` if set, else what the terminal says, else 100; never below 60.
#[must_use]
pub fn width(is_terminal: bool) -> Option<usize> {
    let columns = std::env::var("COLUMNS").ok().and_then(|text| text.parse::<usize>().ok());
    is_terminal.then(|| columns.or_else(told).unwrap_or(100).clamp(60, 160))
}

/// What the terminal on standard output says of itself; a terminal that does not know says 0.
fn told() -> Option<usize> {
    #[cfg(unix)]
    {
        let size = rustix::termios::tcgetwinsize(io::stdout()).ok()?;
        Some(usize::from(size.ws_col)).filter(|columns| *columns > 0)
    }
    #[cfg(not(unix))]
    None
}

/// Makes a panic say where it happened and nothing of the data it happened on: its message could hold a secret.
pub fn quiet_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic
            .location()
            .map_or_else(String::new, |place| format!(" at {}:{}", place.file(), place.line()));
        let _ = writeln!(io::stderr(), "error: internal error{place}; please report it");
    }));
}

/// A text with its control characters made visible, line ends excepted: nothing that a terminal obeys.
#[must_use]
pub fn clean(text: &str) -> String {
    text.chars()
        .flat_map(
            |c| if c.is_control() && c != '\n' { c.escape_default().collect::<Vec<_>>() } else { vec![c] },
        )
        .collect()
}

/// Prints an error and what to do about it, with control characters made visible.
///
/// # Errors
/// When standard error is gone.
pub fn explain(out: &mut dyn Write, error: &dyn std::fmt::Display, hint: Option<&str>) -> io::Result<()> {
    writeln!(out, "error: {}", clean(&error.to_string()))?;
    hint.map_or(Ok(()), |hint| writeln!(out, "hint: {}", clean(hint)))
}
