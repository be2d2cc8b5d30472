import { followsTheModel } from './keyring-model.contract.ts';
import { startKeyring, type KeyringBench } from './keyring.contract.ts';

let bench: KeyringBench;
beforeAll(async () => {
  bench = await startKeyring();
});
afterAll(() => bench.stop());

test('whatever happens, in whatever order, in two processes: exactly what the model says opens and is sealed', async () => {
  await followsTheModel(bench, { runs: Number(process.env['LETHE_MODEL_RUNS'] ?? 20) });
}, 600_000);
