// Form fields: each with its label, its help, and what is wrong with it.

import { fill, freshId, h, icon } from './dom.js';

const ACRONYMS = { api: 'API', id: 'ID', ms: '(ms)', url: 'URL' };

/** `voice_id` as people read it. */
export function readable(name) {
  const words = name.split('_').map((word) => ACRONYMS[word] ?? word).join(' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/**
 * A field around a control.
 *
 * @param {object} about
 * @param {string} about.label
 * @param {string} [about.help]
 * @param {boolean} [about.required]
 * @param {HTMLElement} about.control the element that takes what is entered
 * @param {Node} [about.body] what is shown in its place, if it is more than the control
 * @param {string} [about.name] what problems call it
 * @param {boolean} [about.inline] whether the label stands behind it, as for a check box
 */
export function field({ label, help, required = false, control, body, name, inline = false }) {
  const id = control.id || freshId('field');
  control.id = id;
  const helpId = freshId('help');
  const problemId = freshId('problem');
  control.setAttribute('aria-describedby', `${problemId} ${helpId}`);
  if (required) control.setAttribute('aria-required', 'true');
  const problem = h('p', { class: 'problem', id: problemId });
  const title = h('label', { for: id }, label, required ? h('span', { class: 'required' }, ' required') : null);
  const element = h(
    'div',
    { class: `field ${inline ? 'inline' : ''}`, 'data-field': name },
    inline ? [body ?? control, title] : [title, body ?? control],
    problem,
    help ? h('p', { class: 'help', id: helpId }, help) : null,
  );
  return {
    name,
    element,
    control,
    /** Shows what is wrong, or that nothing is any more. */
    complain(message) {
      element.classList.toggle('wrong', Boolean(message));
      if (message) control.setAttribute('aria-invalid', 'true');
      else control.removeAttribute('aria-invalid');
      fill(problem, message ? [icon('warning'), message] : null);
    },
  };
}

/**
 * A slider with what it stands at in words.
 *
 * @returns {{control: HTMLInputElement, output: HTMLOutputElement}}
 */
export function slider({ min, max, step, value, show, onInput }) {
  const output = h('output', { class: 'slider-value' });
  const control = h('input', { type: 'range', min, max, step });
  control.value = value;
  const update = () => {
    const share = (control.value - min) / (max - min);
    control.style.setProperty('--share', String(share));
    output.textContent = show(Number(control.value));
    control.setAttribute('aria-valuetext', show(Number(control.value)));
  };
  control.addEventListener('input', () => {
    update();
    onInput(Number(control.value));
  });
  update();
  return { control, output };
}

/**
 * The field of one option of a provider.
 *
 * @param {object} option as the catalog describes it
 * @param {object} stage the part of the draft that holds it: `options` and `secrets`
 * @param {object} [known] `ending`: how the key that is set ends; `inEnvironment`: whether the variable is set
 */
export function optionField(option, stage, known = {}) {
  const build = BUILDERS[option.choices.length > 0 ? 'choice' : option.type] ?? BUILDERS.text;
  return build(option, stage, known);
}

/** What is wrong with what was entered, as far as it can be told here. */
export function localProblem(option, stage, known = {}) {
  const value = stage.options[option.name];
  if (option.type === 'secret') {
    const isThere = stage.secrets[option.name] || known.ending !== undefined || known.inEnvironment;
    return option.required && !isThere ? 'This key is needed.' : '';
  }
  if (value === undefined || value === '') return option.required ? 'This is needed.' : '';
  if (option.type === 'integer' || option.type === 'number') return numberProblem(option, value);
  if (option.type === 'json' && stage.broken?.[option.name]) return 'This is no valid JSON.';
  return '';
}

function numberProblem({ type, minimum, maximum }, value) {
  const number = Number(value);
  if (!Number.isFinite(number)) return 'This must be a number.';
  if (type === 'integer' && !Number.isInteger(number)) return 'This must be a whole number.';
  if (minimum !== null && number < minimum) return `This must be ${minimum} or more.`;
  if (maximum !== null && number > maximum) return `This must be ${maximum} or less.`;
  return '';
}

const shown = (value) => (typeof value === 'string' ? value : JSON.stringify(value));

/** Keeps what was entered; an empty field means the default. */
function put(stage, name, value) {
  if (value === undefined || value === '') delete stage.options[name];
  else stage.options[name] = value;
}

function about(option, control, more = {}) {
  const { name, help, required } = option;
  return field({ label: readable(name), name, help, required, control, ...more });
}

const BUILDERS = {
  boolean(option, stage) {
    const control = h('input', { type: 'checkbox' });
    control.checked = String(stage.options[option.name] ?? option.default ?? false) === 'true';
    control.addEventListener('change', () => put(stage, option.name, control.checked));
    return about(option, control, { inline: true, required: false });
  },

  choice(option, stage) {
    const given = stage.options[option.name];
    const first = option.default === null || option.default === undefined ? (option.required ? 'Choose …' : 'Default') : `Default: ${shown(option.default)}`;
    const control = h(
      'select',
      {},
      h('option', { value: '' }, first),
      option.choices.map((choice, index) => h('option', { value: index }, shown(choice))),
    );
    const index = option.choices.findIndex((choice) => String(choice) === String(given));
    control.value = index < 0 ? '' : String(index);
    if (index < 0 && given !== undefined) {
      // A file may say more than a list offers: it stays until something else is chosen.
      control.append(h('option', { value: 'kept' }, 'As it is'));
      control.value = 'kept';
    }
    control.addEventListener('change', () => put(stage, option.name, control.value === '' ? undefined : (option.choices[Number(control.value)] ?? given)));
    return about(option, control);
  },

  integer: numberField,
  number: numberField,

  json(option, stage) {
    const given = stage.options[option.name];
    const control = h('textarea', { rows: 3, spellcheck: 'false', placeholder: placeholder(option) });
    control.value = given === undefined ? '' : JSON.stringify(given, null, 2);
    control.addEventListener('input', () => {
      const isEmpty = control.value.trim() === '';
      stage.broken ??= {};
      stage.broken[option.name] = false;
      try {
        put(stage, option.name, isEmpty ? undefined : JSON.parse(control.value));
      } catch {
        stage.broken[option.name] = true;
        stage.options[option.name] = control.value;
      }
    });
    return about(option, control);
  },

  secret(option, stage, { ending, inEnvironment }) {
    const control = h('input', { type: 'password', autocomplete: 'off', spellcheck: 'false', maxlength: 4096 });
    control.value = stage.secrets[option.name] ?? '';
    control.addEventListener('input', () => {
      stage.secrets[option.name] = control.value.trim();
    });
    let state = 'Stored apart from the agent, and never shown again.';
    if (ending !== undefined) state = ending ? `Set, ends in ${ending}. Type a new one to replace it.` : 'Set. Type a new one to replace it.';
    else if (inEnvironment) state = `${option.env} is set on this machine and is used if you leave this empty.`;
    else if (option.env) state = `Stored apart from the agent, and never shown again. May also come from ${option.env}.`;
    if (ending !== undefined) control.placeholder = `••••••••${ending}`;
    return about(option, control, { help: [option.help, state].filter(Boolean).join(' '), required: option.required && ending === undefined && !inEnvironment });
  },

  text(option, stage) {
    const isLong = typeof option.default === 'string' && (option.default.includes('\n') || option.default.length > 60);
    const control = isLong
      ? h('textarea', { rows: 3, placeholder: placeholder(option) })
      : h('input', { type: 'text', autocomplete: 'off', spellcheck: 'false', placeholder: placeholder(option) });
    control.value = stage.options[option.name] ?? '';
    control.addEventListener('input', () => put(stage, option.name, control.value.trim()));
    return about(option, control);
  },
};

function numberField(option, stage) {
  const control = h('input', {
    type: 'number',
    inputmode: option.type === 'integer' ? 'numeric' : 'decimal',
    min: option.minimum,
    max: option.maximum,
    step: option.type === 'integer' ? 1 : 'any',
    placeholder: placeholder(option),
  });
  control.value = stage.options[option.name] ?? '';
  control.addEventListener('input', () => {
    // A number field that holds no number says nothing but that it is bad.
    const value = control.validity.badInput ? 'NaN' : control.value;
    put(stage, option.name, value === '' ? undefined : Number(value));
  });
  return about(option, control);
}

function placeholder({ default: value, env }) {
  if (value !== null && value !== undefined) return `Default: ${shown(value)}`;
  return env ? `From ${env}, if set` : '';
}
