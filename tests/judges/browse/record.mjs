// Notes what a page does from its first byte on, by the browser's own protocol: it works without script.

/** What is noted; grows as the page lives. */
export async function record(page) {
  const records = { errors: [], requests: [], shift: 0, moved: [] };
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) records.errors.push(message.text());
  });
  page.on('pageerror', (error) => records.errors.push(String(error)));
  const session = await page.context().newCDPSession(page);
  await transfers(session, records.requests);
  session.on('PerformanceTimeline.timelineEventAdded', ({ event }) => {
    const { value = 0, hadRecentInput = true, sources = [] } = event.layoutShiftDetails ?? {};
    if (hadRecentInput) return;
    records.shift += value;
    const place = ({ x, y, width, height }) => `${width}x${height} at ${x},${y}`;
    records.moved.push(...sources.map(({ previousRect, currentRect }) => `${place(previousRect)} to ${place(currentRect)}`));
  });
  await session.send('PerformanceTimeline.enable', { eventTypes: ['layout-shift'] });
  return records;
}

/** Each request with its status and the bytes that came over the wire, heads included. */
async function transfers(session, requests) {
  const open = new Map();
  session.on('Network.requestWillBeSent', ({ requestId, request }) => {
    const noted = { url: request.url, status: 0, bytes: 0 };
    open.set(requestId, noted);
    requests.push(noted);
  });
  session.on('Network.responseReceived', ({ requestId, response }) => {
    if (open.has(requestId)) open.get(requestId).status = response.status;
  });
  session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    if (open.has(requestId)) open.get(requestId).bytes = encodedDataLength;
  });
  await session.send('Network.enable');
}
