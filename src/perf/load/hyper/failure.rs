//! Which class an error of hyper's belongs to.

use std::error::Error as _;
use std::io;

use crate::report::ErrorClass;

/// What an attempt came to when no whole answer came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// The server has not seen the request (RFC 9113 section 8.7; a kept connection that ended before): it is no
    /// answer, and another connection may be tried.
    Unseen,
    /// Anything else.
    Class(ErrorClass),
}

/// Sorts an error.
pub(super) fn failure(error: &hyper::Error) -> Failure {
    if error.is_canceled() || error.is_closed() {
        return Failure::Unseen;
    }
    if error.is_timeout() {
        return Failure::Class(ErrorClass::Timeout);
    }
    if error.is_incomplete_message() || error.is_body_write_aborted() {
        return Failure::Class(ErrorClass::Reset);
    }
    if error.is_parse() || error.is_user() {
        return Failure::Class(ErrorClass::Protocol);
    }
    let Some(source) = error.source() else { return Failure::Class(ErrorClass::Protocol) };
    if let Some(error) = source.downcast_ref::<io::Error>() {
        return Failure::Class(of_io(error));
    }
    // The errors of HTTP/2 have no type that hyper shows. Their text names who ended what.
    let text = source.to_string();
    if text.starts_with("connection error received: not a result of an error") {
        Failure::Unseen
    } else if text.contains(" received: ") {
        Failure::Class(ErrorClass::Reset)
    } else {
        Failure::Class(ErrorClass::Protocol)
    }
}

fn of_io(error: &io::Error) -> ErrorClass {
    if matches!(error.get_ref(), Some(inner) if inner.is::<rustls::Error>()) {
        return ErrorClass::Tls;
    }
    match error.kind() {
        // A chunk or a frame that is none.
        io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput => ErrorClass::Protocol,
        io::ErrorKind::TimedOut => ErrorClass::Timeout,
        _ => ErrorClass::Reset,
    }
}
