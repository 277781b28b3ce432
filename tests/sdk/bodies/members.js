// Who is in a channel, what is said of them, and who is typing.
import { equal, ok, same } from './expect.js';
import { capability } from './register.js';

capability(
  'member.list',
  'an agent who is added over REST and leaves again is told',
  async ({ chatting, heard, name }) => {
    const { channel, rest } = await chatting('host');
    const joined = heard(channel, 'memberJoined', ({ identity }) => identity === name('guest'));
    const { sid } = await rest.post('/Members', { Identity: name('guest') });
    equal((await joined).sid, sid, 'who joined');
    equal(await channel.getMembersCount(), 2, 'the count');
    const left = heard(channel, 'memberLeft');
    await rest.remove(`/Members/${sid}`);
    equal((await left).identity, name('guest'), 'who left');
  },
);

capability('member.list', 'by SID and by identity', async ({ together, name }) => {
  const [{ channel }] = await together('first', 'second');
  const second = await channel.getMemberByIdentity(name('second'));
  equal(second.identity, name('second'), 'the identity');
  equal((await channel.getMemberBySid(second.sid)).sid, second.sid, 'the SID');
  ok(/^RL[0-9a-f]{32}$/.test(second.roleSid), `the role ${second.roleSid}`);
  ok(second.dateCreated instanceof Date, 'when it joined');
  const user = await second.getUser();
  equal(user.identity, name('second'), 'the user of the member');
});

capability('member.attributes', 'one changes its own, the others are told', async ({ together, heard, name }) => {
  const [{ channel, rest }, { channel: other }] = await together('dresser', 'mirror');
  const told = heard(
    other,
    'memberUpdated',
    ({ member, updateReasons }) => member.identity === name('dresser') && updateReasons.includes('attributes'),
  );
  const own = await channel.getMemberByIdentity(name('dresser'));
  await own.updateAttributes({ hat: 'red', sizes: [1, 2] });
  const { member } = await told;
  same(member.attributes, { hat: 'red', sizes: [1, 2] }, 'the attributes the other sees');
  const stored = await rest.get(`/Members/${own.sid}`);
  same(JSON.parse(stored.attributes), { hat: 'red', sizes: [1, 2] }, 'the stored attributes');
});

capability('typing', 'is seen by the others and not by the typist', async ({ together, heard, name }) => {
  const [{ channel }, { channel: watched }] = await together('typist', 'watcher');
  let own = 0;
  channel.on('typingStarted', () => (own += 1));
  const started = heard(watched, 'typingStarted');
  await channel.typing();
  const typist = await started;
  equal(typist.identity, name('typist'), 'who is typing');
  equal(typist.isTyping, true, 'typing');
  const ended = heard(watched, 'typingEnded');
  await channel.sendMessage('typed');
  equal((await ended).identity, name('typist'), 'who is done');
  equal(own, 0, 'times the typist was told');
});

capability('typing', 'ends by itself', async ({ together, heard, name }) => {
  const [{ channel }, { channel: watched }] = await together('hesitant', 'patient');
  const started = heard(watched, 'typingStarted');
  await channel.typing();
  await started;
  const ended = await heard(watched, 'typingEnded', undefined, 15_000);
  equal(ended.identity, name('hesitant'), 'who stopped');
});
