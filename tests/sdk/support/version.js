// The package under test is the one it should be.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';

/** Defines the test: the installed `name` and what its `Client` says of itself are of this version. */
export function isVersion(name, version, Client) {
  test(`the package ${name} is version ${version}`, () => {
    assert.equal(createRequire(import.meta.url)(`${name}/package.json`).version, version);
    assert.equal(Client.version, version);
  });
}
