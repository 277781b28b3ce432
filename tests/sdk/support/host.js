// What a body needs of Node, wherever it runs: its tokens, the service's REST side, a network that can be cut, the
// mock's own controls. All take and give JSON, so that a page can call them.
import { mintToken, openChannel } from './twilio.js';
import { tcpRelay } from './tcp-relay.js';

async function asked(url, headers, method, body) {
  const sent = body instanceof URLSearchParams || body === undefined ? body : JSON.stringify(body);
  const answer = await fetch(url, { method, headers, body: sent });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${url}: ${answer.status} ${text}`);
  return text ? JSON.parse(text) : null;
}

/** A request to the mock itself. */
const controlled = (mock, method, path, body) =>
  asked(
    mock.control + path,
    { authorization: `Bearer ${mock.control_token}`, 'content-type': 'application/json' },
    method,
    body,
  );

/** Does `act` with another account of the same mock, isolated from all others: as the ready line tells of the first. */
export async function withAccount(mock, act) {
  const made = await controlled(mock, 'POST', '/accounts', {});
  try {
    return await act({ ...mock, ...made });
  } finally {
    await controlled(mock, 'DELETE', `/accounts/${made.account_sid}`);
  }
}

/** The host of one account of a mock; `close()` ends what it holds. */
export function hostOf(mock) {
  const relays = new Map();
  let ahead = 0; // seconds the mock's clock is ahead of ours

  const basic = `Basic ${Buffer.from(`${mock.api_key_sid}:${mock.api_key_secret}`).toString('base64')}`;
  const service = `${mock.url}/v2/Services/${mock.chat_service_sid}`;
  const control = (method, path, body) => controlled(mock, method, `${path}?account=${mock.account_sid}`, body);

  return {
    /** A token that ends `ttl` seconds from now by the mock's clock. */
    token: async (identity, { ttl = 86_000, ...more } = {}) => mintToken(mock, identity, { ttl: ttl + ahead, ...more }),
    openChannel: async (identity, more) => ({ sid: (await openChannel(mock, identity, more)).sid }),
    rest: (method, path, params = {}) =>
      asked(
        service + path,
        { authorization: basic },
        method,
        method === 'POST' ? new URLSearchParams(params) : undefined,
      ),

    relay: async () => {
      const relay = await tcpRelay(mock.socket);
      relays.set(relay.uri, relay);
      return { id: relay.uri, uri: relay.uri };
    },
    cut: async (id) => relays.get(id).cut(),
    mend: async (id) => relays.get(id).mend(),
    closeRelay: async (id) => {
      await relays.get(id)?.close();
      relays.delete(id);
    },

    /** Moves the clock of this account on. */
    advance: async (seconds) => {
      await control('POST', '/clock/advance', { by: `${seconds}s` });
      ahead += seconds;
    },
    /** Plants these faults in this account, in place of those there were. */
    plant: (faults) => control('PUT', '/faults', faults),
    /** How often each of the faults has struck. */
    struck: async () => (await control('GET', '/faults')).faults.map(({ times }) => times),
    close: () => Promise.all([...relays.values()].map((relay) => relay.close())),
  };
}
