// A recording as lines of text, one for each frame the client sent, without what differs from run to run: two clients
// that behave alike have equal transcripts. What a line keeps is the frame as it was on the wire, key order included.
import { readFileSync } from 'node:fs';

/** What may differ between two clients, each with its reason. */
export const allowed = JSON.parse(readFileSync(new URL('../frames/allowed.json', import.meta.url), 'utf8'));

const SID = /\b([A-Z]{2})[0-9a-f]{32}\b/g;
const UUID = /\b[0-9a-f]{8}-[0-9a-f]{4}-[1-5][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\b/g;
const DATE = /\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g;

/** The client's frames as lines. `identity` is the customer's, whose name differs between the chats compared. */
export function transcript(recorded, identity) {
  const frames = allowed.filter(({ merged }) => merged).reduce((all, { path }) => merge(all, path), recorded);
  const names = namesOf(identity);
  const served = new Map();
  const lines = [];
  let continuation = null;
  for (const { from, header, payload } of frames) {
    if (from === 'server') {
      continuation = header.continuation_token ?? continuation;
      if (header.method !== 'reply') served.set(header.id, wasServed(header, payload));
      continue;
    }
    const told = { ...header, id: idOf(header, served), ...(header.token && { token: token(header.token) }) };
    const { continuation_token } = header;
    if (continuation_token && continuation_token === continuation) told.continuation_token = '<as served>';
    for (const { method, path, merged } of allowed) {
      if (header.method === method && !merged) blank(told, path.split('.'));
    }
    const body = payload === null ? '' : ` ${names(bodyOf(payload))}`;
    lines.push(names(JSON.stringify(told)) + body);
  }
  return lines;
}

/**
 * Makes one of requests for subscriptions to `path` that follow each other with the same action and nothing between
 * them but the acknowledgement of the first one's outcome. Of their outcomes only the last is acknowledged then.
 */
function merge(frames, path) {
  const outcomes = new Map(); // the request an outcome belongs to, by the id of the frame that told it
  const kept = [];
  let batch = null;
  for (const frame of frames) {
    const { from, header, payload } = frame;
    if (from === 'server') {
      const { event_type, correlation_id } = header.method === 'notification' && payload ? JSON.parse(payload) : {};
      if (event_type?.startsWith('subscription_')) outcomes.set(header.id, correlation_id);
      kept.push(frame);
    } else if (header.http_request?.path === path && header.http_request.method === 'POST') {
      const said = JSON.parse(payload);
      if (batch?.open && batch.said.action === said.action) {
        batch.said.requests.push(...said.requests);
        batch.ids.add(said.correlation_id);
        const text = JSON.stringify(batch.said);
        kept[batch.at] = {
          ...kept[batch.at],
          header: { ...kept[batch.at].header, payload_size: Buffer.byteLength(text) },
          payload: text,
        };
      } else {
        batch = { at: kept.length, said, ids: new Set([said.correlation_id]), open: true, acknowledged: null };
        kept.push(frame);
      }
    } else if (header.method === 'reply' && batch?.ids.has(outcomes.get(header.id))) {
      if (batch.acknowledged !== null && batch.ids.size > 1) kept[batch.acknowledged] = null;
      batch.acknowledged = kept.length;
      kept.push(frame);
    } else {
      if (batch) batch.open = false;
      kept.push(frame);
    }
  }
  return kept.filter(Boolean);
}

/** Replaces identity and SIDs. A SID keeps its kind and which one it is, by the order in which they were met. */
function namesOf(identity) {
  const met = {};
  const name = (sid, kind) => {
    if (kind === 'RQ') return '<RQ>'; // new for each request: its number would only tell how many there were
    met[kind] ??= [];
    if (!met[kind].includes(sid)) met[kind].push(sid);
    return `<${kind}#${met[kind].indexOf(sid) + 1}>`;
  };
  return (text) =>
    text
      .replace(SID, name)
      .replace(UUID, '<uuid>')
      .replace(DATE, '<date>')
      .replaceAll(encodeURIComponent(identity), '<identity>')
      .replaceAll(identity, '<identity>');
}

/** An acknowledgement says what it acknowledges; any other id only has to be of the right form. */
function idOf({ method, id }, served) {
  if (method === 'reply') return served.has(id) ? `<id of ${served.get(id)}>` : `<id of nothing: ${id}>`;
  return /^TM[0-9a-f-]{36}$/.test(id) ? '<id>' : id;
}

function wasServed({ method, message_type, client_update_type }, payload) {
  const event = payload && method === 'notification' ? JSON.parse(payload).event_type : undefined;
  return [method, message_type ?? client_update_type, event].filter(Boolean).join(' ');
}

/** A token by what it says, not by its bytes: times become lifetimes, the signature is not looked at. */
function token(jwt) {
  const [header, claims] = jwt.split('.', 2).map((part) => JSON.parse(Buffer.from(part, 'base64url')));
  const { jti, iat, nbf, exp } = claims;
  return {
    header,
    claims: {
      ...claims,
      jti: jti.replace(String(iat), '<iat>'),
      iat: '<iat>',
      ...(nbf !== undefined && { nbf: nbf - iat }),
      exp: exp - iat,
    },
  };
}

const bodyOf = (payload) => payload.replace(/"correlation_id":\d{13}\b/, '"correlation_id":"<milliseconds>"');

/** Blanks the value at `path` where it exists: that it is sent is still compared. */
function blank(object, [key, ...rest]) {
  if (typeof object !== 'object' || object === null || !(key in object)) return;
  if (rest.length === 0) {
    object[key] = '<allowed to differ>';
    return;
  }
  object[key] = { ...object[key] };
  blank(object[key], rest);
}

/** The difference of two transcripts as a diff has it (`- real`, `+ ours`); empty when they are equal. */
export function difference(real, ours) {
  const width = ours.length + 1;
  const common = new Uint32Array((real.length + 1) * width);
  for (let i = real.length - 1; i >= 0; i -= 1) {
    for (let j = ours.length - 1; j >= 0; j -= 1) {
      const [down, right] = [common[(i + 1) * width + j], common[i * width + j + 1]];
      common[i * width + j] = real[i] === ours[j] ? common[(i + 1) * width + j + 1] + 1 : Math.max(down, right);
    }
  }
  const lines = [];
  let i = 0;
  let j = 0;
  while (i < real.length || j < ours.length) {
    if (i < real.length && j < ours.length && real[i] === ours[j]) {
      i += 1;
      j += 1;
    } else if (j === ours.length || (i < real.length && common[(i + 1) * width + j] >= common[i * width + j + 1])) {
      lines.push(`- ${i + 1}: ${real[i]}`);
      i += 1;
    } else {
      lines.push(`+ ${j + 1}: ${ours[j]}`);
      j += 1;
    }
  }
  return lines;
}
