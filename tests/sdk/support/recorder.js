// A relay at the level of WebSocket messages that writes down every frame that passes, in order.
import { WebSocket, WebSocketServer } from 'ws';
import { parse } from './frame.js';
import { until } from './wait.js';

const QUIET_MS = 400;

/**
 * Relays to the socket `url`. `recording(identity)` answers the frames of the one connection whose token names that
 * identity: `[{ from: 'client' | 'server', header, payload, at }]`.
 */
export async function recorder(url) {
  const connections = [];
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
  await new Promise((resolve) => server.once('listening', resolve));
  server.on('connection', (near) => connections.push(relay(near, url)));
  const uri = new URL(url);
  uri.port = server.address().port;

  const recording = (identity) => {
    const own = connections.filter((connection) => connection.identity() === identity);
    if (own.length !== 1) throw new Error(`${own.length} connections of ${identity}; wanted one`);
    if (own[0].faults.length) throw own[0].faults[0];
    return own[0].frames;
  };
  return {
    uri: uri.href,
    recording,
    /** Waits until the connection of `identity` has carried nothing for a while: what belongs together is through. */
    async quiet(identity) {
      await until(`a quiet line of ${identity}`, () => {
        const frames = recording(identity);
        return Date.now() - frames[frames.length - 1].at > QUIET_MS;
      });
    },
    close() {
      for (const { near, far } of connections) {
        near.terminate();
        far.terminate();
      }
      return new Promise((resolve) => server.close(resolve));
    },
  };
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
    else to.send(message, { binary: isBinary });
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
