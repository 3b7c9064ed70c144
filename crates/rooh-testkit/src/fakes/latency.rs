//! A way to the fake that takes its time.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use super::socket::zero_linger;

/// How much may be on its way at once, in reads of up to 8 KiB.
const ON_THE_WAY: usize = 512;

pub(crate) async fn relay(listener: TcpListener, near: SocketAddr, one_way: Duration) {
    let mut connections = JoinSet::new();
    while let Ok((socket, _)) = listener.accept().await {
        connections.spawn(async move {
            let there = Instant::now() + 3 * one_way;
            let _ = carry(socket, near, one_way, there).await;
        });
        while connections.try_join_next().is_some() {}
    }
}

/// Nothing of the client arrives before `there`: the handshake of TCP takes a way there and back,
/// and the first bytes another way there.
async fn carry(far: TcpStream, near: SocketAddr, one_way: Duration, there: Instant) -> io::Result<()> {
    let near = TcpStream::connect(near).await?;
    near.set_nodelay(true)?;
    far.set_nodelay(true)?;
    let (far_read, far_write) = far.into_split();
    let (near_read, near_write) = near.into_split();
    let up = direction(far_read, near_write, one_way, there);
    let down = direction(near_read, far_write, one_way, there);
    tokio::try_join!(up, down).map(|_| ())
}

async fn direction(
    from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    one_way: Duration,
    not_before: Instant,
) -> io::Result<()> {
    let (sender, mut way) = mpsc::channel::<(Instant, io::Result<Bytes>)>(ON_THE_WAY);
    let read = async move {
        let mut from = from;
        loop {
            let mut buffer = BytesMut::with_capacity(8 * 1024);
            let read = from.read_buf(&mut buffer).await;
            let is_last = !matches!(read, Ok(1..));
            let due = not_before.max(Instant::now() + one_way);
            let gone = sender.send((due, read.map(|_| buffer.freeze()))).await.is_err();
            if is_last || gone {
                return Ok(());
            }
        }
    };
    let write = async move {
        while let Some((due, piece)) = way.recv().await {
            sleep_until(due).await;
            match piece {
                Ok(piece) if piece.is_empty() => to.shutdown().await?,
                Ok(piece) => to.write_all(&piece).await?,
                Err(error) => {
                    // A connection that was reset on one side is reset on the other.
                    zero_linger(to.as_ref());
                    return Err(error);
                }
            }
        }
        Ok(())
    };
    tokio::try_join!(read, write).map(|_: ((), ())| ())
}
