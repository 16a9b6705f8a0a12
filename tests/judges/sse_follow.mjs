// A partner's reader of the stream: `sse_follow.mjs URL TOKEN EVENTS [SECONDS]` follows it with the
// npm package eventsource, which comes back with Last-Event-ID by itself, and prints each event as a
// line of JSON, {"event", "id", "data"}. Exit 0 after so many events, 1 when they do not come within
// the time (30).

import { require } from './packages.mjs';

const { EventSource } = require('eventsource');
// A reader hears only what it listens to.
const KINDS = ['message', 'updated', 'deleted', 'lease', 'resync'];

const [url, token, wanted, seconds = '30'] = process.argv.slice(2);
const withToken = (input, init) => fetch(input, { ...init, headers: { ...init.headers, Authorization: `Bearer ${token}` } });
const source = new EventSource(url, { fetch: withToken });
let seen = 0;

function fail(why) {
  console.error(`failure: ${why}`);
  process.exit(1);
}

function take({ type, lastEventId, data }) {
  console.log(JSON.stringify({ event: type, id: lastEventId, data }));
  seen += 1;
  if (seen === Number(wanted)) process.exit(0);
}

KINDS.forEach((kind) => source.addEventListener(kind, take));
source.addEventListener('error', ({ code, message }) => {
  // It comes back by itself, unless it was told that this is no stream.
  if (source.readyState === EventSource.CLOSED) fail(message ?? `the stream answers ${code}`);
});
setTimeout(() => fail('the time is over'), Number(seconds) * 1000);
