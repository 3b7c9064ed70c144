// The wizard against a scripted server: forms from the catalog, problems at their fields, keys that are only written.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { MISSING_BROWSER } from './lib/browser.mjs';
import { agentSpec } from './lib/fake-server.mjs';
import { shows, useBrowser } from './lib/ui.mjs';

const KEY = 'sk-canary-5f2e-1234';

const field = (page, name) => page.locator(`.field[data-field="${name}"]`);
const control = (page, name) => field(page, name).locator('input, select, textarea').first();
const choose = (page, provider) => page.locator(`.card[data-provider="${provider}"] label`).click();
const next = (page) => page.click('#next');
const title = (page, text) => shows(page.locator('.wizard-title'), text);

async function open(page) {
  await page.click('#create');
  await title(page, 'How does it listen?');
}

describe('the wizard', { skip: MISSING_BROWSER || false, concurrency: false }, () => {
  const { run } = useBrowser();

  test('an agent is made of what needs no key, in four steps', run(async ({ server, page }) => {
    await open(page);
    assert.ok(await page.locator('.card[data-provider="pocketsphinx"] input').isChecked(), 'what works at once is chosen');
    await next(page);
    await title(page, 'How does it think?');
    await next(page);
    await title(page, 'How does it speak?');
    await page.locator('.field[data-field="voice"] select').selectOption({ label: 'rms' });
    await next(page);
    await title(page, 'Who is it?');
    await page.fill('#agent-name-field', 'front-desk');
    await control(page, 'system_prompt').fill('Be kind.');
    await field(page, 'greeting').locator('select').selectOption('say');
    await field(page, 'greeting').locator('textarea').fill('Hello, this is the front desk.');
    await control(page, 'vad_threshold').fill('0.55');
    await page.getByLabel('Interview').check();
    await page.getByLabel('Prepare answers early').check();
    await page.getByLabel('Ask its mind whether you have finished').check();
    await page.getByLabel('When you talk over it').selectOption('soft_fade');
    await next(page);
    await shows(page.locator('#agent-name'), 'front-desk');
    const { created_at: _, status: __, ...spec } = server.agents.get('front-desk');
    assert.deepEqual(spec, {
      name: 'front-desk',
      models: {
        pocketsphinx: { class: 'pocketsphinx', type: 'stt' },
        script: { class: 'script', type: 'llm' },
        flite: { class: 'flite', type: 'tts', voice: 'rms' },
        silero: { class: 'silero', type: 'vad' },
      },
      pipeline: {
        stt: 'pocketsphinx',
        llm: 'script',
        tts: 'flite',
        vad: 'silero',
        vad_threshold: 0.55,
        completeness: 'llm',
      },
      patience: 'interview',
      eager: true,
      interruption: { mode: 'soft_fade' },
      system_prompt: 'Be kind.',
      greeting: 'Hello, this is the front desk.',
      transport: 'websocket',
    });
  }));

  test('defaults stand where nothing was changed', run(async ({ page }) => {
    await open(page);
    for (let step = 0; step < 3; step += 1) await next(page);
    await title(page, 'Who is it?');
    assert.equal(await control(page, 'vad_threshold').inputValue(), '0.7');
    await shows(field(page, 'vad_threshold').locator('output'), '0.70');
    assert.ok(await page.getByLabel('Normal').isChecked());
    assert.equal(await page.getByLabel('Prepare answers early').isChecked(), false);
    assert.equal(await page.getByLabel('Ask its mind whether you have finished').isChecked(), false);
    assert.equal(await page.getByLabel('When you talk over it').inputValue(), 'adaptive');
    assert.ok(await page.getByLabel('WebSocket').isChecked());
    assert.ok(await page.getByLabel('WebRTC').isDisabled());
  }));

  test('patience may be a budget, or a silence, and barge-in may be off', run(async ({ server, page }) => {
    const makes = async (name, change) => {
      await open(page);
      for (let step = 0; step < 3; step += 1) await next(page);
      await page.fill('#agent-name-field', name);
      await change();
      await next(page);
      await shows(page.locator('#agent-name'), name);
      return server.agents.get(name);
    };
    const budget = await makes('budget', async () => {
      assert.ok(await page.locator('.slider.budget').isHidden());
      await page.getByLabel('A budget').check();
      await page.getByLabel('Pauses that may be cut off, of a hundred').fill('3');
      await shows(page.locator('.slider.budget output'), '3 in 100');
    });
    assert.equal(budget.patience, '3%');
    const silence = await makes('silence', async () => {
      await field(page, 'patience').locator('summary').click();
      await control(page, 'silence_duration_ms').fill('1500');
      assert.ok(await page.getByLabel('Wait for this much silence').isChecked(), 'who moves it means it');
      await page.getByLabel('When you talk over it').selectOption('disabled');
    });
    assert.equal(silence.patience, undefined);
    assert.deepEqual([silence.pipeline.silence_duration_ms, silence.pipeline.barge_in_enabled], [1500, false]);
    await page.click('#edit');
    for (let step = 0; step < 3; step += 1) await next(page);
    await shows(field(page, 'silence_duration_ms').locator('output'), '1500 ms');
    assert.equal(await page.getByLabel('When you talk over it').inputValue(), 'disabled');
    await page.getByLabel('Normal').check();
    await page.getByLabel('When you talk over it').selectOption('hard_cut');
    await next(page);
    await shows(page.locator('#agent-name'), 'silence');
    const { patience, pipeline, interruption } = server.agents.get('silence');
    assert.deepEqual([patience, pipeline.silence_duration_ms, pipeline.barge_in_enabled], ['normal', undefined, undefined]);
    assert.deepEqual(interruption, { mode: 'hard_cut' });
  }));

  test('what is missing or wrong is said at its field, and the focus goes there', run(async ({ page }) => {
    await open(page);
    await choose(page, 'deepgram');
    await next(page);
    await shows(field(page, 'api_key').locator('.problem'), 'This key is needed.');
    assert.ok(await control(page, 'api_key').evaluate((element) => element === document.activeElement));
    assert.equal(await control(page, 'api_key').getAttribute('aria-invalid'), 'true');
    await control(page, 'api_key').fill(KEY);
    await page.locator('.more summary').click();
    await control(page, 'sample_rate').fill('100');
    await next(page);
    await shows(field(page, 'sample_rate').locator('.problem'), 'This must be 8000 or more.');
    await control(page, 'sample_rate').fill('16000');
    await control(page, 'keywords').fill('[1,');
    await next(page);
    await shows(field(page, 'keywords').locator('.problem'), 'This is no valid JSON.');
    await control(page, 'keywords').fill('["Rooh"]');
    await next(page);
    await title(page, 'How does it think?');
  }));

  test('names are checked before anything is sent', run(async ({ server, page }) => {
    await open(page);
    for (let step = 0; step < 3; step += 1) await next(page);
    await title(page, 'Who is it?');
    for (const name of ['', '../x', '-a', 'a b', '<b>']) {
      await page.fill('#agent-name-field', name);
      await next(page);
      await field(page, 'name').locator('.problem .icon').waitFor();
    }
    assert.ok(!server.requests.includes('POST /api/agents'));
    await page.fill('#agent-name-field', 'reception');
    await next(page);
    await shows(field(page, 'name').locator('.problem'), 'there is an agent of this name');
  }));

  test('what the server finds wrong leads to its step and its field', run(async ({ server, page }) => {
    await open(page);
    await next(page);
    await next(page);
    await choose(page, 'cartesia');
    await control(page, 'api_key').fill(KEY);
    await control(page, 'voice_id').fill('v');
    await next(page);
    await page.fill('#agent-name-field', 'desk');
    server.problems = [
      { path: 'models.cartesia.sample_rate', message: 'must be one of 16000, 24000' },
      { path: 'pipeline.silence_duration_ms', message: 'must lie between 100 and 30000' },
      { path: 'something.else', message: 'is unknown' },
    ];
    await next(page);
    await shows(field(page, 'silence_duration_ms').locator('.problem'), 'must lie between 100 and 30000');
    await shows(page.locator('.problems'), /something\.else: is unknown/);
    await page.locator('.problems .link', { hasText: 'Voice, sample_rate' }).click();
    await title(page, 'How does it speak?');
    await shows(field(page, 'sample_rate').locator('.problem'), 'must be one of 16000, 24000');
    assert.equal(await page.locator('.step.wrong').count(), 2);
    await control(page, 'sample_rate').fill('24000');
    await page.waitForFunction(() => document.querySelectorAll('.field[data-field="sample_rate"] .problem *').length === 0);
    server.problems = null;
    await next(page);
    await next(page);
    await shows(page.locator('#agent-name'), 'desk');
    assert.equal(server.agents.get('desk').models.cartesia.sample_rate, 24000);
    assert.equal(server.secrets.get('desk/cartesia/api_key'), KEY);
  }));

  test('a key is written and never read: not in the agent, not in the page', run(async ({ server, page }) => {
    await open(page);
    await choose(page, 'deepgram');
    await control(page, 'api_key').fill(KEY);
    for (let step = 0; step < 3; step += 1) await next(page);
    await page.fill('#agent-name-field', 'with-key');
    await next(page);
    await shows(page.locator('#agent-name'), 'with-key');
    assert.ok(!JSON.stringify(server.agents.get('with-key')).includes(KEY));
    assert.ok(!(await page.content()).includes(KEY));
    assert.ok(!(await page.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage }))).includes(KEY));
    await page.click('#edit');
    await title(page, 'How does it listen?');
    await shows(field(page, 'api_key').locator('.help'), /Set, ends in 1234/);
    assert.equal(await control(page, 'api_key').inputValue(), '');
    assert.ok(!(await page.content()).includes(KEY));
    for (let step = 0; step < 3; step += 1) await next(page);
    await next(page);
    await shows(page.locator('#agent-name'), 'with-key');
    assert.equal(server.secrets.get('with-key/deepgram/api_key'), KEY, 'an empty field keeps the key');
  }));

  test('another provider starts with an empty form: a key goes to nobody else', run(async ({ server, page }) => {
    await open(page);
    await choose(page, 'deepgram');
    await control(page, 'api_key').fill(KEY);
    await choose(page, 'pocketsphinx');
    await choose(page, 'deepgram');
    assert.equal(await control(page, 'api_key').inputValue(), '');
    assert.equal(server.secrets.size, 0);
  }));

  test('what this machine has is offered, and nothing is sent before it is chosen', run(async ({ server, page }) => {
    await open(page);
    await page.locator('.card[data-provider="deepgram"] .badge.found').waitFor();
    await choose(page, 'deepgram');
    await next(page);
    await title(page, 'How does it think?');
    await page.getByRole('button', { name: 'Use gemma3:4b' }).click();
    assert.ok(await page.locator('.card[data-provider="ollama"] input').isChecked());
    assert.equal(await control(page, 'model').inputValue(), 'gemma3:4b');
    assert.ok(server.requests.every((request) => /^(GET|POST \/api\/login)/.test(request)));
  }, {
    prepare: (_, server) => {
      server.machine = { ollama: { url: 'http://127.0.0.1:11434', models: ['gemma3:4b'] }, keys: [{ env: 'DEEPGRAM_API_KEY', kind: 'stt', provider: 'deepgram' }] };
    },
  }));

  test('a voice is tried before anything is saved', run(async ({ server, page }) => {
    await open(page);
    await next(page);
    await next(page);
    await page.getByLabel('Say').fill('How do I sound?');
    await page.click('#try-voice');
    await shows(page.locator('.preview-state'), 'Speaking, 1.0 s.');
    assert.deepEqual(server.previews, [{ model: { class: 'flite', type: 'tts' }, text: 'How do I sound?' }]);
    await shows(page.locator('.preview-state'), '');
    server.problems = [{ path: 'models.flite.voice', message: 'is not here' }];
    await page.click('#try-voice');
    await shows(field(page, 'voice').locator('.problem'), 'is not here');
    assert.ok(!server.requests.some((request) => /^(POST|PUT) \/api\/agents/.test(request)));
  }));

  const imported = agentSpec('imported', {
    created_at: '2026-03-11T10:15:04.551587+00:00',
    models: { ears: { type: 'stt', class: 'deepgram-nova-3', language: 'de', sample_rate: '16000' }, judge: { type: 'turn', class: 'smart' } },
    pipeline: { stt: 'ears', llm: 'ollama/gemma3:4b?url=http://127.0.0.1:9', tts: 'flite', turn: 'judge', silence_duration_ms: 1700 },
    phrases: ['Rooh'],
    vad_threshold: 0.4,
    endpointing: 'heuristic',
    interruption: { mode: 'hard_cut', thinking: 'disabled', take_back_ms: 200 },
  });
  test('what the wizard does not ask for survives an edit', run(async ({ server, page }) => {
    await page.locator('.agent-row', { hasText: 'imported' }).locator('.agent-choose').click();
    await page.click('#edit');
    await title(page, 'How does it listen?');
    assert.ok(await page.locator('.card[data-provider="deepgram"] input').isChecked(), 'a variant belongs to its provider');
    assert.equal(await control(page, 'class').inputValue(), 'deepgram-nova-3');
    await control(page, 'api_key').fill(KEY);
    await next(page);
    assert.equal(await control(page, 'model').inputValue(), 'gemma3:4b');
    await next(page);
    await next(page);
    assert.equal(await control(page, 'vad_threshold').inputValue(), '0.4');
    assert.ok(await page.locator('#agent-name-field').isDisabled());
    await next(page);
    await shows(page.locator('#agent-name'), 'imported');
    const { vad_threshold: gone, ...saved } = server.agents.get('imported');
    assert.equal(gone, undefined);
    assert.deepEqual(saved.models, {
      judge: { type: 'turn', class: 'smart' },
      ears: { class: 'deepgram-nova-3', type: 'stt', language: 'de', sample_rate: '16000' },
      ollama: { class: 'ollama', type: 'llm', model: 'gemma3:4b', url: 'http://127.0.0.1:9' },
      flite: { class: 'flite', type: 'tts' },
    });
    assert.equal(saved.pipeline.turn, 'judge');
    assert.equal(saved.pipeline.vad_threshold, 0.4);
    assert.equal(saved.pipeline.silence_duration_ms, 1700);
    assert.deepEqual(saved.interruption, imported.interruption);
    assert.equal(saved.endpointing, 'heuristic');
    assert.deepEqual(saved.phrases, ['Rooh']);
    assert.equal(saved.created_at, imported.created_at);
  }, { agents: [agentSpec('reception'), imported] }));

  const judged = agentSpec('judged', {
    models: { mind: { type: 'llm', class: 'ollama', model: 'gemma3:4b', url: 'http://127.0.0.1:9' } },
    pipeline: { stt: 'pocketsphinx', llm: 'mind', tts: 'flite', completeness: 'mind' },
  });
  test('the model that judges turns stays what it is when another one thinks, until it is taken away', run(async ({ server, page }) => {
    const edit = async (change) => {
      await page.click('#edit');
      await next(page);
      await choose(page, 'script');
      await next(page);
      await next(page);
      assert.ok(await page.getByLabel('Ask its mind whether you have finished').isChecked());
      await change();
      await next(page);
      await shows(page.locator('#agent-name'), 'judged');
      return server.agents.get('judged');
    };
    await page.locator('.agent-row', { hasText: 'judged' }).locator('.agent-choose').click();
    const kept = await edit(() => {});
    assert.deepEqual([kept.pipeline.llm, kept.pipeline.completeness], ['script', 'mind']);
    assert.deepEqual(kept.models.mind, judged.models.mind);
    const gone = await edit(() => page.getByLabel('Ask its mind whether you have finished').uncheck());
    assert.equal(gone.pipeline.completeness, undefined);
  }, { agents: [agentSpec('reception'), judged] }));

  test('the whole wizard is passed by keyboard alone', run(async ({ server, page }) => {
    await page.locator('#create').focus();
    await page.keyboard.press('Enter');
    await title(page, 'How does it listen?');
    for (const heading of ['How does it think?', 'How does it speak?', 'Who is it?']) {
      assert.ok(await page.locator('.wizard-title').evaluate((element) => element === document.activeElement));
      await page.locator('#next').focus();
      await page.keyboard.press('Enter');
      await title(page, heading);
    }
    await page.locator('#agent-name-field').focus();
    await page.keyboard.type('typed');
    await page.keyboard.press('Enter');
    await shows(page.locator('#agent-name'), 'typed');
    assert.ok(server.agents.has('typed'));
  }));

  test('every step fits on a phone', run(async ({ page }) => {
    await page.setViewportSize({ width: 360, height: 700 });
    await page.goto(`${new URL(page.url()).origin}/#/new`);
    await title(page, 'How does it listen?');
    for (let step = 0; step < 4; step += 1) {
      const overflow = await page.evaluate(() => {
        const { width } = document.querySelector('#wizard').getBoundingClientRect();
        return document.querySelector('#wizard').scrollWidth - width;
      });
      assert.ok(overflow <= 0, `step ${step + 1} is ${overflow} px too wide`);
      if (step < 3) await next(page);
    }
  }));
});
