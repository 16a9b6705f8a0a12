// Receives Luik's pushes, holds what they say, shows it, and takes it away again.
//
//     LUIK_SECRETS="whsec_…" LUIK_STATE=/var/lib/luik/push.json node push.mjs 127.0.0.1:9000
//
// Node.js 18 or later, nothing to install; a web server with TLS stands before it. Four rules make
// a receiver right: trust nothing that is not signed (`isSigned`), apply only what is newer than
// what is held (`apply`), say yes only to what is on disk (`save`), and show nothing without a
// lease that is still running (`page`).

import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { dirname } from 'node:path';

const STATE = process.env.LUIK_STATE ?? ''; // a file outside the web root, for this program alone
const SECRETS = (process.env.LUIK_SECRETS ?? '').split(/\s+/).filter(Boolean); // two while the secret is being changed
const BODY_MAX = 8 << 20;
const TOLERANCE = 5 * 60; // seconds that the gateway's clock may be off
const LIST_MAX = 1000;
const SHOWN_MAX = 500;
const HEADERS = {
  'content-security-policy': "default-src 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-robots-tag': 'noindex',
  'cache-control': 'no-store',
};

// A signed body that is not a message.
class Malformed extends Error {}

// The bytes behind `whsec_` and base64.
function key(secret) {
  const raw = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  if (raw.length < 24 || raw.length > 64) throw new Error('LUIK_SECRETS: not whsec_ and 24 to 64 bytes in base64');
  return raw;
}

// Standard Webhooks: one of the signatures fits one of our secrets, and is from just now.
function isSigned(headers, body, now) {
  const [name, stamp] = [headers['webhook-id'] ?? '', headers['webhook-timestamp'] ?? ''];
  if (!name || name.includes('.') || !/^[0-9]{1,12}$/.test(stamp) || Math.abs(now - Number(stamp)) > TOLERANCE) return false;
  const sign = (secret) => createHmac('sha256', key(secret)).update(`${name}.${stamp}.`).update(body).digest('base64');
  const wanted = SECRETS.map((secret) => Buffer.from(`v1,${sign(secret)}`));
  const given = (headers['webhook-signature'] ?? '').split(' ').slice(0, 16).map((one) => Buffer.from(one));
  return wanted.some((one) => given.some((other) => one.length === other.length && timingSafeEqual(one, other)));
}

// The type of a message and what it says. What is not known yet is passed over.
function read(body) {
  try {
    const event = JSON.parse(body);
    const { type: kind, data } = event;
    check(typeof kind === 'string');
    if (kind === 'luik.items.changed') return [kind, data.items.map((item) => [item, fault(item)])];
    if (kind === 'luik.lease.renewed') return [kind, { said: seconds(event.time), until: seconds(data.validUntil) }];
    if (kind === 'luik.holdings.asked' && data?.region !== undefined) {
      check(Number.isInteger(data.limit));
      return [kind, { place: `${data.kind} ${data.region}`, after: data.after ?? '', limit: data.limit }];
    }
    return [kind, null];
  } catch (error) {
    throw new Malformed('not a message', { cause: error });
  }
}

function check(holds) {
  if (!holds) throw new Malformed();
}

// `2026-11-22T07:13:54.294Z` as seconds since 1970.
function seconds(text) {
  check(/^[0-9-]{10}T[0-9:]{8}(\.[0-9]+)?Z$/.test(text));
  const time = Date.parse(text) / 1000;
  check(Number.isFinite(time));
  return time;
}

// Why an item can not be used; the others of its message can.
function fault(item) {
  check(typeof item.id === 'string' && /^[a-z2-7]{26}$/.test(item.id));
  if (!['updated', 'deleted'].includes(item.state) || !['request', 'offer'].includes(item.kind)) return 'unknown state or kind';
  if (!Number.isSafeInteger(item.modified) || item.modified < 0) return 'modified is not a change number';
  const isObject = typeof item.data === 'object' && item.data !== null;
  return item.state === 'updated' && !isObject ? 'data is missing' : null;
}

