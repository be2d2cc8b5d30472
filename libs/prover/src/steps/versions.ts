import { http } from '@lethe/contracts';
import { parseDocument } from 'yaml';
import { untilApplied } from '../doors.ts';
import { checks, does, Disproof, expect, type Rows } from '../step.ts';
import { instantOf } from '../time.ts';
import { no, yes, type World } from '../world.ts';

/** A further version as the scenario makes it, before two people put it in force. */
interface Draft {
  readonly digest: string;
  readonly publications: { readonly channel: string; readonly at: string; readonly effectiveFrom?: string }[];
}
const drafts = new WeakMap<World, Draft>();
const draftOf = (world: World): Draft => {
  const draft = drafts.get(world);
  if (draft === undefined)
    throw new Disproof('there is no further version yet: `a version of {day} in which` comes first');
  return draft;
};

/**
 * The text in force with some paths changed (`-`: taken out), under a version and a first day of its own. What the policy leaves
 * to its deployer is changed there.
 */
async function draft(world: World, begins: string, rows: Rows): Promise<void> {
  const sent = await send(world, begins, rows);
  const [first] = sent.findings;
  if (sent.digest === undefined)
    throw new Disproof(
      `such a version is no pack: ${first === undefined ? 'unknown' : `${first.code}: ${first.message}`}`,
    );
  drafts.set(world, { digest: sent.digest, publications: [] });
}

/** What becomes of a text that is sent: a digest, or what is wrong with it. */
async function send(world: World, begins: string, rows: Rows) {
  const { versions } = await world.doors.ask('officer', http.PackVersions);
  const current = versions.find(({ governs }) => governs);
  if (current === undefined) throw new Disproof('no version governs');
  const text = await world.doors.ask('officer', http.PackText, { params: { digest: current.digest } });
  const policy = parseDocument(text.policy);
  const earlier = versions.map(({ version }) => version);
  policy.set('version', begins);
  policy.set('effectiveFrom', begins);
  policy.set('notices', earlier);
  const deployer = text.deployer === undefined ? undefined : parseDocument(text.deployer);
  // The day stands in the version itself then.
  deployer?.delete('effectiveFrom');
  for (const [path = '', value = ''] of rows) {
    const steps = path.split('.').map((step) => (/^\d+$/.test(step) ? Number(step) : step));
    const document = deployer !== undefined && policy.get(steps[0]) === 'deployer' ? deployer : policy;
    if (value === '-') document.deleteIn(steps);
    else document.setIn(steps, parseDocument(value).toJS());
  }
  return world.doors.ask('operator', http.SendPack, {
    body: {
      ...text,
      policy: policy.toString(),
      ...(deployer === undefined ? {} : { deployer: deployer.toString() }),
    },
  });
}

/** One person proposes, another confirms; the first thing that stands in the way is the answer. */
async function enact(world: World, rows: Rows): Promise<void> {
  const { digest, publications } = draftOf(world);
  const said = Object.fromEntries(rows.map(([key = '', value = '']) => [key, value]));
  const { assessment, decided } = said;
  await world.asking(async () => {
    const proposed = await world.doors.ask(
      'officer',
      http.ProposePack,
      {
        body: {
          digest,
          publications,
          ...(decided === undefined ? {} : { decided: decided as 'major' }),
          ...(assessment === undefined ? {} : { assessment: { id: 'assessment-1', risk: assessment as 'high' } }),
        },
      },
      'first',
    );
    const { proposal } = proposed;
    const answer = await untilApplied(() =>
      world.doors.ask('officer', http.ConfirmPack, { params: { proposal } }, 'second'),
    );
    const [refusal] = answer.outcome === 'refused' ? answer.refusals : [];
    const shown = { ...proposed, reconsent: proposed.reconsent.map(({ purpose }) => purpose) };
    return refusal === undefined ? yes(shown) : no(refusal, shown);
  });
}

const publish = (world: World, channels: readonly string[], at: string, effectiveFrom?: string): void => {
  const instant = instantOf(at, world.pack.zone).toISOString();
  for (const channel of channels)
    draftOf(world).publications.push({
      channel,
      at: instant,
      ...(effectiveFrom === undefined ? {} : { effectiveFrom }),
    });
};

export const VERSIONS = [
  does(
    'a version of {day} in which',
    'A further version of the pack, in force from that day, which is also its name: rows of a path into the policy and its new value (`requests.deadline.days`); `-` takes it out.',
    (world: World, begins: string, rows: Rows) => draft(world, begins, rows),
  ),
  checks(
    'a version of {day} is no pack, for {name}, in which',
    'Such a version is not taken: this is what `lethe policy check` finds in it. Rows as above.',
    async (world: World, begins: string, code: string, rows: Rows) => {
      const { digest, findings } = await send(world, begins, rows);
      expect(digest === undefined, 'such a version is taken');
      expect(
        findings.some((found) => found.code === code),
        `what is found is ${findings.map((found) => found.code).join(', ') || 'nothing'}`,
      );
    },
  ),
  does(
    'it is published on {names} on {instant}',
    'Where and when that version was published or announced.',
    (world: World, channels: readonly string[], at: string) => publish(world, channels, at),
  ),
  does(
    'it is published on {names} on {instant}, to begin on {day}',
    'The same, and the first day that the announcement gave.',
    (world: World, channels: readonly string[], at: string, begins: string) => publish(world, channels, at, begins),
  ),
  does(
    'two people put it in force',
    'One proposes that version and another confirms. The answer says changes, reductions and reconsent; what stands in the way is a refusal.',
    (world: World) => enact(world, []),
  ),
  does(
    'two people put it in force with',
    'The same, with rows: `decided` (major or minor, where the list of changes does not say), `assessment` (high, other).',
    (world: World, rows: Rows) => enact(world, rows),
  ),
  checks(
    'the version of {day} governs',
    'The version in force on the clock of the scenario has this name.',
    async (world: World, version: string) => {
      const found = await governing(world);
      expect(found === version, `the version "${found}" governs`);
    },
  ),
  checks('the first version governs', 'No further version is in force yet.', async (world: World) => {
    const found = await governing(world);
    expect(found === world.pack.version, `the version "${found}" governs`);
  }),
  checks(
    'the first version can still be read as it was',
    'The archive gives the text of the first version, under the digest that its text has.',
    async (world: World) => {
      const { versions } = await world.doors.ask('backend', http.PackVersions);
      const first = versions.find(({ version }) => version === world.pack.version);
      expect(first !== undefined, 'the archive does not name the first version');
      const { policy } = await world.doors.ask('backend', http.PackText, { params: { digest: first?.digest ?? '' } });
      const stands = parseDocument(policy).get('version') === world.pack.version;
      expect(stands, 'the archive gives another text for the first version');
    },
  ),
];

async function governing(world: World): Promise<string> {
  const { versions } = await world.doors.ask('officer', http.PackVersions);
  return versions.find(({ governs }) => governs)?.version ?? 'none';
}
