// What is said, in the languages of visitors.
const WORDS = {
  nl: {
    tag: 'nl',
    list: 'Hulp gevraagd en aangeboden',
    request: 'Hulpvraag',
    offer: 'Hulpaanbod',
    counts: { request: ['hulpvraag', 'hulpvragen'], offer: ['hulpaanbod', 'keer hulpaanbod'], any: ['bericht', 'berichten'] },
    nothing: { request: 'Er zijn nu geen hulpvragen.', offer: 'Er is nu geen hulpaanbod.', any: 'Er zijn nu geen berichten.' },
    later: 'Kijk later nog eens.',
    loading: 'Berichten worden geladen',
    trouble: 'De berichten zijn nu even niet te zien. Over een minuut proberen we het opnieuw.',
    respond: 'Reageer',
    to: 'op',
    opensOn: 'opent op',
    from: 'uit',
    someone: 'Iemand uit',
    placed: 'Geplaatst:',
    readOn: 'Lees verder',
    readLess: 'Lees minder',
    paused: 'Deze lijst staat even stil. Kijk later nog eens.',
    all: (count) => `Bekijk alle ${count}`,
    today: 'vandaag',
    yesterday: 'gisteren',
    months: 'januari februari maart april mei juni juli augustus september oktober november december',
  },
  en: {
    tag: 'en',
    list: 'Help wanted and offered',
    request: 'Help wanted',
    offer: 'Help offered',
    counts: { request: ['request for help', 'requests for help'], offer: ['offer of help', 'offers of help'], any: ['message', 'messages'] },
    nothing: { request: 'There are no requests for help now.', offer: 'There are no offers of help now.', any: 'There are no messages now.' },
    later: 'Come back later.',
    loading: 'Messages are loading',
    trouble: 'The messages can not be shown right now. We will try again in a minute.',
    respond: 'Respond',
    to: 'to',
    opensOn: 'opens on',
    from: 'from',
    someone: 'Someone from',
    placed: 'Placed:',
    readOn: 'Read on',
    readLess: 'Read less',
    paused: 'This list is paused. Come back later.',
    all: (count) => `See all ${count}`,
    today: 'today',
    yesterday: 'yesterday',
    months: 'January February March April May June July August September October November December',
  },
  fy: {
    tag: 'fy',
    list: 'Help frege en oanbean',
    request: 'Helpfraach',
    offer: 'Helpoanbod',
    counts: { request: ['helpfraach', 'helpfragen'], offer: ['helpoanbod', 'kear helpoanbod'], any: ['berjocht', 'berjochten'] },
    nothing: { request: 'Der binne no gjin helpfragen.', offer: 'Der is no gjin helpoanbod.', any: 'Der binne no gjin berjochten.' },
    later: 'Sjoch letter nochris.',
    loading: 'Berjochten wurde laden',
    trouble: 'De berjochten binne no efkes net te sjen. Oer in minút besykje wy it op \'e nij.',
    respond: 'Reagearje',
    to: 'op',
    opensOn: 'iepenet op',
    from: 'út',
    someone: 'Immen út',
    placed: 'Pleatst:',
    readOn: 'Lês fierder',
    readLess: 'Lês minder',
    paused: 'Dizze list stiet efkes stil. Sjoch letter nochris.',
    all: (count) => `Besjoch alle ${count}`,
    today: 'hjoed',
    yesterday: 'juster',
    months: 'jannewaris febrewaris maart april maaie juny july augustus septimber oktober novimber desimber',
  },
};

/** The words of a language tag such as `nl-NL`; Dutch if it is none of ours. */
function wordsOf(tag) {
  const language = (tag ?? '').toLowerCase().split('-')[0];
  return Object.hasOwn(WORDS, language) ? WORDS[language] : WORDS.nl;
}

/** "1.250 hulpvragen" */
function count(words, kind, found) {
  const number = `${found}`.replace(/\B(?=(\d{3})+$)/g, words.tag === 'en' ? ',' : '.');
  return `${number} ${words.counts[kind ?? 'any'][found === 1 ? 0 : 1]}`;
}

/** A day such as 2026-01-02 as people say it; the year only of another one. */
function day(words, date, now = new Date()) {
  const [year, month, number] = date.split('-').map(Number);
  const noon = (days) => new Date(now.getFullYear(), now.getMonth(), now.getDate() + days, 12).getTime();
  const that = new Date(year, month - 1, number, 12).getTime();
  if (that === noon(0)) return words.today;
  if (that === noon(-1)) return words.yesterday;
  const said = `${number} ${words.months.split(' ')[month - 1]}`;
  return year === now.getFullYear() ? said : `${said} ${year}`;
}
