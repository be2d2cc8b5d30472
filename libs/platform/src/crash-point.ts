/**
 * A place where a test kills the process, named `service.what.when`. Nothing at all in production.
 * `LETHE_CRASH_AT` names the point; the process ends at once, as by SIGKILL. A test in one process sets `crashAt.strike`.
 */
export const crashAt: { strike: ((name: string) => void) | undefined } = { strike: undefined };

const named =
  process.env['NODE_ENV'] === 'production' || process.env['LETHE_MODE'] === 'production'
    ? undefined
    : process.env['LETHE_CRASH_AT'];

export function crashPoint(name: string): void {
  crashAt.strike?.(name);
  if (named !== undefined && named === name) process.kill(process.pid, 'SIGKILL');
}
