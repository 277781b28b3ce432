// The comparison itself: it must find what differs and must not see what only changes from run to run.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from './support/frame.js';
import { allowed, difference, transcript } from './support/transcript.js';

const hex = (digit) => digit.repeat(32);
const uuid = (digit) => '00000000-0000-4000-8000-000000000000'.replaceAll('0', digit);
const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
const client = (header, payload = null) => ({ from: 'client', header, payload });
const server = (header, payload = null) => ({ from: 'server', header, payload });

/** A short session; the digit makes all that changes from run to run. */
function session(digit, { identity = `ada-${digit}`, iat = 1_700_000_000 + Number(digit), ...changed } = {}) {
  const key = `SK${hex('a')}`;
  const claims = { jti: `${key}-${iat}`, grants: { identity }, iat, exp: iat + 3600, iss: key, ...changed.claims };
  const map = `MP${hex(digit)}`;
  return [
    client({
      id: `TM${uuid(digit)}`,
      method: 'init',
      token: `${part({ alg: 'HS256', cty: 'twilio-fpa;v=1' })}.${part(claims)}.${digit}`,
      metadata: changed.metadata ?? { sdk: 'JS' },
      payload_size: 0,
    }),
    server({ id: `TM${uuid(digit)}`, method: 'reply' }),
    client(
      { id: `TM${uuid('e')}`, method: 'message', http_request: { path: `/v3/Maps/${identity}.channels` } },
      JSON.stringify({
        correlation_id: 1_795_348_933_240 + Number(digit),
        requests: [{ object_sid: map }, { object_sid: changed.second ?? map }],
      }),
    ),
    server({ id: `TM${hex(digit)}`, method: 'notification', message_type: 'list' }, '{"event_type":"list_item_added"}'),
    client({ id: changed.acknowledged ?? `TM${hex(digit)}`, method: 'reply', status: { code: 200 } }),
  ];
}
const told = (digit, changed) => transcript(session(digit, changed), changed?.identity ?? `ada-${digit}`);

test('two runs that differ in SIDs, ids, dates, tokens and identity only are equal', () => {
  assert.deepEqual(difference(told('1'), told('2')), []);
  assert.equal(told('1').length, 3, 'a line for each frame the client sent');
});

test('what is on the allow-list may differ, but must be there', () => {
  assert.deepEqual(difference(told('1'), told('2', { metadata: { sdk: 'flexload' } })), []);
  const [init] = told('1');
  assert.ok(init.includes('"metadata":"<allowed to differ>"'), init);
  const without = session('2');
  delete without[0].header.metadata;
  assert.equal(difference(told('1'), transcript(without, 'ada-2')).length, 2);
});

test('every allowance has a reason', () => {
  for (const { method, path, reason } of allowed) {
    assert.ok(method && path && reason.length > 20, `${method} ${path}: ${reason}`);
  }
});

const altered = {
  'a frame too few': (frames) => frames.slice(0, -1),
  'a frame too many': (frames) => [...frames, frames[2]],
  'frames in another order': (frames) => [frames[2], ...frames.filter((_, i) => i !== 2)],
  'another key order': ([init, ...rest]) => {
    const { id, ...header } = init.header;
    return [{ ...init, header: { ...header, id } }, ...rest];
  },
  'another path': (frames) => changedAt(frames, 2, (frame) => (frame.header.http_request.path = '/v3/Maps/else')),
  'another payload': (frames) => changedAt(frames, 2, (frame) => (frame.payload = '{}')),
  'a payload where there was none': (frames) => changedAt(frames, 4, (frame) => (frame.payload = '{}')),
};

function changedAt(frames, at, change) {
  const copy = structuredClone(frames);
  change(copy[at]);
  return copy;
}

for (const [what, alter] of Object.entries(altered)) {
  test(`${what} is a difference`, () => {
    const found = difference(told('1'), transcript(alter(session('2')), 'ada-2'));
    assert.notDeepEqual(found, []);
  });
}

