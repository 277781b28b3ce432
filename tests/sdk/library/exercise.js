// One operation of the documents, done with a helper library: its base request, and each of its parameters.
import assert from 'node:assert/strict';
import { CASES } from '../openapi/check.js';
import { parametersOf, samplesOf, unseen } from '../openapi/parameters.js';
import { knownProperties, sendsJson } from './lacking.js';

/** Names and values of a path, in its order. */
export const pathOf = ({ path }, base) => [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => base.path[name]);

/** Everything one library can do with one operation; the lists have tests of their own. */
export class Exercise {
  constructor({ name, client, resources, operation, methods }) {
    Object.assign(this, { name, client, resources, operation, given: CASES[operation.id] });
    /** The library's methods for it, without those that differ only in how they hand over the answer. */
    this.methods = methods.filter(({ method }) => !/with_?http_?info/i.test(method));
    this.wrapped = methods.filter(({ method }) => /with_?http_?info/i.test(method));
  }

  /** The base request succeeds by every method, and the library understood each property of the answer. */
  async succeeds() {
    for (const method of [...this.methods, ...this.wrapped]) {
      const base = await this.given.base(this.resources);
      const settings = base.json && sendsJson(this.name) ? { json: base.json } : {};
      await this.done(method, base, { ...base.form, ...settings });
    }
  }

  /** Each parameter the library knows is sent, taken and seen; answers the names of those it does not know. */
  async takesParameters() {
    const lacking = [];
    for (const parameter of parametersOf(this.operation).filter(({ in: place }) => place !== 'path')) {
      const base = await this.given.base(this.resources);
      const samples = await samplesOf(this.given, parameter, this.resources, base);
      for (const [nth, sample] of samples.entries()) {
        const again = nth === 0 ? base : await this.given.base(this.resources);
        const parameters = { ...again.form, ...sample.also, [parameter.name]: sample.of };
        const { answer, sent } = await this.done(this.methods[0], again, parameters);
        if (!sent.includes(parameter.name)) lacking.push(parameter.name);
        else await this.sees(parameter, sample, answer, again);
      }
    }
    return [...new Set(lacking)];
  }

  async sees(parameter, sample, answer, base) {
    if (parameter.in === 'header') return;
    const wrong = await unseen(this.operation, parameter, sample, answer, this.resources, base);
    assert.deepEqual(
      wrong.filter((problem) => !/has no place/.test(problem)),
      [],
      parameter.name,
    );
  }

  async done(method, base, parameters) {
    const { schema, status } = this.operation;
    const names = knownProperties(this.name, schema);
    const done = await this.client.call(method, pathOf(this.operation, base), parameters, names);
    assert.equal(done.answer.status, status, method.method);
    if (status === 204) assert.equal(done.value, true, method.method);
    else assert.deepEqual(inWholeSeconds(done.value), inWholeSeconds(only(done.answer.body, names)), method.method);
    return done;
  }
}

const only = (body, names) => Object.fromEntries(names.map((name) => [name, body[name]]));

/** JSON with each moment to the second: Node's dates have milliseconds. */
function inWholeSeconds(value) {
  return JSON.parse(JSON.stringify(value ?? null), (_, of) =>
    typeof of === 'string' ? of.replace(/^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\.000Z$/, '$1Z') : of,
  );
}
