// Judge of a whole feed: `rpde_validate.mjs FEED_URL [TOKEN [PUBLIC_URL]]`, exit 0 when the official
// RPDE validator walks it to the end and finds no failure. Warnings are counted, not judged: the
// validator asks for public caching, which a feed that takes items back must not allow.
// PUBLIC_URL is what `next` starts with, when that is not where the feed listens.

import { openDoor } from './rpde_proxy.mjs';
import { require } from './packages.mjs';

const { RpdeValidator } = require('@openactive/rpde-validator');
const MOST_PAGES = 200;
const MOST_SHOWN = 20;
const PROBE = `afterChangeNumber=${Number.MAX_SAFE_INTEGER}`; // the validator asks it for the last page, twice

// The validator passes over what it could not fetch, so that a walk cut short looks like a good one.
function cutShort(answers) {
  const probes = answers.filter(({ path }) => path.endsWith(PROBE)).length;
  const walked = answers.slice(0, answers.length - probes);
  if (!walked.at(-1)?.isLast) return [`no last page within ${MOST_PAGES} pages`];
  if (probes < 2) return ['the last page was not probed'];
  return [];
}

const [feed, token, publicUrl] = process.argv.slice(2);
const door = await openDoor({ feed, token, publicUrl });
const log = await RpdeValidator(door.feed, { pageLimit: MOST_PAGES });
door.close();

const findings = log.pages.flatMap((page) => page.errors.map(({ severity, message }) => ({ severity, text: `${page.url}: ${message}` })));
const failures = findings.filter(({ severity }) => severity === 'failure').map(({ text }) => text).concat(cutShort(door.answers));
const warnings = findings.filter(({ severity }) => severity === 'warning');
failures.slice(0, MOST_SHOWN).forEach((failure) => console.error(`failure: ${failure}`));
console.log(`${failures.length} failures, ${warnings.length} warnings, ${log.pages.length} pages`);
process.exit(failures.length > 0 ? 1 : 0); // now: the validator may leave a timer behind
