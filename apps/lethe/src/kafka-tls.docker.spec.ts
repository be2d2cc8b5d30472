import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { jest } from '@jest/globals';
import { KafkaEdgeLog } from '@lethe/client';
import { inTopic, outTopic } from '@lethe/contracts';
import { tenantId } from '@lethe/kernel';
import { KafkaEventLog } from '@lethe/messaging';
import { Home, kafkaLoginOf } from '@lethe/platform';
import { makePlatformLogin } from './platform-login.ts';
import { preparedKafka, SLOTS } from './prepared-kafka.contract.ts';

jest.setTimeout(240_000);

const folder = mkdtempSync(join(tmpdir(), 'lethe-kafka-tls-'));
const ours = tenantId('our-platform');
const record = { number: 1, incarnation: 'test', id: 'first', value: '{}' };
const known = getCACertificates('default');
afterAll(() => {
  setDefaultCACertificates(known);
  rmSync(folder, { recursive: true, force: true });
});

/** Key and certificate of a broker on 127.0.0.1, signed by nobody but itself. */
function certificate(): { readonly both: string; readonly authority: string } {
  const [key, chain] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
  execFileSync(
    'openssl',
    [
      ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=broker'],
      ...['-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost', '-keyout', key, '-out', chain],
    ],
    { stdio: 'ignore' },
  );
  const authority = readFileSync(chain, 'utf8');
  return { both: readFileSync(key, 'utf8') + authority, authority };
}

test('over TLS services, platforms and the administrator work as without; who trusts another authority, or speaks plainly, is not served', async () => {
  const { both, authority } = certificate();
  // What NODE_EXTRA_CA_CERTS does when a process starts.
  setDefaultCACertificates([...known, authority]);
  const { kafka, installation } = await preparedKafka(folder, both);
  const login = kafkaLoginOf(Home.open(installation.home, 'development', { alone: false }), 'collection');
  const logs: { close(): Promise<unknown> }[] = [];
  const collection = (tls: boolean) => {
    const options = { brokers: kafka.brokers, slots: SLOTS, clientId: 'test', onFatal: () => undefined, login, tls };
    const log = new KafkaEventLog(options);
    logs.push(log);
    return log;
  };
  try {
    await collection(true).append('lethe.collection', 0, [record]);
    expect((await collection(true).ends('lethe.collection')).get(0)).toBe(1n);
    await collection(true).ensureTopics([inTopic(ours), outTopic(ours)]);
    const platform = await makePlatformLogin(installation, ours);
    const edge = new KafkaEdgeLog({ brokers: kafka.brokers, tenant: ours, login: platform, tls: true });
    logs.push(edge);
    await edge.send([{ slot: 0, id: '1', value: '{}' }]);

    const down = { kind: 'unavailable' };
    setDefaultCACertificates(known);
    await Promise.all([
      expect(collection(false).ends('lethe.collection')).rejects.toMatchObject(down),
      expect(collection(true).ends('lethe.collection')).rejects.toMatchObject(down),
      expect(makePlatformLogin(installation, ours)).rejects.toMatchObject(down),
    ]);
  } finally {
    await Promise.all(logs.map((log) => log.close()));
    await kafka.stop();
  }
});
