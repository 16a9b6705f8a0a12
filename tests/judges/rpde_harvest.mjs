// A partner's harvester: `rpde_harvest.mjs FEED_URL [TOKEN [PUBLIC_URL]]` follows the feed to its end
// with OpenActive's own harvesting library, which checks each page as it goes, and prints the ids that
// it then holds as a sorted JSON array.

import { openDoor } from './rpde_proxy.mjs';
import { require } from './packages.mjs';

process.env.NO_PROXY = '127.0.0.1';
const { harvestRPDE } = require('@openactive/harvesting-utils');
const silent = () => {};
const endOfFeed = new Error('end of feed');

const [feed, token, publicUrl] = process.argv.slice(2);
const door = await openDoor({ feed, publicUrl });
const held = new Set();

function apply({ rpdePage }) {
  for (const { id, state } of rpdePage.items) {
    if (state === 'deleted') held.delete(id);
    else held.add(id);
  }
}

// Harvesting never ends by itself: an error thrown from a callback is the way out.
const { error } = await harvestRPDE({
  baseUrl: door.feed,
  feedContextIdentifier: 'luik',
  headers: async () => (token ? { Authorization: `Bearer ${token}` } : {}),
  processPage: async (page) => apply(page),
  onReachedEndOfFeed: async () => {
    throw endOfFeed;
  },
  onRetryDueToHttpError: async (url, headers, status) => {
    console.error(`failure: ${url} answers ${status}`);
    process.exit(1);
  },
  isOrdersFeed: false,
  loggingFns: { log: silent, logError: silent, logErrorDuringHarvest: silent },
});
door.close();

if (error.error === endOfFeed) {
  console.log(JSON.stringify([...held].sort()));
} else {
  const reasons = error.rpdeValidationErrors?.map(({ message }) => message) ?? [error.message ?? error.resStatusCode];
  reasons.forEach((reason) => console.error(`failure: ${error.reqUrl}: ${error.type}: ${reason}`));
  process.exitCode = 1;
}
