// The wizard: four steps from nothing to an agent, or through an agent that exists.

import { api } from './api.js';
import { fill, h, icon } from './dom.js';
import { localProblem } from './fields.js';
import { NAME, STAGES, draftOf, findProvider, modelKey, newDraft, placeOf, secretsOf, specOf } from './spec.js';
import { reviewStep } from './wizard-review.js';
import { providerStep } from './wizard-stage.js';
import { STEPS } from './words.js';

/** The wizard's view. */
export class Wizard {
  /**
   * @param {HTMLElement} root
   * @param {{onDone: (name: string) => void, onLeave: () => void, onSignedOut: () => void}} listener
   */
  constructor(root, listener) {
    this.root = root;
    this.listener = listener;
  }

  /** Shows it for a new agent, or for the one with this name. */
  async open(name) {
    this.editing = name;
    this.fields = [];
    this.known = {};
    fill(this.root, h('p', { class: 'loading', role: 'status' }, 'One moment …'));
    let spec = null;
    try {
      const [catalog, machine, version] = await Promise.all([
        api.catalog(),
        api.machine().catch(() => ({})),
        api.version().catch(() => ({})),
      ]);
      this.catalog = catalog;
      this.machine = machine ?? {};
      this.version = version ?? {};
      if (name) spec = await api.agent(name);
    } catch (error) {
      if (error.status === 401) this.listener.onSignedOut();
      fill(
        this.root,
        h('p', { class: 'loading', role: 'alert' }, error.message),
        h('button', { type: 'button', class: 'button', on: { click: () => this.listener.onLeave() } }, 'Back'),
      );
      return;
    }
    this.draft = spec ? draftOf(spec, this.catalog) : newDraft(this.catalog);
    if (name) await this.learnSecrets();
    this.problems = [];
    this.show('stt');
  }

  /** Forgets what was typed, keys above all. */
  close() {
    this.draft = null;
    this.root.replaceChildren();
  }

  /** Which keys are set, and how they end. */
  async learnSecrets() {
    const asked = Object.entries(this.draft.stages).flatMap(([kind, { provider }]) => {
      const options = findProvider(this.catalog, kind, provider)?.options ?? [];
      return options.filter(({ type }) => type === 'secret').map(({ name }) => ({ kind, field: name }));
    });
    await Promise.all(
      asked.map(async ({ kind, field }) => {
        const answer = await api.secret(this.editing, modelKey(this.draft, kind), field).catch(() => null);
        if (!answer?.set) return;
        this.known[`${kind}.${this.draft.stages[kind].provider}.${field}`] = answer.last4 ?? '';
      }),
    );
  }

  /** What is known of a key that cannot be read: whether it is set, and from where. */
  knownOf(kind, option) {
    return {
      ending: this.known[`${kind}.${this.draft.stages[kind].provider}.${option.name}`],
      inEnvironment: Boolean(option.env) && (this.machine.keys ?? []).some(({ env }) => env === option.env),
    };
  }

  /** Shows a step, and puts the focus at its beginning. */
  show(id, { focus = true } = {}) {
    this.step = id;
    this.fields = [];
    const step = STEPS.find((each) => each.id === id);
    const heading = h('h1', { class: 'wizard-title', tabindex: -1 }, step.title);
    const body = STAGES.includes(id) ? providerStep(this, id) : reviewStep(this);
    fill(
      this.root,
      h(
        'div',
        { class: 'wizard-frame' },
        this.head(),
        this.navigation(),
        h('form', { class: 'wizard-body', novalidate: true, 'aria-label': step.kind, on: { submit: (event) => this.onSubmit(event) } }, heading, body, this.foot()),
      ),
    );
    this.complain();
    this.root.scrollTop = 0;
    if (focus) heading.focus();
  }

  head() {
    return h(
      'header',
      { class: 'wizard-head' },
      h('button', { type: 'button', class: 'button quiet', on: { click: () => this.listener.onLeave() } }, icon('back'), 'Conversation'),
      h('p', { class: 'wizard-what' }, this.editing ? `Edit “${this.editing}”` : 'New agent'),
    );
  }

  navigation() {
    const at = STEPS.findIndex(({ id }) => id === this.step);
    return h(
      'nav',
      { class: 'steps', 'aria-label': 'Steps' },
      h(
        'ol',
        {},
        STEPS.map((step, index) =>
          h(
            'li',
            { class: `step ${index < at ? 'done' : ''} ${this.hasProblem(step.id) ? 'wrong' : ''}` },
            h(
              'button',
              { type: 'button', 'aria-current': step.id === this.step ? 'step' : undefined, on: { click: () => this.go(step.id) } },
              h('span', { class: 'step-icon' }, icon(this.hasProblem(step.id) ? 'warning' : step.icon)),
              h('span', { class: 'step-name' }, h('span', { class: 'step-number' }, `${index + 1} `), step.name, step.tag ? h('span', { class: 'step-tag' }, ` ${step.tag}`) : null),
              h('span', { class: 'step-choice' }, this.choiceOf(step.id)),
              this.hasProblem(step.id) ? h('span', { class: 'hidden' }, ' needs a change') : null,
            ),
          ),
        ),
      ),
    );
  }

  choiceOf(id) {
    if (id === 'review') return this.draft.name;
    const { provider } = this.draft.stages[id];
    return findProvider(this.catalog, id, provider)?.title ?? provider;
  }

