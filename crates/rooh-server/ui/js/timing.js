// How long the user waited for an answer, and for what: a bar of segments, and the same as a table.

import { h } from './dom.js';
import { PARTS, duration } from './words.js';

/**
 * Whole milliseconds that add up to the whole gap.
 *
 * Rounding each part by itself would leave a sum that is off by a few; here, what is missing goes
 * to the parts that lost most.
 *
 * @param {{name: string, ms: number}[]} parts
 * @param {number} gap in milliseconds
 */
export function wholeParts(parts, gap) {
  const rounded = parts.map(({ name, ms }) => ({ name, ms: Math.floor(ms), rest: ms - Math.floor(ms) }));
  let missing = Math.round(gap) - rounded.reduce((sum, { ms }) => sum + ms, 0);
  for (const part of [...rounded].sort((a, b) => b.rest - a.rest)) {
    if (missing <= 0) break;
    part.ms += 1;
    missing -= 1;
  }
  return rounded.map(({ name, ms }) => ({ name, ms }));
}

/** The bar of one turn; opened, it shows the table. */
export function timingBar({ gap_ms: gap, parts }) {
  const whole = wholeParts(parts, gap);
  const total = Math.max(1, Math.round(gap));
  const title = (name) => PARTS[name]?.[0] ?? name;
  const segments = whole
    .filter(({ ms }) => ms > 0)
    .map(({ name, ms }) =>
      h('span', {
        class: `segment part-${name}`,
        'data-part': name,
        'data-ms': ms,
        'data-tip': `${title(name)}: ${duration(ms)}`,
        vars: { share: ms / total },
      }),
    );
  const rows = whole.map(({ name, ms }) =>
    h(
      'tr',
      {},
      h('th', { scope: 'row' }, h('span', { class: `swatch part-${name}` }), title(name)),
      h('td', { class: 'explanation' }, PARTS[name]?.[1] ?? ''),
      h('td', { class: 'number' }, `${ms} ms`),
    ),
  );
  return h(
    'details',
    { class: 'timing', 'data-gap': Math.round(gap) },
    h(
      'summary',
      { 'aria-label': `Answered after ${duration(gap)}; show what took how long` },
      h('span', { class: 'bar', 'aria-hidden': 'true' }, segments),
      h('span', { class: 'gap' }, duration(gap)),
    ),
    h(
      'table',
      {},
      h('caption', { class: 'hidden' }, 'From your last sound to the first sound of the answer'),
      h('tbody', {}, rows),
      h('tfoot', {}, h('tr', {}, h('th', { scope: 'row', colspan: 2 }, 'You waited'), h('td', { class: 'number' }, `${Math.round(gap)} ms`))),
    ),
  );
}
