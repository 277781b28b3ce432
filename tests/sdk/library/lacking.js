// What a release of the helper library cannot say, though the documents have it.

/** Operations that a release has no method for. */
export const NOT_OFFERED = {
  'twilio-node-4': { 'flex_v1.UpdateConfiguration': '4.23.0 has no method that writes the configuration' },
};

/** Parameters that a release takes and does not send. */
export const NOT_SENT = {
  'twilio-python-9': {
    'X-Twilio-Webhook-Enabled': {
      operations: ['DeleteChannel', 'DeleteMember', 'DeleteMessage', 'DeleteUserChannel'].map(
        (name) => `chat_v2.${name}`,
      ),
      reason: '9.13.0 builds the headers of a delete and then starts them anew, so this one is lost',
    },
  },
};

/** The parameters of an operation that this release is known not to send. */
export const unsent = (client, { id }) =>
  Object.entries(NOT_SENT[client] ?? {})
    .filter(([, { operations }]) => operations.includes(id))
    .map(([parameter]) => parameter);

/** Releases whose update of the configuration sends nothing. */
const WITHOUT_SETTINGS = ['twilio-node-3', 'twilio-python-7'];

/** Whether a release can send JSON at all. */
export const sendsJson = (client) => !WITHOUT_SETTINGS.includes(client);

/** Properties that came after a release, so that its instances do not have them. */
const LATER = {
  'flex.v1.configuration': ['flex_instance_sid', 'agent_conv_end_methods', 'citrix_voice_vdi', 'offline_config'],
};

/** The properties of an answer that a release knows. */
export function knownProperties(client, schema) {
  const later = WITHOUT_SETTINGS.includes(client) ? (LATER[schema?.name] ?? []) : [];
  return Object.keys(schema?.properties ?? {}).filter((name) => !later.includes(name));
}
