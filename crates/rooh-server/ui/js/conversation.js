// What was said, as it is said: turns of both sides, what was heard of them, and what happened besides.

import { append, fill, h, icon } from './dom.js';
import { timingBar } from './timing.js';
import { ENDINGS, duration, providerTrouble } from './words.js';

/** Older entries leave the page, so that a talk of hours does not slow it down. */
const LONGEST = 400;

/** The transcript of one conversation, kept through reconnects. */
export class Conversation {
  /**
   * @param {HTMLElement} list where the entries go
   * @param {HTMLElement} announcer a live region that says finished sentences to screen readers
   */
  constructor(list, announcer) {
    this.list = list;
    this.announcer = announcer;
    this.clear();
    // Whoever scrolled up to read is not pulled down again.
    list.addEventListener('scroll', () => {
      this.follows = list.scrollHeight - list.scrollTop - list.clientHeight < 60;
      this.onFollow?.(this.follows);
    });
  }

  /** Empties it. */
  clear() {
    this.list.replaceChildren();
    this.follows = true;
    this.startSession();
  }

  /** A new session numbers its replies anew; what is shown stays. */
  startSession() {
    this.closeTurn();
    this.answered = null;
    this.replies = new Map();
    this.tools = new Map();
  }

  /** Whether nothing was said yet. */
  get isEmpty() {
    return this.list.children.length === 0;
  }

  /** Shows one event of the session. */
  show(event) {
    const handler = HANDLERS[event.type];
    if (!handler) return;
    handler(this, event);
    this.trim();
  }

  /** A line between the turns: something that happened. */
  note(text, kind = 'note', detail = '') {
    const line = h(
      'li',
      { class: `line ${kind}`, role: kind === 'trouble' ? 'alert' : undefined },
      kind === 'trouble' ? icon('warning') : null,
      h('span', { class: 'line-text' }, text, detail ? h('small', {}, detail) : null),
    );
    this.add(line);
    this.trim();
    return line;
  }

  /** What the user typed. */
  typed(text) {
    this.closeTurn();
    this.add(turn('user typed', 'You', text));
  }

  /** Scrolls to the newest entry and stays there. */
  follow() {
    this.follows = true;
    this.list.scrollTop = this.list.scrollHeight;
    this.onFollow?.(true);
  }

  add(entry) {
    this.list.append(entry);
    this.scroll();
  }

  scroll() {
    if (this.follows) this.list.scrollTop = this.list.scrollHeight;
  }

  trim() {
    while (this.list.children.length > LONGEST) this.list.firstElementChild.remove();
  }

  say(text) {
    // Each sentence is an element of its own: the same one twice is announced twice.
    this.announcer.append(h('p', {}, text));
    while (this.announcer.children.length > 20) this.announcer.firstElementChild.remove();
  }

  /** The user's turn that goes on, or a new one. */
  openTurn() {
    if (!this.turn) {
      this.turn = { entry: turn('user interim', 'You', ''), finals: [] };
      this.add(this.turn.entry);
    }
    return this.turn;
  }

  /** Words of the turn so far: those that stay, and those that may change. */
  showWords(open, partial) {
    const fixed = open.finals.join(' ');
    const rest = partial.startsWith(fixed) ? partial.slice(fixed.length).trim() : partial;
    fill(text(open.entry), fixed, fixed && rest ? ' ' : '', rest ? h('span', { class: 'partial' }, rest) : null);
    this.scroll();
  }

  closeTurn() {
    if (this.turn) {
      if (text(this.turn.entry).textContent === '') this.turn.entry.remove();
      this.turn.entry.classList.remove('interim', 'held');
    }
    this.turn = null;
  }

  reply(generation) {
    let reply = this.replies.get(generation);
    if (!reply) {
      reply = { entry: turn('agent unheard-yet', this.agentName || 'Agent', ''), pieces: [] };
      this.replies.set(generation, reply);
      this.add(reply.entry);
    }
    return reply;
  }
}

