// Runs the browser tests; what cannot be run here is said, not hidden. `node run.mjs [file ...]`

import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = dirname(fileURLToPath(import.meta.url));
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.log(`skipped: the browser tests need Node.js 20.19 or newer, and this is ${process.versions.node}`);
  process.exit(0);
}

const { MISSING_BROWSER } = await import('./lib/browser.mjs');
const { MISSING_PROGRAM, ROOH } = await import('./lib/program.mjs');
const { MISSING_SPEECH } = await import('./lib/speech.mjs');
if (MISSING_BROWSER) console.log(`skipped: everything in a browser: ${MISSING_BROWSER}`);
else if (MISSING_PROGRAM || MISSING_SPEECH) console.log(`skipped: program.test.mjs: ${MISSING_PROGRAM || MISSING_SPEECH}`);
else console.log(`with ${ROOH}`);

const asked = process.argv.slice(2);
const files = asked.length > 0 ? asked : readdirSync(folder).filter((name) => name.endsWith('.test.mjs'));
// One file at a time: the machine's few cores are for the browser and the program.
const { status } = spawnSync(
  process.execPath,
  ['--test', '--test-reporter=spec', '--test-concurrency=1', '--test-timeout=300000', ...files],
  { cwd: folder, stdio: 'inherit' },
);
process.exit(status ?? 1);
