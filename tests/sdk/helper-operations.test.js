// Twilio's helper libraries, unmodified, against the mock: every operation they offer, and every list in every way.
//
// What they offer is found by walking them, and each operation of Twilio's documents is then done with its parameters:
// neither an operation that a library has nor one that the documents have can be forgotten here.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Exercise } from './library/exercise.js';
import { NOT_OFFERED, unsent } from './library/lacking.js';
import { Listing } from './library/listing.js';
import { OPERATIONS, eachLibrary } from './library/suite.js';

/** The capability of capabilities.toml that an operation belongs to. */
const CAPABILITIES = [
  [/^\/v1\/Channels/, 'flex.channels'],
  [/^\/v1\/FlexFlows/, 'flex.flows'],
  [/^\/v1\/WebChannels/, 'flex.web-channels'],
  [/^\/v1\/Configuration/, 'flex.configuration'],
  [/Bindings/, 'chat.bindings'],
  [/Users\/\{UserSid\}\/Channels/, 'chat.user-channels'],
  [/Users/, 'chat.users'],
  [/Webhooks/, 'chat.webhooks'],
  [/Invites/, 'chat.invites'],
  [/Members/, 'chat.members'],
  [/Messages/, 'chat.messages'],
  [/Roles/, 'chat.roles'],
  [/Credentials/, 'chat.credentials'],
  [/Channels/, 'chat.channels'],
  [/Services/, 'chat.services'],
];
const capabilityOf = ({ path }) => CAPABILITIES.find(([pattern]) => pattern.test(path))[1];

eachLibrary(12, (suite) => {
  test(`is ${suite.version}, and offers nothing that nobody knows`, () => {
    assert.equal(suite.library.version, suite.version);
    assert.deepEqual(suite.surface.unknown, []);
    assert.ok(suite.surface.out.length > 0, 'what is out of scope is seen too');
  });

  for (const operation of OPERATIONS) {
    const { id } = operation;
    const lacks = NOT_OFFERED[suite.name]?.[id];
    const given = () => ({ ...suite, operation, methods: suite.methods(id) });
    if (lacks) {
      test(`${id} is not offered`, () => assert.equal(suite.methods(id), undefined, lacks));
    } else if (operation.operation.startsWith('List')) {
      suite.cell(capabilityOf(operation), `${id} and its filters`, () => new Listing(given()).filters());
      suite.cell('rest.paging', `${id} in every way`, () => new Listing(given()).reads());
    } else {
      suite.cell(capabilityOf(operation), id, async () => {
        const exercise = new Exercise(given());
        await exercise.succeeds();
        assert.deepEqual(await exercise.takesParameters(), unsent(suite.name, operation));
      });
    }
  }
});
