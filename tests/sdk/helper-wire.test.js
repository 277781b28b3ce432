// How the releases of the helper libraries write their requests: what the mock takes is seen here, byte for byte.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eachLibrary } from './library/suite.js';
import { wiretap } from './library/wiretap.js';

/** A space is `%20` to Node and `+` to Python. */
const encoded = (suite, text) =>
  encodeURIComponent(text).replaceAll('%20', suite.name.includes('python') ? '+' : '%20');

eachLibrary(15, (suite) => {
  /** What went over the wire while `what` was done with a client. */
  async function heard(what) {
    const tap = await wiretap(suite.mock);
    try {
      await suite.elsewhere({ ...suite.mock, url: tap.url }, {}, what);
      return tap.requests();
    } finally {
      await tap.close();
    }
  }

  test('words, spaces and booleans of a form', async () => {
    const form = { ...suite.resources.flexChannelForm(), Target: 'a b', LongLived: true };
    const [{ line, body }] = await heard((client) => suite.call('flex_v1.CreateChannel', [], form, client));
    assert.equal(line, 'POST /v1/Channels HTTP/1.1');
    const yes = suite.name === 'twilio-python-7' ? 'True' : 'true';
    const names = ['FlexFlowSid', 'Identity', 'ChatUserFriendlyName', 'ChatFriendlyName', 'Target'];
    const written = names.map((name) => `${name}=${encoded(suite, form[name])}`);
    assert.equal(body, [...written, `LongLived=${yes}`].join('&'));
  });

  test('letters beyond ASCII, and the header that lets webhooks fire', async () => {
    const { sid } = await suite.resources.channel();
    const message = { From: 'abc', Body: 'hi é', 'X-Twilio-Webhook-Enabled': 'true' };
    const path = [suite.resources.service, sid];
    const [{ headers, body }] = await heard((client) => suite.call('chat_v2.CreateMessage', path, message, client));
    assert.equal(body, `From=abc&Body=${encoded(suite, 'hi é')}`);
    assert.equal(headers['X-Twilio-Webhook-Enabled'], 'true');
  });

  test('a list as a repeated name', async () => {
    const { sid } = await suite.resources.channel();
    const filters = ['onMessageSent', 'onChannelUpdated'];
    const webhook = { Type: 'webhook', 'Configuration.Url': 'http://example.com/x', 'Configuration.Filters': filters };
    const path = [suite.resources.service, sid];
    const [{ body }] = await heard((client) => suite.call('chat_v2.CreateChannelWebhook', path, webhook, client));
    assert.ok(body.endsWith('&Configuration.Filters=onMessageSent&Configuration.Filters=onChannelUpdated'), body);
  });

  test('the head of a request that reads', async () => {
    const [method] = suite.methods('flex_v1.ListChannel');
    const [{ line, headers }] = await heard((client) => client.items(method, [], 'list', { Limit: 20 }));
    assert.equal(line, 'GET /v1/Channels?PageSize=20 HTTP/1.1');
    const [product, runtime] = suite.name.includes('python') ? ['python', 'Python/3'] : ['node', 'node/v'];
    assert.ok(headers['User-Agent'].startsWith(`twilio-${product}/${suite.version} (`), headers['User-Agent']);
    assert.ok(headers['User-Agent'].includes(` ${runtime}`), headers['User-Agent']);
    assert.equal(headers.Accept, 'application/json');
    assert.equal(headers['Accept-Charset'], 'utf-8');
    assert.match(headers.Authorization, /^Basic /);
    assert.equal(headers.Connection, ['twilio-node-3', 'twilio-node-4'].includes(suite.name) ? 'close' : 'keep-alive');
  });
});
