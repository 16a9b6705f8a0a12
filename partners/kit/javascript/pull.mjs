// Reads Luik's feed once, from where it stopped last time to its end, and holds what it says.
//
//     LUIK_FEED=https://…/v1/partners/wijk/items LUIK_TOKEN=… LUIK_STATE=/var/lib/luik/pull.json \
//         node pull.mjs [--page]
//
// Node.js 18 or later, nothing to install. Run it from cron as often as was agreed, never two at a
// time. Three rules make a reader right: apply only what is newer than what is held, removals too
// (`apply`); have a page on disk before the next is asked for, since asking confirms it (`save`);
// and show nothing without a lease that is still running (`page`, for --page).

import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const FEED = process.env.LUIK_FEED ?? '';
const TOKEN = process.env.LUIK_TOKEN ?? '';
const STATE = process.env.LUIK_STATE ?? ''; // a file outside the web root, for this program alone
const SNAPSHOT = FEED.replace(/items$/, 'snapshot');
const PAGE_MAX = 16 << 20; // bytes, and for a line of the snapshot
const REQUEST_TIME = 5 * 60_000; // milliseconds for one answer
const RUN_TIME = 10 * 60_000;
const PATIENCE = 60; // seconds; a longer Retry-After is left to a later run
const TRIES = 4;
const SHOWN_MAX = 500;

// Why a run ends before the end of the feed.
class Stopped extends Error {}

function check(holds, why) {
  if (!holds) throw new Stopped(why);
}

// Page after page, each kept before the next is asked for.
async function run(state, deadline) {
  while (Date.now() < deadline) {
    const here = state.next;
    const answer = await fetchPatiently(here, state);
    if (answer.status === 410 && here !== SNAPSHOT) {
      // Away for too long: removals may have been missed, so nothing may stay. From here on the
      // snapshot is what comes next, also for a later run.
      state = { ...state, items: {}, next: SNAPSHOT };
    } else {
      check(answer.status !== 410, 'the agreement has ended, and nothing is held any more');
      check(answer.status !== 401 && answer.status !== 403, 'the gateway refuses the token: is LUIK_TOKEN right, and still valid?');
      check(answer.status === 200, `the gateway answers ${answer.status}`);
      state = await (here === SNAPSHOT ? takeSnapshot(answer, state) : takePage(answer, state));
      const lease = answer.headers.get('luik-valid-until');
      if (lease) state.validUntil = seconds(lease);
    }
    save(state);
    if (state.next === here) return state;
  }
  throw new Stopped('not at the end yet; the next run goes on from here');
}

// An answer, whatever its status. A gateway that asks for patience gets it.
async function fetchPatiently(url, state) {
  let wait = 0;
  for (let count = 0; count < TRIES; count += 1) {
    const headers = { authorization: `Bearer ${TOKEN}` };
    // No redirects: the token is for the gateway alone.
    const answer = await fetch(url, { headers, redirect: 'error', signal: AbortSignal.timeout(REQUEST_TIME) });
    if (answer.status !== 429 && answer.status !== 503) return answer;
    wait = retryAfter(answer.headers.get('retry-after') ?? '');
    if (wait > PATIENCE) break;
    await sleep(wait * 1000);
  }
  save({ ...state, notBefore: Date.now() / 1000 + wait });
  throw new Stopped(`the gateway asks for patience, ${wait} seconds`);
}

// Seconds, or a date; five minutes when it does not say, and at most a day.
function retryAfter(text) {
  const date = Math.ceil((Date.parse(text) - Date.now()) / 1000);
  const wait = /^[0-9]{1,9}$/.test(text) ? Number(text) : Number.isNaN(date) ? 300 : date;
  return Math.max(0, Math.min(wait, 86_400));
}

// Pieces of a body, up to so many bytes between two line ends or in all.
async function* linesOf(answer) {
  let rest = '';
  for await (const piece of answer.body.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + piece).split('\n');
    rest = lines.pop();
    check(rest.length <= PAGE_MAX, 'an answer is too large');
    yield* lines;
  }
  if (rest) yield rest;
}

// Applies a page. At the end of the feed it is empty and leads to itself.
async function takePage(answer, state) {
  let text = '';
  for await (const line of linesOf(answer)) {
    text += line;
    check(text.length <= PAGE_MAX, 'a page is too large');
  }
  const { next, items } = JSON.parse(text);
  check(isOfTheFeed(next), 'a page leads away from the feed'); // and the token would go with it
  items.forEach((item) => apply(item, state.items));
  return { ...state, next };
}

