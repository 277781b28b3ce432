// What Twilio's helper libraries make of refusals, and of tokens.
import assert from 'node:assert/strict';
import { eachLibrary } from './library/suite.js';
import { Resources } from './openapi/resources.js';
import { startMock } from './support/mock.js';
import { leave, login } from './support/twilio.js';

/** What the library says of a refusal: its own exception, of which each field is looked at. */
async function refused(suite, id, path, parameters, client) {
  const error = await suite.call(id, path, parameters, client).then(
    () => assert.fail(`${id} was not refused`),
    (reason) => reason,
  );
  const said = suite.client.refusalOf(error);
  if (suite.name.includes('python')) {
    assert.equal(said.type, 'TwilioRestException', String(error.stack));
    assert.ok(said.uri.length > 1 && /^[A-Z]+$/.test(said.method), JSON.stringify(said));
  } else {
    assert.equal(said.type, 'RestException', String(error.stack));
    assert.equal(said.moreInfo, `https://www.twilio.com/docs/errors/${said.code}`);
  }
  return said;
}

function says({ status, code, message }, expected) {
  assert.deepEqual({ status, code }, { status: expected.status, code: expected.code });
  assert.ok(message.includes(expected.message), message);
}

eachLibrary(13, (suite) => {
  const cell = (title, body) => suite.cell('rest.errors', title, body);

  cell('an unknown channel is its exception with 404 and 20404', async () => {
    const { service } = suite.resources;
    const unknown = `CH${'0'.repeat(32)}`;
    const message = `The requested resource /Services/${service}/Channels/${unknown} was not found`;
    says(await refused(suite, 'chat_v2.FetchChannel', [service, unknown]), { status: 404, code: 20404, message });
  });

  cell('a second delete is its exception with 404', async () => {
    const { sid } = await suite.resources.flexChannel();
    assert.equal((await suite.call('flex_v1.DeleteChannel', [sid])).value, true);
    const said = await refused(suite, 'flex_v1.DeleteChannel', [sid]);
    says(said, { status: 404, code: 20404, message: `/Channels/${sid} was not found` });
  });

  cell('a name that is taken is its exception with 409 and 50307', async () => {
    const { unique_name: taken } = await suite.resources.channel();
    const said = await refused(suite, 'chat_v2.CreateChannel', [suite.resources.service], { UniqueName: taken });
    says(said, { status: 409, code: 50307, message: 'unique name' });
  });

  cell('a studio flow without its flow is its exception with 400', async () => {
    const { 'Integration.FlowSid': _, ...form } = suite.resources.flowForm('studio');
    assert.equal((await refused(suite, 'flex_v1.CreateFlexFlow', [], form)).status, 400);
  });

  cell('a wrong password is its exception with 401 and 20003', () =>
    suite.elsewhere(suite.mock, { password: 'f'.repeat(32) }, async (stranger) => {
      const said = await refused(suite, 'flex_v1.FetchChannel', [`CH${'0'.repeat(32)}`], {}, stranger);
      says(said, { status: 401, code: 20003, message: 'Authenticate' });
    }),
  );

  cell('too many creations in a second are its exception with 429', async () => {
    const strict = await startMock({ seed: 14, limits: 'documented' });
    try {
      await suite.elsewhere(strict, {}, async (client) => {
        const form = new Resources(strict).flexChannelForm();
        for (let nth = 0; nth < 10; nth += 1) await suite.call('flex_v1.CreateChannel', [], form, client);
        assert.equal((await refused(suite, 'flex_v1.CreateChannel', [], form, client)).status, 429);
      });
    } finally {
      await strict.stop();
    }
  });

  suite.cell('token.mint', 'a token of its making logs in', async () => {
    const { mock, library } = suite;
    const chat = await login(mock, 'minted', { token: await library.mint(mock, 'minted') });
    assert.equal(chat.user.identity, 'minted');
    await leave(chat);
  });
});
