// A relay at the level of WebSocket messages that writes down every frame that passes, in order.
import { WebSocket, WebSocketServer } from 'ws';
import { parse } from './frame.js';
import { until } from './wait.js';

const QUIET_MS = 400;

/**
 * Relays to the socket `url`. `recording(identity)` answers the frames of the connections whose token names that
 * identity, one connection after the other: `[{ from: 'client' | 'server', header, payload, at }]`.
 */
export async function recorder(url) {
  const connections = [];
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
  await new Promise((resolve) => server.once('listening', resolve));
  server.on('connection', (near) => connections.push(relay(near, url)));
  const uri = new URL(url);
  uri.port = server.address().port;

  const of = (identity) => connections.filter((connection) => connection.identity() === identity);
  const recording = (identity) => {
    const own = of(identity);
    for (const { faults } of own) if (faults.length) throw faults[0];
    return own.flatMap(({ frames }) => frames);
  };
  /** Waits until `identity` has sent `wanted`, and the line has carried nothing for a while since. */
  const quiet = (identity, wanted = () => true) =>
    until(`a quiet line of ${identity}`, () => {
      const frames = recording(identity);
      const at = frames.findIndex((frame) => frame.from === 'client' && wanted(frame.header));
      return at >= 0 && Date.now() - frames[frames.length - 1].at > QUIET_MS;
    }, 30_000);
  const ended = (identity) =>
    until(`the end of the connection of ${identity}`, () => of(identity).length && of(identity).every(isClosed));
  return {
    uri: uri.href,
    recording,
    quiet,
    ended,
    /** How often `identity` has connected. */
    connections: (identity) => of(identity).length,
    /** Cuts the line of `identity` without a word, as a lost network does. */
    cut: (identity) => of(identity).forEach(terminate),
    close() {
      connections.forEach(terminate);
      return new Promise((resolve) => server.close(resolve));
    },
  };
}

const isClosed = ({ near }) => near.readyState === WebSocket.CLOSED;

function terminate({ near, far }) {
  near.terminate();
  far.terminate();
}

function relay(near, url) {
  const frames = [];
  const faults = [];
  const far = new WebSocket(url, { perMessageDeflate: false });
  const early = [];
  far.on('open', () => {
    for (const message of early.splice(0)) far.send(message);
  });
  const pass = (from, to) => (message, isBinary) => {
    try {
      if (!isBinary) throw new Error(`a text message from the ${from}: ${message}`);
      frames.push({ from, ...parse(message), at: Date.now() });
    } catch (error) {
      faults.push(error);
    }
    if (to.readyState === WebSocket.CONNECTING) early.push(message);
    else if (to.readyState === WebSocket.OPEN) to.send(message, { binary: isBinary });
  };
  near.on('message', pass('client', far));
  far.on('message', pass('server', near));
  near.on('close', () => far.close());
  far.on('close', () => near.close());
  near.on('error', () => far.terminate());
  far.on('error', () => near.terminate());

  const identity = () => {
    const init = frames.find(({ from, header }) => from === 'client' && header.method === 'init');
    if (!init) return undefined;
    return JSON.parse(Buffer.from(init.header.token.split('.')[1], 'base64url')).grants.identity;
  };
  return { near, far, frames, faults, identity };
}
