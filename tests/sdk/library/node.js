// An npm release of `twilio`: which operations it offers, and how to call one.
import { createRequire } from 'node:module';
import { inNode, camelCase } from './names.js';

const require = createRequire(import.meta.url);
const METHODS = ['create', 'fetch', 'update', 'remove', 'list', 'each', 'page', 'getPage'];
/** What a resource has besides operations and further resources. */
const FURNITURE = [
  'constructor',
  'get',
  'toJSON',
  'length',
  'name',
  'prototype',
  'arguments',
  'caller',
  'apply',
  'bind',
  'call',
  'toString',
];

/** The library that npm installed as `packageName`. */
export function nodeLibrary(packageName) {
  const twilio = require(packageName);
  const { version } = require(`${packageName}/package.json`);

  const connect = async (mock, { user = mock.api_key_sid, password = mock.api_key_secret } = {}) => {
    const rest = twilio(user, password, { accountSid: mock.account_sid });
    rest.flexApi.baseUrl = mock.url;
    rest.chat.baseUrl = mock.url;
    return new NodeClient(rest);
  };
  const mint = async (mock, identity) => {
    const { AccessToken } = twilio.jwt;
    const token = new AccessToken(mock.account_sid, mock.api_key_sid, mock.api_key_secret, { identity });
    token.addGrant(new AccessToken.ChatGrant({ serviceSid: mock.chat_service_sid }));
    return token.toJwt();
  };
  return {
    version,
    connect,
    mint,
    spells: inNode,
    surface: () => surfaceOf(twilio(`AC${'0'.repeat(32)}`, 'x')),
    stop: async () => {},
  };
}

/** All operations of Chat v2 and Flex v1: `[{ product, steps, method, uri, context }]`. */
function surfaceOf(rest) {
  const found = [];
  for (const [product, version] of [
    ['chat', rest.chat.v2],
    ['flex', rest.flexApi.v1],
  ]) {
    const base = namesOf(Object.getPrototypeOf(Object.getPrototypeOf(version)));
    for (const name of resourcesOf(version).filter((name) => !base.includes(name))) {
      walk(version[name], { product, steps: [name] }, found);
    }
  }
  return found;
}

function walk(list, at, found) {
  for (const method of operationsOf(list)) found.push({ ...at, method, uri: list._uri, context: false });
  if (!list.get) return;
  // One resource that is out of scope has two SIDs.
  const one = list('x1', 'x1');
  const within = { ...at, steps: [...at.steps, null] };
  for (const method of operationsOf(one)) found.push({ ...within, method, uri: one._uri, context: true });
  for (const name of resourcesOf(one)) walk(one[name], { ...within, steps: [...within.steps, name] }, found);
}

/** The operations of a resource; a method of no known kind is an operation that nobody would test. */
function operationsOf(resource) {
  const names = namesOf(resource).filter((name) => !FURNITURE.includes(name) && !isResource(resource[name]));
  const methods = names.filter((name) => typeof resource[name] === 'function');
  const strange = methods.filter((name) => !METHODS.includes(name.replace(/WithHttpInfo$/, '')));
  if (strange.length) throw new Error(`${resource._uri} has methods of no known kind: ${strange}`);
  return methods;
}

const resourcesOf = (value) => namesOf(value).filter((name) => name !== 'constructor' && isResource(value[name]));
const isResource = (value) => ['function', 'object'].includes(typeof value) && value !== null && 'toJSON' in value;

function namesOf(value) {
  const names = new Set();
  for (let at = value; at && at !== Object.prototype && at !== Function.prototype; at = Object.getPrototypeOf(at)) {
    for (const name of Object.getOwnPropertyNames(at)) if (!name.startsWith('_')) names.add(name);
  }
  return [...names];
}

/** A connected client. Answers and refusals are plain values, the same as those of Python's. */
class NodeClient {
  constructor(rest) {
    this.rest = rest;
  }

  /** Calls `method` of the operation; `path` are the values of its path, in order. */
  async call({ product, steps, method }, path, parameters, schema) {
    const args = this.#arguments(parameters, method);
    const given = await this.#resource(product, steps, path)[method](...args);
    const value = method.endsWith('WithHttpInfo') ? given.body : given;
    const { lastRequest, lastResponse } = this.rest.httpClient;
    return {
      value: method.startsWith('remove') ? value : fields(value, schema),
      answer: { asked: method, status: lastResponse.statusCode, body: parsed(lastResponse.body) },
      sent: Object.keys({ ...lastRequest.data, ...lastRequest.params, ...lastRequest.headers }),
    };
  }

  /** Reads a list in one of the library's ways, `list` or `each`; answers the SIDs in their order. */
  async items({ product, steps }, path, way, options) {
    const list = this.#resource(product, steps, path);
    const named = Object.fromEntries(Object.entries(options).map(([name, value]) => [inNode(name), value]));
    if (way === 'list') return sids(await list.list(named));
    const read = [];
    await new Promise((resolve, reject) => {
      const done = (error) => (error ? reject(error) : resolve());
      list.each({ ...named, callback: (item) => read.push(item), done });
    });
    return sids(read);
  }

  /** Reads a list page by page: `{ forward: [sids], back: sids, jumped: sids }`, the last two being pages one and two. */
  async pages({ product, steps }, path, pageSize) {
    const list = this.#resource(product, steps, path);
    const pages = [];
    for (let page = await list.page({ pageSize }); page; page = await page.nextPage()) pages.push(page);
    const [first, second] = pages;
    const back = await second.previousPage();
    const jumped = await list.getPage(first.nextPageUrl);
    return {
      forward: pages.map(({ instances }) => sids(instances)),
      back: sids(back.instances),
      jumped: sids(jumped.instances),
    };
  }

  /** What a refusal says, from the library's own exception. */
  refusalOf({ constructor, status, code, message, moreInfo }) {
    return { type: constructor.name, status, code, message, moreInfo };
  }

  #resource(product, steps, path) {
    const values = [...path];
    let at = product === 'chat' ? this.rest.chat.v2 : this.rest.flexApi.v1;
    for (const step of steps) at = step === null ? at(...values.splice(0, 1)) : at[step];
    return at;
  }

  #arguments(parameters, method) {
    if (parameters.json) return [parameters.json];
    const entries = Object.entries(parameters).map(([name, value]) => [inNode(name), asGiven(value)]);
    return entries.length || /^(create|update)/.test(method) ? [Object.fromEntries(entries)] : [];
  }
}

/** A user's channels have no SID of their own. */
const sids = (instances) => instances.map(({ sid, channelSid }) => sid ?? channelSid);

/** Moments are given as people give them: as dates. */
const asGiven = (value) => (/^\d{4}-\d\d-\d\dT[\d:]+Z$/.test(value) ? new Date(value) : value);

const fields = (instance, names) =>
  JSON.parse(JSON.stringify(Object.fromEntries(names.map((name) => [name, instance[camelCase(name)]]))));

const parsed = (body) => (typeof body === 'string' && body ? JSON.parse(body) : body);
