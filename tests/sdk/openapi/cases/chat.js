// Valid requests of Programmable Chat.
import { permissions, webhookForm } from '../resources.js';
import { allOf, items, listing, value } from './case.js';

const inService = (resources, more = {}) => ({ ServiceSid: resources.service, ...more });

/** A case whose request names one thing, made anew, and changes it by `form`. */
const one = (make, path, { form, samples } = {}) => ({
  base: async (resources) => {
    const made = await make(resources);
    return {
      path: path(resources, made),
      ...(form && { form: typeof form === 'function' ? form(resources) : form }),
      made,
    };
  },
  samples,
});

const inChannel = (resources, { sid, channel_sid: channel }) => inService(resources, { ChannelSid: channel, Sid: sid });
const bySid = (resources, { sid }) => inService(resources, { Sid: sid });
const ofUser = (resources, { sid, user_sid: user }) => inService(resources, { UserSid: user, Sid: sid });
const ofUserChannel = (resources, { user_sid: user, channel_sid: channel }) =>
  inService(resources, { UserSid: user, ChannelSid: channel });

const binding = (resources) => resources.binding();
const channel = (resources) => resources.channel();
const member = (resources) => resources.member();
const message = (resources) => resources.message();
const webhook = (resources) => resources.webhook();
const invite = (resources) => resources.invite();
const user = (resources) => resources.user();
const userChannel = (resources) => resources.userChannel(undefined, 2);
const role = (resources) => resources.role('channel');

/** A channel made anew, into which `make` puts things. */
const within = (make) => async (resources) => {
  const { sid } = await resources.channel();
  return { path: inService(resources, { ChannelSid: sid }), make: () => make(resources, sid) };
};

const attributes = () => [value('{"mood":["calm",1]}'), value('{}')];
const roleOf = (type) => async (resources, base) => [
  value((await resources.role(type, base.path.ServiceSid ?? base.path.Sid)).sid),
];
const identities = (kind) => (resources) => [
  value(resources.name(kind)),
  value(`${resources.name(kind)} Ünï@example.com`),
];
const indexes = () => [value(0), value(1)];

const anyChannel = { Attributes: attributes, UniqueName: (resources) => [value(resources.name('named'))] };
const anyMember = {
  Attributes: attributes,
  RoleSid: roleOf('channel'),
  LastConsumedMessageIndex: indexes,
  LastConsumptionTimestamp: () => [value('2016-03-24T21:05:52Z', { also: { LastConsumedMessageIndex: 1 } })],
};

/** Members may read up to what is there: two messages. */
const chattyChannel = async (resources) => {
  const { sid } = await resources.channel();
  for (let nth = 0; nth < 2; nth += 1) await resources.message(sid);
  return sid;
};
const chattyMember = async (resources) => resources.member(await chattyChannel(resources));

const filtered = (name, make) => async (resources, base) => {
  const wanted = (await make(resources, base))[name];
  return [value(wanted, { shown: allOf(name, wanted) })];
};

const configuration =
  (type, ...values) =>
  () =>
    values.map((one) => value(one, { also: webhookForm(type) }));
const anyWebhook = {
  'Configuration.Url': configuration('webhook', 'https://example.com/other'),
  'Configuration.Method': configuration('webhook', 'GET', 'POST'),
  'Configuration.Filters': configuration('webhook', ['onMessageSent', 'onChannelUpdated']),
  'Configuration.RetryCount': configuration('webhook', 0, 3),
};

/** What only one type of webhook has: an update must find one of that type. */
const updatedWebhook = (name, type, sent) => ({
  [name]: async (resources, base) => {
    const { sid } = await resources.webhook(base.path.ChannelSid, webhookForm(type));
    base.path = { ...base.path, Sid: sid };
    base.form = {};
    return [value(sent)];
  },
});

