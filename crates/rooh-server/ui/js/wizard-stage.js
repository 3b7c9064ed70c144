// One step of the wizard: which provider does this work, and with what options.

import { api } from './api.js';
import { fill, freshId, h, icon } from './dom.js';
import { field, optionField } from './fields.js';
import { findProvider, modelKey, providersOf } from './spec.js';

const HELP = {
  stt: 'Turns what people say into text, while they say it.',
  llm: 'Decides what to answer.',
  tts: 'Turns the answer into sound.',
};

/** The step for one kind of provider. */
export function providerStep(wizard, kind) {
  const entries = providersOf(wizard.catalog, kind);
  const options = h('div', { class: 'options' });
  const cards = h('div', { class: 'cards' });
  const name = freshId('provider');
  for (const entry of entries) cards.append(card(wizard, kind, entry, name, () => showOptions(wizard, kind, options)));
  const choice = h(
    'fieldset',
    { class: 'provider-choice', tabindex: -1 },
    h('legend', { class: 'hidden' }, 'Provider'),
    cards,
  );
  showOptions(wizard, kind, options);
  return h(
    'div',
    { class: 'stage' },
    h('p', { class: 'lead' }, HELP[kind]),
    h('div', { class: 'problems', role: 'alert', hidden: true }),
    kind === 'llm' ? localModels(wizard) : null,
    entries.length > 0 ? choice : h('p', { class: 'lead' }, 'This program was built without any. Build it with the feature of the one you want.'),
    options,
  );
}

function card(wizard, kind, entry, group, onChoose) {
  const stage = wizard.draft.stages[kind];
  const id = freshId('card');
  const input = h('input', { type: 'radio', name: group, id, value: entry.name });
  input.checked = stage.provider === entry.name || Boolean(entry.variants?.includes(stage.provider));
  input.addEventListener('change', () => {
    // What was entered for another provider means nothing to this one, its key least of all.
    wizard.draft.stages[kind] = { provider: entry.name, options: {}, secrets: {} };
    wizard.problems = wizard.problems.filter(({ step }) => step !== kind);
    onChoose();
  });
  const found = entry.options.some((option) => option.type === 'secret' && wizard.knownOf(kind, option).inEnvironment);
  return h(
    'div',
    { class: 'card', 'data-provider': entry.name },
    input,
    h(
      'label',
      { for: id },
      h('span', { class: 'card-title' }, entry.title),
      h(
        'span',
        { class: 'badges' },
        h('span', { class: `badge ${entry.cloud ? 'cloud' : 'local'}` }, icon(entry.cloud ? 'cloud' : 'device'), entry.cloud ? 'Cloud' : 'On this machine'),
        found ? h('span', { class: 'badge found' }, icon('check'), 'Key found') : null,
      ),
      h('span', { class: 'card-text' }, entry.description),
    ),
  );
}

/** What this machine has is offered; nothing is sent to it before it is chosen. */
function localModels(wizard) {
  const { ollama } = wizard.machine;
  const entry = findProvider(wizard.catalog, 'llm', 'ollama');
  if (!ollama || !entry) return null;
  const { models } = ollama;
  const use = (model) => {
    wizard.draft.stages.llm = { provider: entry.name, options: model ? { [entry.model_option]: model } : {}, secrets: {} };
    wizard.show('llm');
  };
  return h(
    'div',
    { class: 'found-here' },
    h('p', {}, icon('device'), h('strong', {}, 'Ollama runs on this machine.'), ' Nothing is sent to it before you choose it.'),
    h(
      'div',
      { class: 'chips' },
      models.slice(0, 8).map((model) => h('button', { type: 'button', class: 'chip', on: { click: () => use(model) } }, `Use ${model}`)),
      models.length === 0 ? h('button', { type: 'button', class: 'chip', on: { click: () => use('') } }, 'Use Ollama') : null,
    ),
  );
}

