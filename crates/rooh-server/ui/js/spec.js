// What the wizard fills in, and the agent file that becomes of it.

/** The stages that every agent has, in the order in which the wizard asks for them. */
export const STAGES = ['stt', 'llm', 'tts'];

/** What an agent may be called. */
export const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;

/** How many of a hundred pauses may be cut off: what the slider offers, as a file may say it. */
export const BUDGET = { min: 1, max: 20 };

/** A pause in milliseconds: what the slider offers; a file may ask for up to 30 seconds. */
export const SILENCE = { min: 200, max: 4000 };

const SETTINGS = { threshold: 0.7, budget: 5, silence: 1000 };

/**
 * A draft: all that the wizard asks, with what stands in it at first.
 *
 * @param {object} catalog as `GET /api/catalog` answers
 */
export function newDraft(catalog) {
  const draft = {
    base: {},
    name: '',
    systemPrompt: 'You will be helpful and concise: your words are spoken aloud.',
    opening: 'wait',
    greeting: '',
    threshold: SETTINGS.threshold,
    patience: 'normal',
    budget: SETTINGS.budget,
    silence: SETTINGS.silence,
    eager: false,
    judged: false,
    bargeIn: 'adaptive',
    transport: 'websocket',
    stages: {},
  };
  for (const kind of STAGES) draft.stages[kind] = stage(firstChoice(catalog, kind)?.name ?? '');
  draft.stages.vad = stage(providersOf(catalog, 'vad')[0]?.name ?? '');
  return draft;
}

/** A draft of an agent that exists. */
export function draftOf(spec, catalog) {
  const { pipeline = {}, models = {} } = spec;
  const draft = {
    ...newDraft(catalog),
    base: spec,
    name: spec.name,
    systemPrompt: spec.system_prompt ?? '',
    ...openingOf(spec.greeting),
    threshold: Number(pipeline.vad_threshold ?? spec.vad_threshold ?? SETTINGS.threshold),
    ...patienceOf(spec),
    eager: spec.eager ?? false,
    judged: Boolean(pipeline.completeness),
    bargeIn: bargeInOf(spec),
    transport: spec.transport ?? 'websocket',
  };
  for (const kind of [...STAGES, 'vad']) {
    const [key] = inOrder(pipeline[kind]);
    const { class: reference = key ?? '', type: _type, ...options } = models[key] ?? {};
    const { provider, implied } = parseReference(reference, catalog, kind);
    draft.stages[kind] = { ...stage(provider), key, options: { ...implied, ...options } };
  }
  return draft;
}

/** The agent file as JSON. */
export function specOf(draft) {
  const { base } = draft;
  const pipeline = { ...base.pipeline };
  const replaced = new Set(Object.keys(draft.stages).map((kind) => inOrder(base.pipeline?.[kind])[0]));
  // The model that judges turns may be the one that thought so far, and stays what it is.
  const kept = (key) => !replaced.has(key) || key === pipeline.completeness;
  const models = Object.fromEntries(Object.entries(base.models ?? {}).filter(([key]) => kept(key)));
  for (const [kind, { provider, options }] of Object.entries(draft.stages)) {
    const key = modelKey(draft, kind);
    const others = inOrder(pipeline[kind]).slice(1).filter((other) => other !== key);
    delete pipeline[kind];
    if (!provider) continue;
    pipeline[kind] = others.length > 0 ? [key, ...others] : key;
    models[key] = { class: provider, type: kind, ...options };
  }
  pipeline.vad_threshold = draft.threshold;
  if (!draft.judged) delete pipeline.completeness;
  else pipeline.completeness ??= 'llm';
  const spec = { ...base, name: draft.name, models, pipeline, system_prompt: draft.systemPrompt, transport: draft.transport };
  putPatience(draft, spec);
  putBargeIn(draft, spec);
  delete spec.eager;
  if (draft.eager) spec.eager = true;
  // The sensitivity may stand in two places of a file; from here on it stands in one.
  delete spec.vad_threshold;
  delete spec.greeting;
  if (draft.opening === 'generated') spec.greeting = { generated: true };
  if (draft.opening === 'say' && draft.greeting.trim()) spec.greeting = draft.greeting;
  return spec;
}

/** Who does the work of a stage, and who stands in: the form shows the first and keeps the others. */
function inOrder(stage) {
  return Array.isArray(stage) ? stage : [stage];
}

function openingOf(greeting) {
  if (typeof greeting === 'string' && greeting.trim()) return { opening: 'say', greeting };
  return { opening: greeting?.generated ? 'generated' : 'wait', greeting: '' };
}

