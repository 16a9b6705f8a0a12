// <luik-items partner="…" kind="request|offer" region="GM0119" limit="12" language="nl" heading="3">
//
// What stands inside the element is shown until there are items to show. It asks again every minute
// that somebody looks, so that what was taken away goes; what it can not be sure of any more, it hides.

const MINUTE = 60000;
/** For one answer. */
const PATIENCE = 20000;
/** Items are shown for so long without news of them. */
const TRUST = 5 * MINUTE;

class LuikItems extends HTMLElement {
  static observedAttributes = ['partner', 'kind', 'region', 'limit', 'language', 'heading'];

  #root = this.attachShadow({ mode: 'open' });
  #state = '';
  #asking = null;
  #timer = 0;
  #asked = 0;
  #known = 0;
  #shown = new Map();
  #words;
  #status = make('p', { role: 'status', part: 'status' });
  #list = make('ul', { role: 'list', class: 'cards', part: 'list' });
  #more = make('p', { class: 'more' });
  #body = make('div', { class: 'body' }, make('div', { class: 'head' }, this.#status, make('slot', {})), this.#list, this.#more);
  #looked = () => this.#look();

  constructor() {
    super();
    this.#root.adoptedStyleSheets = [LOOK];
    this.#root.append(this.#body);
  }

  connectedCallback() {
    document.addEventListener('visibilitychange', this.#looked);
    addEventListener('pageshow', this.#looked);
    this.#begin();
  }

  disconnectedCallback() {
    document.removeEventListener('visibilitychange', this.#looked);
    removeEventListener('pageshow', this.#looked);
    this.#stop();
  }

  attributeChangedCallback(_, old, now) {
    if (this.isConnected && this.#state && old !== now) this.#begin();
  }

  /** Asks for the items at once. */
  async refresh() {
    this.#stop();
    const asking = new AbortController();
    this.#asking = asking;
    this.#asked = Date.now();
    const late = setTimeout(() => asking.abort(), PATIENCE);
    const answer = await ask(this.#address(), asking.signal);
    clearTimeout(late);
    // Another question was asked meanwhile, or the element is gone.
    if (this.#asking !== asking) return;
    this.#asking = null;
    this.#take(answer);
    this.#wait(MINUTE);
  }

  #begin() {
    this.#words = wordsOf(this.getAttribute('language') ?? this.closest('[lang]')?.lang);
    this.#body.lang = this.#words.tag;
    this.#list.setAttribute('aria-label', this.#words.list);
    this.#drop();
    this.#show('loading', this.#words.loading);
    this.#list.replaceChildren(...skeleton(this.#limit()));
    if (this.#address()) this.refresh();
    else this.#trouble();
  }

  #stop() {
    clearTimeout(this.#timer);
    this.#asking?.abort();
    this.#asking = null;
  }

  /** Asks again if somebody looks and a minute has passed. */
  #look() {
    if (document.visibilityState === 'hidden') return;
    if (this.#state === 'items' && Date.now() - this.#known > TRUST) return void this.#begin();
    const rest = this.#asked + MINUTE - Date.now();
    if (rest <= 0) this.refresh();
    else this.#wait(rest);
  }

  #wait(time) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#looked, time);
  }

  /** Where the items are; null if it is not said of which partner. */
  #address() {
    const partner = this.getAttribute('partner');
    if (!HOME || !partner) return null;
    const url = new URL(`${encodeURIComponent(partner)}/items.json`, HOME);
    for (const key of ['kind', 'region']) {
      if (this.getAttribute(key)) url.searchParams.set(key, this.getAttribute(key));
    }
    url.searchParams.set('limit', this.#limit());
    return url;
  }

  #limit() {
    return Math.min(Math.max(parseInt(this.getAttribute('limit') ?? '', 10) || 12, 1), 20);
  }

  #take({ items, found, paused, gone }) {
    if (items) {
      this.#known = Date.now();
      this.#fill(items, found, paused);
    } else if (gone || Date.now() - this.#known > TRUST) {
      this.#trouble();
    }
  }

  #trouble() {
    this.#drop();
    this.#show('trouble', this.#words.trouble);
  }

  #drop() {
    this.#shown.clear();
    this.#list.replaceChildren();
    this.#more.replaceChildren();
  }

  #fill(items, found, paused) {
    const kind = this.getAttribute('kind') || null;
    this.#arrange(items);
    if (paused) this.#show('paused', this.#words.paused);
    else if (items.length) this.#show('items', count(this.#words, kind, found));
    else this.#show('empty', `${this.#words.nothing[kind ?? 'any']} ${this.#words.later}`);
    this.#more.replaceChildren();
    if (found > items.length) {
      const all = new URL(this.#address());
      all.pathname = all.pathname.replace(/\/items\.json$/, '');
      all.searchParams.delete('limit');
      all.searchParams.set('lang', this.#words.tag);
      this.#more.append(make('a', { class: 'way', href: all.href, rel: 'noreferrer nofollow' }, make('span', { class: 'verb' }, this.#words.all(count(this.#words, kind, found)))));
    }
  }

  /** Puts the items in order; cards that stay as they are keep their focus and their selection. */
  #arrange(items) {
    const level = Math.min(Math.max(parseInt(this.getAttribute('heading') ?? '', 10) || 3, 1), 6);
    const focused = this.#root.activeElement?.closest('li');
    const place = [...this.#list.children].indexOf(focused);
    const shown = new Map();
    for (const item of items) {
      const key = JSON.stringify(item) + day(this.#words, item.published);
      shown.set(key, this.#shown.get(key) ?? card(item, this.#words, level));
    }
    const cards = [...shown.values()];
    for (const old of [...this.#list.children]) if (!cards.includes(old)) old.remove();
    cards.forEach((one, at) => {
      if (this.#list.children[at] !== one) this.#list.insertBefore(one, this.#list.children[at] ?? null);
    });
    this.#shown = shown;
    // The card with the focus was taken away: the next one has it.
    if (focused && !focused.isConnected) cards[Math.min(place, cards.length - 1)]?.querySelector('a')?.focus();
  }

  #show(state, said) {
    this.#body.className = `body ${state}`;
    this.#list.setAttribute('aria-hidden', state === 'loading');
    if (this.#status.textContent !== said) this.#status.textContent = said;
    if (this.#state === state) return;
    this.#state = state;
    this.dispatchEvent(new CustomEvent('luik-state', { detail: state, bubbles: true }));
  }
}

/** What there is now; or that it is gone for good; or neither, when nobody knows. */
async function ask(address, signal) {
  try {
    const response = await fetch(address, { signal, credentials: 'omit', referrerPolicy: 'no-referrer', cache: 'no-cache' });
    if (!response.ok) return { gone: [400, 403, 404, 410].includes(response.status) };
    return await response.json();
  } catch {
    return {};
  }
}
