// Keeps the figures of the page fresh while somebody looks: asks for the same page again and puts
// its parts marked data-live in the place of ours. Without it the page is right when it is loaded.
'use strict';
(() => {
  const EVERY = 5000;
  const LONGEST = 60000;
  const box = document.getElementById('live');
  if (!box || !document.querySelector('[data-live]')) return;
  const told = box.querySelector('[data-told]');
  const button = box.querySelector('button');
  let timer;
  let wait = EVERY;
  let held = false;
  let asking = false;

  const clock = (time) => time.toISOString().slice(11, 19);
  const here = () => location.href.split('#')[0];
  const path = ({ id, href, attributes }) => (id ? `#${CSS.escape(id)}` : href && `a[href="${CSS.escape(attributes.href.value)}"]`);

  // An XMLHttpRequest parses for itself: no text is ever made into a page here.
  const fetched = () =>
    new Promise((done, fail) => {
      const request = new XMLHttpRequest();
      request.open('GET', here());
      request.responseType = 'document';
      request.timeout = 10000;
      request.onload = () => {
        const elsewhere = request.responseURL !== here();
        request.status === 200 && !elsewhere ? done(request.response) : fail(elsewhere);
      };
      request.onerror = request.ontimeout = () => fail(false);
      request.send();
    });

  function swap(fresh) {
    for (const old of document.querySelectorAll('[data-live]')) {
      const next = fresh.getElementById(old.id);
      if (!next || next.isEqualNode(old)) continue;
      if (old.dataset.live === 'text') {
        if (old.textContent !== next.textContent) old.textContent = next.textContent;
        old.className = next.className;
        continue;
      }
      const selection = getSelection();
      if (!selection.isCollapsed && selection.containsNode(old, true)) continue;
      const focused = old.contains(document.activeElement) ? path(document.activeElement) : undefined;
      old.replaceWith(document.adoptNode(next));
      if (focused) next.querySelector(focused)?.focus({ preventScroll: true });
    }
    document.title = fresh.title;
  }

  async function look() {
    clearTimeout(timer);
    if (held || asking || document.hidden) return;
    asking = true;
    try {
      swap(await fetched());
      wait = EVERY;
      box.dataset.state = 'fresh';
      told.textContent = box.dataset.fresh.replace('%', clock(new Date()));
    } catch (elsewhere) {
      if (elsewhere === true) return location.reload();
      wait = Math.min(wait * 2, LONGEST);
      if (box.dataset.state !== 'stale') {
        box.dataset.state = 'stale';
        told.textContent = box.dataset.stale.replace('%', clock(new Date()));
      }
    } finally {
      asking = false;
    }
    timer = setTimeout(look, wait);
  }

  button.addEventListener('click', () => {
    held = !held;
    button.setAttribute('aria-pressed', String(held));
    look();
  });
  document.addEventListener('visibilitychange', look);
  box.hidden = false;
  timer = setTimeout(look, EVERY);
})();
