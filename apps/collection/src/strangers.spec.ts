import { newRef, startCollection, orderFields, type Bench, type Tenant } from './collection.contract.ts';
import { face, personWithFace, START } from './faces.contract.ts';
import type { SubjectRef } from '@lethe/kernel';

let bench: Bench;
beforeAll(async () => {
  bench = await startCollection();
}, 120_000);
afterAll(() => bench?.stop());

const nobody = (): SubjectRef => newRef() as SubjectRef;
const unknown = (field: string) => ({
  outcome: 'refused',
  refusal: { code: 'subject-unknown', clause: 'DM-IDV-03', field },
});
const order = async (tenant: Tenant, subject: SubjectRef) => ({
  subject,
  matter: await tenant.matter(subject, 'order', 'o-1'),
  purpose: 'order',
  fields: orderFields('N1'),
});
const guest = (subject: SubjectRef) => ({
  subject,
  declaration: 'other-person-authorized',
  fields: { 'legal-name': '王五', 'id-number': '110101199003070038' },
});
const keysOf = async (subject: SubjectRef): Promise<number> => {
  const [row] = await bench.keys.admin.transaction((sql) =>
    sql.query<{ n: number }>('select count(*)::int as n from keyring.subject_key where subject = $1', [subject]),
  );
  return row!.n;
};

test('a ref that was made for nobody is refused, whatever was said of it; nothing is stored and no key is made', async () => {
  const tenant = await bench.tenant('strangers', START);
  const subject = nobody();
  await tenant.consent(subject, 'face-verification', 1, 'given', 'separate');
  expect(await tenant.collect({ subject, ...face('MARK-stranger') })).toMatchObject([unknown('subject')]);
  expect(await tenant.count('part')).toBe(0);
  expect(await tenant.count('refusal', `code = 'subject-unknown'`)).toBe(1);
  expect(await keysOf(subject)).toBe(0);
});

test('so is a record that names such a ref among others, whole, and nothing else of its batch', async () => {
  const tenant = await bench.tenant('strange-guests', START);
  const [buyer, known, stranger] = [await tenant.person('buyer'), await tenant.person('guest'), nobody()];
  const bought = await order(tenant, buyer);
  expect(
    await tenant.collect({ ...bought, others: [guest(known), guest(stranger)] }, { ...bought, others: [guest(known)] }),
  ).toMatchObject([unknown('others.1.subject'), { outcome: 'admitted' }]);
  expect(await tenant.count('part', `subject = '${stranger}'`)).toBe(0);
  expect(await tenant.count('part')).toBe(2);
});

test('the ref of another tenant is a stranger here, and so is that of a matter', async () => {
  const [one, other] = [await bench.tenant('strange-one', START), await bench.tenant('strange-other', START)];
  const theirs = await other.person('u-1');
  const mine = await one.person('u-1');
  const matter = (await one.matter(mine, 'order', 'o-1')) as unknown as SubjectRef;
  for (const subject of [theirs, matter]) {
    await one.consent(subject, 'face-verification', 1, 'given', 'separate');
    expect(await one.collect({ subject, ...face() })).toMatchObject([unknown('subject')]);
  }
});

test('a database that has forgotten everybody refuses nobody it made; who has data is known also where the name is gone', async () => {
  const tenant = await bench.tenant('strange-restored', START);
  const { subject } = await personWithFace(tenant, 'u-1');
  // As an older database would be that came back: what it held of the person is not there.
  await bench.data.admin.transaction((sql) =>
    sql.query(`delete from part where tenant = $1 and subject = $2`, [tenant.id, subject]),
  );
  expect(await tenant.count('holding', `subject = '${subject}'`)).toBe(0);
  expect(await tenant.collect({ subject, ...face('again') })).toMatchObject([{ outcome: 'admitted' }]);
  // As after an account was closed whose records a floor keeps.
  await bench.keyring.forgetName(tenant.id, subject);
  expect(await tenant.collect({ subject, ...face('third') })).toMatchObject([{ outcome: 'admitted' }]);
});

test('shadow mode keeps nothing of a stranger either', async () => {
  const tenant = await bench.tenant('strange-shadow', START);
  await bench.service.standings.setShadow(tenant.id, true, 'test#officer', await bench.service.moment(tenant.id));
  const subject = nobody();
  await tenant.consent(subject, 'face-verification', 1, 'given', 'separate');
  expect(await tenant.collect({ subject, ...face() })).toMatchObject([unknown('subject')]);
});
