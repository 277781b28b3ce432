// What a release of the helper library cannot say, though the documents have it.

/** Operations that a release has no method for. */
export const NOT_OFFERED = {
  'twilio-node-4': { 'flex_v1.UpdateConfiguration': '4.23.0 has no method that writes the configuration' },
};

/** Parameters that a release takes and does not send. */
export const NOT_SENT = {
  'twilio-python-9': {
    'X-Twilio-Webhook-Enabled': {
      operations: ['DeleteChannel', 'DeleteMember', 'DeleteMessage', 'DeleteUserChannel'].map((name) => `chat_v2.${name}`),
      reason: '9.13.0 builds the headers of a delete and then starts them anew, so this one is lost',
    },
  },
};

/** The parameters of an operation that this release is known not to send. */
export const unsent = (client, { id }) =>
  Object.entries(NOT_SENT[client] ?? {})
    .filter(([, { operations }]) => operations.includes(id))
    .map(([parameter]) => parameter);
