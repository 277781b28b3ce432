// Valid requests of Flex.
import { SOMEWHERE } from '../resources.js';
import { allOf, listing, value } from './case.js';

/** The Chat channel behind an answer of Flex. */
const chatChannel = (answer, resources) => resources.get(`/v2/Services/${resources.service}/Channels/${answer.sid}`);
const attributes = async (answer, resources) => JSON.parse((await chatChannel(answer, resources)).attributes);
const onlyMember = async (answer, resources) => {
  const { members } = await resources.get(`/v2/Services/${resources.service}/Channels/${answer.sid}/Members`);
  if (members.length !== 1) throw new Error(`a new chat has ${members.length} members`);
  return members[0];
};
const customer = async (answer, resources) => {
  const { identity } = await onlyMember(answer, resources);
  return resources.get(`/v2/Services/${resources.service}/Users/${identity}`);
};

/** What both kinds of channel leave in Chat. */
const opened = {
  Identity: (resources) => [
    value(resources.name('customer'), { shown: async (...of) => (await onlyMember(...of)).identity }),
  ],
  ChatFriendlyName: () => [value('Hello again', { shown: async (...of) => (await chatChannel(...of)).friendly_name })],
  ChatUniqueName: (resources) => [
    value(resources.name('chat'), { shown: async (...of) => (await chatChannel(...of)).unique_name }),
  ],
  PreEngagementData: () => [
    value('{"page":"/a"}', { shown: async (...of) => JSON.stringify((await attributes(...of)).pre_engagement_data) }),
  ],
};

const integration = (type) =>
  ({
    studio: { IntegrationType: 'studio', 'Integration.FlowSid': SOMEWHERE.FW },
    external: { IntegrationType: 'external', 'Integration.Url': 'https://example.com/inbound' },
    task: {
      IntegrationType: 'task',
      'Integration.WorkspaceSid': SOMEWHERE.WS,
      'Integration.WorkflowSid': SOMEWHERE.WW,
    },
  })[type];

/** A parameter that only an integration of this type has. */
const of =
  (type, ...values) =>
  () =>
    values.map((one) => value(one, { also: integration(type) }));

const flow = {
  ChatServiceSid: (resources) => [value(resources.service)],
  ContactIdentity: (resources) => [value(resources.name('contact'))],
  IntegrationType: () => ['studio', 'external', 'task'].map((type) => value(type, { also: integration(type) })),
  'Integration.FlowSid': of('studio', `FW${'6'.repeat(32)}`),
  'Integration.Url': of('external', 'https://example.com/elsewhere'),
  'Integration.WorkspaceSid': of('task', `WS${'6'.repeat(32)}`),
  'Integration.WorkflowSid': of('task', `WW${'6'.repeat(32)}`),
  'Integration.Channel': of('task', 'chat', `TC${'6'.repeat(32)}`),
  'Integration.Timeout': of('task', 60),
  'Integration.Priority': of('task', 7),
  'Integration.CreationOnMessage': of('task', true, false),
  'Integration.RetryCount': of('external', 0, 1, 3),
};

/** What an update of the configuration may set. The document has no property for its body, which is JSON. */
const SETTINGS = {
  ui_attributes: { theme: 'dark' },
  ui_dependencies: { react: '16.13.1' },
  call_recording_webhook_url: 'https://example.com/recorded',
  crm_type: 'custom',
  crm_callback_url: 'https://example.com/crm',
  crm_fallback_url: 'https://example.com/crm-fallback',
  crm_attributes: { colour: 'blue' },
  plugin_service_attributes: { 'a-plugin': '^1.0.0' },
  outbound_call_flows: { default: { caller_id: '+15550100' } },
  serverless_service_sids: [`ZS${'5'.repeat(32)}`],
  queue_stats_configuration: { default: { service_level_threshold: 20 } },
  notifications: { enabled: true, mode: 'whenNotInFocus' },
  markdown: { enabled: false },
  flex_insights_hr: { enabled: false },
  flex_insights_drilldown: true,
  flex_url: 'https://flex.example.com',
  channel_configs: [{ key: 'chat' }],
  debugger_integration: { enabled: false },
  flex_ui_status_report: { enabled: false },
  agent_conv_end_methods: { enabled: ['Leave'] },
  citrix_voice_vdi: { enabled: false },
  offline_config: { presence: true },
};

