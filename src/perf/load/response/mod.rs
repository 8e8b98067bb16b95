//! Answers of HTTP/1.1 (RFC 9112), as a state machine over whatever bytes have come: no I/O, no clock, and memory only for
//! a head that comes in pieces.

use std::mem::MaybeUninit;

use httparse::{Header, Status};

/// Longest head, and longest line of a chunk's size or all of its trailers, in bytes.
const LONGEST: usize = 64 * 1024;
/// Most headers of an answer.
const HEADERS: usize = 64;

/// What a parser has come upon.
#[derive(Clone, Copy, Debug)]
pub enum Part<'p> {
    /// The head of the final answer; interim ones (1xx) are passed over.
    Head {
        /// Its status, from 200.
        status: u16,
        /// Its headers, as they came.
        headers: &'p [Header<'p>],
    },
    /// Bytes of the body, without the framing of chunks.
    Body(&'p [u8]),
}

/// What came is no answer of HTTP/1.1, or breaks the rules for its length.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an HTTP/1.1 response")]
pub struct Malformed;

/// What the end of the connection means for an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// It ended there, as its head said it would.
    Complete,
    /// Some of it is missing.
    Cut,
    /// What came of it is malformed.
    Malformed,
}

/// Reads one answer after another.
#[derive(Debug, Default)]
pub struct Parser {
    state: State,
    /// The request was a HEAD, whose answer has no body.
    head_only: bool,
    /// The connection can serve another request afterwards.
    keep_alive: bool,
    status: u16,
    /// The beginning of a head whose end has not come.
    carry: Vec<u8>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Head,
    /// Bytes that are left of a body of known length.
    Length(u64),
    /// The body ends with the connection.
    UntilClose,
    /// In the line with a chunk's size: the size, digits so far, length of the line so far.
    Size {
        size: u64,
        digits: bool,
        line: usize,
    },
    /// Behind the digits of that line.
    Extension {
        size: u64,
        line: usize,
    },
    /// Behind the carriage return of that line.
    SizeEnd {
        size: u64,
    },
    /// Bytes that are left of a chunk.
    Chunk(u64),
    /// Behind a chunk: its line end.
    ChunkReturn,
    ChunkFeed,
    /// In the trailers: bytes so far, and whether the line at hand has one that counts.
    Trailers {
        bytes: usize,
        empty: bool,
    },
    Done,
}

impl Parser {
    /// Gets ready for the answer to another request. `head_only` says that it was a HEAD.
    pub fn reset(&mut self, head_only: bool) {
        self.state = State::Head;
        self.head_only = head_only;
        self.keep_alive = false;
        self.status = 0;
        self.carry.clear();
    }

