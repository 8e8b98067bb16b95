//! Connections: dialled, with TLS where it is spoken, each to one slot or shared by several.

use std::cell::RefCell;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};

use hyper::body::Incoming;
use hyper::client::conn::{http1, http2};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::drive::{Driver, Home, Tasks};
use super::request::Body;
use super::state::Shared;
use crate::perf::load::{Engine, Target};
use crate::report::ErrorClass;

/// A connection of a slot.
pub(super) struct Link {
    pub(super) sender: Sender,
    pub(super) driver: Driver,
    /// Requests that it has answered for this slot.
    pub(super) used: bool,
}

/// Hyper's end of a connection.
pub(super) enum Sender {
    One(http1::SendRequest<Body>),
    Two(http2::SendRequest<Body>),
}

impl Sender {
    pub(super) async fn send(&mut self, request: Request<Body>) -> hyper::Result<Response<Incoming>> {
        match self {
            Self::One(sender) => sender.send_request(request).await,
            Self::Two(sender) => sender.send_request(request).await,
        }
    }

    /// Waits until it takes a request.
    pub(super) async fn ready(&mut self) -> hyper::Result<()> {
        match self {
            Self::One(sender) => sender.ready().await,
            Self::Two(sender) => sender.ready().await,
        }
    }

    pub(super) fn is_closed(&self) -> bool {
        match self {
            Self::One(sender) => sender.is_closed(),
            Self::Two(sender) => sender.is_closed(),
        }
    }
}

/// A connection that several slots share.
#[derive(Default)]
pub(super) struct Line(RefCell<State>);

#[derive(Default)]
struct State {
    sender: Option<http2::SendRequest<Body>>,
    opening: bool,
    /// Attempts to open it that have ended, and what became of the last.
    ended: u64,
    failure: Option<ErrorClass>,
    waiting: Vec<Waker>,
}

impl Line {
    /// The connection, opened if it is not; slots that ask meanwhile wait for the one that opens it.
    pub(super) async fn link(&self, shared: &Shared) -> Result<Link, ErrorClass> {
        let begun = {
            let mut state = self.0.borrow_mut();
            if let Some(sender) = state.sender.as_ref().filter(|sender| !sender.is_closed()) {
                return Ok(Link { sender: Sender::Two(sender.clone()), driver: Driver(None), used: false });
            }
            state.sender = None;
            if state.opening {
                Some(state.ended)
            } else {
                state.opening = true;
                None
            }
        };
        match begun {
            None => {
                let opened = open(shared, &Home::Shared).await;
                let mut state = self.0.borrow_mut();
                state.opening = false;
                state.ended += 1;
                state.failure = opened.as_ref().err().copied();
                if let Ok(Sender::Two(sender)) = &opened {
                    state.sender = Some(sender.clone());
                }
                state.waiting.drain(..).for_each(Waker::wake);
                opened.map(|sender| Link { sender, driver: Driver(None), used: false })
            }
            Some(begun) => {
                poll_fn(|cx| {
                    let mut state = self.0.borrow_mut();
                    if state.ended > begun {
                        return Poll::Ready(());
                    }
                    state.waiting.push(cx.waker().clone());
                    Poll::Pending
                })
                .await;
                let state = self.0.borrow();
                match (&state.sender, state.failure) {
                    (Some(sender), _) => {
                        Ok(Link { sender: Sender::Two(sender.clone()), driver: Driver(None), used: false })
                    }
                    (None, failure) => Err(failure.unwrap_or(ErrorClass::Connect)),
                }
            }
        }
    }
}

/// A connection for one slot alone.
pub(super) async fn own(shared: &Shared) -> Result<Link, ErrorClass> {
    let tasks = Rc::new(Tasks::default());
    let driver = Driver(Some(Rc::clone(&tasks)));
    let sender = driver.with(open(shared, &Home::Own(tasks))).await?;
    Ok(Link { sender, driver, used: false })
}

/// Opens a connection and writes down how long that took.
async fn open(shared: &Shared, home: &Home) -> Result<Sender, ErrorClass> {
    let opened = dial(shared, home).await;
    if opened.is_err() {
        shared.recorder.borrow_mut().not_connected();
    }
    opened
}

async fn dial(shared: &Shared, home: &Home) -> Result<Sender, ErrorClass> {
    let Target { address, tls, .. } = &shared.target;
    let end = tokio::time::Instant::now() + shared.plan.timeout;
    let begin = shared.now();
    let tcp = tokio::time::timeout_at(end, TcpStream::connect(*address)).await;
    let tcp = tcp.map_err(|_| ErrorClass::Connect)?.map_err(|_| ErrorClass::Connect)?;
    // Small requests go at once; a system that refuses is none that we know.
    let _ = tcp.set_nodelay(true);
    let connected = shared.now();
    let Some(tls) = tls else {
        shared.recorder.borrow_mut().connected(connected.saturating_sub(begin), None);
        return speak(tcp, shared.plan.engine, home).await;
    };
    let handshake = TlsConnector::from(tls.config.clone()).connect(tls.name.clone(), tcp);
    let stream = tokio::time::timeout_at(end, handshake).await;
    let stream = stream.map_err(|_| ErrorClass::Tls)?.map_err(|_| ErrorClass::Tls)?;
    if shared.plan.engine == Engine::Hyper2 && stream.get_ref().1.alpn_protocol() != Some(b"h2") {
        return Err(ErrorClass::Tls);
    }
    let took = shared.now().saturating_sub(connected);
    shared.recorder.borrow_mut().connected(connected.saturating_sub(begin), Some(took));
    speak(stream, shared.plan.engine, home).await
}

async fn speak<T>(stream: T, engine: Engine, home: &Home) -> Result<Sender, ErrorClass>
where
    T: AsyncRead + AsyncWrite + Unpin + 'static,
{
    let stream = TokioIo::new(stream);
    if engine == Engine::Hyper2 {
        let (sender, connection) =
            http2::handshake(home.clone(), stream).await.map_err(|_| ErrorClass::Protocol)?;
        home.first(async { drop(connection.await) });
        Ok(Sender::Two(sender))
    } else {
        let (sender, connection) = http1::handshake(stream).await.map_err(|_| ErrorClass::Protocol)?;
        home.first(async { drop(connection.await) });
        Ok(Sender::One(sender))
    }
}
