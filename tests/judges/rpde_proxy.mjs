// A door in front of a feed: adds the bearer token that the official validator cannot send, and leads
// `next` back through itself, because the validator wants it to equal the address it asked.
// Nothing else is changed. What was answered is kept, so that a judge can tell whether it saw all.

import { createServer } from 'node:http';
import { once } from 'node:events';

const OWN_TO_A_CONNECTION = ['connection', 'keep-alive', 'transfer-encoding', 'content-encoding', 'content-length'];

function parse(text) {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {};
  }
}

// Opens the door in front of `feed`, whose pages say `next` under `publicUrl`.
export async function openDoor({ feed, token, publicUrl }) {
  const origin = new URL(feed).origin;
  const prefix = (publicUrl ?? origin).replace(/\/$/, '');
  const answers = [];
  let door;

  async function forward(request) {
    const authorization = token ? `Bearer ${token}` : request.headers.authorization;
    const answer = await fetch(origin + request.url, { headers: authorization ? { authorization } : {}, redirect: 'manual' });
    const text = await answer.text();
    const { items, next } = parse(text);
    const led = typeof next === 'string' && next.startsWith(`${prefix}/`) ? door + next.slice(prefix.length) : next;
    const isLast = items?.length === 0 && led === door + request.url;
    answers.push({ path: request.url, status: answer.status, isLast });
    const headers = [...answer.headers].filter(([name]) => !OWN_TO_A_CONNECTION.includes(name));
    // replaced by a function, so that no `$` in an address is taken for a pattern
    const shown = led === next ? text : text.replace(JSON.stringify(next), () => JSON.stringify(led));
    return { status: answer.status, headers, text: shown };
  }

  const server = createServer((request, response) => {
    forward(request).then(
      ({ status, headers, text }) => response.writeHead(status, headers.flat()).end(text),
      (error) => response.writeHead(502).end(String(error.cause ?? error)),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  door = `http://127.0.0.1:${server.address().port}`;
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  return { feed: door + feed.slice(origin.length), answers, close };
}