function isOfTheFeed(url) {
  return url === FEED || url === SNAPSHOT || (typeof url === 'string' && url.startsWith(`${FEED}?`));
}

// All that is live, a line each; the last line tells where the feed goes on from there. Without
// that line it broke off, and nothing of it counts.
async function takeSnapshot(answer, state) {
  const items = {};
  for await (const line of linesOf(answer)) {
    const entry = JSON.parse(line);
    if (Number.isSafeInteger(entry.upTo)) return { ...state, items, next: `${FEED}?afterChangeNumber=${entry.upTo}` };
    apply(entry, items);
  }
  throw new Stopped('the snapshot broke off');
}

// A removal stays as a tombstone without data, so that nothing older ever brings it back.
function apply({ id, state, kind, modified, data }, items) {
  const isRight = typeof id === 'string' && /^[a-z2-7]{26}$/.test(id) && Number.isSafeInteger(modified);
  check(isRight && (state !== 'updated' || (typeof data === 'object' && data !== null)), 'an item is broken');
  const held = items[id];
  if (held === undefined || held.modified < modified) {
    items[id] = { kind, modified, data: state === 'updated' ? data : null };
  }
}

// `2026-11-22T07:13:54.294Z` as seconds since 1970.
function seconds(text) {
  const time = Date.parse(text) / 1000;
  check(/^[0-9-]{10}T[0-9:]{8}(\.[0-9]+)?Z$/.test(text) && Number.isFinite(time), 'a lease is broken');
  return time;
}

function load() {
  return existsSync(STATE) ? JSON.parse(readFileSync(STATE, 'utf8')) : { next: FEED, validUntil: null, notBefore: 0, items: {} };
}

// Items and the place in the feed in one: the old state or the new one, whatever happens.
function save(state) {
  const file = openSync(`${STATE}.new`, 'w');
  writeFileSync(file, JSON.stringify(state));
  fsyncSync(file);
  closeSync(file);
  renameSync(`${STATE}.new`, STATE);
  const folder = openSync(dirname(STATE), 'r');
  fsyncSync(folder);
  closeSync(folder);
}

// What is held now, newest first. Everything in an item is text of strangers: escape all of it.
function page(state, now) {
  const running = state.validUntil !== null && now <= state.validUntil;
  const items = running ? Object.values(state.items).filter(({ data }) => data !== null) : [];
  items.sort((one, other) => other.modified - one.modified);
  const cards = items.slice(0, SHOWN_MAX).map(card).join('') || '<p>Er staat nu niets open.</p>';
  return `<!DOCTYPE html><html lang="nl"><meta charset="utf-8"><title>Vragen en aanbod uit de buurt</title>
<h1>Vragen en aanbod uit de buurt</h1>${cards}</html>`;
}

function escape(value) {
  const names = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
  return String(value ?? '').replace(/[&<>"']/g, (sign) => names[sign]);
}

function card({ kind, data }) {
  const language = escape(data.language ?? 'nl');
  const url = escape(data.url);
  // Only http(s) may become a link, and it tells the platform nothing of the page it was on.
  const link = /^https?:\/\//.test(url) ? `<p><a rel="noreferrer" href="${url}">Reageer</a></p>` : '';
  return `<article><h2 lang="${language}">${escape(data.title)}</h2>
<p>${kind === 'request' ? 'Vraag' : 'Aanbod'} van ${escape(data.firstName ?? 'iemand')} uit ${escape(data.region?.name)}</p>
<p lang="${language}">${escape(data.text)}</p>${link}</article>`;
}

// What the run has to say at its end.
async function main() {
  const isSet = /^(https:\/\/|http:\/\/(127\.0\.0\.1|localhost)[:/])/.test(FEED) && TOKEN && STATE;
  check(isSet, 'LUIK_FEED (https), LUIK_TOKEN and LUIK_STATE must be set');
  process.umask(0o077);
  let state = load();
  if (process.argv.includes('--page')) return page(state, Date.now() / 1000);
  check(isOfTheFeed(state.next), 'LUIK_STATE belongs to another feed; remove the file to start anew');
  if (Date.now() / 1000 < state.notBefore) return 'luik: not yet: the gateway asked for patience';
  state = await run(state, Date.now() + RUN_TIME);
  const entries = Object.values(state.items);
  const live = entries.filter(({ data }) => data !== null).length;
  return `luik: ${live} items held, ${entries.length - live} removed`;
}

try {
  console.log(await main());
} catch (error) {
  const why = error instanceof Stopped ? error.message : `the feed could not be read: ${error.cause?.code ?? error.name}`;
  console.error(`luik: ${why}`);
  process.exitCode = 1;
}
