// How items are shown: elements and text, never markup, so that whatever is typed stays text.

/** An element with these attributes and children; what is missing is left out. */
function make(name, attributes, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value != null) element.setAttribute(key, value);
  }
  element.append(...children.filter((child) => child != null));
  return element;
}

/** An address that a link may have. */
function web(address) {
  const url = URL.canParse(address) ? new URL(address) : null;
  return url && /^https?:$/.test(url.protocol) ? url : null;
}

/** Texts of up to so many characters are shown whole; of longer ones so many at first, at most. */
const WHOLE = 220;
const BEGINNING = 150;

/** One item as an entry of the list. */
function card(item, words, level) {
  const kind = item.kind === 'offer' ? 'offer' : 'request';
  const own = { lang: item.language, dir: 'auto' };
  const unseen = (...said) => make('span', { class: 'unseen' }, ...said);
  return make('li', { class: 'card', part: 'card' },
    make('p', { class: 'top' },
      make('span', { class: `kind ${kind}` }, words[kind]),
      make('span', {}, unseen(`${words.placed} `), make('time', { datetime: item.published }, day(words, item.published)))),
    make(`h${level}`, { class: 'title', part: 'title', ...own }, item.title),
    make('div', { class: 'text', ...own }, ...text(item, words, unseen)),
    make('div', { class: 'foot' },
      make('p', { class: 'who' }, ...who(item, words)),
      way(item, words, unseen)));
}

/** Of a long text the rest unfolds. */
function text(item, words, unseen) {
  const letters = [...item.text];
  if (letters.length <= WHOLE) return [make('p', {}, item.text)];
  const space = (at) => /\s/.test(letters[at]);
  const last = (fits) => letters.slice(0, BEGINNING).findLastIndex((_, at) => space(at) && fits(at));
  // Best after a sentence, if that is no snippet; else between words.
  const sentence = last((at) => at > BEGINNING / 2 && /[.!?]/.test(letters[at - 1]));
  const at = [sentence, last(() => true)].find((at) => at > 0) ?? BEGINNING;
  const part = (from, to) => letters.slice(from, to).join('').trim();
  return [
    make('p', {}, part(0, at), make('span', { class: 'cut' }, '\u00a0…')),
    make('details', {},
      make('summary', { lang: words.tag },
        make('span', { class: 'closed' }, words.readOn),
        make('span', { class: 'opened' }, words.readLess),
        unseen(' – ', make('bdi', { lang: item.language }, item.title))),
      make('p', {}, part(at))),
  ];
}

/** Who placed it, as far as that is told, and where. */
function who(item, words) {
  if (!item.firstName) return [`${words.someone} ${item.region}`];
  return [make('bdi', { class: 'name' }, item.firstName), ` ${words.from} ${item.region}`];
}

/** The one link of a card: its name says to what, and where it opens. */
function way(item, words, unseen) {
  const url = web(item.url);
  if (!url) return null;
  return make('a', { class: 'way', part: 'link', href: url.href, rel: 'noreferrer nofollow' },
    make('span', { class: 'verb' }, words.respond),
    unseen(` ${words.to} “`, make('bdi', { lang: item.language }, item.title), '” – '),
    make('span', { class: 'where' }, `${words.opensOn} ${url.hostname.replace(/^www\./, '')}`));
}

/** Cards without words, for as long as nothing is known. */
function skeleton(many) {
  const bones = ['bone short', 'bone wide', 'bone', 'bone', 'bone', 'bone short'];
  const one = () => make('li', { class: 'card' }, ...bones.map((bone) => make('span', { class: bone })));
  return Array.from({ length: many }, one);
}
