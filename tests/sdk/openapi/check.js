// Holds a running mock against Twilio's OpenAPI documents, operation by operation.
import { isDeepStrictEqual } from 'node:util';
import { CHAT } from './cases/chat.js';
import { FLEX } from './cases/flex.js';
import { Coverage } from './coverage.js';
import { operationsInScope } from './documents.js';
import { isJson, notTwilios } from './envelope.js';
import { parametersOf, samplesOf, snakeCase, unseen } from './parameters.js';
import { Resources } from './resources.js';
import { send } from './rest.js';
import { forbidden, problems, properties, valuesAt } from './schema.js';

/** How each operation in scope is asked. */
export const CASES = { ...FLEX, ...CHAT };

/** Checks all operations in scope whose ID `wanted` accepts; answers the coverage. */
export async function check(mock, wanted = () => true) {
  const coverage = new Coverage();
  const resources = new Resources(mock);
  const operations = operationsInScope().filter(({ id }) => wanted(id));
  operations.forEach((operation) => listNeeds(operation, coverage));
  for (const operation of operations) await new Check(mock, resources, operation, coverage).run();
  return coverage;
}

function listNeeds(operation, coverage) {
  const { id, schema, headers } = operation;
  coverage.need('operations', id);
  for (const { name, in: place, required, schema: of, description } of parametersOf(operation)) {
    coverage.need('parameters', `${id} ${name}`);
    if (place === 'path' && otherName(description)) coverage.need('other names', `${id} ${name}`);
    if (place === 'body' || place === 'query') coverage.need('parameters shown', `${id} ${name}`);
    if (required && place !== 'path') coverage.need('constraints', `${id} ${name} required`);
    for (const { constraint } of forbidden(of)) coverage.need('constraints', `${id} ${name} ${constraint}`);
  }
  for (const { path, owner, name } of properties(schema)) {
    coverage.need('properties', `${id} ${path}`);
    coverage.need('properties given', `${owner} ${name}`);
  }
  for (const name of headers) coverage.need('answer headers', `${id} ${name}`);
}

/** The check of one operation. */
class Check {
  constructor(mock, resources, operation, coverage) {
    Object.assign(this, { mock, resources, operation, coverage, given: CASES[operation.id] });
  }

  async run() {
    const { id } = this.operation;
    if (!(await this.tried(() => this.succeeds(), 'operations', id))) return;
    for (const parameter of parametersOf(this.operation)) {
      const named = otherName(parameter.description) && parameter.in === 'path';
      if (named) await this.tried(() => this.named(parameter), 'other names', `${id} ${parameter.name}`);
      await this.tried(() => this.takes(parameter), 'parameters', `${id} ${parameter.name}`);
      await this.tried(() => this.refuses(parameter), 'parameters', `${id} ${parameter.name}`);
    }
  }

  /** Whether it could be done at all; why not is kept with the item. */
  async tried(what, kind, item) {
    try {
      await what();
      return true;
    } catch (error) {
      this.coverage.saw(kind, item, [error.message]);
      return false;
    }
  }

  base = () => this.given.base(this.resources);

  /** Sends the base request, some of it exchanged. */
  ask(base, { path = {}, query = {}, form = {}, headers = {} } = {}) {
    const names = { ...base.path, ...path };
    const body = base.json ? { json: base.json } : base.form && { form: { ...base.form, ...form } };
    const request = {
      method: this.operation.method,
      path: filled(this.operation.path, names),
      query: { ...base.query, ...query },
      headers,
      ...body,
    };
    return send(this.mock, request);
  }

  /** The base request is answered as the document has it, and each property is there. */
  async succeeds() {
    const { id, headers } = this.operation;
    const base = await this.base();
    const answer = await this.ask(base);
    this.coverage.saw('operations', id, [...this.wrongWith(answer), ...this.unset(base, answer)]);
    for (const name of headers)
      this.coverage.saw('answer headers', `${id} ${name}`, answer.headers.has(name) ? [] : ['missing']);
    this.seeProperties(answer);
    // A path parameter is taken if what it names is what was found.
    for (const { name } of this.operation.parameters.filter(({ in: place }) => place === 'path')) {
      this.coverage.saw('parameters', `${id} ${name}`, [
        ...this.wrongWith(answer),
        ...this.elsewhere(name, base.path[name], answer),
      ]);
    }
  }

  /** Whether an answer is about another thing than the one named in the path. */
  elsewhere(name, sid, { body, asked }) {
    const found = body?.[snakeCase(name)];
    return found === undefined || found === sid ? [] : [`${asked}: is about ${found}`];
  }

