//! Certificates, and the server for HTTP/2: hyper's, because the point is the client; what it knows is written down in the
//! same way.

use std::convert::Infallible;
use std::future::{Future as _, poll_fn};
use std::net::{SocketAddr, TcpListener};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use http_body_util::BodyExt as _;
use http_body_util::Full;
use http_body_util::combinators::BoxBody;
use hyper::body::{Body, Bytes, Frame, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response, server};
use hyper_util::rt::{TokioExecutor, TokioIo};
use readiness::perf::load::Tls;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio::io::{AsyncRead, AsyncWrite};

use super::Shared;
use super::script::{self, spread};
use super::truth::Seen;

/// A certificate for 127.0.0.1 and its key, made for this one test.
pub(crate) struct Identity {
    certificate: CertificateDer<'static>,
    key: PrivateKeyDer<'static>,
}

impl Identity {
    pub(crate) fn new() -> Self {
        let made = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).unwrap();
        let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
        Self { certificate: made.cert.der().clone(), key }
    }

    pub(crate) fn server(&self, protocol: &str) -> Arc<ServerConfig> {
        let mut config =
            ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
                .with_safe_default_protocol_versions()
                .unwrap()
                .with_no_client_auth()
                .with_single_cert(vec![self.certificate.clone()], self.key.clone_key())
                .unwrap();
        config.alpn_protocols = vec![protocol.as_bytes().to_vec()];
        Arc::new(config)
    }

    /// A client that trusts this certificate alone.
    pub(crate) fn client(&self, protocol: &str) -> Tls {
        let mut roots = RootCertStore::empty();
        roots.add(self.certificate.clone()).unwrap();
        let mut config =
            ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
                .with_safe_default_protocol_versions()
                .unwrap()
                .with_root_certificates(roots)
                .with_no_client_auth();
        config.alpn_protocols = vec![protocol.as_bytes().to_vec()];
        Tls { config: Arc::new(config), name: ServerName::try_from("127.0.0.1").unwrap() }
    }
}

/// A server for HTTP/2. It ends when it is dropped.
pub(crate) struct Oracle2 {
    pub(crate) address: SocketAddr,
    shared: Arc<Shared>,
    end: Option<tokio::sync::oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Oracle2 {
    /// With TLS, or with prior knowledge without it. After `farewell` requests a connection says that it takes no more.
    pub(crate) fn start(tls: Option<Arc<ServerConfig>>, farewell: Option<u64>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared::default());
        let (end, ended) = tokio::sync::oneshot::channel();
        let of_thread = Arc::clone(&shared);
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let accepting = tokio::spawn(accept(listener, of_thread, tls, farewell));
                let _ = ended.await;
                accepting.abort();
            });
        });
        Self { address, shared, end: Some(end), thread: Some(thread) }
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.shared.seen()
    }

    pub(crate) fn connections(&self) -> u64 {
        self.shared.connections.load(Ordering::SeqCst)
    }
}

impl Drop for Oracle2 {
    fn drop(&mut self) {
        if let Some(end) = self.end.take() {
            let _ = end.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

async fn accept(
    listener: TcpListener,
    shared: Arc<Shared>,
    tls: Option<Arc<ServerConfig>>,
    farewell: Option<u64>,
) {
    let listener = tokio::net::TcpListener::from_std(listener).unwrap();
    while let Ok((stream, _)) = listener.accept().await {
        stream.set_nodelay(true).unwrap();
        let number = shared.connections.fetch_add(1, Ordering::SeqCst);
        let shared = Arc::clone(&shared);
        match tls.clone() {
            None => drop(tokio::spawn(serve(stream, shared, number, farewell))),
            Some(config) => drop(tokio::spawn(async move {
                if let Ok(stream) = tokio_rustls::TlsAcceptor::from(config).accept(stream).await {
                    serve(stream, shared, number, farewell).await;
                }
            })),
        }
    }
}

async fn serve<S>(stream: S, shared: Arc<Shared>, number: u64, farewell: Option<u64>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let called = Arc::new(AtomicU64::new(0));
    let counting = Arc::clone(&called);
    let service = service_fn(move |request| {
        counting.fetch_add(1, Ordering::SeqCst);
        answer(request, Arc::clone(&shared), number)
    });
    let connection = server::conn::http2::Builder::new(TokioExecutor::new())
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = pin!(connection);
    let mut said = false;
    poll_fn(|context| {
        let polled = connection.as_mut().poll(context);
        if polled.is_pending() && !said && farewell.is_some_and(|most| called.load(Ordering::SeqCst) >= most)
        {
            said = true;
            connection.as_mut().graceful_shutdown();
            return connection.as_mut().poll(context).map(|_| ());
        }
        polled.map(|_| ())
    })
    .await;
}

type Answer = Response<BoxBody<Bytes, std::io::Error>>;

async fn answer(
    request: Request<Incoming>,
    shared: Arc<Shared>,
    connection: u64,
) -> Result<Answer, std::io::Error> {
    let (head, body) = request.into_parts();
    let path = head.uri.path().to_owned();
    let mut request = script::Request {
        method: head.method.to_string(),
        path: path.clone(),
        head: format!("{:?} {:?}", head.uri, head.headers),
        body: 0,
    };
    request.body = body.collect().await.map_or(0, |body| body.to_bytes().len());
    let number = shared.arrived(&request, connection);
    let mut parts = path.trim_start_matches('/').split('/');
    let (kind, rest) = (parts.next().unwrap_or(""), parts.next().unwrap_or(""));
    match kind {
        "spread" => tokio::time::sleep(spread(rest.parse().unwrap())).await,
        "never" => tokio::time::sleep(Duration::from_secs(3_600)).await,
        "reset" if rest != "body" => return Err(std::io::Error::other("reset")),
        _ => {}
    }
    let status = if kind == "status" { rest.parse().unwrap() } else { 200 };
    let body = match kind {
        "reset" => half().boxed(),
        "large" => Full::new(Bytes::from(vec![b'x'; 10_000_000])).map_err(never).boxed(),
        _ => Full::new(Bytes::from_static(b"ok")).map_err(never).boxed(),
    };
    shared.answered(number);
    Ok(Response::builder().status(status).body(body).unwrap())
}

fn never(never: Infallible) -> std::io::Error {
    match never {}
}

/// A body that breaks off.
fn half() -> impl Body<Data = Bytes, Error = std::io::Error> + Send + Sync {
    struct Half(bool);
    impl Body for Half {
        type Data = Bytes;
        type Error = std::io::Error;
        fn poll_frame(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, std::io::Error>>> {
            self.0 = !self.0;
            Poll::Ready(Some(if self.0 {
                Ok(Frame::data(Bytes::from_static(b"half")))
            } else {
                Err(std::io::Error::other("broken off"))
            }))
        }
    }
    Half(false)
}
