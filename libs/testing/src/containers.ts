import type * as Testcontainers from 'testcontainers';
import type { GenericContainer, StartedTestContainer } from 'testcontainers';
import { freePort } from './free-port.ts';

/** A container with a server in it, which a test may end in more than one way. */
export interface Server {
  readonly container: StartedTestContainer;
  /** Ends it and forgets its data. Calling it again does nothing. */
  stop(): Promise<void>;
  /** Ends it in good order and starts it again: same address, same data. Resolves when it answers again. */
  restart(): Promise<void>;
  /** Ends it as a power cut of the process would (SIGKILL) and leaves it down; `restart` brings it back with its data. */
  kill(): Promise<void>;
  /** Stops its clock, as a machine that hangs: connections stay open and nobody answers. `resume` lets it go on. */
  pause(): Promise<void>;
  resume(): Promise<void>;
}

/** The grace a server gets to end in good order. */
const GRACE_MS = 20_000;

/**
 * Loads Testcontainers when a test first needs it (it is slow to load), with the two settings it needs where no registry
 * answers and where the machine itself looks like a container. What a killed test leaves behind, `tools/ci/cleanup` removes.
 */
export async function testcontainers(): Promise<typeof Testcontainers> {
  process.env['TESTCONTAINERS_RYUK_DISABLED'] ??= 'true';
  process.env['TESTCONTAINERS_HOST_OVERRIDE'] ??= '127.0.0.1';
  return import('testcontainers');
}

/**
 * Starts what `prepare` makes for a port that is free now, and makes it for another one if somebody else took it meanwhile.
 * The port is chosen here and not by Docker because a broker must be told its public address before it starts, and
 * because Docker would choose another one at every restart.
 */
export async function startOnFreePort(prepare: (port: number) => GenericContainer): Promise<[Server, number]> {
  for (let attempt = 1; ; attempt++) {
    const port = await freePort();
    try {
      return [server(await prepare(port).start()), port];
    } catch (error) {
      if (attempt === 5 || !/address already in use|port is already allocated/.test(String(error))) throw error;
    }
  }
}

function server(container: StartedTestContainer): Server {
  const here = async () => {
    const { getContainerRuntimeClient } = await testcontainers();
    return (await getContainerRuntimeClient()).container.getById(container.getId());
  };
  return {
    container,
    async stop() {
      await container.stop();
    },
    async restart() {
      await container.restart({ timeout: GRACE_MS });
    },
    async kill() {
      const killed = await here();
      await killed.kill({ signal: 'SIGKILL' });
      await killed.wait();
    },
    async pause() {
      await (await here()).pause();
    },
    async resume() {
      await (await here()).unpause();
    },
  };
}