// A removal stays as a tombstone without data, so that a publish that comes late changes nothing.
// So a message may also come twice: nothing has to be remembered of its webhook-id.
function apply({ id, state, kind, modified, data }, items) {
  const held = items[id];
  if (held === undefined || held.modified < modified) {
    items[id] = { kind, modified, data: state === 'updated' ? data : null };
  }
}

// Carries out a message and answers with what is held afterwards. Nothing in here waits, so there
// is one message at a time; do not start two of these programs with the same state.
function take(kind, said) {
  const answer = { confirmed: [], rejected: [] };
  const state = load();
  if (kind === 'luik.items.changed') {
    for (const [item, why] of said) {
      if (why) {
        answer.rejected.push({ id: item.id, reason: why });
      } else {
        apply(item, state.items);
        answer.confirmed.push(item.id);
      }
    }
    save(state);
  } else if (kind === 'luik.lease.renewed') {
    if (state.lease === null || state.lease.said <= said.said) save({ ...state, lease: said }); // the last word counts
  } else if (kind === 'luik.holdings.asked') {
    Object.assign(answer, holdings(state.items, said));
  }
  return { ...answer, digest: digest(live(state.items)) };
}

function live(items) {
  const held = Object.entries(items).filter(([, { data }]) => data !== null);
  return held.sort(([one], [other]) => (one < other ? -1 : 1));
}

function digest(live) {
  const total = Buffer.alloc(32);
  for (const [id, { modified }] of live) {
    const hash = createHash('sha256').update(`${id}:${modified}`).digest();
    hash.forEach((byte, place) => (total[place] ^= byte));
  }
  return total.toString('hex');
}

// By kind and region the digests, or the list of one of them: so only what differs is sent.
function holdings(items, asked) {
  const places = new Map();
  for (const [id, held] of live(items)) {
    const place = `${held.kind} ${held.data.region?.code ?? ''}`;
    places.set(place, [...(places.get(place) ?? []), [id, held]]);
  }
  if (asked) {
    const rest = (places.get(asked.place) ?? []).filter(([id]) => id > asked.after);
    const some = rest.slice(0, Math.max(0, Math.min(asked.limit, LIST_MAX)));
    return { holdings: some.map(([id, { modified }]) => ({ id, modified })) };
  }
  const buckets = [...places].map(([place, live]) => {
    const [kind, region] = place.split(' ');
    return { kind, region, count: live.length, digest: digest(live) };
  });
  return { buckets };
}

function load() {
  return existsSync(STATE) ? JSON.parse(readFileSync(STATE, 'utf8')) : { lease: null, items: {} };
}

// The old state or the new one, whatever happens, and on disk before we answer.
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
  const running = state.lease !== null && now <= state.lease.until;
  const items = running ? live(state.items).map(([, held]) => held) : [];
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

async function respond(request) {
  const now = Date.now() / 1000;
  if (request.method !== 'POST') return [200, 'text/html; charset=utf-8', page(load(), now)];
  // Not more than it says is read, so it has to say how long it is.
  if (!(Number(request.headers['content-length']) <= BODY_MAX)) return [413, 'text/plain', 'too large, or of unknown length'];
  const pieces = [];
  for await (const piece of request) pieces.push(piece);
  const body = Buffer.concat(pieces);
  if (!isSigned(request.headers, body, now)) return [401, 'text/plain', 'not signed, or not now'];
  return [200, 'application/json', JSON.stringify(take(...read(body)))];
}

function refusal(error) {
  if (error instanceof Malformed) return [400, 'text/plain', 'not a message'];
  console.error('luik: a message could not be taken:', error.code ?? error.name); // such as a full disk: it comes again
  return [500, 'text/plain', 'try again'];
}

if (!STATE || SECRETS.map(key).length === 0) throw new Error('LUIK_STATE and LUIK_SECRETS must be set');
process.umask(0o077);
const [host, port] = (process.argv[2] ?? '127.0.0.1:9000').split(/:(?=\d+$)/);
const server = createServer({ requestTimeout: 30_000 }, (request, response) => {
  respond(request).catch(refusal).then(([status, kind, text]) => {
    const more = { 'content-type': kind, 'content-length': Buffer.byteLength(text) };
    response.writeHead(status, { ...HEADERS, ...more }).end(text);
  });
});
server.listen(Number(port), host);
