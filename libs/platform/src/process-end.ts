import type { Logger } from './logger.ts';

/** What nobody caught ends the process as before, but its text, which may hold a value, is not printed. */
export function tellOfCrashes(logger: Logger): () => Promise<void> {
  const tell = (error: unknown): void => {
    logger.error({ error }, 'something was not caught; the process ends to be started anew');
    endProcess();
  };
  process.on('uncaughtException', tell);
  process.on('unhandledRejection', tell);
  return () => {
    process.off('uncaughtException', tell);
    process.off('unhandledRejection', tell);
    return Promise.resolve();
  };
}

/** As Ctrl-C would, but with exit code 2 (could not run): the host closes what is open, and whoever watches starts it anew. */
export const endProcess = (): void => {
  process.exitCode = 2;
  process.kill(process.pid, 'SIGTERM');
};
