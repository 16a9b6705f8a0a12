// Where this script comes from is where the items are. A module has no current script: then the page
// is searched for it.
const SCRIPT = document.currentScript ?? document.querySelector('script[src*="/embed/luik"]');
const HOME = SCRIPT?.src ? new URL('.', SCRIPT.src) : null;