const HANDLERS = {
  user_partial(view, event) {
    if (event.text.trim() === '' && !view.turn) return;
    view.showWords(view.openTurn(), event.text.trim());
  },
  user_final(view, event) {
    if (isTyped(view, event.text)) return;
    const open = view.openTurn();
    if (event.text.trim()) open.finals.push(event.text.trim());
    view.showWords(open, '');
  },
  user_turn(view, event) {
    if (isTyped(view, event.text)) return;
    const open = view.openTurn();
    fill(text(open.entry), event.text);
    view.closeTurn();
    view.answered = open.entry;
    if (event.text) view.say(`You: ${event.text}`);
  },
  user_turn_held(view, event) {
    const open = view.openTurn();
    if (event.text) {
      open.finals = [event.text];
      view.showWords(open, '');
    }
    open.entry.classList.add('held');
  },
  filler_started(view, event) {
    view.note(`“${event.text}”`, 'filler');
    view.say(`${view.agentName || 'Agent'}: ${event.text}`);
  },
  reply_text(view, event) {
    const reply = view.reply(event.generation);
    reply.pieces.push(event.text.trim());
    fill(text(reply.entry), reply.pieces.join(' '));
    view.scroll();
  },
  reply_started(view, event) {
    view.reply(event.generation).entry.classList.remove('unheard-yet');
  },
  reply_finished(view, event) {
    const reply = view.reply(event.generation);
    reply.entry.classList.remove('unheard-yet');
    // One that was cut off shows what was heard of it, and that stays.
    if (reply.entry.classList.contains('interrupted')) return;
    if (event.text) fill(text(reply.entry), event.text);
    view.scroll();
    view.say(`${view.agentName || 'Agent'}: ${event.text}`);
  },
  interrupted(view, event) {
    const { entry } = view.reply(event.generation);
    entry.classList.remove('unheard-yet');
    entry.classList.add('interrupted');
    fill(
      text(entry),
      event.heard ? h('span', { class: 'heard' }, event.heard) : null,
      event.heard && event.unheard ? ' ' : '',
      event.unheard
        ? h('s', { class: 'unheard' }, h('span', { class: 'hidden' }, 'Not heard: '), event.unheard)
        : null,
    );
    append(entry, [h('p', { class: 'turn-note' }, `Interrupted after ${duration(event.position_ms ?? 0)}`)]);
    view.scroll();
    view.say(`${view.agentName || 'Agent'}, interrupted: ${event.heard}`);
  },
  reply_taken_back(view, event) {
    view.replies.get(event.generation)?.entry.remove();
    view.replies.delete(event.generation);
    // The turn that it answered goes on.
    if (view.turn || !view.answered?.isConnected) return;
    view.answered.classList.add('interim');
    view.turn = { entry: view.answered, finals: [text(view.answered).textContent] };
    view.scroll();
  },
  turn_timing(view, event) {
    const { entry } = view.reply(event.generation);
    entry.querySelector('.timing')?.remove();
    entry.append(timingBar(event));
    view.scroll();
  },
  tool_called(view, event) {
    const line = h(
      'li',
      { class: 'line tool' },
      h(
        'details',
        {},
        h('summary', {}, `Uses ${event.name}`, h('span', { class: 'tool-state' }, ' …')),
        h('pre', {}, pretty(event.arguments)),
      ),
    );
    view.tools.set(event.id, line);
    view.add(line);
  },
  tool_returned(view, event) {
    const line = view.tools.get(event.id);
    if (!line) return;
    line.querySelector('.tool-state').textContent = event.failed ? ' — failed' : '';
    line.classList.toggle('failed', Boolean(event.failed));
    append(line.querySelector('details'), [h('pre', {}, pretty(event.output))]);
  },
  dtmf(view, event) {
    view.note(`Key ${event.digit}`);
  },
  error(view, event) {
    const { title, detail } = providerTrouble(event);
    view.note(title, 'trouble', detail);
  },
  provider_failed(view, { name, next, message }) {
    // Where nobody is next, an `error` follows.
    if (next) view.note(`${name} did not answer; ${next} is asked.`, 'trouble', message);
  },
  audio_lost(view, event) {
    view.note(`${duration(event.ms)} of what you said was lost: the server could not keep up.`, 'trouble');
  },
  session_ended(view, event) {
    view.closeTurn();
    view.note(ENDINGS[event.reason] ?? 'The conversation ended.', event.reason === 'failed' ? 'trouble' : 'note');
  },
};

/** What was typed stands there already when the server says it again. */
function isTyped(view, words) {
  const last = view.list.querySelector('.turn.typed:last-child .turn-text');
  return !view.turn && last?.textContent === words;
}

function turn(kind, who, words) {
  return h(
    'li',
    { class: `turn ${kind}` },
    h('p', { class: 'turn-who' }, who),
    h('p', { class: 'turn-text', dir: 'auto' }, words),
  );
}

function text(entry) {
  return entry.querySelector('.turn-text');
}

function pretty(value) {
  return typeof value === 'string' ? value : JSON.stringify(value, null, 2);
}
