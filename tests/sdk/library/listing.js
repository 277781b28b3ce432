// One list of the documents, read with a helper library in each of its ways, and always the same things in it.
import assert from 'node:assert/strict';
import { CASES } from '../openapi/check.js';
import { items } from '../openapi/cases/case.js';
import { parametersOf, samplesOf } from '../openapi/parameters.js';
import { must } from '../openapi/rest.js';
import { pathOf } from './exercise.js';

const SIZE = 2;
const PAGING = ['PageSize', 'Page', 'PageToken'];

/** Reads lists of `operation` with `client`; at least five things are there. */
export class Listing {
  constructor({ client, resources, mock, operation, methods }) {
    Object.assign(this, { client, resources, mock, operation, given: CASES[operation.id] });
    [this.method] = methods;
  }

  async prepared() {
    const base = await this.given.base(this.resources);
    for (let nth = 0; nth < 2; nth += 1) await base.make();
    return base;
  }

  /** All of it, two at a time: as a list, one by one, up to a limit, page by page and back. */
  async reads() {
    const base = await this.prepared();
    const all = await this.all(base);
    assert.ok(all.length >= 5, `${all.length} things are there`);
    const read = (way, options) => this.client.items(this.method, pathOf(this.operation, base), way, options);
    for (const way of ['list', 'each']) {
      assert.deepEqual(await read(way, { PageSize: SIZE }), all, way);
      assert.deepEqual(await read(way, { Limit: 3, PageSize: SIZE }), all.slice(0, 3), `${way} of 3`);
    }
    assert.deepEqual(await read('list', { Limit: 1000 }), all, 'a page as large as the library asks for');
    const { forward, back, jumped } = await this.client.pages(this.method, pathOf(this.operation, base), SIZE);
    assert.deepEqual(forward.flat(), all, 'page by page');
    assert.ok(
      forward.slice(0, -1).every((page) => page.length === SIZE),
      'full pages',
    );
    assert.deepEqual([back, jumped], [forward[0], forward[1]], 'back to the first page, and the second by its URL');
  }

  /** What each filter leaves over is what the API itself says. */
  async filters() {
    const filters = parametersOf(this.operation).filter(
      ({ in: place, name }) => place === 'query' && !PAGING.includes(name),
    );
    for (const filter of filters) {
      const base = await this.prepared();
      for (const { of } of await samplesOf(this.given, filter, this.resources, base)) {
        const value = filter.schema.type === 'array' ? [of].flat() : of;
        const found = await this.client.items(this.method, pathOf(this.operation, base), 'list', {
          [filter.name]: value,
        });
        const wanted = await this.all(base, { [filter.name]: of });
        assert.ok(wanted.length > 0, `${filter.name} leaves something over`);
        assert.deepEqual(found, wanted, filter.name);
      }
    }
  }

  /** The SIDs of the whole list without a library. */
  async all(base, query = {}) {
    const path = this.operation.path.replace(/\{(\w+)\}/g, (_, name) => base.path[name]);
    const all = [];
    for (let next = query; next;) {
      const page = await must(this.mock, { method: 'GET', path, query: next });
      all.push(...items(page).map(({ sid, channel_sid: channel }) => sid ?? channel));
      next = page.meta.next_page_url && Object.fromEntries(new URL(page.meta.next_page_url).searchParams);
    }
    return all;
  }
}
