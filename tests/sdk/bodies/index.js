// Every body, area by area.
import './login.js';
import './channels.js';
import './membership.js';
import './messages.js';
import './media.js';
import './members.js';
import './horizon.js';
import './users.js';
import './token.js';
import './line.js';
import './errors.js';

export { bodies } from './register.js';