export const FLEX = {
  'flex_v1.ListChannel': listing((resources) => ({ make: resources.flexChannel })),
  'flex_v1.CreateChannel': {
    base: (resources) => ({ form: resources.flexChannelForm() }),
    samples: {
      ...opened,
      FlexFlowSid: async (resources) => [value((await resources.flow()).sid)],
      ChatUserFriendlyName: () => [value('Ada', { shown: async (...of) => (await customer(...of)).friendly_name })],
      Target: (resources) => [
        value(resources.name('target'), { shown: async (...of) => (await attributes(...of)).from }),
      ],
      TaskSid: () => [value(SOMEWHERE.WT)],
      TaskAttributes: () => [value('{"language":"et"}')],
      LongLived: () =>
        [true, false].map((one) => value(one, { shown: async (...of) => (await attributes(...of)).long_lived })),
    },
  },
  'flex_v1.FetchChannel': { base: async (resources) => ({ path: { Sid: (await resources.flexChannel()).sid } }) },
  'flex_v1.DeleteChannel': { base: async (resources) => ({ path: { Sid: (await resources.flexChannel()).sid } }) },

  'flex_v1.ListWebChannel': listing((resources) => ({ make: resources.webChannel })),
  'flex_v1.CreateWebChannel': {
    base: async (resources) => ({ form: await resources.webChannelForm() }),
    samples: {
      ...opened,
      FlexFlowSid: async (resources) => [value((await resources.flow({ ChannelType: 'web' })).sid)],
      CustomerFriendlyName: () => [value('Ada', { shown: async (...of) => (await customer(...of)).friendly_name })],
    },
  },
  'flex_v1.FetchWebChannel': { base: async (resources) => ({ path: { Sid: (await resources.webChannel()).sid } }) },
  'flex_v1.UpdateWebChannel': {
    base: async (resources) => ({ path: { Sid: (await resources.webChannel()).sid }, form: {} }),
    samples: {
      ChatStatus: () => [value('inactive', { shown: async (...of) => (await attributes(...of)).status.toLowerCase() })],
      PostEngagementData: () => [
        value('{"stars":5}', {
          shown: async (...of) => JSON.stringify((await attributes(...of)).post_engagement_data),
        }),
      ],
    },
  },
  'flex_v1.DeleteWebChannel': { base: async (resources) => ({ path: { Sid: (await resources.webChannel()).sid } }) },

  'flex_v1.ListFlexFlow': listing((resources) => ({ make: () => resources.flow() }), {
    samples: {
      FriendlyName: async (resources) => {
        const { friendly_name: name } = await resources.flow();
        return [value(name, { shown: allOf('friendly_name', name) })];
      },
    },
  }),
  'flex_v1.CreateFlexFlow': { base: (resources) => ({ form: resources.flowForm('task') }), samples: flow },
  'flex_v1.FetchFlexFlow': { base: async (resources) => ({ path: { Sid: (await resources.flow()).sid } }) },
  'flex_v1.UpdateFlexFlow': {
    base: async (resources) => ({ path: { Sid: (await resources.flow()).sid }, form: { FriendlyName: 'Another' } }),
    samples: flow,
  },
  'flex_v1.DeleteFlexFlow': { base: async (resources) => ({ path: { Sid: (await resources.flow()).sid } }) },

  'flex_v1.FetchConfiguration': {
    base: () => ({}),
    samples: { UiVersion: async (resources) => [value((await resources.get('/v1/Configuration')).ui_version)] },
  },
  'flex_v1.UpdateConfiguration': { base: () => ({ json: SETTINGS }) },
};
