// @twilio/conversations in the words of the Chat SDK: other names for the same calls and events, so that bodies written
// for one run on the other. Nothing the SDK does is changed.
import { Client, Conversation, Message, Participant, User } from '@twilio/conversations';

/** Gives a class's calls and properties their names in the Chat SDK. */
function rename({ prototype }, names) {
  for (const [old, now] of Object.entries(names)) {
    if (!(now in prototype)) throw new Error(`conversations has no ${now}`);
    if (old in prototype) throw new Error(`conversations has ${old}, too`);
    Object.defineProperty(prototype, old, {
      get() {
        return this[now];
      },
    });
  }
}

rename(Client, {
  getChannelBySid: 'getConversationBySid',
  getChannelByUniqueName: 'getConversationByUniqueName',
  getSubscribedChannels: 'getSubscribedConversations',
  createChannel: 'createConversation',
});
rename(Conversation, {
  getMembers: 'getParticipants',
  getMembersCount: 'getParticipantsCount',
  getMemberBySid: 'getParticipantBySid',
  getMemberByIdentity: 'getParticipantByIdentity',
  removeMember: 'removeParticipant',
  getUnconsumedMessagesCount: 'getUnreadMessagesCount',
  setAllMessagesConsumed: 'setAllMessagesRead',
  setNoMessagesConsumed: 'setAllMessagesUnread',
  advanceLastConsumedMessageIndex: 'advanceLastReadMessageIndex',
  updateLastConsumedMessageIndex: 'updateLastReadMessageIndex',
  lastConsumedMessageIndex: 'lastReadMessageIndex',
});
rename(Participant, { lastConsumedMessageIndex: 'lastReadMessageIndex' });
rename(User, { online: 'isOnline', notifiable: 'isNotifiable' });

const EVENTS = { channel: 'conversation', member: 'participant' };

/** An event of the Chat SDK by its name here. */
const event = (name) => name.replace(/^(channel|member)(?=[A-Z])/, (word) => EVENTS[word]);

/** What an event tells, as the Chat SDK tells it. */
const words = (told) => (told?.participant && told.updateReasons ? { member: told.participant, ...told } : told);

/** The SDK for a place: see bodies/scene.js. */
export const conversations = { Client, event, words };
