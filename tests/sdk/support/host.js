// What a body needs of Node, wherever it runs: its tokens, the service's REST side, a network that can be cut, the
// mock's own controls. All take and give JSON, so that a page can call them.
import { mintToken, openChannel } from './twilio.js';
import { tcpRelay } from './tcp-relay.js';

/** The host of one mock; `close()` ends what it holds. */
export function hostOf(mock) {
  const relays = new Map();
  let ahead = 0; // seconds the mock's clock is ahead of ours

  const asked = async (base, headers, method, path, params) => {
    const body = method === 'GET' || method === 'DELETE' ? undefined : params;
    const answer = await fetch(base + path, { method, headers, body });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return text ? JSON.parse(text) : null;
  };
  const basic = `Basic ${Buffer.from(`${mock.api_key_sid}:${mock.api_key_secret}`).toString('base64')}`;
  const service = `${mock.url}/v2/Services/${mock.chat_service_sid}`;
  const control = (method, path, body = {}) => {
    const headers = { authorization: `Bearer ${mock.control_token}`, 'content-type': 'application/json' };
    return asked(mock.control, headers, method, path, JSON.stringify(body));
  };

  return {
    /** A token that ends `ttl` seconds from now by the mock's clock. */
    token: async (identity, { ttl = 86_000, ...more } = {}) => mintToken(mock, identity, { ttl: ttl + ahead, ...more }),
    openChannel: async (identity, more) => ({ sid: (await openChannel(mock, identity, more)).sid }),
    rest: (method, path, params = {}) =>
      asked(service, { authorization: basic }, method, path, new URLSearchParams(params)),

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

    /** Moves the mock's clock on, for everybody. */
    advance: async (seconds) => {
      await control('POST', '/clock/advance', { seconds });
      ahead += seconds;
    },
    control,
    close: () => Promise.all([...relays.values()].map((relay) => relay.close())),
  };
}
