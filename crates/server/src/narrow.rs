//! Visitors' connections, read in small pieces: hyper doubles its buffer for as long as reads fill it, up to 400 KiB, and
//! whoever takes a body apart holds as much again. Two hundred files at once would fill the memory with that (ATT-1).

use axum::serve::Listener;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Most bytes of one read.
const MOST: usize = 16 * 1024;

/// Lets in whom another listener lets in.
pub(crate) struct Narrow<L>(pub(crate) L);

impl<L: Listener> Listener for Narrow<L> {
    type Io = Sip<L::Io>;
    type Addr = L::Addr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        let (visitor, address) = self.0.accept().await;
        (Sip(visitor), address)
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.0.local_addr()
    }
}

/// A connection of which no read gives more than [`MOST`].
pub(crate) struct Sip<T>(T);

impl<T: AsyncRead + Unpin> AsyncRead for Sip<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        room: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let most = room.remaining().min(MOST);
        let mut part = ReadBuf::new(room.initialize_unfilled_to(most));
        ready!(Pin::new(&mut self.0).poll_read(context, &mut part))?;
        let n = part.filled().len();
        room.advance(n);
        Poll::Ready(Ok(()))
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Sip<T> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write_vectored(context, bytes)
    }

    fn is_write_vectored(&self) -> bool {
        self.0.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::{MOST, Sip};
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    #[tokio::test]
    async fn att_1_no_read_gives_more_than_a_little_and_nothing_is_lost() {
        let sent: Vec<u8> = (0..3 * MOST + 5).map(|n| n as u8).collect();
        let (mut there, here) = tokio::io::duplex(4 * MOST);
        there.write_all(&sent).await.unwrap();
        there.shutdown().await.unwrap();
        let (mut here, mut read) = (Sip(here), Vec::new());
        loop {
            let mut room = vec![0; 2 * MOST];
            let n = here.read(&mut room).await.unwrap();
            assert!(n <= MOST, "{n}");
            if n == 0 {
                break;
            }
            read.extend_from_slice(&room[..n]);
        }
        assert_eq!(read, sent);
    }
}
