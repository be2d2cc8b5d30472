import { join } from 'node:path';
import { Fault } from '@lethe/kernel';
import { EmbeddedPostgres } from './home/embedded-postgres.ts';
import type { Home } from './home/home.ts';
import { serverOf, type ClusterName, type Installation, type Server } from './installation.ts';

/** The two clusters: data and keys never share one, because write-ahead log and base backups belong to a cluster. */
export interface Servers {
  /** @throws Fault `missing` when this process was told of no such cluster */
  of(cluster: ClusterName): Server;
  /** Why an embedded server is gone, if one is. */
  gone(): string | undefined;
  stop(): Promise<void>;
}

/** Starts both embedded postmasters side by side, or names the servers given. */
export async function openServers(
  home: Home,
  installation: Pick<Installation, 'servers' | 'volatile'>,
  onExit: (cluster: ClusterName) => void,
): Promise<Servers> {
  if (installation.servers !== undefined) {
    const { data, keys } = installation.servers;
    const urls: Readonly<Record<ClusterName, string>> = { data, keys };
    return {
      of: (cluster) => {
        if (urls[cluster] === '')
          throw new Fault('missing', 'platform/no-such-cluster', `no ${cluster} cluster is named`);
        return serverOf(home, cluster, urls[cluster]);
      },
      gone: () => undefined,
      stop: () => Promise.resolve(),
    };
  }
  let gone: ClusterName | undefined;
  const start = (cluster: ClusterName, settings: Readonly<Record<string, string>>): Promise<EmbeddedPostgres> =>
    EmbeddedPostgres.start({
      folder: cluster === 'data' ? home.folder('data') : join(home.folder('keys'), 'cluster'),
      password: home.secrets.ensure(`${cluster}-admin-password`),
      settings,
      socket: true,
      volatile: installation.volatile === true && home.mode === 'development',
      onExit: () => {
        gone = cluster;
        onExit(cluster);
      },
    });
  const [data, keys] = await Promise.allSettled([
    start('data', { shared_buffers: '128MB', max_connections: '120' }),
    start('keys', { shared_buffers: '16MB', max_connections: '40', max_wal_size: '128MB' }),
  ]);
  if (data.status === 'rejected' || keys.status === 'rejected') {
    for (const started of [data, keys]) if (started.status === 'fulfilled') await started.value.stop();
    throw data.status === 'rejected' ? data.reason : (keys as PromiseRejectedResult).reason;
  }
  const embedded: Readonly<Record<ClusterName, EmbeddedPostgres>> = { data: data.value, keys: keys.value };
  return {
    of: (cluster) => ({
      host: embedded[cluster].admin.host,
      port: embedded[cluster].admin.port,
      admin: embedded[cluster].admin,
    }),
    gone: () => (gone === undefined ? undefined : `the embedded server of the ${gone} cluster has ended`),
    stop: async () => {
      await Promise.all([embedded.data.stop(), embedded.keys.stop()]);
    },
  };
}