const CREDENTIAL = {
  Certificate: () => [value('-----BEGIN CERTIFICATE----- MIID -----END CERTIFICATE-----', { also: { Type: 'apn' } })],
  PrivateKey: () => [
    value('-----BEGIN RSA PRIVATE KEY----- MIIE -----END RSA PRIVATE KEY-----', { also: { Type: 'apn' } }),
  ],
  Sandbox: () =>
    [true, false].map((one) =>
      value(one, { also: { Type: 'apn' }, shown: (answer) => JSON.parse(answer.sandbox.toLowerCase()) }),
    ),
  ApiKey: () => [value('gcm-key', { also: { Type: 'gcm' } })],
  Secret: () => [value('fcm-key', { also: { Type: 'fcm' } })],
};
/** An update names no type: the credential has one. */
const UPDATED_CREDENTIAL = Object.fromEntries(
  Object.entries(CREDENTIAL).map(([name, values]) => [name, () => values().map((one) => ({ ...one, also: {} }))]),
);

const CHANNELS = {
  'chat_v2.FetchChannel': one(channel, bySid),
  'chat_v2.UpdateChannel': one(channel, bySid, { form: { FriendlyName: 'Another' }, samples: anyChannel }),
  'chat_v2.DeleteChannel': one(channel, bySid),
  'chat_v2.ListChannel': listing((resources) => ({ path: inService(resources), make: resources.channel }), {
    samples: {
      Type: async (resources) => {
        await resources.flexChannel();
        return ['public', 'private'].map((type) => value(type, { shown: allOf('type', type) }));
      },
    },
  }),
  'chat_v2.CreateChannel': {
    base: (resources) => ({ path: inService(resources), form: {} }),
    samples: { ...anyChannel, Type: () => [value('public'), value('private')] },
  },
  'chat_v2.ListChannelWebhook': listing(within((resources, sid) => resources.webhook(sid))),
  'chat_v2.CreateChannelWebhook': {
    base: async (resources) => ({
      path: inService(resources, { ChannelSid: (await resources.channel()).sid }),
      form: webhookForm('webhook'),
    }),
    samples: {
      ...anyWebhook,
      Type: () => ['webhook', 'trigger', 'studio'].map((type) => value(type, { also: webhookForm(type) })),
      'Configuration.Triggers': configuration('trigger', ['help', 'agent']),
      'Configuration.FlowSid': configuration('studio', `FW${'6'.repeat(32)}`),
    },
  },
  'chat_v2.FetchChannelWebhook': one(webhook, inChannel),
  'chat_v2.UpdateChannelWebhook': one(webhook, inChannel, {
    form: { 'Configuration.Url': 'https://example.com/another' },
    samples: {
      'Configuration.Url': () => [value('https://example.com/other')],
      'Configuration.Filters': () => [value(['onMessageSent', 'onChannelUpdated'])],
      'Configuration.RetryCount': () => [value(0), value(3)],
      ...updatedWebhook('Configuration.Triggers', 'trigger', ['help', 'agent']),
      ...updatedWebhook('Configuration.FlowSid', 'studio', `FW${'6'.repeat(32)}`),
    },
  }),
  'chat_v2.DeleteChannelWebhook': one(webhook, inChannel),
  'chat_v2.FetchInvite': one(invite, inChannel),
  'chat_v2.DeleteInvite': one(invite, inChannel),
  'chat_v2.ListInvite': listing(
    within((resources, sid) => resources.invite(sid)),
    {
      samples: { Identity: filtered('identity', (resources, base) => resources.invite(base.path.ChannelSid)) },
    },
  ),
  'chat_v2.CreateInvite': {
    base: async (resources) => ({
      path: inService(resources, { ChannelSid: (await resources.channel()).sid }),
      form: { Identity: resources.name('guest') },
    }),
    samples: { Identity: identities('guest'), RoleSid: roleOf('channel') },
  },
};

