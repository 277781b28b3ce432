// Which operations of the documents a library's methods are.
import { isUnder, operationsInScope, readScope } from '../openapi/documents.js';

const VERBS = { create: 'POST', update: 'POST', fetch: 'GET', list: 'GET', each: 'GET', stream: 'GET', page: 'GET' };
const OTHERS = { getPage: 'GET', get_page: 'GET', remove: 'DELETE', delete: 'DELETE' };

/**
 * Sorts what a library offers: `{ offered: Map(document's operation → [method]), out: [uri], unknown: [uri] }`. What the
 * documents do not have in scope must lie under what `scope.json` has out.
 */
export function sorted(surface, operations = operationsInScope()) {
  const offered = new Map();
  const out = new Set();
  const unknown = new Set();
  const excluded = Object.values(readScope()).flatMap((document) => document.out.flatMap(({ under }) => under));
  for (const method of surface) {
    const path = (method.product === 'chat' ? '/v2' : '/v1') + method.uri;
    const operation = operations.find((one) => isIt(one, path, method));
    if (operation) offered.set(operation, [...(offered.get(operation) ?? []), method]);
    else (isUnder(path, excluded) ? out : unknown).add(path);
  }
  return { offered, out: [...out], unknown: [...unknown] };
}

function isIt(operation, path, { product, method }) {
  const verb = { ...VERBS, ...OTHERS }[method.replace(/(_with_http_info|WithHttpInfo|_async)+$/, '')];
  if (!verb) throw new Error(`${path}: what ${method} does is not known`);
  const itsPath = operation.path.replace(/\{\w+\}/g, 'x1');
  return operation.method === verb && itsPath === path && operation.document.startsWith(product);
}
