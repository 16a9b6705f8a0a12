// A browser that is too old for this keeps what stands inside the element.
let LOOK;
try {
  LOOK = new CSSStyleSheet();
  LOOK.replaceSync(CSS);
  if (!customElements.get('luik-items')) customElements.define('luik-items', LuikItems);
} catch {
  // It says enough.
}
