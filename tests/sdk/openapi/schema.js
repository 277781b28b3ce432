// The part of OpenAPI's schemas that Twilio's documents use: what is wrong with a value, and what a schema forbids.

const FORMATS = {
  'date-time': (text) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(text) && !Number.isNaN(Date.parse(text)),
  uri: (text) => URL.canParse(text),
  'http-method': (text) => ['GET', 'POST'].includes(text),
};

const TYPES = {
  string: (value) => typeof value === 'string',
  boolean: (value) => typeof value === 'boolean',
  integer: (value) => Number.isInteger(value),
  array: (value) => Array.isArray(value),
  object: (value) => typeof value === 'object' && !Array.isArray(value),
};

/** What in `value` is not as the schema has it: a list of sentences, empty when all is well. */
export function problems(value, schema, where = 'the answer') {
  if (value === undefined) return [`${where} is missing`];
  if (value === null) return schema.nullable || !schema.type ? [] : [`${where} is null and must not be`];
  if (schema.type && !TYPES[schema.type](value)) return [`${where} is no ${schema.type}: ${JSON.stringify(value)}`];
  return [...scalarProblems(value, schema, where), ...innerProblems(value, schema, where)];
}

function scalarProblems(value, { enum: words, pattern, minLength, maxLength, minimum, maximum, format }, where) {
  const wrong = [
    words && !words.includes(value) && `one of ${words}`,
    pattern && !new RegExp(pattern).test(value) && `like ${pattern}`,
    minLength && value.length < minLength && `at least ${minLength} long`,
    maxLength && value.length > maxLength && `at most ${maxLength} long`,
    minimum !== undefined && value < minimum && `at least ${minimum}`,
    maximum !== undefined && value > maximum && `at most ${maximum}`,
    FORMATS[format] && !FORMATS[format](value) && `a ${format}`,
  ];
  return wrong.filter(Boolean).map((rule) => `${where} is not ${rule}: ${JSON.stringify(value)}`);
}

function innerProblems(value, schema, where) {
  if (schema.type === 'array') {
    return value.flatMap((item, nth) => problems(item, schema.items, `${where}[${nth}]`));
  }
  if (schema.format === 'uri-map') {
    const link = { type: 'string', format: 'uri', nullable: true };
    return Object.entries(value).flatMap(([name, url]) => problems(url, link, `${where}.${name}`));
  }
  if (!schema.properties) return [];
  const undeclared = Object.keys(value).filter((name) => !(name in schema.properties));
  return [
    ...undeclared.map((name) => `${where}.${name} is not in the schema`),
    ...Object.entries(schema.properties).flatMap(([name, of]) => problems(value[name], of, `${where}.${name}`)),
  ];
}

/**
 * The properties of a schema, with those of its items: `[{ path: 'channels[].sid', owner: 'chat.v2.service.channel',
 * name: 'sid' }]`, the owner being the resource it belongs to.
 */
export function properties(schema, prefix = '', owner = schema?.name ?? 'page') {
  if (!schema) return [];
  if (schema.type === 'array') return properties(schema.items, `${prefix}[]`, schema.items.name ?? owner);
  return Object.entries(schema.properties ?? {}).flatMap(([name, of]) => {
    const path = prefix ? `${prefix}.${name}` : name;
    return [{ path, owner, name }, ...properties(of, path, owner)];
  });
}

/** The values that stand at such a path. */
export function valuesAt(value, path) {
  return path.split('.').reduce(
    (values, step) => {
      const name = step.replace('[]', '');
      const inner = values.filter((at) => at !== null && typeof at === 'object' && name in at).map((at) => at[name]);
      return step.endsWith('[]') ? inner.filter(Array.isArray).flat() : inner;
    },
    [value],
  );
}

/** Each constraint of a parameter's schema, with a text that breaks it: `[{ constraint, text }]`. */
export function forbidden(schema) {
  if (schema.type === 'array') return forbidden(schema.items);
  const { type, enum: words, pattern, minLength, maxLength, minimum, maximum, format } = schema;
  const sid = pattern && /^\^([A-Z]{2})\[0-9a-fA-F\]\{32\}\$$/.exec(pattern);
  if (pattern && !sid) throw new Error(`no text is known to break the pattern ${pattern}`);
  return [
    type === 'boolean' && ['type', 'perhaps'],
    type === 'integer' && ['type', 'many'],
    words && ['enum', 'no-such-word'],
    sid && ['pattern', `ZZ${'0'.repeat(32)}`],
    sid && minLength && ['minLength', sid[1] + '0'.repeat(minLength - 3)],
    sid && maxLength && ['maxLength', sid[1] + '0'.repeat(maxLength - 1)],
    minimum !== undefined && ['minimum', String(minimum - 1)],
    maximum !== undefined && ['maximum', String(maximum + 1)],
    FORMATS[format] && ['format', 'neither a date nor a place nor a method'],
  ]
    .filter(Boolean)
    .map(([constraint, text]) => ({ constraint, text }));
}
