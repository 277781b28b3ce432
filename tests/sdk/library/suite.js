// What the tests of the helper libraries share: a mock and a connected client for each release, and its cells.
import { after, before, describe, test } from 'node:test';
import { operationsInScope } from '../openapi/documents.js';
import { Resources } from '../openapi/resources.js';
import { ran, skipped } from '../support/cells.js';
import { startMock } from '../support/mock.js';
import { LIBRARIES } from './index.js';
import { sorted } from './operations.js';

/** The operations of the documents that are in scope. */
export const OPERATIONS = operationsInScope();

/**
 * Defines tests for each release: `define(suite)`, where `suite` has `name`, `version` and `cell`, and from the first
 * test on `library`, `mock`, `client`, `resources` and what the library offers.
 */
export function eachLibrary(seed, define) {
  for (const { client: name, version, open } of LIBRARIES) {
    describe(name, () => {
      const suite = new Suite(name, version);
      before(() => suite.start(open, seed));
      after(() => suite.stop());
      define(suite);
    });
  }
}

class Suite {
  constructor(name, version) {
    Object.assign(this, { name, version });
  }

  async start(open, seed) {
    this.library = await open();
    this.mock = await startMock({ seed });
    this.client = await this.library.connect(this.mock);
    this.resources = new Resources(this.mock);
    this.surface = sorted(this.library.surface(), OPERATIONS);
  }

  async stop() {
    await this.library?.stop();
    await this.mock?.stop();
  }

  /** The library's methods for an operation of the documents, by its ID; undefined when it has none. */
  methods = (id) => this.surface.offered.get(OPERATIONS.find((operation) => operation.id === id));

  /** Calls the operation, by the first method the library has for it. */
  call = (id, path, parameters = {}, client = this.client) => client.call(this.methods(id)[0], path, parameters, []);

  /** Does something with another client than the suite's own; a driver of Python has one client at a time. */
  async elsewhere(mock, credentials, what) {
    try {
      return await what(await this.library.connect(mock, credentials));
    } finally {
      this.client = await this.library.connect(this.mock);
    }
  }

  /** A test that fills a cell of capabilities.toml. */
  cell(capability, title, body) {
    const reason = skipped(this.name, capability);
    if (reason) return test(title, { skip: reason }, () => {});
    return test(title, { timeout: 60_000 }, async () => {
      let ok = false;
      try {
        await body();
        ok = true;
      } finally {
        ran(this.name, capability, title, ok);
      }
    });
  }
}
