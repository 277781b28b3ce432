// A TCP relay that can cut its connections: the bad network between an SDK and its server.
import net from 'node:net';

/** Relays to `url`'s host and port; `uri` is the same URL through the relay. */
export async function tcpRelay(url) {
  const target = new URL(url);
  const pairs = new Set();
  let refusing = false;
  const server = net.createServer((near) => {
    if (refusing) return near.destroy();
    const far = net.connect(Number(target.port), target.hostname);
    const pair = { near, far };
    pairs.add(pair);
    const end = () => {
      near.destroy();
      far.destroy();
      pairs.delete(pair);
    };
    for (const socket of [near, far]) socket.on('error', end).on('close', end);
    near.pipe(far).pipe(near);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const uri = new URL(url);
  uri.port = server.address().port;

  const cut = () => {
    for (const { near, far } of pairs) {
      near.resetAndDestroy();
      far.resetAndDestroy();
    }
  };
  return {
    uri: uri.href,
    /** Resets every connection and refuses new ones until `mend`. */
    cut() {
      refusing = true;
      cut();
    },
    mend() {
      refusing = false;
    },
    close() {
      cut();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}
