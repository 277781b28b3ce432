// Makes the resources that valid requests name: each call a new one, so that no request depends on another.
import { Client } from 'twilio-chat';
import { leave, login, mintToken } from '../support/twilio.js';
import { until } from '../support/wait.js';
import { must, send } from './rest.js';

/** SIDs of what the mock keeps nothing of but the name. */
export const SOMEWHERE = Object.freeze({
  FW: `FW${'5'.repeat(32)}`,
  WS: `WS${'5'.repeat(32)}`,
  WW: `WW${'5'.repeat(32)}`,
  WT: `WT${'5'.repeat(32)}`,
});

/** The resources of one mock. Those of Chat are in its one service unless another is named. */
export class Resources {
  #mock;
  #made = 0;
  #bindings = 0;

  constructor(mock) {
    this.#mock = mock;
    this.service = mock.chat_service_sid;
  }

  /** A name that nothing else has. */
  name(kind = 'thing') {
    this.#made += 1;
    return `${kind}-${String(this.#made).padStart(4, '0')}`;
  }

  #post = (path, form) => must(this.#mock, { method: 'POST', path, form });
  #chat = (path, form, service = this.service) => this.#post(`/v2/Services/${service}/${path}`, form);

  get = (path, query) => must(this.#mock, { method: 'GET', path, query });

  newService = () => this.#post('/v2/Services', { FriendlyName: this.name('service') });

  credential(type = 'fcm') {
    const needed = { fcm: { Secret: 'key' }, gcm: { ApiKey: 'key' }, apn: { Certificate: 'one', PrivateKey: 'one' } };
    return this.#post('/v2/Credentials', { Type: type, FriendlyName: this.name('credential'), ...needed[type] });
  }

  role = (type, service) =>
    this.#chat('Roles', { FriendlyName: this.name('role'), Type: type, Permission: permissions(type) }, service);

  user = () => this.#chat('Users', { Identity: this.name('user'), FriendlyName: 'A user' });
  channel = () => this.#chat('Channels', { UniqueName: this.name('channel'), FriendlyName: 'A channel' });

  member = async (channel) =>
    this.#chat(`Channels/${channel ?? (await this.channel()).sid}/Members`, { Identity: this.name('member') });

  message = async (channel, form = { From: 'somebody', Body: 'hello' }) =>
    this.#chat(`Channels/${channel ?? (await this.channel()).sid}/Messages`, form);

  /** A picture that no message has yet. It goes to the host of media, which no document describes. */
  async media() {
    const answer = await send(this.#mock, {
      method: 'POST',
      path: `/v1/Services/${this.service}/Media`,
      query: { filename: 'dot.png' },
      bytes: Buffer.from('89504e470d0a1a0a', 'hex'),
      headers: { 'Content-Type': 'image/png' },
    });
    if (answer.status !== 201) throw new Error(`${answer.asked}: ${answer.status} ${answer.text}`);
    return answer.body;
  }

  invite = async (channel) =>
    this.#chat(`Channels/${channel ?? (await this.channel()).sid}/Invites`, { Identity: this.name('guest') });

  webhook = async (channel, form = webhookForm('webhook')) =>
    this.#chat(`Channels/${channel ?? (await this.channel()).sid}/Webhooks`, form);

  /** A user in a channel with `messages` messages; answers the user's view of it. */
  async userChannel(user, messages = 0) {
    const { sid, identity } = user ?? (await this.user());
    const channel = (await this.channel()).sid;
    await this.#chat(`Channels/${channel}/Members`, { Identity: identity });
    for (let nth = 0; nth < messages; nth += 1) await this.message(channel);
    return this.get(`/v2/Services/${this.service}/Users/${sid}/Channels/${channel}`);
  }

  flow = (form = {}) => this.#post('/v1/FlexFlows', { ...this.flowForm('task'), ...form });

  /** What a flow of this integration type is made with. */
  flowForm(integration) {
    const needed = {
      studio: { 'Integration.FlowSid': SOMEWHERE.FW },
      external: { 'Integration.Url': 'https://example.com/inbound' },
      task: { 'Integration.WorkspaceSid': SOMEWHERE.WS, 'Integration.WorkflowSid': SOMEWHERE.WW },
    };
    return {
      FriendlyName: this.name('flow'),
      ChatServiceSid: this.service,
      ChannelType: 'custom',
      ContactIdentity: this.name('contact'),
      IntegrationType: integration,
      ...needed[integration],
    };
  }

  flexChannelForm = () => ({
    FlexFlowSid: this.#mock.flex_flow_sid,
    Identity: this.name('customer'),
    ChatUserFriendlyName: 'A customer',
    ChatFriendlyName: 'A chat',
  });

  flexChannel = () => this.#post('/v1/Channels', this.flexChannelForm());

  async webChannelForm() {
    const { sid } = await this.flow({ ChannelType: 'web' });
    return {
      FlexFlowSid: sid,
      Identity: this.name('visitor'),
      CustomerFriendlyName: 'A visitor',
      ChatFriendlyName: 'A chat',
    };
  }

  webChannel = async () => this.#post('/v1/WebChannels', await this.webChannelForm());

  /** A push binding. Only a device can make one: the real SDK registers for pushes. */
  async binding(identity = this.name('device')) {
    this.#bindings += 1;
    const { sid: credential } = await this.credential();
    const token = mintToken(this.#mock, identity, { pushCredentialSid: credential });
    const client = await login(this.#mock, identity, { token, Client });
    try {
      await client.setPushRegistrationId('fcm', `registration-${this.#bindings}`);
      const path = `/v2/Services/${this.service}/Users/${identity}/Bindings`;
      const isIt = ({ credential_sid: sid }) => sid === credential;
      return await until(`the binding of ${identity}`, async () => (await this.get(path)).bindings.find(isIt));
    } finally {
      await leave(client);
    }
  }
}

/** Permissions that a role of this type may have. */
export const permissions = (type) =>
  type === 'channel' ? ['sendMessage', 'leaveChannel'] : ['createChannel', 'joinChannel'];

/** What a channel webhook of this type is made with. */
export function webhookForm(type) {
  const url = 'https://example.com/hook';
  const needed = {
    webhook: { 'Configuration.Url': url, 'Configuration.Filters': ['onMessageSent'] },
    trigger: { 'Configuration.Url': url, 'Configuration.Triggers': ['help'] },
    studio: { 'Configuration.FlowSid': SOMEWHERE.FW },
  };
  return { Type: type, ...needed[type] };
}
