// The unmodified Chat SDK 6.0.0, as `npm install` gives it to an application, lives a customer's life.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { Client } from 'twilio-chat';
import { life } from './support/life.js';

test('the package under test is twilio-chat 6.0.0', () => {
  const { version } = createRequire(import.meta.url)('twilio-chat/package.json');
  assert.equal(version, '6.0.0');
  assert.equal(Client.version, '6.0.0');
});

life(Client, { seed: 2 });
