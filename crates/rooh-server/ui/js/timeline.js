// The last half minute of a conversation, drawn: both voices, each pause and its wait, and the gaps.

import { byId, fill, h } from './dom.js';
import { TurnLog, formula, signals } from './turn-log.js';
import { duration } from './words.js';

/** How much is drawn, in milliseconds. */
const SHOWN = 30_000;
/** A second of nothing at the right, so that the newest does not stick to the edge. */
const AHEAD = 1_000;
/** How often the drawing moves on by itself, in milliseconds. */
const STEP = 100;
/** The rows: where each begins and how high it is, in pixels. */
const ROWS = { user: [6, 30], pause: [46, 62], agent: [118, 22], gap: [148, 12] };
const HEIGHT = 182;
/** The longest wait that the pause row has room for is at least this, in milliseconds. */
const TALLEST = 1_500;
/** Where the labels of the rows end. */
const LEFT = 58;

/** The panel below a conversation; closed it costs nothing. */
export class Timeline {
  constructor() {
    this.log = new TurnLog();
    this.panel = byId('timeline');
    this.svg = byId('timeline-drawing');
    this.list = byId('timeline-list');
    this.detail = byId('timeline-detail');
    this.items = new Map();
    this.chosen = null;
    this.offset = null;
    this.panel.open = localStorage.getItem('rooh.timeline') === 'open';
    this.panel.addEventListener('toggle', () => {
      localStorage.setItem('rooh.timeline', this.panel.open ? 'open' : 'closed');
      this.refresh();
    });
    new ResizeObserver(() => this.draw()).observe(this.svg);
    this.svg.addEventListener('pointermove', (event) => this.point(event));
    this.svg.addEventListener('pointerleave', () => this.choose(null));
  }

  /** Empties it: another conversation begins. */
  clear() {
    this.log.clear();
    this.offset = null;
    this.chosen = null;
    this.stop();
    this.refresh();
  }

  /** Takes in an event of the session. */
  take(event) {
    const restarts = event.type === 'session_started';
    if (restarts) this.clear();
    if (!this.log.take(event)) return;
    // The least delay that an event had says where the session's clock stands.
    const offset = event.at_ms - performance.now();
    this.offset = Math.max(this.offset ?? -Infinity, offset);
    if (event.type === 'session_ended') this.stop();
    else this.timer ??= setInterval(() => this.draw(), STEP);
    if (event.type !== 'level') this.write();
  }

  /** Stands still: nothing more will happen. */
  stop() {
    clearInterval(this.timer);
    this.timer = undefined;
    this.stoppedAt = this.log.now;
    this.draw();
  }

  refresh() {
    this.write();
    this.draw();
  }

  /** The decisions as a list, for those who do not see the drawing and those who want it exact. */
  write() {
    if (!this.panel.open) return;
    const { decisions } = this.log;
    const ids = new Set(decisions.map(({ id }) => id));
    for (const [id, item] of this.items) {
      if (ids.has(id)) continue;
      item.remove();
      this.items.delete(id);
    }
    const follows = this.list.scrollHeight - this.list.scrollTop - this.list.clientHeight < 30;
    for (const decision of decisions) {
      let item = this.items.get(decision.id);
      if (!item) {
        item = h('li', { tabindex: 0 });
        for (const event of ['pointerenter', 'focus']) item.addEventListener(event, () => this.choose(decision.pause));
        for (const event of ['pointerleave', 'blur']) item.addEventListener(event, () => this.choose(null));
        this.items.set(decision.id, item);
        this.list.append(item);
      }
      const said = `${decision.title}|${decision.lines.join('|')}`;
      if (item.said === said) continue;
      item.said = said;
      fill(
        item,
        h('span', { class: 'when' }, `${(decision.at / 1000).toFixed(1)} s`),
        h('span', {}, decision.title, decision.lines.map((line) => h('small', {}, line))),
      );
    }
    if (follows) this.list.scrollTop = this.list.scrollHeight;
    this.explain();
  }

