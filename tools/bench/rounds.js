import { cpuSoFar } from './cpu.js';

const median = (values) => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};
const rounded = (value) => Number(value.toPrecision(4));

/** Progress; the parent prints it. */
export const say = (text) => process.send({ progress: text });

/** Milliseconds that `work` takes. */
export async function timed(work) {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

/** Asks until it is so. @throws Error when it is not after the deadline */
export async function until(what, question, { everyMs = 20, withinMs = 300_000 } = {}) {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const found = await question();
    if (found) return found;
    if (performance.now() > deadline) throw new Error(`not within ${withinMs / 1000} s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}

/** What `work` answers, and the CPU that all processes of this run used meanwhile. */
async function withCpu(work) {
  const before = cpuSoFar();
  const answer = await work();
  return [answer, before === undefined ? undefined : cpuSoFar() - before];
}

/**
 * Ours and its floor in turns, the one that begins changing each time, so that what else the machine does meets both.
 * `ours` and `floor` answer milliseconds by name: the names of ours become results; a floor without that name has one number for all.
 * @returns {Promise<import('./report.js').Result[]>}
 */
export async function rounds({ label, size, operations, repeats, notes, prepare, ours, floor }) {
  const taken = [];
  for (let repeat = 0; repeat < repeats; repeat += 1) {
    const given = await prepare(repeat);
    const pair = {};
    const steps = [
      async () => ([pair.ours, pair.cpu] = await withCpu(() => ours(given, repeat))),
      async () => ([pair.floor, pair.floorCpu] = await withCpu(() => floor(given, repeat))),
    ];
    for (const step of repeat % 2 === 0 ? steps : steps.reverse()) await step();
    const all = Object.entries(pair.ours).map(([name, ms]) => `${name} ${ms.toFixed(0)} ms`);
    const cpu = (ms) => (ms === undefined ? '' : ` (cpu ${ms.toFixed(0)})`);
    say(
      `${label} ${size.toLocaleString('en')}, ${repeat + 1} of ${repeats}: ${all.join(', ')}${cpu(pair.cpu)}; floor ${pair.floor.toFixed(1)} ms${cpu(pair.floorCpu)}`,
    );
    taken.push(pair);
  }
  return Object.keys(taken[0].ours).map((name) => {
    const milliseconds = median(taken.map((pair) => pair.ours[name]));
    const floorMilliseconds = median(taken.map((pair) => pair.floor));
    return {
      name,
      size,
      milliseconds: rounded(milliseconds),
      floorMilliseconds: rounded(floorMilliseconds),
      ratio: rounded(milliseconds / floorMilliseconds),
      ...(taken[0].cpu === undefined
        ? {}
        : {
            cpuMilliseconds: median(taken.map((pair) => pair.cpu)),
            floorCpuMilliseconds: median(taken.map((pair) => pair.floorCpu)),
          }),
      operations,
      perSecond: rounded((operations / milliseconds) * 1000),
      repeats,
      note: notes[name],
    };
  });
}
