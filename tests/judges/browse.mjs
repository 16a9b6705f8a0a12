// A visitor with Chromium. Reads commands from standard input, one JSON object a line, such as
// {"do":"open","url":"http://127.0.0.1:1/","width":320,"scheme":"dark","script":false}, and answers each
// with one line: {"done":…} or {"failed":"…"}. The commands are in browse/commands.mjs. Ends with its
// input. Reaches nothing but 127.0.0.1; screenshots go to $LUIK_ARTEFACTS (default: .cache/artefacts).

import { createInterface } from 'node:readline';
import { commands, close } from './browse/commands.mjs';

const LONGEST = 30_000;

const late = (command) =>
  new Promise((_, refuse) => {
    setTimeout(() => refuse(new Error(`${command} took more than ${LONGEST} ms`)), LONGEST).unref();
  });

async function answer(line) {
  try {
    const { do: name, ...given } = JSON.parse(line);
    if (!Object.hasOwn(commands, name)) throw new Error(`there is no command ${name}`);
    return { done: (await Promise.race([commands[name](given), late(name)])) ?? null };
  } catch (error) {
    return { failed: error.message };
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(await answer(line)));
}
await Promise.race([close(), late('closing')]);
process.exit(0);