  /** The pause under the pointer. */
  point(event) {
    const x = event.clientX - this.svg.getBoundingClientRect().left;
    const at = this.timeAt(x);
    const near = this.log.pauses.findLast(({ from, to }) => from - 150 <= at && at <= (to ?? Infinity) + 150);
    this.choose(near ?? null);
  }

  choose(pause) {
    if (this.chosen === pause) return;
    this.chosen = pause;
    this.explain();
    this.draw();
  }

  /** What made the wait of the chosen pause, or of the newest. */
  explain() {
    const pause = this.chosen ?? this.log.pauses.at(-1);
    if (!pause) {
      fill(this.detail, 'Each pause of yours shows here why it is waited for, or ends your turn.');
      return;
    }
    const last = pause.judgements.at(-1);
    const lasted = pause.to === undefined ? 'so far' : `of ${duration(pause.to - pause.from)}`;
    fill(
      this.detail,
      h('strong', {}, `Pause ${lasted}`),
      signals(last).map(({ name, title, says, factor }) =>
        h('span', { class: `signal ${factor < 1 ? 'shorter' : factor > 1 ? 'longer' : ''}`, 'data-signal': name }, `${title}: ${says} `, h('b', {}, `× ${factor.toFixed(2)}`)),
      ),
      h('span', { class: 'formula' }, formula(last)),
      pause.outcome ? h('span', { class: 'outcome' }, pause.outcome) : null,
    );
  }

  now() {
    if (this.timer === undefined || this.offset === null) return this.stoppedAt ?? this.log.now;
    return Math.max(this.log.now, performance.now() + this.offset);
  }

  timeAt(x) {
    return this.from + ((x - LEFT) / Math.max(1, this.width - LEFT)) * (SHOWN + AHEAD);
  }

  draw() {
    if (!this.panel.open) return;
    this.width = Math.max(200, this.svg.clientWidth);
    const now = this.now();
    this.from = now - SHOWN;
    const x = (at) => LEFT + ((Math.max(at, this.from) - this.from) / (SHOWN + AHEAD)) * (this.width - LEFT);
    const isSeen = ({ to }) => (to ?? Infinity) > this.from;
    const drawing = new Drawing(x, now);
    drawing.axis(this.width, this.from);
    drawing.user(this.log.voice.filter(isSeen), this.log.levels.filter(({ at }) => at > this.from));
    drawing.pauses(this.log.pauses.filter(isSeen), this.chosen);
    drawing.agent(this.log.replies.filter(isSeen), this.log.prepared.filter(isSeen), this.log.fillers.filter(isSeen));
    drawing.gaps(this.log.gaps.filter(isSeen));
    this.svg.setAttribute('viewBox', `0 0 ${this.width} ${HEIGHT}`);
    this.svg.replaceChildren(...drawing.parts);
  }
}

const SVG = 'http://www.w3.org/2000/svg';

function s(tag, attributes, text) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  if (text !== undefined) element.textContent = text;
  return element;
}

/** One picture, row by row. */
class Drawing {
  constructor(x, now) {
    this.x = x;
    this.now = now;
    this.parts = [];
  }

  add(tag, attributes, text) {
    this.parts.push(s(tag, attributes, text));
  }

  /** A bar from one time to another; what goes on reaches to now. */
  bar({ from, to }, [y, height], attributes) {
    const [left, right] = [this.x(from), this.x(to ?? this.now)];
    this.add('rect', { x: left, y, width: Math.max(1.5, right - left), height, ...attributes });
  }

  axis(width, from) {
    for (const [name, label] of [['user', 'You'], ['pause', 'Pause'], ['agent', 'Agent'], ['gap', 'Gap']]) {
      const [y, height] = ROWS[name];
      this.add('text', { x: 0, y: y + height / 2 + 4, class: 'row-name' }, label);
      this.add('line', { x1: LEFT, x2: width, y1: y + height + 0.5, y2: y + height + 0.5, class: 'row-line' });
    }
    for (let at = Math.ceil(Math.max(0, from) / 5000) * 5000; at <= this.now; at += 5000) {
      const x = this.x(at);
      this.add('line', { x1: x, x2: x, y1: 0, y2: HEIGHT - 18, class: 'tick' });
      this.add('text', { x, y: HEIGHT - 5, class: 'tick-name', 'text-anchor': 'middle' }, `${at / 1000} s`);
    }
    const x = this.x(this.now);
    this.add('line', { x1: x, x2: x, y1: 0, y2: HEIGHT - 18, class: 'now' });
  }

