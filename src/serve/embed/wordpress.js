// Speaks WordPress's protocol for embedded posts (its wp-embed.js), and does nothing without it: the
// frame gets as high as its content, and links lead out of its sandbox. WordPress hides a frame until
// it has told its height, takes 200 to 1000 pixels, and follows links to the frame's own host alone.
(() => {
  'use strict';
  if (window.parent === window) return;

  const root = new URL('..', document.currentScript.src);
  const referrals = new URL('r/', root);
  const list = document.querySelector('.luik') ?? document.body;
  let secret = null;

  // Only sites of the agreement can frame this page, so nobody else hears it.
  const tell = (message, value) => {
    if (secret) window.parent.postMessage({ message, value, secret }, '*');
  };

  // The list itself is never less high than its frame; what is in it is.
  const tellHeight = () => {
    const ends = [...list.children].map((part) => part.getBoundingClientRect().bottom);
    const below = parseFloat(getComputedStyle(list).paddingBottom);
    tell('height', Math.ceil(Math.max(0, ...ends) + window.scrollY + below));
  };

  // It stands behind the address, with some versions only after the page is there.
  const learn = () => {
    secret = /^#\?secret=([A-Za-z0-9]{1,64})$/.exec(window.location.hash)?.[1] ?? secret;
    tellHeight();
  };

  // To an item, or to another page of the list, which has to know the secret, too.
  const go = (to) => {
    const isOurs = to.origin === root.origin && to.pathname.startsWith(root.pathname);
    if (isOurs && to.pathname.startsWith(referrals.pathname)) {
      tell('link', to.href);
    } else if (isOurs) {
      to.hash = window.location.hash;
      window.location.assign(to);
    }
    return isOurs;
  };

  // The sandbox lets no form go.
  const filled = ({ form }) => {
    const to = new URL(form.action);
    to.search = new URLSearchParams(new FormData(form));
    return to;
  };

  window.addEventListener('click', (event) => {
    const isPlain = !(event.altKey || event.ctrlKey || event.metaKey || event.shiftKey);
    if (!secret || event.button !== 0 || !isPlain) return;
    const link = event.target.closest('a[href]');
    const button = event.target.closest('form button');
    if (link ? go(new URL(link.href)) : button && go(filled(button))) event.preventDefault();
  });
  window.addEventListener('message', ({ source, data }) => {
    if (source === window.parent && data?.message === 'ready' && data.secret === secret) tellHeight();
  });
  window.addEventListener('hashchange', learn);
  const observer = new ResizeObserver(tellHeight);
  for (const part of list.children) observer.observe(part);
  learn();
})();
