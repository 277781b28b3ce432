// Coming into channels and out of them.
import { equal, ok, same } from './expect.js';
import { capability } from './register.js';
import { whole } from './scene.js';
import { until } from '../support/wait.js';

const identities = (members) => members.map(({ identity }) => identity).sort();

capability('channel.join', 'a public one, and speak there', async ({ customer, heard, rest, name }) => {
  const { sid } = await rest().post('/Channels', { Type: 'public', UniqueName: name('plaza') });
  const client = await customer('walker');
  const channel = await client.getChannelBySid(sid);
  const joined = heard(client, 'channelJoined');
  await channel.join();
  equal(await joined, channel, 'the channel joined');
  equal(channel.status, 'joined', 'the status');
  same(identities(await channel.getMembers()), [name('walker')], 'the members');
  equal(await channel.sendMessage('here I am'), 0, 'the index');
  const [member] = (await rest().get(`/Channels/${sid}/Members`)).members;
  equal(member.identity, name('walker'), 'the stored member');
});

capability('channel.join', 'somebody is added by another member', async ({ chatting, customer, heard, name }) => {
  const guest = await customer('guest');
  await guest.getSubscribedChannels();
  const { channel } = await chatting('host');
  const joined = heard(guest, 'channelJoined');
  await channel.add(name('guest'));
  equal((await joined).sid, channel.sid, 'the channel of the guest');
  await until('two members', async () => (await channel.getMembers()).length === 2);
});

capability('channel.leave', 'who leaves is out, and the others are told', async ({ together, heard, name }) => {
  const [{ channel: stays, rest }, { client, channel }] = await together('stays', 'leaves');
  const left = heard(client, 'channelLeft');
  const told = heard(stays, 'memberLeft');
  await channel.leave();
  equal((await left).sid, channel.sid, 'the channel left');
  equal((await told).identity, name('leaves'), 'who left');
  const { members } = await rest.get('/Members');
  same(identities(members), [name('stays')], 'the members left');
});

capability('channel.leave', 'a public one can be joined again', async ({ customer, heard }) => {
  const client = await customer('returner');
  const channel = await client.createChannel({ isPrivate: false });
  for (let i = 0; i < 2; i += 1) {
    const joined = heard(client, 'channelJoined');
    await channel.join();
    const now = await joined; // where channels are private, the one that was left is forgotten
    await whole(now);
    const left = heard(client, 'channelLeft');
    await now.leave();
    await left;
    ok(now.status !== 'joined', 'not joined');
  }
});

capability('channel.leave', 'a member is removed by who made the channel', async ({ customer, heard, name }) => {
  const [owner, guest] = await Promise.all([customer('owner'), customer('removed')]);
  await guest.getSubscribedChannels();
  const channel = await owner.createChannel({ isPrivate: true });
  await channel.join();
  await until('the channel to be joined', () => channel.status === 'joined');
  await whole(channel);
  const joined = heard(guest, 'channelJoined');
  await channel.add(name('removed'));
  await whole(await joined);
  const left = heard(guest, 'channelLeft');
  await channel.removeMember(name('removed'));
  equal((await left).sid, channel.sid, 'the channel left');
  await until('one member', async () => (await channel.getMembers()).length === 1);
});

/** A channel of `host` to which `guest` is invited, as both see it. */
async function invitation({ customer, heard, name }) {
  const [host, guest] = await Promise.all([customer('inviter'), customer('invited')]);
  await guest.getSubscribedChannels();
  const channel = await host.createChannel({ isPrivate: true, friendlyName: 'By invitation' });
  await channel.join();
  await until('the channel to be joined', () => channel.status === 'joined');
  await whole(channel);
  const invited = heard(guest, 'channelInvited');
  await channel.invite(name('invited'));
  const seen = await invited;
  equal(seen.sid, channel.sid, 'the channel of the invitation');
  equal(seen.status, 'invited', 'its status');
  equal(seen.friendlyName, 'By invitation', 'its name');
  return { channel, guest, seen };
}

capability('channel.invite', 'somebody, who joins', async (scene) => {
  const { channel, guest, seen } = await invitation(scene);
  const joined = scene.heard(guest, 'channelJoined');
  const member = scene.heard(channel, 'memberJoined', ({ identity }) => identity === scene.name('invited'));
  await seen.join();
  equal((await joined).sid, channel.sid, 'the channel joined');
  await member;
  equal(seen.status, 'joined', 'the status');
  const { invites } = await scene.rest(`/Channels/${channel.sid}`).get('/Invites');
  same(invites, [], 'the invitations left');
});

capability('channel.decline', 'an invitation, and stay out', async (scene) => {
  const { channel, guest, seen } = await invitation(scene);
  const left = scene.heard(guest, 'channelLeft');
  await seen.decline();
  equal((await left).sid, channel.sid, 'the channel left');
  ok(seen.status !== 'invited' && seen.status !== 'joined', `the status ${seen.status}`);
  equal((await channel.getMembers()).length, 1, 'the members');
  const { invites } = await scene.rest(`/Channels/${channel.sid}`).get('/Invites');
  same(invites, [], 'the invitations left');
});
