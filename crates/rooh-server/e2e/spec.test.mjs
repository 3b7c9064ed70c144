// What the wizard makes of an agent file, and back: without a browser.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { draftOf, placeOf, specOf } from '../ui/js/spec.js';

const entry = (kind, name) => ({ kind, name, title: name, options: [], variants: [] });
const CATALOG = {
  providers: [entry('llm', 'cloud'), entry('llm', 'local'), entry('stt', 'ears'), entry('tts', 'voice'), entry('vad', 'loud')],
};

function spec(llm) {
  return {
    name: 'a',
    models: { mine: { type: 'llm', class: 'cloud', model: 'large' } },
    pipeline: { stt: 'ears', llm, tts: 'voice', vad: 'loud' },
  };
}

describe('an agent whose models stand in for one another', () => {
  test('shows the first, and keeps the others', () => {
    const draft = draftOf(spec(['mine', 'local/small']), CATALOG);
    assert.deepEqual([draft.stages.llm.provider, draft.stages.llm.options], ['cloud', { model: 'large' }]);
    assert.deepEqual(specOf(draft).pipeline.llm, ['mine', 'local/small']);
    assert.equal(specOf(draftOf(spec('mine'), CATALOG)).pipeline.llm, 'mine');
  });

  test('has each of them once, whoever becomes the first', () => {
    const draft = draftOf(spec(['mine', 'local', 'local/small']), CATALOG);
    draft.stages.llm = { ...draft.stages.llm, provider: 'local', options: {} };
    assert.deepEqual(specOf(draft).pipeline.llm, ['local', 'local/small']);
    assert.deepEqual(Object.keys(specOf(draft).models).includes('mine'), false);
  });

  test('shows what is wrong with the first in its step, and with the others at the end', () => {
    const draft = draftOf(spec(['mine', 'local']), CATALOG);
    assert.deepEqual(placeOf('pipeline.llm[0].model', draft), { step: 'llm', field: 'model' });
    assert.deepEqual(placeOf('pipeline.llm[1].model', draft), { step: 'review', field: 'llm[1]' });
  });
});
