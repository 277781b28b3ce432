// Twilio's error envelope: the documents list no refusal, so this is what one is held against.

/** What is wrong with a refusal: a list of sentences, empty when it is one of Twilio's. */
export function notTwilios({ status, headers, body }) {
  if (status < 400 || status > 499) return [`answered ${status}, not a refusal`];
  const { code, message, more_info: more, status: said, detail, details, ...rest } = body ?? {};
  const wrong = [
    !isJson(headers) && `the content type is ${headers.get('content-type')}`,
    !(Number.isInteger(code) && code >= 10000) && `code is ${code}`,
    !(typeof message === 'string' && message) && `message is ${JSON.stringify(message)}`,
    more !== `https://www.twilio.com/docs/errors/${code}` && `more_info is ${more}`,
    said !== status && `status is ${said}, the answer's is ${status}`,
    !['undefined', 'string'].includes(typeof detail) && 'detail is no text',
    !['undefined', 'object'].includes(typeof details) && 'details is no object',
    Object.keys(rest).length && `has ${Object.keys(rest)} too`,
  ];
  return wrong.filter(Boolean);
}

export const isJson = (headers) => /^application\/json(;|$)/.test(headers.get('content-type') ?? '');
