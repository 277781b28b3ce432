// A Twilsock frame: `TWILSOCK V3.0 <header bytes>\r\n<header JSON>\r\n<payload>`. Strict: what deviates throws.

/** `{ header, payload }` of one WebSocket message; the payload is text, or null where there is none. */
export function parse(bytes) {
  const line = bytes.indexOf('\r\n');
  const start = /^TWILSOCK V3\.0 (\d+)$/.exec(bytes.subarray(0, line).toString('latin1'));
  if (!start) throw new Error(`not a Twilsock frame: ${bytes.subarray(0, 60).toString('latin1')}`);
  const headerEnd = line + 2 + Number(start[1]);
  const header = JSON.parse(bytes.subarray(line + 2, headerEnd).toString('utf8'));
  if (bytes.subarray(headerEnd, headerEnd + 2).toString('latin1') !== '\r\n') {
    throw new Error(`no line end after the ${start[1]} bytes of the header ${header.id}`);
  }
  const payload = bytes.subarray(headerEnd + 2);
  // The service ends a payload with a line end of its own; payload_size does not count it.
  const spare = payload.length - header.payload_size;
  if (spare !== 0 && !(spare === 2 && payload.subarray(-2).toString('latin1') === '\r\n')) {
    throw new Error(`payload_size ${header.payload_size} of ${header.id}, but ${payload.length} bytes follow`);
  }
  return { header, payload: header.payload_size ? payload.subarray(0, header.payload_size).toString('utf8') : null };
}
