//! Servers for tests: small ones on loopback that do as the path says, over HTTP/1.1 or HTTP/2, with TLS or without.

use std::convert::Infallible;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::thread::JoinHandle;
use std::time::Duration;

use hyper::body::{Body, Bytes, Frame, Incoming};
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject as _;
use tokio::io::{AsyncRead, AsyncWrite};

/// A server and what it saw.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    /// Certificate (PEM) that its own is checked with; empty without TLS.
    pub(crate) pem: String,
    pub(crate) seen: Arc<Seen>,
    stop: Option<std::sync::mpsc::Sender<Infallible>>,
    thread: Option<JoinHandle<()>>,
}

/// Counts.
#[derive(Default)]
pub(crate) struct Seen {
    pub(crate) requests: AtomicU64,
    pub(crate) connections: AtomicU64,
    /// Bytes of bodies.
    pub(crate) body: AtomicU64,
}

/// What a server speaks.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Speaks {
    One,
    Two,
}

impl Server {
    pub(crate) fn start(speaks: Speaks, with_tls: bool) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(Seen::default());
        let (pem, acceptor) = if with_tls {
            let alpn: &[u8] = if speaks == Speaks::Two { b"h2" } else { b"http/1.1" };
            let (pem, config) = certificate(&["127.0.0.1", "localhost"], alpn);
            (pem, Some(tokio_rustls::TlsAcceptor::from(config)))
        } else {
            (String::new(), None)
        };
        let (stop, stopped) = std::sync::mpsc::channel::<Infallible>();
        let counts = Arc::clone(&seen);
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async move {
                let listener = tokio::net::TcpListener::from_std(listener).unwrap();
                while stopped.try_recv() == Err(std::sync::mpsc::TryRecvError::Empty) {
                    let wait = tokio::time::timeout(Duration::from_millis(20), listener.accept());
                    let Ok(Ok((tcp, _))) = wait.await else { continue };
                    tcp.set_nodelay(true).unwrap();
                    counts.connections.fetch_add(1, Ordering::Relaxed);
                    let (acceptor, counts) = (acceptor.clone(), Arc::clone(&counts));
                    tokio::spawn(async move {
                        match acceptor {
                            None => serve(speaks, tcp, counts).await,
                            Some(acceptor) => {
                                if let Ok(stream) = acceptor.accept(tcp).await {
                                    serve(speaks, stream, counts).await;
                                }
                            }
                        }
                    });
                }
            });
        });
        Self { address, pem, seen, stop: Some(stop), thread: Some(thread) }
    }

    pub(crate) fn requests(&self) -> u64 {
        self.seen.requests.load(Ordering::Relaxed)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}

/// A certificate of its own making, and a server that has it.
pub(crate) fn certificate(names: &[&str], alpn: &[u8]) -> (String, Arc<rustls::ServerConfig>) {
    let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
    let made = rcgen::generate_simple_self_signed(names).unwrap();
    let key = PrivateKeyDer::from_pem_slice(made.signing_key.serialize_pem().as_bytes()).unwrap();
    let mut config =
        rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)
            .unwrap();
    config.alpn_protocols = vec![alpn.to_vec()];
    (made.cert.pem(), Arc::new(config))
}

async fn serve<T: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
    speaks: Speaks,
    stream: T,
    seen: Arc<Seen>,
) {
    let service = service_fn(move |request| {
        let seen = Arc::clone(&seen);
        async move { Ok::<_, Infallible>(answer(request, &seen).await) }
    });
    // A client that leaves is none of the server's business.
    let stream = TokioIo::new(stream);
    if speaks == Speaks::Two {
        drop(http2::Builder::new(TokioExecutor::new()).serve_connection(stream, service).await);
    } else {
        drop(http1::Builder::new().serve_connection(stream, service).await);
    }
}

/// Does as the path says.
async fn answer(request: Request<Incoming>, seen: &Seen) -> Response<Parts> {
    let number = seen.requests.fetch_add(1, Ordering::Relaxed);
    let path = request.uri().path().to_owned();
    let mut parts = path.trim_start_matches('/').split('/');
    let (verb, argument) = (parts.next().unwrap_or(""), parts.next().unwrap_or(""));
    let header = request.headers().get("x-echo").cloned();
    let query = request.uri().query().unwrap_or("").to_owned();
    let collected = http_body_util::BodyExt::collect(request.into_body()).await;
    let body = collected.map(http_body_util::Collected::to_bytes).unwrap_or_default();
    seen.body.fetch_add(body.len() as u64, Ordering::Relaxed);
    let mut response = Response::new(Parts::whole(Bytes::from_static(b"hello, world")));
    response.headers_mut().insert("x-mark", "this".parse().unwrap());
    response
        .headers_mut()
        .insert("server", "made\u{1b}[31m\tfor tests".replace('\u{1b}', "").parse().unwrap());
    match verb {
        "delay" => tokio::time::sleep(Duration::from_millis(argument.parse().unwrap())).await,
        "status" => *response.status_mut() = StatusCode::from_u16(argument.parse().unwrap()).unwrap(),
        // Every other request fails.
        "flaky" if number.is_multiple_of(2) => *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE,
        // The whole server stands still at the request of this number.
        "freeze" if argument.parse() == Ok(number) => std::thread::sleep(Duration::from_millis(300)),
        "break" => response.body_mut().broken = true,
        "split" => *response.body_mut() = Parts::split(&[b"need", b"le in ", b"a haystack"]),
        "echo" => {
            let text = format!(
                "{query}|{}|",
                header.map_or(String::new(), |value| value.to_str().unwrap().to_owned())
            );
            *response.body_mut() = Parts::split(&[text.as_bytes(), &body]);
        }
        "json" => {
            *response.body_mut() = Parts::whole(Bytes::from_static(
                br#"{"data":{"token":"t0k\u0065n","empty":"","number":3,"bad":"a\nb"},"list":["first"]}"#,
            ));
        }
        "big" => *response.body_mut() = Parts::whole(Bytes::from(vec![b'x'; argument.parse().unwrap()])),
        _ => {}
    }
    response
}

/// A body in parts, which can break off.
struct Parts {
    left: Vec<Bytes>,
    broken: bool,
    length: Option<u64>,
}

impl Parts {
    fn whole(text: Bytes) -> Self {
        Self { length: Some(text.len() as u64), left: vec![text], broken: false }
    }

    fn split(parts: &[&[u8]]) -> Self {
        Self {
            left: parts.iter().rev().map(|part| Bytes::copy_from_slice(part)).collect(),
            broken: false,
            length: None,
        }
    }
}

impl Body for Parts {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if self.broken {
            return Poll::Ready(Some(Err(io::Error::other("broken on purpose"))));
        }
        Poll::Ready(self.left.pop().map(|part| Ok(Frame::data(part))))
    }

    fn is_end_stream(&self) -> bool {
        self.left.is_empty() && !self.broken
    }

    fn size_hint(&self) -> hyper::body::SizeHint {
        self.length.map_or_else(hyper::body::SizeHint::default, hyper::body::SizeHint::with_exact)
    }
}
