// Where the judges find their packages: in the cache that `tests/setup` fills, not beside the code.

import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const cache = process.env.LUIK_JUDGES ?? fileURLToPath(new URL('../../.cache/judges', import.meta.url));

export const require = createRequire(`${cache}/js/package.json`);
