// The last step of the wizard: name, manners, and a look at all that was chosen.

import { freshId, h, icon } from './dom.js';
import { field, slider } from './fields.js';
import { STAGES, findProvider, providersOf } from './spec.js';
import { bargeIn, eager, judged, patience } from './wizard-turns.js';
import { STEPS } from './words.js';

/** The review. */
export function reviewStep(wizard) {
  return h(
    'div',
    { class: 'stage review' },
    h('div', { class: 'problems', role: 'alert', hidden: true }),
    h('ul', { class: 'chosen' }, STAGES.map((kind) => chosen(wizard, kind))),
    nameField(wizard),
    textField(wizard, {
      key: 'systemPrompt',
      name: 'system_prompt',
      label: 'System prompt',
      help: 'Who the agent is and how it should speak. What it says is heard, so ask for short answers.',
      rows: 5,
    }),
    opening(wizard),
    sensitivity(wizard),
    patience(wizard),
    eager(wizard),
    judged(wizard),
    bargeIn(wizard),
    detector(wizard),
    transport(wizard),
  );
}

function chosen(wizard, kind) {
  const { provider, options } = wizard.draft.stages[kind];
  const entry = findProvider(wizard.catalog, kind, provider);
  const step = STEPS.find(({ id }) => id === kind);
  const model = options[entry?.model_option];
  return h(
    'li',
    {},
    icon(step.icon),
    h('span', { class: 'chosen-text' }, h('small', {}, step.kind), h('strong', {}, entry?.title ?? provider), model ? h('span', {}, ` ${model}`) : null),
    h('span', { class: `badge ${entry?.cloud ? 'cloud' : 'local'}` }, icon(entry?.cloud ? 'cloud' : 'device'), entry?.cloud ? 'Cloud' : 'On this machine'),
    h('button', { type: 'button', class: 'link', 'aria-label': `Change ${step.kind}`, on: { click: () => wizard.show(kind) } }, 'Change'),
  );
}

function nameField(wizard) {
  const control = h('input', { type: 'text', id: 'agent-name-field', autocomplete: 'off', spellcheck: 'false', maxlength: 64 });
  control.value = wizard.draft.name;
  control.disabled = Boolean(wizard.editing);
  control.addEventListener('input', () => {
    wizard.draft.name = control.value.trim();
  });
  const help = wizard.editing ? 'The name is also that of its file, and stays.' : 'Letters, digits, - and _.';
  return wizard.add(field({ label: 'Name', name: 'name', help, required: true, control }));
}

function textField(wizard, { key, name, label, help, rows }) {
  const control = h('textarea', { rows });
  control.value = wizard.draft[key];
  control.addEventListener('input', () => {
    wizard.draft[key] = control.value;
  });
  return wizard.add(field({ label, name, help, control }));
}

/** Who speaks first, and with which words. */
function opening(wizard) {
  const { draft } = wizard;
  const words = h('textarea', { rows: 2, 'aria-label': 'Its first words', placeholder: 'Its first words' });
  words.value = draft.greeting;
  words.hidden = draft.opening !== 'say';
  words.addEventListener('input', () => {
    draft.greeting = words.value;
    wizard.forgive('greeting');
  });
  const control = h(
    'select',
    {},
    h('option', { value: 'wait' }, 'Waits for the user, or begins as its mind has it'),
    h('option', { value: 'say' }, 'Says this'),
    h('option', { value: 'generated' }, 'Makes up its own words'),
  );
  control.value = draft.opening;
  control.addEventListener('change', () => {
    draft.opening = control.value;
    words.hidden = draft.opening !== 'say';
    if (!words.hidden) words.focus();
  });
  return wizard.add(field({ label: 'Greeting', name: 'greeting', control, body: h('div', { class: 'stacked' }, control, words) }));
}

function sensitivity(wizard) {
  const { control, output } = slider({
    min: 0,
    max: 1,
    step: 0.01,
    value: wizard.draft.threshold,
    show: (value) => value.toFixed(2),
    onInput: (value) => {
      wizard.draft.threshold = value;
    },
  });
  const body = h('div', { class: 'slider' }, h('span', { class: 'slider-end' }, 'hears a whisper'), control, h('span', { class: 'slider-end' }, 'ignores noise'), output);
  const help = 'How sure it has to be that somebody speaks.';
  return wizard.add(field({ label: 'VAD sensitivity', name: 'vad_threshold', help, control, body }));
}

function detector(wizard) {
  const control = h(
    'select',
    {},
    h('option', { value: '' }, 'By loudness alone'),
    providersOf(wizard.catalog, 'vad').map((entry) => h('option', { value: entry.name }, entry.title)),
  );
  control.value = wizard.draft.stages.vad.provider;
  control.addEventListener('change', () => {
    wizard.draft.stages.vad = { provider: control.value, options: {}, secrets: {} };
  });
  return wizard.add(field({ label: 'Speech detection', name: 'vad', help: 'What tells a voice from other sounds.', control }));
}

function transport(wizard) {
  const built = wizard.version.transports ?? ['websocket'];
  const name = freshId('transport');
  const choice = (value, title, text) => {
    const isBuilt = built.includes(value);
    const id = freshId('transport-choice');
    const input = h('input', { type: 'radio', id, name, value, disabled: !isBuilt });
    input.checked = wizard.draft.transport === value;
    input.addEventListener('change', () => {
      wizard.draft.transport = value;
    });
    return h('div', { class: 'card small' }, input, h('label', { for: id }, h('span', { class: 'card-title' }, title), h('span', { class: 'card-text' }, isBuilt ? text : 'Not built in.')));
  };
  const element = h(
    'fieldset',
    { class: 'field', 'data-field': 'transport' },
    h('legend', {}, 'Transport'),
    h(
      'div',
      { class: 'cards' },
      choice('websocket', 'WebSocket', 'Works everywhere.'),
      choice('webrtc', 'WebRTC', 'Best over bad networks.'),
    ),
  );
  return element;
}
