// Judge of a JSON Feed: `json_feed.mjs URL|FILE [SELF]`, exit 0 when it fits the schema of version 1.1
// (npm package jsonfeed-schema, checked by ajv), has each id once, and says where it is.
//
// SELF is what the document must call itself, when that is not where it was fetched. Prints what a
// reader sees: {"ids", "titles", "links"}.

import { readFileSync } from 'node:fs';
import { require } from './packages.mjs';

const Ajv = require('ajv').default;
const addFormats = require('ajv-formats').default;
const schema = require('jsonfeed-schema/schema-v1.1.json');
const VERSION = 'https://jsonfeed.org/version/1.1'; // the schema leaves it open

function refuse(why) {
  console.error(`refused: ${why}`);
  process.exitCode = 1;
}

async function fetched(place) {
  if (!place.startsWith('http')) return readFileSync(place, 'utf8');
  const answer = await fetch(place);
  if (answer.status !== 200) refuse(`it answers ${answer.status}`);
  const type = answer.headers.get('content-type') ?? '';
  if (!type.startsWith('application/feed+json')) refuse(`its type is ${type}`);
  return answer.text();
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    refuse('it is not JSON');
    return {};
  }
}

const [place, self = place.startsWith('http') ? place : undefined] = process.argv.slice(2);
const feed = parse(await fetched(place));
const ajv = new Ajv({ strict: false, allErrors: true });
addFormats(ajv);
if (!ajv.validate(schema, feed)) {
  ajv.errors.slice(0, 20).forEach(({ instancePath, keyword }) => refuse(`${instancePath || '/'} breaks ${keyword}`));
}
const items = feed.items ?? [];
const ids = items.map(({ id }) => id);
if (feed.version !== VERSION) refuse(`its version is not ${VERSION}`);
if (new Set(ids).size < ids.length) refuse('an id stands there twice');
if (self && feed.feed_url !== self) refuse('the feed does not say where it is');
console.log(JSON.stringify({ ids, titles: items.map(({ title }) => title), links: items.map(({ url }) => url) }));
