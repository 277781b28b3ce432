// The guide's first program: an access token with a chat grant for one identity.
const { jwt } = require('twilio');
const { AccessToken } = jwt;
const { ChatGrant } = AccessToken;

const accountSid = process.env.TWILIO_ACCOUNT_SID;
const apiKey = process.env.TWILIO_API_KEY;
const apiSecret = process.env.TWILIO_API_SECRET;
const serviceSid = process.env.TWILIO_CHAT_SERVICE_SID;
const identity = process.env.CUSTOMER_IDENTITY;

const token = new AccessToken(accountSid, apiKey, apiSecret, { identity });
token.addGrant(new ChatGrant({ serviceSid }));

console.log(token.toJwt());