test('another object, another lifetime and an acknowledgement of nothing are differences', () => {
  for (const changed of [
    { second: `MP${hex('9')}` },
    { claims: { exp: 1_700_000_002 + 7200 } },
    { acknowledged: `TM${hex('9')}` },
  ]) {
    assert.equal(difference(told('1'), told('2', changed)).length, 2, JSON.stringify(changed));
  }
});

test('a continuation token must be the one that was served', () => {
  const again = (continuation_token) => [
    server({ id: 'TM1', method: 'reply', continuation_token: 'first' }),
    server({ id: 'TM2', method: 'reply', continuation_token: 'second' }),
    client({ id: `TM${uuid('1')}`, method: 'init', continuation_token }),
  ];
  const [kept] = transcript(again('second'), 'ada');
  assert.ok(kept.includes('"continuation_token":"<as served>"'), kept);
  for (const other of ['first', null]) assert.notDeepEqual(transcript(again(other), 'ada'), [kept]);
});

/** Subscribes to two objects, in one request or two; `between` is what the client says after the first. */
function subscribing({ split, between = [], second = 'establish' }) {
  const [one, two] = [`MP${hex('1')}`, `MP${hex('2')}`];
  const post = (objects, correlation_id, action = 'establish') => {
    const said = { event_protocol_version: 4, action, correlation_id, requests: objects.map((object_sid) => ({ object_sid })) };
    const payload = JSON.stringify(said);
    const http_request = { path: '/v4/Subscriptions', method: 'POST' };
    return client({ id: `TM${uuid('1')}`, method: 'message', http_request, payload_size: payload.length }, payload);
  };
  const outcome = (id, correlation_id) => [
    server({ id, method: 'notification' }, JSON.stringify({ event_type: 'subscription_established', correlation_id })),
    client({ id, method: 'reply' }),
  ];
  const [now, later] = [1_700_000_000_000, 1_700_000_000_100];
  if (!split) return [post([one, two], now), ...outcome('TM7', now)];
  return [post([one], now), ...between, ...outcome('TM7', now), post([two], later, second), ...outcome('TM8', later)];
}

test('a request for subscriptions that was split is compared as one; any other is not', () => {
  const whole = transcript(subscribing({ split: false }), 'ada');
  assert.equal(whole.length, 2);
  const told = (how) => difference(whole, transcript(subscribing({ split: true, ...how }), 'ada'));
  assert.deepEqual(told({}), []);
  assert.notDeepEqual(told({ second: 'cancel' }), []);
  assert.notDeepEqual(told({ between: [client({ id: `TM${uuid('2')}`, method: 'telemetry' })] }), []);
});

test('a difference names both sides and where they are', () => {
  assert.deepEqual(difference(['a', 'b', 'c'], ['a', 'x', 'c']), ['- 2: b', '+ 2: x']);
  assert.deepEqual(difference(['a', 'b'], ['b', 'c']), ['- 1: a', '+ 2: c']);
  assert.deepEqual(difference([], []), []);
});

test('a frame is read byte by byte, and what is not one is refused', () => {
  const frame = (text) => parse(Buffer.from(text));
  const header = '{"id":"é","payload_size":3}'; // 28 bytes
  const expected = { header: { id: 'é', payload_size: 3 }, payload: '"é' };
  assert.deepEqual(frame(`TWILSOCK V3.0 28\r\n${header}\r\n"é`), expected);
  assert.equal(frame(`TWILSOCK V3.0 28\r\n${header}\r\n"é\r\n`).payload, '"é');
  for (const wrong of [
    'GET / HTTP/1.1\r\n\r\n',
    `TWILSOCK V3.0 27\r\n${header}\r\n"é`,
    `TWILSOCK V3.0 28\r\n${header}\r\n"éé`,
    `TWILSOCK V2.0 28\r\n${header}\r\n"é`,
  ]) {
    assert.throws(() => frame(wrong), Error, wrong);
  }
});
