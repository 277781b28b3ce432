// The parameters of an operation: what they may be, and whether one is seen in an answer.
import { isDeepStrictEqual } from 'node:util';
import { value } from './cases/case.js';
import { valuesAt } from './schema.js';

/** All parameters of an operation, wherever they go: `[{ name, in, required, schema }]`. */
export function parametersOf({ parameters, body }) {
  const inBody = Object.entries(body?.properties ?? {}).map(([name, schema]) => {
    return { name, in: 'body', required: body.required.includes(name), schema };
  });
  return [...parameters, ...inBody];
}

/** The values to try for a parameter, on top of `base`; `ask` sends the base request with another query. */
export async function samplesOf(given, { name, schema }, resources, base, ask) {
  const own = given.samples?.[name];
  return own ? own(resources, base, { ask, name }) : ordinary(schema).map((one) => value(one));
}

/** Values that a schema alone tells. */
function ordinary({ type, enum: words, format, items }) {
  if (words) return words;
  if (type === 'array') return [ordinary(items).slice(0, 2)];
  if (type === 'boolean') return [true, false];
  if (type === 'integer') return [1, 2];
  if (format === 'date-time') return ['2015-12-16T22:18:37Z'];
  if (format === 'uri') return ['https://example.com/somewhere'];
  return ['Some "words", ünï & coded', 'more'];
}

/** Why what was sent is not seen in the answer: a list of sentences, empty when it is. */
export async function unseen(operation, { name, schema }, { of, shown }, answer, resources, base) {
  const path = name.split('.').map(snakeCase).join('.');
  const inAnswer = path.split('.')[0] in (operation.schema?.properties ?? {});
  if (!shown && !inAnswer) return ['the answer has no place for it'];
  const found = shown ? await shown(answer.body, resources, base) : valuesAt(answer.body, path)[0];
  const wanted = typed(of, schema);
  if (isDeepStrictEqual(found, wanted) || found === of) return [];
  return [`${answer.asked}: found ${JSON.stringify(found)} instead of ${JSON.stringify(wanted)}`];
}

/** What a value must be in an answer. */
function typed(of, { type }) {
  if (type === 'array') return [of].flat();
  return type === 'boolean' || type === 'integer' ? of : String(of);
}

/** `ChannelSid` → `channel_sid`. */
export const snakeCase = (name) => name.replace(/(?<=[a-z])[A-Z]/g, (letter) => `_${letter}`).toLowerCase();
