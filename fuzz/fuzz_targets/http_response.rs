//! Any bytes as an answer of HTTP/1.1: no panic, and the same outcome whole as in pieces of any size.

#![no_main]

use libfuzzer_sys::fuzz_target;
use readiness::perf::load::response::{Malformed, Parser, Part};

/// Status, body, and bytes of the answer, once it is whole.
fn read(stream: &[u8], head_only: bool, piece: usize) -> Result<Option<(u16, Vec<u8>, usize)>, Malformed> {
    let mut parser = Parser::default();
    parser.reset(head_only);
    let mut body = Vec::new();
    for (number, bytes) in stream.chunks(piece).enumerate() {
        let fed = parser.feed(bytes, &mut |part| {
            if let Part::Body(bytes) = part {
                body.extend_from_slice(bytes);
            }
        })?;
        if let Some(used) = fed {
            return Ok(Some((parser.status(), body, number * piece + used)));
        }
    }
    let _ = parser.end();
    Ok(None)
}

fuzz_target!(|data: &[u8]| {
    let Some((first, stream)) = data.split_first() else { return };
    let head_only = first & 1 == 1;
    let whole = read(stream, head_only, stream.len().max(1));
    let pieces = read(stream, head_only, usize::from(first >> 1) + 1);
    // A malformed head can be found out later when it comes in pieces, but what is whole is whole either way.
    if let Ok(Some(_)) = whole {
        assert_eq!(pieces, whole);
    }
    if let Ok(Some(_)) = pieces {
        assert_eq!(pieces, whole);
    }
});
