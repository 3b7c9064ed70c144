// How the agent takes turns: its patience, its haste, and how it is interrupted.

import { fill, freshId, h, icon } from './dom.js';
import { field, slider } from './fields.js';
import { BUDGET, SILENCE } from './spec.js';

/** What each patience is called, and what it costs. */
const PATIENCE = [
  ['quick', 'Quick', 'Answers fast. About one pause in seven is cut off.'],
  ['normal', 'Normal', 'For most talks. About one pause in ten is cut off, and most of that is taken back.'],
  ['interview', 'Interview', 'Lets you think for three seconds. Nobody is answered in less than one.'],
  ['budget', 'A budget', 'You say how many pauses may be cut off.'],
];

const BARGE_IN = [
  ['adaptive', 'Lowers its voice, and lets your words decide'],
  ['hard_cut', 'Stops at once, whatever you say'],
  ['soft_fade', 'Fades out, and goes on after a short remark'],
  ['disabled', 'Finishes what it has to say first'],
];

/** How long it waits in a pause. */
export function patience(wizard) {
  const { draft } = wizard;
  const group = freshId('patience');
  const radio = (value) => {
    const input = h('input', { type: 'radio', id: freshId('patience-choice'), name: group, value });
    input.checked = draft.patience === value;
    input.addEventListener('change', () => choose(value));
    return input;
  };
  const card = ([value, title, text]) => {
    const input = radio(value);
    return h('div', { class: 'card small' }, input, h('label', { for: input.id }, h('span', { class: 'card-title' }, title), h('span', { class: 'card-text' }, text)));
  };
  const budget = budgetField(wizard);
  const silence = radio('silence');
  const pause = silenceField(wizard, () => {
    silence.checked = true;
    choose('silence');
  });
  budget.hidden = draft.patience !== 'budget';
  const choose = (value) => {
    draft.patience = value;
    budget.hidden = value !== 'budget';
    wizard.forgive('patience');
    wizard.forgive('silence_duration_ms');
  };
  const problem = h('p', { class: 'problem' });
  const element = h(
    'fieldset',
    { class: 'field', 'data-field': 'patience' },
    h('legend', {}, 'Patience'),
    h('div', { class: 'cards four' }, PATIENCE.map(card)),
    budget,
    problem,
    h('p', { class: 'help' }, 'How long a pause may be before it takes its turn. What you say, and how it sounds, makes it shorter or longer.'),
    h(
      'details',
      { class: 'more', open: draft.patience === 'silence' },
      h('summary', {}, icon('down'), 'Advanced: a silence in milliseconds'),
      h('div', { class: 'more-options' }, h('div', { class: 'one-choice' }, silence, h('label', { for: silence.id }, 'Wait for this much silence, whoever speaks')), pause),
    ),
  );
  wizard.fields.push({
    name: 'patience',
    element,
    complain(message) {
      element.classList.toggle('wrong', Boolean(message));
      for (const input of element.querySelectorAll('.cards input')) {
        if (message && input.checked) input.setAttribute('aria-invalid', 'true');
        else input.removeAttribute('aria-invalid');
      }
      fill(problem, message ? [icon('warning'), message] : null);
    },
  });
  return element;
}

function budgetField({ draft }) {
  const { control, output } = slider({
    ...BUDGET,
    step: 1,
    value: draft.budget,
    show: (value) => `${value} in 100`,
    onInput: (value) => {
      draft.budget = value;
    },
  });
  control.setAttribute('aria-label', 'Pauses that may be cut off, of a hundred');
  return h(
    'div',
    { class: 'slider budget', 'data-part': 'budget' },
    h('span', { class: 'slider-end' }, 'waits longer'),
    control,
    h('span', { class: 'slider-end' }, 'cuts off more'),
    output,
  );
}

function silenceField(wizard, onChosen) {
  const { draft } = wizard;
  const { control, output } = slider({
    ...SILENCE,
    step: 50,
    value: draft.silence,
    show: (value) => `${value} ms`,
    onInput: (value) => {
      draft.silence = value;
      onChosen();
    },
  });
  const body = h('div', { class: 'slider' }, h('span', { class: 'slider-end' }, 'answers fast'), control, h('span', { class: 'slider-end' }, 'lets you think'), output);
  return wizard.add(field({ label: 'Silence', name: 'silence_duration_ms', control, body }));
}

/** Whether it prepares answers that may come to nothing. */
export function eager(wizard) {
  const control = h('input', { type: 'checkbox' });
  control.checked = wizard.draft.eager;
  control.addEventListener('change', () => {
    wizard.draft.eager = control.checked;
  });
  const help = 'It thinks of an answer while you may still go on, and gives it sooner. Up to a third of what it thinks up is thrown away: with a model that is paid by use, so much more is paid.';
  return wizard.add(field({ label: 'Prepare answers early', name: 'eager', help, control, inline: true }));
}

/** Whether its language model is asked if a turn is complete. */
export function judged(wizard) {
  const control = h('input', { type: 'checkbox' });
  control.checked = wizard.draft.judged;
  control.addEventListener('change', () => {
    wizard.draft.judged = control.checked;
  });
  const help = 'In each pause its language model is asked whether you have finished: some 500 more tokens, about twice in a turn. It helps if the model answers within half a second.';
  return wizard.add(field({ label: 'Ask its mind whether you have finished', name: 'completeness', help, control, inline: true }));
}

/** What it does when somebody talks over it. */
export function bargeIn(wizard) {
  const control = h('select', {}, BARGE_IN.map(([value, text]) => h('option', { value }, text)));
  control.value = wizard.draft.bargeIn;
  control.addEventListener('change', () => {
    wizard.draft.bargeIn = control.value;
  });
  return wizard.add(field({ label: 'When you talk over it', name: 'interruption', control }));
}
