// Judge of one push: `verify_push.mjs FILE`, exit 0 when a partner's libraries accept it.
//
// FILE holds {"headers": {...}, "body": "the body as it was sent", "secret": "whsec_..."}.
// The signature is checked by the standardwebhooks package, the body by the cloudevents package.

import { readFileSync } from 'node:fs';
import { require } from './packages.mjs';

const { HTTP } = require('cloudevents');
const { Webhook, WebhookVerificationError } = require('standardwebhooks');

function refuse(why) {
  console.error(`refused: ${why}`);
  process.exit(1);
}

function refusal(secret, body, headers) {
  try {
    new Webhook(secret).verify(body, headers);
  } catch (error) {
    if (error instanceof WebhookVerificationError) return error.message;
    throw error;
  }
  return null;
}

function judgeSignature(headers, body, secret) {
  const why = refusal(secret, body, headers);
  if (why) refuse(`signature: ${why}`);
  const otherKey = Buffer.from(secret.replace(/^whsec_/, ''), 'base64').map((byte) => byte ^ 1);
  const later = String(Number(headers['webhook-timestamp']) + 1);
  const forgeries = {
    'another secret': [Buffer.from(otherKey).toString('base64'), body, headers],
    'a body with one more blank': [secret, `${body.slice(0, -1)} ${body.slice(-1)}`, headers],
    'another id': [secret, body, { ...headers, 'webhook-id': `${headers['webhook-id']}x` }],
    'another time': [secret, body, { ...headers, 'webhook-timestamp': later }],
  };
  for (const [what, forgery] of Object.entries(forgeries)) {
    if (!refusal(...forgery)) refuse(`the signature also fits ${what}`);
  }
}

function readEvent(headers, body) {
  try {
    const event = HTTP.toEvent({ headers, body });
    event.validate();
    return event;
  } catch (error) {
    return refuse(`event: ${error.message}`);
  }
}

function judgeEvent(headers, body) {
  const event = readEvent(headers, body);
  const sent = JSON.parse(body);
  for (const name of ['specversion', 'id', 'source', 'type']) {
    if (event[name] !== sent[name]) refuse(`event: the package reads another ${name} than was sent`);
  }
  if (event.data === undefined) refuse('event lacks data');
  if (event.id !== headers['webhook-id']) refuse('event id and webhook-id differ');
  return event;
}

const push = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const headers = Object.fromEntries(Object.entries(push.headers).map(([name, value]) => [name.toLowerCase(), value]));
judgeSignature(headers, push.body, push.secret);
console.log(`accepted: ${judgeEvent(headers, push.body).type}`);
