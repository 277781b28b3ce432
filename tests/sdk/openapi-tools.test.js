// The check against the documents finds what is wrong, or it would prove nothing.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { check } from './openapi/check.js';
import { Coverage } from './openapi/coverage.js';
import { notTwilios } from './openapi/envelope.js';
import { forbidden, problems, properties } from './openapi/schema.js';
import { startMock } from './support/mock.js';

const SID = { type: 'string', minLength: 34, maxLength: 34, pattern: '^CH[0-9a-fA-F]{32}$' };
const CHANNEL = {
  type: 'object',
  name: 'channel',
  properties: {
    sid: SID,
    name: { type: 'string', nullable: true },
    count: { type: 'integer' },
    made: { type: 'string', format: 'date-time' },
    links: { type: 'object', format: 'uri-map' },
  },
};
const GOOD = {
  sid: `CH${'0'.repeat(32)}`,
  name: null,
  count: 0,
  made: '2015-12-16T22:18:37Z',
  links: { members: 'https://example.com/members', last_message: null },
};

test('an answer as its schema has it has no problems', () => assert.deepEqual(problems(GOOD, CHANNEL), []));

const wrong = {
  'a property is missing': { name: undefined },
  'a property is of no schema': { colour: 'blue' },
  'a property is null and must not be': { count: null },
  'a number is a text': { count: '0' },
  'a number is a fraction': { count: 0.5 },
  'a SID is of another kind': { sid: `US${'0'.repeat(32)}` },
  'a moment is a day': { made: '2015-12-16' },
  'a link is no place': { links: { members: 'members' } },
};
for (const [what, change] of Object.entries(wrong)) {
  test(`${what}: found`, () => assert.equal(problems({ ...GOOD, ...change }, CHANNEL).length, 1));
}

test('the properties of a list are those of its things, and each knows whose it is', () => {
  const page = { type: 'object', properties: { channels: { type: 'array', items: CHANNEL } } };
  const found = properties(page).map(({ path, owner }) => `${path} of ${owner}`);
  assert.deepEqual(found.slice(0, 2), ['channels of page', 'channels[].sid of channel']);
});

test('each constraint of a parameter is broken by itself', () => {
  const broken = (schema) => forbidden(schema).map(({ constraint }) => constraint);
  assert.deepEqual(broken(SID), ['pattern', 'minLength', 'maxLength']);
  assert.deepEqual(broken({ type: 'integer', minimum: 1, maximum: 50 }), ['type', 'minimum', 'maximum']);
  assert.deepEqual(broken({ type: 'array', items: { type: 'string', enum: ['a'] } }), ['enum']);
  assert.deepEqual(broken({ type: 'string' }), []);
  assert.throws(() => forbidden({ type: 'string', pattern: '^x+$' }), /no text is known/);
});

const headers = new Headers({ 'content-type': 'application/json' });
const refusal = { code: 20001, message: 'no', more_info: 'https://www.twilio.com/docs/errors/20001', status: 400 };

test('a refusal in another shape than Twilio has is none of its', () => {
  assert.deepEqual(notTwilios({ status: 400, headers, body: refusal }), []);
  assert.equal(notTwilios({ status: 200, headers, body: refusal }).length, 1);
  assert.equal(notTwilios({ status: 500, headers, body: { ...refusal, status: 500 } }).length, 1);
  assert.equal(notTwilios({ status: 400, headers: new Headers(), body: refusal }).length, 1);
  for (const change of [{ code: 400 }, { message: '' }, { more_info: 'x' }, { status: 404 }, { error: 'x' }]) {
    assert.notDeepEqual(
      notTwilios({ status: 400, headers, body: { ...refusal, ...change } }),
      [],
      JSON.stringify(change),
    );
  }
});

test('what was not covered, was wrong once, or is excluded for nothing is a failure', () => {
  const coverage = new Coverage();
  for (const item of ['A x', 'A y', 'B x', 'B y']) coverage.need('things', item);
  coverage.saw('things', 'A x');
  coverage.saw('things', 'A y');
  coverage.saw('things', 'A y', ['it broke']);
  const reason = 'a reason that is long enough';
  const excluded = [
    { kind: 'things', item: '* x', reason },
    { kind: 'things', item: 'C*', reason },
    { kind: 'things', item: 'B y', reason: 'short' },
  ];
  const { counts, failures } = coverage.result(excluded);
  assert.deepEqual(counts, [{ kind: 'things', covered: 1, excluded: 2, all: 4 }]);
  assert.equal(failures.length, 3, failures.join('\n'));
  assert.match(failures.join('\n'), /A y: it broke[^]*C\* excludes nothing[^]*B y has no reason/);
  assert.throws(() => coverage.saw('things', 'D'), /not among/);
});

test('a mock that breaks a rule is found out', { timeout: 60_000 }, async () => {
  const mock = await startMock({ seed: 17, args: ['--break', 'chat.webhook-enabled'] });
  try {
    const { failures } = (await check(mock, (id) => id === 'chat_v2.UpdateChannel')).result([]);
    assert.equal(failures.length, 1, failures.join('\n'));
    assert.match(failures[0], /^constraints chat_v2\.UpdateChannel X-Twilio-Webhook-Enabled enum: .* not a refusal/);
  } finally {
    await mock.stop();
  }
});