  user(voice, levels) {
    const [y, height] = ROWS.user;
    const floor = y + height;
    if (levels.length > 1) {
      const points = levels.map(({ at, speech }) => `${this.x(at).toFixed(1)},${(floor - speech * height).toFixed(1)}`);
      this.add('polygon', {
        points: [`${this.x(levels[0].at)},${floor}`, ...points, `${this.x(levels.at(-1).at)},${floor}`].join(' '),
        class: 'speech',
      });
    }
    for (const each of voice) this.bar(each, [floor - 7, 7], { class: 'voice', rx: 2 });
  }

  /** The pause grows along the slope; where it meets the wait, the turn is over. */
  pauses(pauses, chosen) {
    const [y, height] = ROWS.pause;
    const floor = y + height;
    const tallest = Math.max(TALLEST, ...pauses.flatMap(({ judgements }) => judgements.map(({ wait_ms: wait }) => wait)));
    // By the root, so that what decides between a tenth of a second and one is not flat.
    const up = (ms) => floor - Math.sqrt(Math.max(0, Math.min(ms, tallest)) / tallest) * (height - 6);
    for (const pause of pauses) {
      const end = pause.to ?? this.now;
      const right = this.x(end);
      const isChosen = pause === chosen ? ' chosen' : '';
      this.bar(pause, [y, height], { class: `pause${isChosen}`, rx: 3 });
      const lasted = [0, 0.02, 0.06, 0.12, 0.2, 0.35, 0.5, 0.75, 1].map((part) => {
        const ms = part * (end - pause.from);
        return `${this.x(pause.from + ms).toFixed(1)},${up(ms).toFixed(1)}`;
      });
      this.add('polyline', { points: lasted.join(' '), class: 'elapsed' });
      const steps = pause.judgements.flatMap(({ at, wait_ms: wait }, i) => {
        const until = pause.judgements[i + 1]?.at ?? end;
        return [`${this.x(i === 0 ? pause.from : at).toFixed(1)},${up(wait).toFixed(1)}`, `${this.x(Math.max(at, until)).toFixed(1)},${up(wait).toFixed(1)}`];
      });
      this.add('polyline', { points: steps.join(' '), class: `wait${isChosen}` });
      const decided = { 'Your turn': 'decided', 'taken for': 'undone' }[pause.outcome?.slice(0, 9)];
      if (decided) this.add('circle', { cx: right, cy: up(end - pause.from), r: 4, class: decided });
    }
    this.add('text', { x: LEFT - 6, y: y + 10, class: 'row-scale', 'text-anchor': 'end' }, `${(tallest / 1000).toFixed(1)} s`);
  }

  agent(replies, prepared, fillers) {
    const [y, height] = ROWS.agent;
    for (const each of prepared) this.bar(each, [y + 6, height - 12], { class: `prepared ${each.outcome ?? ''}`, rx: 3 });
    for (const each of fillers) this.bar(each, [y, height], { class: 'filler', rx: 3 });
    for (const each of replies) {
      this.bar(each, [y, height], { class: `reply ${(each.outcome ?? '').replace(' ', '-')}`, rx: 3 });
      if (each.outcome === 'interrupted' || each.outcome === 'taken back') {
        const x = this.x(each.to);
        this.add('line', { x1: x, x2: x, y1: y - 3, y2: y + height + 3, class: 'cut' });
      }
    }
  }

  gaps(gaps) {
    for (const { parts } of gaps) {
      for (const part of parts) {
        if (part.to - part.from >= 0.5) this.bar(part, ROWS.gap, { class: `gap-part part-${part.name}`, 'data-part': part.name });
      }
    }
  }
}