const MEMBERS = {
  'chat_v2.FetchMember': one(member, inChannel),
  'chat_v2.UpdateMember': one(chattyMember, inChannel, { form: { Attributes: '{"a":1}' }, samples: anyMember }),
  'chat_v2.DeleteMember': one(member, inChannel),
  'chat_v2.ListMember': listing(
    within((resources, sid) => resources.member(sid)),
    {
      samples: { Identity: filtered('identity', (resources, base) => resources.member(base.path.ChannelSid)) },
    },
  ),
  'chat_v2.CreateMember': {
    base: async (resources) => ({
      path: inService(resources, { ChannelSid: await chattyChannel(resources) }),
      form: { Identity: resources.name('member') },
    }),
    samples: { ...anyMember, Identity: identities('member') },
  },
  'chat_v2.FetchMessage': one(message, inChannel),
  'chat_v2.UpdateMessage': one(message, inChannel, { form: { Body: 'edited' }, samples: { Attributes: attributes } }),
  'chat_v2.DeleteMessage': one(message, inChannel),
  'chat_v2.ListMessage': listing(
    within((resources, sid) => resources.message(sid)),
    {
      samples: {
        Order: () =>
          ['asc', 'desc'].map((order) =>
            value(order, { shown: (answer) => inOrder(items(answer).map(({ index }) => index)) === order && order }),
          ),
      },
    },
  ),
  'chat_v2.CreateMessage': {
    base: async (resources) => ({
      path: inService(resources, { ChannelSid: (await resources.channel()).sid }),
      form: { Body: 'hello' },
    }),
    samples: {
      Attributes: attributes,
      MediaSid: async (resources) => [
        value((await resources.media()).sid, { shown: (answer) => answer.type === 'media' && answer.media.sid }),
      ],
    },
  },
};

/** `asc` or `desc`, of at least two. */
const inOrder = ([one, other, ...more]) => (more.every(Number.isInteger) && one < other ? 'asc' : 'desc');

const USERS = {
  'chat_v2.FetchUser': one(user, bySid),
  'chat_v2.UpdateUser': one(user, bySid, {
    form: { FriendlyName: 'Another' },
    samples: { Attributes: attributes, RoleSid: roleOf('deployment') },
  }),
  'chat_v2.DeleteUser': one(user, bySid),
  'chat_v2.ListUser': listing((resources) => ({ path: inService(resources), make: resources.user })),
  'chat_v2.CreateUser': {
    base: (resources) => ({ path: inService(resources), form: { Identity: resources.name('user') } }),
    samples: { Attributes: attributes, RoleSid: roleOf('deployment'), Identity: identities('user') },
  },
  'chat_v2.ListUserChannel': listing(async (resources) => {
    const user = await resources.user();
    return { path: inService(resources, { UserSid: user.sid }), make: () => resources.userChannel(user) };
  }),
  'chat_v2.FetchUserChannel': one(userChannel, ofUserChannel),
  'chat_v2.UpdateUserChannel': one(userChannel, ofUserChannel, {
    form: { NotificationLevel: 'muted' },
    samples: {
      LastConsumedMessageIndex: indexes,
      LastConsumptionTimestamp: () => [
        value('2016-03-24T21:05:52Z', {
          also: { LastConsumedMessageIndex: 1 },
          shown: async ({ links }, resources) =>
            (await resources.get(new URL(links.member).pathname)).last_consumption_timestamp,
        }),
      ],
    },
  }),
  'chat_v2.DeleteUserChannel': one(userChannel, ofUserChannel),
};

