// A relay at the level of WebSocket messages that writes down every frame that passes, in order.
import { WebSocket, WebSocketServer } from 'ws';
import { parse } from './frame.js';
import { pause, until } from './wait.js';

const QUIET_MS = 400;

/** How long the news of a new channel is on its way: long enough for the agent to be in it when the customer looks. */
const NEWS_MS = 700;

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
  /** Waits until `identity` has sent `wanted`, and its line has since carried nothing for a while. */
  const quiet = async (identity, wanted = () => true) => {
    const sent = (frame) => frame.from === 'client' && wanted(frame.header);
    await until(`the frame of ${identity}`, () => recording(identity).some(sent), 30_000);
    const began = Date.now(); // what was just set off may not have reached the line yet
    await until(`a quiet line of ${identity}`, () => {
      const { at } = recording(identity).at(-1);
      return Date.now() - Math.max(at, began) > QUIET_MS;
    });
  };
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
  const record = (from, message, isBinary) => {
    try {
      if (!isBinary) throw new Error(`a text message from the ${from}: ${message}`);
      frames.push({ from, ...parse(message), at: Date.now() });
      return frames.at(-1);
    } catch (error) {
      faults.push(error);
      return undefined;
    }
  };
  near.on('message', (message, isBinary) => {
    record('client', message, isBinary);
    if (far.readyState === WebSocket.CONNECTING) early.push(message);
    else if (far.readyState === WebSocket.OPEN) far.send(message, { binary: isBinary });
  });
  let road = Promise.resolve(); // frames leave in the order they came, whatever one of them is held for
  far.on('message', (message, isBinary) => {
    road = road.then(async () => {
      if (isNewChannel(message)) await pause(NEWS_MS);
      record('server', message, isBinary);
      if (near.readyState === WebSocket.OPEN) near.send(message, { binary: isBinary });
    });
  });
  near.on('close', () => far.close());
  far.on('close', () => road.then(() => near.close()));
  near.on('error', () => far.terminate());
  far.on('error', () => near.terminate());

  const identity = () => {
    const init = frames.find(({ from, header }) => from === 'client' && header.method === 'init');
    if (!init) return undefined;
    return JSON.parse(Buffer.from(init.header.token.split('.')[1], 'base64url')).grants.identity;
  };
  return { near, far, frames, faults, identity };
}

/** Is this the push that tells a user of a new channel? */
const isNewChannel = (message) =>
  message.includes('"map_item_added"') && /"map_unique_name":"[^"]+\.channels"/.test(message.toString('utf8'));
