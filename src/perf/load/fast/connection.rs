//! One connection: opening it, TLS, and bytes in and out without waiting.

use std::io::{self, IoSlice, Read as _, Write};
use std::net::SocketAddr;

use mio::net::TcpStream;
use mio::{Interest, Registry, Token};
use rustls::ClientConnection;

use super::exchange::Exchange;
use crate::perf::load::plan::Tls;
use crate::perf::load::response::Parser;

/// A slot for a connection, which may be closed and opened again many times.
#[derive(Debug, Default)]
pub(super) struct Connection {
    pub(super) phase: Phase,
    stream: Option<TcpStream>,
    tls: Option<Box<ClientConnection>>,
    /// When it began to be opened, and then when the TLS handshake began.
    pub(super) since: u64,
    /// Nanoseconds that connecting took.
    pub(super) connect: u64,
    /// When opening it or the answer is too late; `u64::MAX` for never.
    pub(super) deadline: u64,
    /// When its pause ends; `u64::MAX` while it does not pause.
    pub(super) wake: u64,
    /// It stands in the list of those that wait for a request.
    pub(super) listed: bool,
    /// It stands in the list of those that are looked at again.
    pub(super) unread: bool,
    /// Times in a row that opening it was in vain.
    pub(super) vain: u32,
    /// It has been asked for something since it was opened.
    pub(super) used: bool,
    pub(super) exchange: Exchange,
    pub(super) parser: Parser,
}

/// How far opening it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Phase {
    #[default]
    Closed,
    Connecting,
    Handshaking,
    Open,
}

/// What one look at the socket brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Took {
    /// So many bytes.
    Bytes(usize),
    /// Nothing for now.
    Nothing,
    /// The other side ended it. Not clean is an end of TLS that was not announced: somebody may have cut it.
    End { clean: bool },
}

impl Connection {
    pub(super) fn new() -> Self {
        Self { deadline: u64::MAX, wake: u64::MAX, ..Self::default() }
    }

    /// Begins to connect.
    pub(super) fn open(&mut self, address: SocketAddr, registry: &Registry, token: Token) -> io::Result<()> {
        self.close();
        let mut stream = TcpStream::connect(address)?;
        // Small requests must not wait for each other's acknowledgement. A failure shows later.
        let _ = stream.set_nodelay(true);
        registry.register(&mut stream, token, Interest::READABLE | Interest::WRITABLE)?;
        self.stream = Some(stream);
        self.phase = Phase::Connecting;
        self.used = false;
        Ok(())
    }

    /// Ends the connection at once.
    pub(super) fn close(&mut self) {
        self.stream = None;
        self.tls = None;
        self.phase = Phase::Closed;
        self.deadline = u64::MAX;
    }

    /// Whether connecting is done.
    pub(super) fn connected(&self) -> io::Result<bool> {
        let Some(stream) = &self.stream else { return Err(io::ErrorKind::NotConnected.into()) };
        if let Some(error) = stream.take_error()? {
            return Err(error);
        }
        match stream.peer_addr() {
            Ok(_) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotConnected => Ok(false),
            Err(error) if error.raw_os_error() == Some(IN_PROGRESS) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Begins the TLS handshake.
    pub(super) fn begin_tls(&mut self, tls: &Tls) -> Result<(), rustls::Error> {
        let session = ClientConnection::new(std::sync::Arc::clone(&tls.config), tls.name.clone())?;
        self.tls = Some(Box::new(session));
        self.phase = Phase::Handshaking;
        Ok(())
    }

    /// Goes on with the handshake as far as it goes; true when it is done.
    pub(super) fn shake_hands(&mut self) -> io::Result<bool> {
        let (Some(stream), Some(tls)) = (&mut self.stream, &mut self.tls) else {
            return Err(io::ErrorKind::NotConnected.into());
        };
        loop {
            send_records(tls, stream)?;
            if !tls.is_handshaking() {
                return Ok(true);
            }
            match tls.read_tls(stream) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(_) => {
                    if let Err(error) = tls.process_new_packets() {
                        // The other side may want to know why.
                        let _ = send_records(tls, stream);
                        return Err(io::Error::new(io::ErrorKind::InvalidData, error));
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(false),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Sends of these bytes what has not been sent, as far as it goes.
    pub(super) fn send(&mut self, parts: [&[u8]; 2]) -> io::Result<()> {
        let Some(stream) = &mut self.stream else { return Err(io::ErrorKind::NotConnected.into()) };
        let total = parts[0].len() + parts[1].len();
        let written = &mut self.exchange.written;
        match &mut self.tls {
            None => {
                while *written < total {
                    match write(stream, parts, *written) {
                        Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                        Ok(count) => *written += count,
                        Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                        Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                        Err(error) => return Err(error),
                    }
                }
                Ok(())
            }
            Some(tls) => loop {
                while *written < total {
                    match write(&mut tls.writer(), parts, *written)? {
                        0 => break,
                        count => *written += count,
                    }
                }
                // What the session has taken counts as written; the rest follows when the socket takes more.
                if !send_records(tls, stream)? || *written == total {
                    return Ok(());
                }
            },
        }
    }

    /// Whether something is left to send besides the request.
    pub(super) fn wants_to_send(&self) -> bool {
        self.tls.as_ref().is_some_and(|tls| tls.wants_write())
    }

    /// Reads once from the socket.
    pub(super) fn take(&mut self, wire: &mut [u8]) -> io::Result<Took> {
        let Some(stream) = &mut self.stream else { return Ok(Took::Nothing) };
        loop {
            match stream.read(wire) {
                Ok(0) => return Ok(Took::End { clean: self.tls.is_none() }),
                Ok(read) => return Ok(Took::Bytes(read)),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(Took::Nothing),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Whether what comes from the socket must be decrypted.
    pub(super) fn encrypted(&self) -> bool {
        self.tls.is_some()
    }

    /// Decrypts of `wire`, from which it takes, into `plain`; nothing once all is taken.
    pub(super) fn decrypt(&mut self, wire: &mut &[u8], plain: &mut [u8]) -> io::Result<Took> {
        let Some(tls) = &mut self.tls else { return Ok(Took::Nothing) };
        loop {
            match tls.reader().read(plain) {
                Ok(0) => return Ok(Took::End { clean: true }),
                Ok(count) => return Ok(Took::Bytes(count)),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
            if wire.is_empty() {
                return Ok(Took::Nothing);
            }
            tls.read_tls(wire)?;
            tls.process_new_packets().map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
        }
    }
}

/// `EINPROGRESS`, which some systems give instead of `ENOTCONN`.
const IN_PROGRESS: i32 = if cfg!(target_os = "macos") { 36 } else { 115 };

/// Sends what a session has ready; false when the socket takes no more for now.
fn send_records(tls: &mut ClientConnection, stream: &mut TcpStream) -> io::Result<bool> {
    while tls.wants_write() {
        match tls.write_tls(stream) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(false),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(true)
}

/// Writes once of two parts, from an offset over both.
fn write(out: &mut impl Write, [one, two]: [&[u8]; 2], from: usize) -> io::Result<usize> {
    match (one.get(from..).unwrap_or_default(), two.get(from.saturating_sub(one.len())..).unwrap_or_default())
    {
        (rest, []) | ([], rest) => out.write(rest),
        (one, two) => out.write_vectored(&[IoSlice::new(one), IoSlice::new(two)]),
    }
}
