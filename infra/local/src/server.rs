//! The HTTP server on the loopback address.

use std::convert::Infallible;
use std::net::IpAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use http::{Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};

use crate::access::AccessLog;
use crate::body::Body;
use crate::gateway::Gateway;
use crate::intake;
use crate::pages::{self, Pages};
use crate::tasks::Tasks;

/// How long a client may take to send a request's head, and how long a connection may idle.
const HEAD_SECONDS_MAX: u64 = 30;
/// The pause after a failed accept: usually too many open files, which only time mends.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Everything that is served.
#[derive(Debug)]
pub(crate) struct Site {
    /// The API.
    pub(crate) gateway: Arc<Gateway>,
    /// The stack's own pages.
    pub(crate) pages: Pages,
    /// The log of requests.
    pub(crate) log: AccessLog,
}

/// Serves until `tasks` close.
pub(crate) async fn serve(listener: TcpListener, site: Arc<Site>, tasks: Tasks) {
    loop {
        tokio::select! {
            () = tasks.closing() => return,
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => {
                    tasks.spawn(connection(stream, peer.ip(), Arc::clone(&site), tasks.clone()));
                }
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            },
        }
    }
}

async fn connection(stream: TcpStream, peer: IpAddr, site: Arc<Site>, tasks: Tasks) {
    // Frames of a chat are small and each must leave at once.
    if stream.set_nodelay(true).is_err() {
        return;
    }
    let service = service_fn(move |request| {
        let site = Arc::clone(&site);
        async move { Ok::<_, Infallible>(answer(&site, request, peer).await) }
    });
    let mut server = http1::Builder::new();
    server.timer(TokioTimer::new()).header_read_timeout(Duration::from_secs(HEAD_SECONDS_MAX));
    let mut serving = pin!(server.serve_connection(TokioIo::new(stream), service));
    // How a connection ends is the client's business; what mattered is in the access log.
    tokio::select! {
        _ = serving.as_mut() => return,
        () = tasks.closing() => serving.as_mut().graceful_shutdown(),
    }
    let _ = serving.await;
}

async fn answer(site: &Site, request: Request<Incoming>, peer: IpAddr) -> Response<Body> {
    let entry = site.log.begin(request.method(), request.uri().path());
    let (head, body) = request.into_parts();
    let response = if Pages::have(head.uri.path()) {
        match intake::read(body, pages::REQUEST_BYTES_MAX).await {
            Ok(body) => site.pages.answer(Request::from_parts(head, body)).await,
            Err(refusal) => site.gateway.answer(head, Err(refusal), peer).await,
        }
    } else {
        let body = intake::read(body, intake::REQUEST_BYTES_MAX).await;
        site.gateway.answer(head, body, peer).await
    };
    entry.end(response)
}
