// A relay in front of a mock that keeps the requests clients send, byte for byte.
import net from 'node:net';

/** `{ url, requests(), close() }`; a request is `{ line, headers, body }`, its headers as they were written. */
export async function wiretap(mock) {
  const target = new URL(mock.url);
  const heard = [];
  const sockets = new Set();
  const server = net.createServer((near) => {
    const far = net.connect(Number(target.port), target.hostname);
    const stream = { bytes: Buffer.alloc(0) };
    heard.push(stream);
    near.on('data', (chunk) => (stream.bytes = Buffer.concat([stream.bytes, chunk])));
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => {}).on('close', () => (near.destroy(), far.destroy()));
    }
    near.pipe(far).pipe(near);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    requests: () => heard.flatMap(({ bytes }) => split(bytes)),
    close() {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}

function split(bytes) {
  const requests = [];
  for (let rest = bytes; rest.length;) {
    const end = rest.indexOf('\r\n\r\n');
    const [line, ...lines] = rest.subarray(0, end).toString('latin1').split('\r\n');
    const headers = Object.fromEntries(
      lines.map((one) => [one.slice(0, one.indexOf(':')), one.slice(one.indexOf(':') + 1).trim()]),
    );
    const length = Number(headers['Content-Length'] ?? 0);
    requests.push({ line, headers, body: rest.subarray(end + 4, end + 4 + length).toString('utf8') });
    rest = rest.subarray(end + 4 + length);
  }
  return requests;
}
