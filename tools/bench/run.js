/** The run itself, started by bench.js with the right Node after a fresh build. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as disposing from './dispose.js';
import * as erasing from './erase.js';
import * as folding from './fold.js';
import * as asking from './gate.js';
import * as ingesting from './ingest.js';
import { Instance } from './instance.js';
import * as rotating from './rotate.js';
import * as restoring from './restore.js';
import * as reporting from './risk.js';
import { say } from './rounds.js';

const BENCHES = {
  ingest: { run: ingesting.ingest, sizes: ingesting.sizes },
  erase: { run: erasing.erase, sizes: erasing.sizes },
  dispose: { run: disposing.dispose, sizes: disposing.sizes },
  fold: { run: folding.fold, sizes: folding.sizes },
  rotate: { run: rotating.rotate, sizes: rotating.sizes },
  restore: { run: restoring.restore, sizes: restoring.sizes },
  gate: { run: asking.gate, sizes: asking.sizes },
  risk: { run: reporting.risk, sizes: reporting.sizes, alone: true },
};
const { scratch, only, size } = JSON.parse(process.env.BENCH);
const policies = fileURLToPath(new URL('../../policies', import.meta.url));
let interrupted = false;

let instance;
if (only.some((name) => BENCHES[name].alone !== true)) {
  say('starting Lethe on a home of its own');
  instance = await Instance.start(join(scratch, 'home'), policies);
}
const interrupt = () => {
  if (interrupted) return;
  interrupted = true;
  void Promise.resolve(instance?.stop()).finally(() => process.exit(1));
};
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'disconnect']) process.once(signal, interrupt);
// Whoever would have removed the home is gone.
process.once('disconnect', () => {
  if (interrupted) process.once('exit', () => rmSync(scratch, { recursive: true, force: true, maxRetries: 5 }));
});
try {
  const results = [];
  for (const name of only) {
    for (const each of size === undefined ? BENCHES[name].sizes : [size]) {
      results.push(...(await BENCHES[name].run(instance, each, { scratch, policies })));
    }
  }
  process.send({ results });
} catch (error) {
  if (!interrupted) say(error.stack);
  process.exitCode = 1;
}
if (!interrupted) {
  await instance?.stop();
  process.off('disconnect', interrupt);
  process.disconnect();
}