function showOptions(wizard, kind, box) {
  const stage = wizard.draft.stages[kind];
  const entry = findProvider(wizard.catalog, kind, stage.provider);
  wizard.fields = [];
  if (!entry) {
    const unknown = stage.provider ? `This program was built without “${stage.provider}”. Choose another, or build it with its feature.` : '';
    fill(box, unknown ? h('p', { class: 'lead' }, unknown) : null);
    return;
  }
  const isFirst = (option) => option.required || option.type === 'secret' || option.name === entry.model_option;
  // What a variable of the machine may set, such as a folder, is rarely a matter of the agent.
  const isShort = entry.options.length <= 5;
  const plain = [
    ...entry.options.filter(isFirst),
    ...entry.options.filter((option) => !isFirst(option) && isShort && !option.env),
  ];
  const more = entry.options.filter((option) => !plain.includes(option));
  const build = (option) => wizard.add(optionField(option, stage, wizard.knownOf(kind, option)));
  fill(
    box,
    plain.length > 0 || entry.variants?.length > 0 ? h('h2', {}, entry.title) : null,
    variantField(wizard, stage, entry),
    plain.map(build),
    more.length > 0
      ? h('details', { class: 'more' }, h('summary', {}, icon('down'), `More options (${more.length})`), h('div', { class: 'more-options' }, more.map(build)))
      : null,
    kind === 'tts' ? voicePreview(wizard) : null,
  );
}

function variantField(wizard, stage, entry) {
  if (!entry.variants || entry.variants.length === 0) return null;
  const control = h(
    'select',
    {},
    h('option', { value: entry.name }, `${entry.title}, as its options say`),
    entry.variants.map((variant) => h('option', { value: variant }, variant)),
  );
  control.value = stage.provider;
  control.addEventListener('change', () => {
    stage.provider = control.value;
  });
  return wizard.add(field({ label: 'Variant', name: 'class', help: 'A variant stands for some of the options below.', control }));
}

/** Says a sentence with the voice as it is set up here, before anything is saved. */
function voicePreview(wizard) {
  const control = h('input', { type: 'text', maxlength: 300, autocomplete: 'off' });
  control.value = 'Hello! This is how I sound.';
  const state = h('p', { class: 'preview-state', role: 'status' });
  const button = h('button', { type: 'button', class: 'button', id: 'try-voice' }, icon('play'), 'Try the voice');
  button.addEventListener('click', async () => {
    const found = wizard.check('tts');
    wizard.problems = [...wizard.problems.filter(({ step }) => step !== 'tts'), ...found];
    wizard.complain({ focus: true });
    if (found.length > 0) return;
    button.disabled = true;
    state.textContent = 'One moment …';
    const context = new AudioContext();
    try {
      const audio = await context.decodeAudioData(await api.voicePreview(previewRequest(wizard, control.value)));
      const source = new AudioBufferSourceNode(context, { buffer: audio });
      source.addEventListener('ended', () => {
        state.textContent = '';
        context.close();
      });
      source.connect(context.destination);
      source.start();
      state.textContent = `Speaking, ${audio.duration.toFixed(1)} s.`;
    } catch (error) {
      context.close();
      state.textContent = '';
      wizard.problems = wizard.placeProblems(error.problems ? error : { problems: [], message: 'The sound could not be played.' });
      wizard.complain({ focus: true });
    }
    button.disabled = false;
  });
  const { element } = field({ label: 'Say', control, body: h('div', { class: 'preview-line' }, control, button) });
  return h('section', { class: 'preview', 'aria-label': 'Try the voice' }, element, state);
}

function previewRequest(wizard, text) {
  const { provider, options, secrets } = wizard.draft.stages.tts;
  const typed = Object.fromEntries(Object.entries(secrets).filter(([, value]) => value));
  const request = { model: { class: provider, type: 'tts', ...options }, text: text || 'Hello.' };
  if (Object.keys(typed).length > 0) request.secrets = typed;
  if (wizard.editing) Object.assign(request, { agent: wizard.editing, key: modelKey(wizard.draft, 'tts') });
  return request;
}
