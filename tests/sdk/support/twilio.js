// Twilio's own libraries, pointed at a mock: nothing about them is changed but where they connect to.
import assert from 'node:assert/strict';
import twilio from 'twilio';
import { Client as NpmClient } from 'twilio-chat';

const { AccessToken } = twilio.jwt;

/** An access token with a chat grant, minted by the helper library; `grant` is what else the grant holds. */
export function mintToken(mock, identity, { ttl = 3600, secret = mock.api_key_secret, ...grant } = {}) {
  const token = new AccessToken(mock.account_sid, mock.api_key_sid, secret, { identity, ttl });
  token.addGrant(new AccessToken.ChatGrant({ serviceSid: mock.chat_service_sid, ...grant }));
  return token.toJwt();
}

/** The helper library's REST client: what an integration's server uses. */
export function restClient(mock, { user = mock.api_key_sid, password = mock.api_key_secret } = {}) {
  const client = twilio(user, password, { accountSid: mock.account_sid });
  client.flexApi.baseUrl = mock.url;
  client.chat.baseUrl = mock.url;
  return client;
}

/** The chat service of the mock over REST. */
export const chatService = (mock, rest = restClient(mock)) => rest.chat.v2.services(mock.chat_service_sid);

/** Opens a custom channel for `identity` as an integration's server does: `POST /v1/Channels`. */
export function openChannel(mock, identity, { flow = mock.flex_flow_sid, ...more } = {}) {
  return restClient(mock).flexApi.v1.channel.create({
    flexFlowSid: flow,
    identity,
    target: identity,
    chatFriendlyName: `Chat with ${identity}`,
    chatUserFriendlyName: identity,
    ...more,
  });
}

/** The real SDK, logged in. `create` also resolves when the login was refused, hence the look at the state. */
export async function login(mock, identity, options = {}) {
  const { uri = mock.socket, token = mintToken(mock, identity), Client = NpmClient } = options;
  const client = await Client.create(token, { Twilsock: { uri } });
  assert.equal(client.connectionState, 'connected', `${identity} is logged in`);
  return client;
}

/** Shuts a client down, once it is done with its login: what it had still under way would fail with nobody listening. */
export async function leave(client) {
  await client.getSubscribedChannels();
  await client.shutdown();
}