  foot() {
    const at = STEPS.findIndex(({ id }) => id === this.step);
    const isLast = at === STEPS.length - 1;
    return h(
      'footer',
      { class: 'wizard-foot' },
      at > 0
        ? h('button', { type: 'button', class: 'button', on: { click: () => this.show(STEPS[at - 1].id) } }, 'Back')
        : h('span'),
      h('button', { type: 'submit', class: 'button primary', id: 'next' }, isLast ? (this.editing ? 'Save' : 'Create agent') : 'Next'),
    );
  }

  onSubmit(event) {
    event.preventDefault();
    if (this.step === 'review') this.save();
    else this.go(STEPS[STEPS.findIndex(({ id }) => id === this.step) + 1].id);
  }

  /** Goes to a step; forward only if this one is in order. */
  go(id) {
    const isForward = STEPS.findIndex((step) => step.id === id) > STEPS.findIndex((step) => step.id === this.step);
    if (isForward && STAGES.includes(this.step)) {
      const found = this.check(this.step);
      this.problems = [...this.problems.filter(({ step }) => step !== this.step), ...found];
      if (found.length > 0) {
        this.complain({ focus: true });
        return;
      }
    }
    this.show(id);
  }

  /** What can be told to be wrong with a stage without asking the server. */
  check(kind) {
    const stage = this.draft.stages[kind];
    const entry = findProvider(this.catalog, kind, stage.provider);
    if (!entry) return [{ step: kind, field: 'provider', message: 'Choose one of these.' }];
    return entry.options
      .map((option) => ({ step: kind, field: option.name, message: localProblem(option, stage, this.knownOf(kind, option)) }))
      .filter(({ message }) => message);
  }

  hasProblem(id) {
    return this.problems.some(({ step }) => step === id);
  }

  /** Puts every problem of this step at its field; what has no field here stands above. */
  complain({ focus = false } = {}) {
    const here = this.problems.filter(({ step }) => step === this.step);
    const homeless = [];
    for (const each of this.fields) each.complain('');
    for (const { field, message, path } of here) {
      const home = this.fields.find(({ name }) => name === field);
      if (!home) {
        homeless.push(path ? `${path}: ${message}` : message);
        continue;
      }
      home.element.closest('details')?.setAttribute('open', '');
      home.complain(message);
    }
    const elsewhere = this.step === 'review' ? this.problems.filter(({ step }) => step !== 'review') : [];
    const box = this.root.querySelector('.problems');
    if (box) {
      box.hidden = homeless.length + elsewhere.length === 0;
      fill(
        box,
        homeless.map((message) => h('p', {}, icon('warning'), message)),
        elsewhere.map(({ step, field, message }) =>
          h(
            'p',
            {},
            icon('warning'),
            h(
              'button',
              { type: 'button', class: 'link', on: { click: () => this.showProblem(step) } },
              `${STEPS.find(({ id }) => id === step)?.name ?? step}, ${field}`,
            ),
            `: ${message}`,
          ),
        ),
      );
    }
    if (focus) this.root.querySelector('[aria-invalid="true"], .problems:not([hidden]) button')?.focus();
  }

  showProblem(step) {
    this.show(step, { focus: false });
    this.complain({ focus: true });
  }

  /** A field whose entry has changed is no longer wrong. */
  forgive(field) {
    const before = this.problems.length;
    this.problems = this.problems.filter((problem) => problem.step !== this.step || problem.field !== field);
    if (this.problems.length !== before) this.complain();
  }

  /** Registers a field of the step that is shown. */
  add(field) {
    this.fields.push(field);
    for (const event of ['input', 'change']) field.control.addEventListener(event, () => this.forgive(field.name));
    return field.element;
  }

  /** Turns what the server said into problems of steps and fields. */
  placeProblems(error) {
    if (error.problems.length === 0) return [{ step: this.step, field: '', message: error.message }];
    return error.problems.map(({ path, message }) => ({ ...placeOf(path, this.draft), path, message }));
  }

  async save() {
    const { draft } = this;
    this.problems = STAGES.flatMap((kind) => this.check(kind));
    if (!NAME.test(draft.name)) {
      const message = draft.name
        ? 'Letters, digits, - and _ only, beginning with a letter or a digit, at most 64.'
        : 'Every agent needs a name.';
      this.problems.push({ step: 'review', field: 'name', message });
    }
    if (this.problems.length > 0) {
      this.show('review', { focus: false });
      this.complain({ focus: true });
      return;
    }
    const button = this.root.querySelector('#next');
    button.disabled = true;
    button.setAttribute('aria-busy', 'true');
    try {
      await this.store();
    } catch (error) {
      if (this.draft !== draft) return;
      if (error.status === 401) this.listener.onSignedOut();
      this.problems = error.status === 409 ? [{ step: 'review', field: 'name', message: error.message }] : this.placeProblems(error);
      this.show('review', { focus: false });
      this.complain({ focus: true });
      return;
    }
    this.listener.onDone(draft.name);
  }

  async store() {
    const { draft } = this;
    const spec = specOf(draft);
    const secrets = secretsOf(draft);
    if (this.editing) await api.replaceAgent(this.editing, spec, secrets);
    else await api.createAgent(spec, secrets);
  }
}
