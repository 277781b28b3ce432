// The guide's second program: a custom chat channel for that identity through a Flex Flow.
const twilio = require('twilio');

const accountSid = process.env.TWILIO_ACCOUNT_SID;
const authToken = process.env.TWILIO_AUTH_TOKEN;
const identity = process.env.CUSTOMER_IDENTITY;

const client = twilio(accountSid, authToken);
client.flexApi.baseUrl = process.env.FLEX_API_BASE_URL; // the host: the one line that is not the guide's

client.flexApi.v1.channel
  .create({
    chatFriendlyName: 'Chat with a customer',
    chatUserFriendlyName: 'Customer',
    flexFlowSid: process.env.TWILIO_FLEX_FLOW_SID,
    identity,
    target: identity,
  })
  .then((channel) => console.log(JSON.stringify(channel)))
  .catch((error) => {
    console.error(JSON.stringify({ status: error.status, code: error.code, message: error.message }));
    process.exitCode = 1;
  });