/** A word, a share such as `5%`, or a pause in milliseconds, which may stand in two places. */
function patienceOf({ patience, pipeline }) {
  const said = patience ?? pipeline?.silence_duration_ms ?? 'normal';
  const percent = /^([\d.]+) *%$/.exec(said);
  if (percent) return { patience: 'budget', budget: Number(percent[1]) };
  return Number.isFinite(Number(said)) ? { patience: 'silence', silence: Number(said) } : { patience: said };
}

function putPatience({ patience, budget, silence }, spec) {
  delete spec.patience;
  delete spec.pipeline.silence_duration_ms;
  if (patience === 'silence') spec.pipeline.silence_duration_ms = silence;
  else spec.patience = patience === 'budget' ? `${budget}%` : patience;
}

function bargeInOf({ pipeline, interruption }) {
  return pipeline?.barge_in_enabled === false ? 'disabled' : (interruption?.mode ?? 'adaptive');
}

/** What was not changed stays as the file has it. */
function putBargeIn({ bargeIn }, spec) {
  if (bargeIn === bargeInOf(spec)) return;
  const { mode: _mode, ...interruption } = spec.interruption ?? {};
  delete spec.pipeline.barge_in_enabled;
  delete spec.interruption;
  if (bargeIn === 'disabled') {
    delete interruption.thinking;
    spec.pipeline.barge_in_enabled = false;
  } else if (bargeIn !== 'adaptive') {
    interruption.mode = bargeIn;
  }
  if (Object.keys(interruption).length > 0) spec.interruption = interruption;
}

/** `name/model?option=value`, taken apart: a file may name a provider in one word. */
function parseReference(reference, catalog, kind) {
  const [path, query = ''] = reference.split(/\?(.*)/s);
  const [provider, model] = path.split(/\/(.*)/s);
  const implied = Object.fromEntries(new URLSearchParams(query));
  const option = findProvider(catalog, kind, provider)?.model_option ?? 'model';
  if (model) implied[option] = model;
  return { provider, implied };
}

/** Under which name a stage stands in `models`: that of its provider, unless two would share it. */
export function modelKey(draft, kind) {
  const { provider, key } = draft.stages[kind];
  if (key && draft.base.models?.[key]?.class?.split(/[/?]/)[0] === provider) return key;
  const others = Object.entries(draft.stages).filter(([other]) => other !== kind);
  return others.some(([, other]) => other.provider === provider) ? `${provider}-${kind}` : provider;
}

/** The keys that were typed: by model, by field. */
export function secretsOf(draft) {
  const all = {};
  for (const [kind, { secrets }] of Object.entries(draft.stages)) {
    const typed = Object.entries(secrets).filter(([, value]) => value);
    if (typed.length > 0) all[modelKey(draft, kind)] = Object.fromEntries(typed);
  }
  return all;
}

/**
 * Where a problem belongs: the step that shows it and the field, as far as its path tells.
 *
 * @returns {{step: string, field: string}} the step is a stage or `review`
 */
export function placeOf(path, draft) {
  const parts = path.split('.');
  if (parts[0] === 'models' && parts.length > 1) {
    const kind = Object.keys(draft.stages).find((each) => modelKey(draft, each) === parts[1]);
    return kind && STAGES.includes(kind)
      ? { step: kind, field: parts[2] ?? 'provider' }
      : { step: 'review', field: kind ?? '' };
  }
  const names = parts[0] === 'pipeline' ? parts.slice(1) : parts;
  // Those who stand in are in the file alone.
  const stage = names[0]?.replace(/\[0\]$/, '');
  if (STAGES.includes(stage)) return { step: stage, field: names[1] ?? 'provider' };
  return { step: 'review', field: names[0] ?? '' };
}

/** The providers of a kind: those on this machine first. */
export function providersOf(catalog, kind) {
  const order = (entry) => (entry.cloud ? 1 : 0);
  return catalog.providers
    .filter((entry) => entry.kind === kind)
    .sort((a, b) => order(a) - order(b) || a.title.localeCompare(b.title));
}

/** The provider by its name or by that of a variant. */
export function findProvider(catalog, kind, name) {
  const all = catalog.providers.filter((entry) => entry.kind === kind);
  return all.find((entry) => entry.name === name) ?? all.find((entry) => entry.variants?.includes(name));
}

/**
 * What works without asking anything: on this machine, with nothing that has to be filled in, and no
 * server of its own, which would take a key.
 */
function firstChoice(catalog, kind) {
  const asks = (option) => option.required || option.type === 'secret';
  return providersOf(catalog, kind).find((entry) => !entry.cloud && !entry.options.some(asks));
}

function stage(provider) {
  return { provider, options: {}, secrets: {} };
}