    /// Takes bytes. Returns how many belonged to the answer when it is complete, and nothing when more must come, in
    /// which case all were taken.
    ///
    /// # Errors
    /// When they are no answer; the parser is then of no use until the next [`Self::reset`].
    pub fn feed(
        &mut self,
        input: &[u8],
        part: &mut impl FnMut(Part<'_>),
    ) -> Result<Option<usize>, Malformed> {
        let mut rest = input;
        loop {
            match self.state {
                State::Done => return Ok(Some(input.len() - rest.len())),
                _ if rest.is_empty() => return Ok(None),
                State::Head => match self.head(rest, part)? {
                    Some(used) => rest = rest.get(used..).unwrap_or_default(),
                    None => return Ok(None),
                },
                State::Length(left) => {
                    let (left, more) = body(left, rest, part);
                    rest = more;
                    self.state = if left == 0 { State::Done } else { State::Length(left) };
                }
                State::Chunk(left) => {
                    let (left, more) = body(left, rest, part);
                    rest = more;
                    self.state = if left == 0 { State::ChunkReturn } else { State::Chunk(left) };
                }
                State::UntilClose => {
                    part(Part::Body(rest));
                    return Ok(None);
                }
                _ => {
                    let Some((byte, more)) = rest.split_first() else { return Ok(None) };
                    rest = more;
                    self.state = framing(self.state, *byte)?;
                }
            }
        }
    }

    /// What it means that nothing more will come.
    #[must_use]
    pub fn end(&self) -> End {
        match self.state {
            State::Done | State::UntilClose => End::Complete,
            State::Head if !self.carry.is_empty() => {
                let mut headers = [const { MaybeUninit::uninit() }; HEADERS];
                let mut response = httparse::Response::new(&mut []);
                match httparse::ParserConfig::default().parse_response_with_uninit_headers(
                    &mut response,
                    &self.carry,
                    &mut headers,
                ) {
                    Ok(_) => End::Cut,
                    Err(_) => End::Malformed,
                }
            }
            _ => End::Cut,
        }
    }

    /// Status of the answer; 0 before its head is there.
    #[must_use]
    pub const fn status(&self) -> u16 {
        self.status
    }

    /// Whether the connection can serve another request after this answer.
    #[must_use]
    pub const fn keep_alive(&self) -> bool {
        self.keep_alive
    }

    /// Reads a head, which may have begun in earlier bytes. Returns how many of these bytes are of it once it is whole.
    fn head(&mut self, input: &[u8], part: &mut impl FnMut(Part<'_>)) -> Result<Option<usize>, Malformed> {
        if self.carry.is_empty() {
            // The name of the protocol stands first; empty lines before it would be read again and again.
            if input.first() != Some(&b'H') {
                return Err(Malformed);
            }
            let whole = self.parse(input, part)?;
            if whole.is_none() {
                self.keep(input)?;
            }
            return Ok(whole);
        }
        let before = self.carry.len();
        self.keep(input)?;
        // A line that is not whole changes nothing, and looking again at each byte would take quadratic time.
        if !input.contains(&b'\n') {
            return Ok(None);
        }
        let mut carry = std::mem::take(&mut self.carry);
        let whole = self.parse(&carry, part)?;
        if whole.is_some() {
            carry.clear();
        }
        self.carry = carry;
        Ok(whole.map(|length| length.saturating_sub(before)))
    }

    /// Keeps the beginning of a head, as far as one can reach.
    fn keep(&mut self, input: &[u8]) -> Result<(), Malformed> {
        let room = LONGEST.saturating_sub(self.carry.len());
        // One byte more than fits shows that it is too long, unless the head ends before.
        let taken = input.get(..room.saturating_add(1)).unwrap_or(input);
        if self.carry.len() > LONGEST {
            return Err(Malformed);
        }
        self.carry.extend_from_slice(taken);
        Ok(())
    }

    /// Reads a whole head: its length, or nothing when it is not whole.
    fn parse(&mut self, bytes: &[u8], part: &mut impl FnMut(Part<'_>)) -> Result<Option<usize>, Malformed> {
        let mut headers = [const { MaybeUninit::uninit() }; HEADERS];
        let mut response = httparse::Response::new(&mut []);
        let parsed = httparse::ParserConfig::default().parse_response_with_uninit_headers(
            &mut response,
            bytes,
            &mut headers,
        );
        let length = match parsed {
            Ok(Status::Complete(length)) if length <= LONGEST => length,
            Ok(Status::Partial) if bytes.len() <= LONGEST => return Ok(None),
            _ => return Err(Malformed),
        };
        let (status, version) = (response.code.unwrap_or(0), response.version.unwrap_or(0));
        match status {
            // Nothing of ours asks for another protocol.
            0..=99 | 101 => return Err(Malformed),
            100..=199 => return Ok(Some(length)),
            _ => {}
        }
        self.status = status;
        let framing = Framing::of(response.headers, version);
        self.state =
            if self.head_only || matches!(status, 204 | 304) { State::Done } else { framing.state()? };
        let persistent = if version == 0 { framing.stays } else { !framing.closes };
        self.keep_alive = persistent && self.state != State::UntilClose;
        part(Part::Head { status, headers: response.headers });
        Ok(Some(length))
    }
}

/// Passes on what is of the body; returns what is left of its length, and the bytes behind it.
fn body<'i>(left: u64, rest: &'i [u8], part: &mut impl FnMut(Part<'_>)) -> (u64, &'i [u8]) {
    let take = usize::try_from(left).unwrap_or(usize::MAX).min(rest.len());
    let (now, more) = rest.split_at_checked(take).unwrap_or((rest, &[]));
    if !now.is_empty() {
        part(Part::Body(now));
    }
    (left.saturating_sub(take as u64), more)
}

/// One byte between the chunks of a body (RFC 9112 section 7.1).
fn framing(state: State, byte: u8) -> Result<State, Malformed> {
    Ok(match (state, byte) {
        (State::Size { digits: true, size, .. }, b'\r') => State::SizeEnd { size },
        (State::Size { digits: true, size, line }, b';' | b' ' | b'\t') => State::Extension { size, line },
        (State::Size { size, line, .. }, _) => {
            let digit = char::from(byte).to_digit(16).ok_or(Malformed)?;
            let size = size.checked_mul(16).ok_or(Malformed)? | u64::from(digit);
            State::Size { size, digits: true, line: longer(line)? }
        }
        (State::Extension { size, .. }, b'\r') => State::SizeEnd { size },
        (State::Extension { .. }, b'\n') => return Err(Malformed),
        (State::Extension { size, line }, _) => State::Extension { size, line: longer(line)? },
        (State::SizeEnd { size: 0 }, b'\n') => State::Trailers { bytes: 0, empty: true },
        (State::SizeEnd { size }, b'\n') => State::Chunk(size),
        (State::ChunkReturn, b'\r') => State::ChunkFeed,
        (State::ChunkFeed, b'\n') => State::Size { size: 0, digits: false, line: 0 },
        (State::Trailers { empty: true, .. }, b'\n') => State::Done,
        (State::Trailers { bytes, .. }, b'\n') => State::Trailers { bytes: longer(bytes)?, empty: true },
        (State::Trailers { bytes, empty }, _) => {
            State::Trailers { bytes: longer(bytes)?, empty: empty && byte == b'\r' }
        }
        _ => return Err(Malformed),
    })
}

fn longer(bytes: usize) -> Result<usize, Malformed> {
    if bytes < LONGEST { Ok(bytes + 1) } else { Err(Malformed) }
}

/// What headers say of the body's length and of the connection.
#[derive(Clone, Copy, Debug, Default)]
struct Framing {
    length: Option<u64>,
    /// A length that is none, or several that differ.
    bad_length: bool,
    /// There is a transfer coding.
    coded: bool,
    /// The last coding is `chunked`.
    chunked: bool,
    /// `chunked` stands before another coding, or a server of HTTP/1.0 uses codings.
    bad_coding: bool,
    closes: bool,
    stays: bool,
}

impl Framing {
    fn of(headers: &[Header<'_>], version: u8) -> Self {
        let mut all = Self::default();
        for header in headers {
            // Names of other lengths are most of them.
            match header.name.len() {
                10 if header.name.eq_ignore_ascii_case("connection") => {
                    for token in tokens(header.value) {
                        all.closes |= token.eq_ignore_ascii_case(b"close");
                        all.stays |= token.eq_ignore_ascii_case(b"keep-alive");
                    }
                }
                14 if header.name.eq_ignore_ascii_case("content-length") => {
                    for token in header.value.split(|byte| *byte == b',') {
                        match (number(token.trim_ascii()), all.length) {
                            (Some(new), None) => all.length = Some(new),
                            (Some(new), Some(old)) if new == old => {}
                            _ => all.bad_length = true,
                        }
                    }
                }
                17 if header.name.eq_ignore_ascii_case("transfer-encoding") => {
                    all.bad_coding |= version == 0;
                    all.coded = true;
                    for token in tokens(header.value) {
                        all.bad_coding |= all.chunked;
                        all.chunked = token.eq_ignore_ascii_case(b"chunked");
                    }
                }
                _ => {}
            }
        }
        all.stays &= !all.closes;
        all
    }

    /// How a body is delimited (RFC 9112 section 6.3). Both a coding and a length are an attack or an error (section 6.1).
    fn state(&self) -> Result<State, Malformed> {
        match self.length {
            _ if self.bad_coding || self.bad_length => Err(Malformed),
            Some(_) if self.coded => Err(Malformed),
            Some(0) => Ok(State::Done),
            Some(length) => Ok(State::Length(length)),
            None if self.chunked => Ok(State::Size { size: 0, digits: false, line: 0 }),
            None => Ok(State::UntilClose),
        }
    }
}

fn tokens(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    value.split(|byte| *byte == b',').map(<[u8]>::trim_ascii).filter(|token| !token.is_empty())
}

/// A whole number in decimal digits alone.
fn number(text: &[u8]) -> Option<u64> {
    if text.is_empty() {
        return None;
    }
    text.iter().try_fold(0_u64, |number, byte| {
        let digit = byte.is_ascii_digit().then(|| u64::from(byte - b'0'))?;
        number.checked_mul(10)?.checked_add(digit)
    })
}

#[cfg(test)]
mod tests;
