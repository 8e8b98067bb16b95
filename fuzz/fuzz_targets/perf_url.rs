//! Any text as the address of a server: no panic, no line ends in what is sent, and it reads the same again.

#![no_main]

use libfuzzer_sys::fuzz_target;
use readiness::perf::url::Url;

fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    for text in [text.to_string(), format!("http://{text}")] {
        let Ok(url) = text.parse::<Url>() else { continue };
        assert!(url.path_and_query.starts_with('/') && url.path_and_query.bytes().all(|byte| byte.is_ascii_graphic()));
        let scheme = if url.scheme_tls { "https" } else { "http" };
        let again = format!("{scheme}://{}{}", url.authority(), url.path_and_query);
        // Escapes can make an address longer than is read.
        assert!(again.len() > 8192 || again.parse::<Url>().is_ok_and(|again| again == url));
    }
});
