// How the documents' names are spelt in the libraries.

/** `LastConsumedMessageIndex`, `last_consumed_message_index` → `lastConsumedMessageIndex`. */
export const camelCase = (name) =>
  name.replace(/_([a-z])/g, (_, letter) => letter.toUpperCase()).replace(/^[A-Z]/, (letter) => letter.toLowerCase());

/** `lastConsumedMessageIndex` → `last_consumed_message_index`. */
export const snakeCase = (name) => name.replace(/[A-Z]/g, (letter, at) => `${at ? '_' : ''}${letter.toLowerCase()}`);

/** A parameter in Node: `Integration.FlowSid` → `integration.flowSid`, a header without its dashes. */
export const inNode = (parameter) => parameter.replaceAll('-', '').split('.').map(camelCase).join('.');

/** A parameter in Python: `Integration.FlowSid` → `integration_flow_sid`, `From` → `from_`. */
export function inPython(parameter) {
  const name = parameter.replaceAll('-', '').split('.').map(snakeCase).join('_');
  return name === 'from' ? 'from_' : name;
}