const BINDINGS = {
  'chat_v2.ListBinding': listing(
    (resources) => ({ path: inService(resources), make: resources.binding.bind(resources) }),
    {
      samples: { Identity: filtered('identity', binding), BindingType: filtered('binding_type', binding) },
    },
  ),
  'chat_v2.FetchBinding': one(binding, bySid),
  'chat_v2.DeleteBinding': one(binding, bySid),
  'chat_v2.ListUserBinding': listing(
    async (resources) => {
      const identity = resources.name('device');
      const { user_sid: user } = await resources.binding(identity);
      return { path: inService(resources, { UserSid: user }), make: () => resources.binding(identity) };
    },
    { samples: { BindingType: () => [value('fcm', { shown: allOf('binding_type', 'fcm') })] } },
  ),
  'chat_v2.FetchUserBinding': one(binding, ofUser),
  'chat_v2.DeleteUserBinding': one(binding, ofUser),
};

const OTHERS = {
  'chat_v2.ListCredential': listing((resources) => ({ make: () => resources.credential() })),
  'chat_v2.CreateCredential': {
    base: () => ({ form: { Type: 'fcm' } }),
    samples: { ...CREDENTIAL, Type: () => ['gcm', 'apn', 'fcm'].map((type) => value(type)) },
  },
  'chat_v2.FetchCredential': one(
    (resources) => resources.credential(),
    (_, { sid }) => ({ Sid: sid }),
  ),
  'chat_v2.UpdateCredential': one(
    (resources) => resources.credential('apn'),
    (_, { sid }) => ({ Sid: sid }),
    {
      form: { FriendlyName: 'Another' },
      samples: UPDATED_CREDENTIAL,
    },
  ),
  'chat_v2.DeleteCredential': one(
    (resources) => resources.credential(),
    (_, { sid }) => ({ Sid: sid }),
  ),
  'chat_v2.FetchRole': one(role, bySid),
  'chat_v2.UpdateRole': one(role, bySid, {
    form: () => ({ Permission: permissions('channel') }),
    samples: {
      Permission: () => [
        value(['sendMessage', 'leaveChannel', 'editOwnMessage'], { shown: ({ permissions: held }) => held }),
      ],
    },
  }),
  'chat_v2.DeleteRole': one(role, bySid),
  'chat_v2.ListRole': listing((resources) => ({ path: inService(resources), make: () => role(resources) })),
  'chat_v2.CreateRole': {
    base: (resources) => ({
      path: inService(resources),
      form: { FriendlyName: resources.name('role'), Type: 'channel', Permission: permissions('channel') },
    }),
    samples: {
      Type: () => ['channel', 'deployment'].map((type) => value(type, { also: { Permission: permissions(type) } })),
      Permission: () => [value(['sendMessage', 'leaveChannel'], { shown: ({ permissions: held }) => held })],
    },
  },
  'chat_v2.FetchService': one(
    (resources) => resources.newService(),
    (_, { sid }) => ({ Sid: sid }),
  ),
  'chat_v2.UpdateService': one(
    (resources) => resources.newService(),
    (_, { sid }) => ({ Sid: sid }),
    {
      form: { FriendlyName: 'Another' },
      samples: {
        DefaultServiceRoleSid: roleOf('deployment'),
        DefaultChannelRoleSid: roleOf('channel'),
        DefaultChannelCreatorRoleSid: roleOf('channel'),
        WebhookMethod: () => [value('GET'), value('POST')],
        WebhookFilters: () => [value(['onMessageSent', 'onChannelUpdated'])],
        TypingIndicatorTimeout: () => [value(7)],
        ConsumptionReportInterval: () => [value(20)],
        'Limits.ChannelMembers': () => [value(7), value(1000)],
        'Limits.UserChannels': () => [value(7), value(1000)],
      },
    },
  ),
  'chat_v2.DeleteService': one(
    (resources) => resources.newService(),
    (_, { sid }) => ({ Sid: sid }),
  ),
  'chat_v2.ListService': listing((resources) => ({ make: resources.newService })),
  'chat_v2.CreateService': { base: (resources) => ({ form: { FriendlyName: resources.name('service') } }) },
};

export const CHAT = { ...CHANNELS, ...MEMBERS, ...USERS, ...BINDINGS, ...OTHERS };
