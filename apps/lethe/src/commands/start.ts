import { resolve } from 'node:path';
import { bootstrap, type Running } from '@lethe/platform';
import { installationOf, type HostInstallation } from '../installation.ts';
import { patiently } from '../patience.ts';
import { SERVICES } from '../services.ts';

/** Starts all services in one process, or one alone; ends on SIGINT or SIGTERM, with everything it started. */
export async function start(service?: string): Promise<void> {
  const installation = installationOf(process.env);
  const services = SERVICES.filter((one) => service === undefined || one.service === service);
  const end = new AbortController();
  const stopping = new Promise<NodeJS.Signals>((resolve) => {
    // Whoever tells a whole group to end tells us twice, ourselves and through the command: the second must not cut off what the first began.
    for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve(signal));
    // Ctrl-C a second time does not wait.
    process.once('SIGINT', () => resolve('SIGINT'));
  });
  void stopping.then(() => end.abort());
  const started = Date.now();
  const begin = (): Promise<Running> => bootstrap(services, installation);
  // Servers of its own a process starts itself; others may come up after it.
  const running = await (installation.servers === undefined ? begin() : patiently(begin, end.signal));
  if (running === undefined) return;
  process.stderr.write(
    `lethe: ${services.map((one) => one.service).join(', ')} ready after ${((Date.now() - started) / 1000).toFixed(1)} s on ${running.url} (mode ${installation.mode})\n`,
  );
  if (service === undefined && installation.mode === 'development')
    process.stdout.write(welcome(running.url, installation));
  const signal = await stopping;
  process.stderr.write(`lethe: stopping (${signal})\n`);
  await running.stop();
  // All of ours is closed. What a library still waits for, such as a broker that hangs, holds nobody up.
  process.exit();
}

/** Three lines to paste, and what comes next. */
const welcome = (url: string, { home, region }: HostInstallation): string => `
Lethe is running on ${url}, its data in ${home}. Try next, in another terminal:

  curl -s ${url}/v1/development/tenants -H 'content-type: application/json' -d '{"tenant":"my-platform","pack":"damai"}'
  TOKEN=$(curl -s ${url}/v1/development/token -H 'content-type: application/json' -d '{"tenant":"my-platform","role":"backend"}' | sed 's/.*"token":"\\([^"]*\\)".*/\\1/')
  curl -s ${url}/v1/subjects -H "authorization: Bearer $TOKEN" -H 'content-type: application/json' -d '{"userId":"user-4711"}'

  ${home === resolve('.lethe') ? '' : `LETHE_HOME=${home} `}npx lethe demo --target ${url}     four years of a ticketing platform, in a few minutes
  ${url}/openapi.json                every question and every answer

${region === undefined ? 'It does not say where it stores: each submission says it (`region`), or LETHE_REGION does, at the start.' : `It says that it stores in ${region} (LETHE_REGION).`}
Ctrl-C stops it; starting again finds its data.
`;
