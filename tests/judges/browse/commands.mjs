// What the visitor can do, and see. One page is open at a time.

import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { require } from '../packages.mjs';
import { record } from './record.mjs';

const { chromium } = require('playwright-core');
const { source: axe } = require('axe-core');

const program = `${process.env.LUIK_JUDGES ?? fileURLToPath(new URL('../../../.cache/judges', import.meta.url))}/bin/chromium`;
const pictures = process.env.LUIK_ARTEFACTS ?? fileURLToPath(new URL('../../../.cache/artefacts', import.meta.url));
const PATIENCE = 20_000;
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
// Tests run as root in containers, which the sandbox of Chromium refuses.
const flags = ['--no-sandbox', '--no-proxy-server', '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1'];

let browser;
let page;
let records;
let protocol;

/** Opens a page in a browser of its own memory. `wound`: its clock moves by the command `wind` only. */
async function open({ url, width = 1280, height = 900, scheme = 'light', script = true, language = 'nl-NL', wound = false }) {
  browser ??= await chromium.launch({ executablePath: program, args: flags, timeout: PATIENCE });
  await page?.context().close();
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: scheme,
    locale: language,
    reducedMotion: 'reduce',
  });
  context.setDefaultTimeout(PATIENCE);
  page = await context.newPage();
  records = await record(page);
  protocol = await context.newCDPSession(page);
  await protocol.send('Emulation.setScriptExecutionDisabled', { value: !script });
  if (wound) await page.clock.install();
  const response = await page.goto(url, { waitUntil: 'load' });
  return { status: response.status() };
}

/** Waits until something is there, or no longer; selectors look through shadow roots. */
async function see({ what, frame, gone = false }) {
  await place(frame).locator(what).first().waitFor({ state: gone ? 'detached' : 'visible' });
}

/** What stands in everything that fits. */
const read = ({ what, frame }) => place(frame).locator(what).allInnerTexts();

/** An attribute of everything that fits. */
const attribute = ({ what, frame, name }) =>
  place(frame)
    .locator(what)
    .evaluateAll((found, name) => found.map((one) => one.getAttribute(name)), name);

/** A property of the first that fits, as the page's styles make it. */
const style = ({ what, frame, property }) =>
  place(frame)
    .locator(what)
    .first()
    .evaluate((found, property) => getComputedStyle(found).getPropertyValue(property), property);

/** Goes on to another page in the same memory. */
async function go({ url }) {
  const response = await page.goto(url, { waitUntil: 'load' });
  return { status: response.status() };
}

/** Looks at the same page in another window. */
async function resize({ width, height = 900, scheme }) {
  await page.setViewportSize({ width, height });
  await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
}

const fill = ({ what, value }) => page.locator(what).first().fill(value);

const address = () => page.url();

const click = ({ what, frame }) => place(frame).locator(what).first().click();

const choose = ({ what, frame, value }) => place(frame).locator(what).first().selectOption(value);

const wind = ({ seconds }) => page.clock.runFor(seconds * 1000);

/** The page, or what stands in an iframe of it. */
const place = (frame) => (frame ? page.frameLocator(frame) : page);

/** Presses Tab so often; role and name of what then has the focus, as a screen reader is told. */
async function walk({ steps }) {
  const path = [];
  for (let step = 0; step < steps; step += 1) {
    await page.keyboard.press('Tab');
    const stop = await focused();
    if (stop) path.push(stop);
  }
  return path;
}

async function focused() {
  const { frameTree } = await protocol.send('Page.getFrameTree');
  const frames = ({ frame, childFrames = [] }) => [frame.id, ...childFrames.flatMap(frames)];
  for (const frameId of frames(frameTree)) {
    const { nodes } = await protocol.send('Accessibility.getFullAXTree', { frameId });
    const has = ({ properties = [] }) => properties.some(({ name, value }) => name === 'focused' && value.value);
    const found = nodes.find((node) => has(node) && !['RootWebArea', 'Iframe'].includes(node.role?.value));
    if (found) return { role: found.role.value, name: found.name?.value ?? '', ring: await ring(found) };
  }
  return undefined;
}

/** Whether it shows that it has the focus. */
async function ring({ backendDOMNodeId }) {
  const { object } = await protocol.send('DOM.resolveNode', { backendNodeId: backendDOMNodeId });
  const shows = `function () { const { outlineStyle, outlineWidth } = getComputedStyle(this);
    return outlineStyle === 'auto' || (outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2); }`;
  const { result } = await protocol.send('Runtime.callFunctionOn', { objectId: object.objectId, functionDeclaration: shows, returnByValue: true });
  return result.value;
}

/** What axe has against the page and the frames in it (WCAG 2.2 AA and good practice). */
async function judge() {
  const found = [];
  // axe needs timers; what the page's own scripts would have done is not made up for.
  await protocol.send('Emulation.setScriptExecutionDisabled', { value: false });
  for (const frame of page.frames()) {
    await frame.evaluate(axe);
    const options = { runOnly: RULES, iframes: false, rules: { 'frame-tested': { enabled: false } } };
    const { violations, incomplete } = await frame.evaluate((options) => globalThis.axe.run(document, options), options);
    const brief = (sure) => ({ id, nodes }) => ({ id, sure, at: nodes.map(({ target, failureSummary }) => `${target.flat().join(' ')}: ${failureSummary}`) });
    found.push(...violations.map(brief(true)), ...incomplete.map(brief(false)));
  }
  return found;
}

/** A screenshot of the whole page; where it is. */
async function picture({ name }) {
  mkdirSync(pictures, { recursive: true });
  const path = `${pictures}/${name}.png`;
  await page.screenshot({ path, fullPage: true });
  return path;
}

/** Prints the page on A4 and takes a picture of it as paper shows it; how many bytes the print has. */
async function paper({ name }) {
  mkdirSync(pictures, { recursive: true });
  const printed = await page.pdf({ path: `${pictures}/${name}.pdf`, preferCSSPageSize: true });
  await page.emulateMedia({ media: 'print', colorScheme: 'light' });
  await page.setViewportSize({ width: 680, height: 1000 });
  await picture({ name: `${name}-paper` });
  await page.emulateMedia({ media: null });
  return printed.length;
}

/** What was noted since the page was opened. */
async function look() {
  const own = await Promise.all(page.frames().map((frame) => frame.evaluate(kept)));
  const wide = await page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);
  return { ...records, cookies: (await page.context().cookies()).length, stored: own.reduce((sum, one) => sum + one, 0), wide };
}

/** How much a page has stored; nothing where it may not store. */
function kept() {
  try {
    return localStorage.length + sessionStorage.length;
  } catch {
    return 0;
  }
}

export const commands = { open, go, resize, fill, address, see, read, attribute, style, click, choose, wind, walk, judge, picture, paper, look };

export const close = () => browser?.close();
