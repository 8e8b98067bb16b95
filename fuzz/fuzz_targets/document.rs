//! Any bytes in any syntax: no panic, and every span lies within the input.

#![no_main]

use libfuzzer_sys::fuzz_target;
use readiness::formats::document::{Limits, Node, Span, Syntax, parse};

fn check(input: &[u8], node: &Node) {
    let within = |span: &Span| assert!(input.get(span.start..span.end).is_some(), "{span:?}");
    within(&node.span);
    node.items().iter().for_each(|item| check(input, item));
    for entry in node.entries() {
        within(&entry.key_span);
        check(input, &entry.value);
    }
}

fuzz_target!(|data: &[u8]| {
    let Some((choice, input)) = data.split_first() else { return };
    let syntax = match choice % 6 {
        0 => Syntax::Yaml,
        1 => Syntax::Json,
        2 => Syntax::Toml,
        3 => Syntax::Env,
        4 => Syntax::Ini,
        _ => Syntax::Properties,
    };
    let limits = Limits { max_nodes: 10_000, max_alias_bytes: 1 << 20, ..Limits::default() };
    if let Ok(documents) = parse(input, syntax, &limits) {
        for root in &documents.roots {
            check(input, root);
            root.for_each_leaf(|_, leaf| assert!(leaf.items().is_empty() && leaf.entries().is_empty()));
        }
    }
});
