// Builds elements. Text only ever becomes text: nothing here parses HTML.

const SVG = 'http://www.w3.org/2000/svg';

/**
 * Makes an element.
 *
 * `class` and other plain values become attributes, `on` holds listeners by event, `prop` holds
 * properties, `vars` holds CSS custom properties; `false` and `undefined` leave an attribute out.
 *
 * @param {string} tag
 * @param {object} [attributes]
 * @param {...(Node|string|number|null|undefined|false|Array)} children
 * @returns {HTMLElement}
 */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === 'on') {
      for (const [event, listener] of Object.entries(value)) element.addEventListener(event, listener);
    } else if (name === 'prop') {
      Object.assign(element, value);
    } else if (name === 'vars') {
      for (const [key, each] of Object.entries(value)) element.style.setProperty(`--${key}`, each);
    } else if (value !== false && value !== undefined && value !== null) {
      element.setAttribute(name, value === true ? '' : String(value));
    }
  }
  append(element, children);
  return element;
}

/** Adds children: nodes as they are, everything else as text. */
export function append(element, children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    element.append(child instanceof Node ? child : String(child));
  }
}

/** Replaces all children. */
export function fill(element, ...children) {
  element.replaceChildren();
  append(element, children);
  return element;
}

/** The element with this id; a page without it is a bug. */
export function byId(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`the page has no #${id}`);
  return element;
}

/** A number that no other label or field of the page has. */
let lastId = 0;

/** A fresh id, for a label and its field. */
export function freshId(prefix) {
  lastId += 1;
  return `${prefix}-${lastId}`;
}

/** What the icons are drawn from: 24 by 24, lines of the current color. */
const ICONS = {
  activate: 'M13 3 5 14h6l-1 7 8-11h-6z',
  back: 'M15 5l-7 7 7 7',
  check: 'M5 12.5l4.5 4.5L19 7.5',
  cloud: 'M7 18h10a4 4 0 0 0 .6-7.95A6 6 0 0 0 6.1 9.6 4.2 4.2 0 0 0 7 18z',
  device: 'M4 5h16v11H4zM9 20h6M12 16v4',
  down: 'M6 9l6 6 6-6',
  edit: 'M4 20h4L19 9l-4-4L4 16zM13 7l4 4',
  ear: 'M8 20a4 4 0 0 0 4-3c.6-2.4 5-3.600 5-8A5.500 5.500 0 0 0 6 9M9 9.500a2.500 2.500 0 1 1 3.500 2.300c-1 .5-1.500 1-1.500 2',
  microphone: 'M12 3a3 3 0 0 1 3 3v6a3 3 0 0 1-6 0V6a3 3 0 0 1 3-3zM5.500 11.500a6.500 6.500 0 0 0 13 0M12 18v3',
  mind: 'M12 4a4 4 0 0 0-4 4 4 4 0 0 0-2 7.400V17a3 3 0 0 0 6 1zM12 4a4 4 0 0 1 4 4 4 4 0 0 1 2 7.400V17a3 3 0 0 1-6 1zM12 4v14',
  muted: 'M9 9v3a3 3 0 0 0 5 2.200M15 10V6a3 3 0 0 0-5.800-1M5.500 11.500a6.500 6.500 0 0 0 10.500 5M18.500 11.500a6 6 0 0 1-.6 2.700M12 18v3M4 4l16 16',
  play: 'M8 5l11 7-11 7z',
  trash: 'M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13',
  voice: 'M4 10v4h4l5 4V6L8 10zM16 9a4 4 0 0 1 0 6M18.500 6.500a8 8 0 0 1 0 11',
  warning: 'M12 4 2.500 20h19zM12 10v4M12 17v.5',
};

/** A small picture that says nothing to a screen reader. */
export function icon(name) {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('class', `icon icon-${name}`);
  svg.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('d', ICONS[name]);
  svg.append(path);
  return svg;
}

/** A button with an icon and, for those who cannot see it, its name. */
export function iconButton(name, label, listener, attributes = {}) {
  const { class: extra = '', ...others } = attributes;
  return h(
    'button',
    { type: 'button', class: `icon-button ${extra}`, 'aria-label': label, title: label, on: { click: listener }, ...others },
    icon(name),
  );
}

/**
 * Asks before something that cannot be undone.
 * @returns {Promise<boolean>} whether the answer was yes
 */
export function confirmed({ title, text, action }) {
  return new Promise((resolve) => {
    const titleId = freshId('dialog');
    const dialog = h(
      'dialog',
      { class: 'dialog', 'aria-labelledby': titleId },
      h('h2', { id: titleId }, title),
      h('p', {}, text),
      h(
        'div',
        { class: 'dialog-actions' },
        h('button', { type: 'button', class: 'button', autofocus: true, on: { click: () => dialog.close('no') } }, 'Cancel'),
        h('button', { type: 'button', class: 'button danger', on: { click: () => dialog.close('yes') } }, action),
      ),
    );
    dialog.addEventListener('close', () => {
      dialog.remove();
      resolve(dialog.returnValue === 'yes');
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}
