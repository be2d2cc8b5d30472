/** A process of its own that asks: the gate over HTTP, or the database for the floor. To 127.0.0.1 only. */
import autocannon from 'autocannon';
import pg from 'pg';

/** Requests that each connection takes in turns. */
const DIFFERENT = 50;
const any = (list) => list[Math.floor(Math.random() * list.length)];

async function gate({ url, token, purpose, connections, questions, subjects }) {
  if (new URL(url).hostname !== '127.0.0.1') throw new Error('load goes to this machine only');
  const question = () => ({
    method: 'POST',
    path: '/v1/gate',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ questions: [{ subject: any(subjects), purpose }] }),
  });
  let started = performance.now();
  let last = started;
  const run = autocannon({
    url,
    connections,
    amount: questions,
    timeout: 30,
    requests: [question()],
    setupClient: (client) => client.setRequests(Array.from({ length: DIFFERENT }, question)),
    verifyBody: (body) => body.toString().includes('"may":true'),
  });
  // Making the requests is not what is measured: the clock starts when they are made.
  run.on('start', () => (started = performance.now()));
  run.on('response', () => (last = performance.now()));
  const result = await new Promise((resolve, reject) => {
    run.on('done', resolve);
    run.on('error', reject);
  });
  return { milliseconds: last - started, wrong: questions - result['2xx'] + result.mismatches };
}

async function select({ address, text, values: [tenant, purpose], connections, questions, subjects }) {
  const clients = await Promise.all(
    Array.from({ length: connections }, async () => {
      const client = new pg.Client(address);
      await client.connect();
      return client;
    }),
  );
  let left = questions;
  let wrong = 0;
  const started = performance.now();
  await Promise.all(
    clients.map(async (client) => {
      while (left-- > 0) {
        const { rows } = await client.query({ name: 'floor', text, values: [tenant, any(subjects), purpose] });
        if (rows[0]?.state !== 'given') wrong += 1;
      }
    }),
  );
  const milliseconds = performance.now() - started;
  await Promise.all(clients.map((client) => client.end()));
  return { milliseconds, wrong };
}

process.on('message', (job) => {
  void (job.kind === 'gate' ? gate(job) : select(job)).then((answer) => process.send(answer));
});
process.on('disconnect', () => process.exit(0));
process.on('SIGINT', () => {});
