// Twilio's OpenAPI documents, as the npm package of its command line carries them, read into a list of operations.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const METHODS = ['get', 'post', 'delete', 'put', 'patch'];

/** The path of a document of the package, by its name: `chat_v2`. */
export const documentPath = (name) => require.resolve(`@twilio/cli-core/src/services/twilio-api/twilio_${name}.json`);

/** What is in and what is out: `scope.json`. */
export const readScope = () => JSON.parse(readFileSync(new URL('scope.json', import.meta.url)));

/** Whether a path begins as one of these do. */
export const isUnder = (path, prefixes) => prefixes.some((prefix) => path.startsWith(prefix));

/**
 * The operations in scope, in the order of the documents, each with its references resolved:
 * `{ id, document, operation, method, path, parameters, body, status, contentType, schema, headers }`.
 * Throws where scope and documents disagree: an operation in neither list, in both, or in none of the documents.
 */
export function operationsInScope(scope = readScope()) {
  return Object.entries(scope).flatMap(([document, { in: wanted, out }]) => {
    const all = operationsOf(document);
    const names = new Set(all.map(({ operation }) => operation));
    const unwanted = out.flatMap(({ operations }) => operations);
    for (const name of names) {
      const times = [...wanted, ...unwanted].filter((other) => other === name).length;
      if (times !== 1) throw new Error(`${document}: scope.json must name ${name} once, not ${times} times`);
    }
    for (const name of [...wanted, ...unwanted]) {
      if (!names.has(name)) throw new Error(`${document} has no operation ${name}`);
    }
    for (const { reason, under, operations } of out) {
      if (!(reason?.length > 20)) throw new Error(`${document}: what is out needs a reason`);
      const elsewhere = all.filter(({ operation, path }) => operations.includes(operation) && !isUnder(path, under));
      if (elsewhere.length) throw new Error(`${document}: ${elsewhere[0].operation} is not under ${under}`);
    }
    return all.filter(({ operation }) => wanted.includes(operation));
  });
}

function operationsOf(document) {
  const root = JSON.parse(readFileSync(documentPath(document)));
  const operations = [];
  for (const [path, item] of Object.entries(root.paths)) {
    for (const method of METHODS.filter((method) => item[method])) {
      operations.push(operationOf(root, document, path, method, item[method]));
    }
  }
  return operations;
}

function operationOf(root, document, path, method, described) {
  const { operationId, parameters = [], requestBody, responses } = resolved(root, described);
  const [[status, response], ...more] = Object.entries(responses);
  if (more.length) throw new Error(`${operationId} declares more than one answer`);
  const [contentType, content] = Object.entries(response.content ?? {})[0] ?? [null, {}];
  const [sent, taken] = Object.entries(requestBody?.content ?? {})[0] ?? [null, null];
  return {
    id: `${document}.${operationId}`,
    document,
    operation: operationId,
    method: method.toUpperCase(),
    path,
    parameters,
    body: taken && { type: sent, properties: taken.schema.properties, required: taken.schema.required ?? [] },
    status: Number(status),
    contentType,
    schema: content.schema ?? null,
    headers: Object.keys(response.headers ?? {}),
  };
}

/**
 * A copy without `$ref`; what was behind one says so in `name`. The documents have no circle: one would end in a stack
 * overflow, not in silence.
 */
function resolved(root, value) {
  if (Array.isArray(value)) return value.map((item) => resolved(root, item));
  if (value === null || typeof value !== 'object') return value;
  if (typeof value.$ref === 'string') {
    return { ...resolved(root, pointed(root, value.$ref)), name: value.$ref.split('/').at(-1) };
  }
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, resolved(root, item)]));
}

const pointed = (root, reference) =>
  reference
    .replace('#/', '')
    .split('/')
    .reduce((at, key) => at[key], root);