  /** What a path names by its SID may also be named by its unique name or its identity, where the document says so. */
  async named({ name, description }) {
    const base = await this.base();
    const prefix = this.operation.path.slice(0, this.operation.path.indexOf(`{${name}}`)) + base.path[name];
    const found = await this.resources.get(filled(prefix, base.path));
    // A user's view of a channel names it by a link.
    const thing = found.links?.channel ? await this.resources.get(new URL(found.links.channel).pathname) : found;
    const answer = await this.ask(base, { path: { [name]: thing[otherName(description)] } });
    const wrong = [...this.wrongWith(answer), ...this.elsewhere(name, thing.sid, answer)];
    this.coverage.saw('other names', `${this.operation.id} ${name}`, wrong);
  }

  /** What was set by JSON, of which the documents say nothing, and is not seen in the answer. */
  unset({ json = {} }, { body, asked }) {
    const lost = Object.keys(json).filter((name) => !isDeepStrictEqual(body?.[name], json[name]));
    return lost.map((name) => `${asked}: ${name} is ${JSON.stringify(body?.[name])}`);
  }

  /** What of an answer that must be a success is not as the document has it. */
  wrongWith({ asked, status, headers, text, body }) {
    const { status: declared, contentType, schema } = this.operation;
    if (status !== declared) return [`${asked}: answered ${status}, not ${declared}: ${text.slice(0, 300)}`];
    if (!contentType) return text || headers.has('content-type') ? [`${asked}: answered with a body`] : [];
    if (!isJson(headers)) return [`${asked}: the content type is ${headers.get('content-type')}`];
    return problems(body, schema).map((problem) => `${asked}: ${problem}`);
  }

  seeProperties({ body }) {
    for (const { path, owner, name } of properties(this.operation.schema)) {
      const values = valuesAt(body, path);
      this.coverage.saw('properties', `${this.operation.id} ${path}`, values.length ? [] : ['missing']);
      if (values.some((value) => value !== null)) this.coverage.saw('properties given', `${owner} ${name}`);
    }
  }

  /** A parameter sent on top of the base request is taken, and seen in the answer. */
  async takes(parameter) {
    const { name, in: place } = parameter;
    if (place === 'path') return;
    const item = `${this.operation.id} ${name}`;
    const again = [await this.base()];
    const ask = (query) => this.ask(again[0], { query });
    const samples = await samplesOf(this.given, parameter, this.resources, again[0], ask);
    for (const sample of samples) {
      const base = again.pop() ?? (await this.base());
      const answer = await this.sent(base, place, { ...sample.also, [name]: sample.of });
      const wrong = this.wrongWith(answer);
      this.coverage.saw('parameters', item, wrong);
      if (wrong.length) continue;
      this.seeProperties(answer);
      if (place === 'header') continue;
      this.coverage.saw(
        'parameters shown',
        item,
        await unseen(this.operation, parameter, sample, answer, this.resources, base),
      );
    }
  }

  sent(base, place, values) {
    return this.ask(base, { [{ body: 'form', query: 'query', header: 'headers', path: 'path' }[place]]: values });
  }

  /** What the schema of a parameter forbids is refused, in Twilio's envelope. */
  async refuses({ name, in: place, required, schema }) {
    const { id } = this.operation;
    if (required && place === 'body') {
      const base = await this.base();
      const { [name]: _, ...form } = base.form;
      this.coverage.saw('constraints', `${id} ${name} required`, this.notRefused(await this.ask({ ...base, form })));
    }
    for (const { constraint, text } of forbidden(schema)) {
      const base = await this.base();
      const answer = await this.sent(base, place, { ...(await this.company(name, base)), [name]: text });
      this.coverage.saw('constraints', `${id} ${name} ${constraint}`, this.notRefused(answer));
    }
  }

  /** What goes with a parameter that makes no sense alone. */
  async company(name, base) {
    const inBody = name in (this.operation.body?.properties ?? {});
    const [sample] =
      inBody && this.given.samples?.[name] ? await this.given.samples[name](this.resources, base, {}) : [];
    return sample?.also;
  }

  notRefused = (answer) =>
    notTwilios(answer).map((problem) => `${answer.asked}: ${problem}: ${answer.text.slice(0, 200)}`);
}

/** What else than a SID a parameter of a path may be. */
const otherName = (description = '') => /`(unique_name|identity)`/.exec(description)?.[1];

const filled = (path, names) => path.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(names[name]));
