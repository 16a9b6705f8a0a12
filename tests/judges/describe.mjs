// Judge of a description: `describe.mjs openapi|asyncapi FILE`, exit 0 when Spectral finds nothing by
// the rules beside this file. What it finds is told by rule and place.

import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { require } from './packages.mjs';

const [kind, file] = process.argv.slice(2);
const here = dirname(fileURLToPath(import.meta.url));
const spectral = join(dirname(require.resolve('@stoplight/spectral-cli/package.json')), 'dist/index.js');
const rules = join(here, `${kind}.spectral.yaml`);
const options = ['lint', '--ruleset', rules, '--format', 'json', '--quiet', '--fail-severity', 'warn', '--fail-on-unmatched-globs', file];
const { stdout, stderr, status } = spawnSync(process.execPath, [spectral, ...options], { encoding: 'utf8', maxBuffer: 64 << 20 });

function findings() {
  try {
    return JSON.parse(stdout.slice(stdout.indexOf('[')));
  } catch {
    console.error(stderr || stdout);
    process.exit(2); // Spectral itself fell over
  }
}

const found = findings().filter(({ severity }) => severity <= 1); // errors and warnings
for (const { code, message, path } of found.slice(0, 40)) console.error(`refused: ${code}: ${message} at ${path.join('.')}`);
console.log(found.length === 0 ? 'accepted' : `${found.length} faults`);
process.exit(status === 0 && found.length === 0 ? 0 : 1);
