// Plain HTTP to a mock: what the documents are held against, with no library between.

/**
 * Sends one request with `form`, `json` or `bytes`; `query`, `form` and `headers` are objects, a list of texts being a
 * repeated key.
 */
export async function send(mock, { method, path, query, form, json, bytes, headers = {} }) {
  const basic = Buffer.from(`${mock.api_key_sid}:${mock.api_key_secret}`).toString('base64');
  const url = new URL(path, mock.url);
  url.search = encoded(query);
  const body = bytes ?? (json === undefined ? form && encoded(form) : JSON.stringify(json));
  const type = json === undefined ? 'application/x-www-form-urlencoded' : 'application/json';
  const response = await fetch(url, {
    method,
    headers: { Authorization: `Basic ${basic}`, ...(body !== undefined && { 'Content-Type': type }), ...headers },
    body,
    signal: AbortSignal.timeout(20_000),
  });
  const text = await response.text();
  const asked = `${method} ${url.pathname}${url.search}${body && !bytes ? ` ${body}` : ''}`;
  return { asked, status: response.status, headers: response.headers, text, body: parsed(text) };
}

/** The answer's body, where the request must succeed for anything else to make sense. */
export async function must(mock, request) {
  const answer = await send(mock, request);
  if (answer.status >= 300) throw new Error(`${answer.asked}: ${answer.status} ${answer.text}`);
  return answer.body;
}

/** Name and text of each pair, a list being a repeated name. */
export const pairs = (values = {}) =>
  Object.entries(values).flatMap(([name, value]) => [value].flat().map((text) => [name, String(text)]));

const encoded = (values) => new URLSearchParams(pairs(values)).toString();

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
