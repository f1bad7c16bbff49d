//! One connection's bytes, plain or through TLS.

use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;

use super::limits::Place;

/// A connection. Its place among all is free again when it is dropped, so it has to be
/// kept by whoever takes it over from HTTP.
#[derive(Debug)]
pub struct Stream {
    socket: Socket,
    _place: Place,
}

#[derive(Debug)]
enum Socket {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl Stream {
    pub(super) fn plain(stream: TcpStream, place: Place) -> Self {
        Stream { socket: Socket::Plain(stream), _place: place }
    }

    pub(super) fn tls(stream: TlsStream<TcpStream>, place: Place) -> Self {
        Stream { socket: Socket::Tls(Box::new(stream)), _place: place }
    }

    /// Who is at the other end.
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        match &self.socket {
            Socket::Plain(socket) => socket.peer_addr(),
            Socket::Tls(socket) => socket.get_ref().0.peer_addr(),
        }
    }
}

/// Calls a method of whichever socket it is.
macro_rules! socket {
    ($stream:expr, $method:ident($($argument:expr),*)) => {
        match &mut $stream.get_mut().socket {
            Socket::Plain(socket) => Pin::new(socket).$method($($argument),*),
            Socket::Tls(socket) => Pin::new(&mut **socket).$method($($argument),*),
        }
    };
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        socket!(self, poll_read(cx, buffer))
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        socket!(self, poll_write(cx, bytes))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        socket!(self, poll_write_vectored(cx, bytes))
    }

    /// Both can.
    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        socket!(self, poll_flush(cx))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        socket!(self, poll_shutdown(cx))
    }
}
