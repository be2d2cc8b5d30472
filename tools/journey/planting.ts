import { join } from 'node:path';
import type { ConsentAct, Lethe, Submission } from '@lethe/client';
import type { MatterId, SubjectRef } from '@lethe/kernel';
import { loadPack, type Pack, type Purpose } from '@lethe/policy';
import { ROOT } from './lethe-process.ts';
import type { Markers } from './markers.ts';

const AT = '2024-02-05T02:00:00.000Z';

/** What was planted: `sealed` reached the vault, `turnedAway` was told to Lethe and must be stored nowhere. */
export interface Planted {
  readonly subject: SubjectRef;
  readonly others: readonly SubjectRef[];
  readonly sealed: readonly string[];
  /** Their matters, each with what the platform calls it. */
  readonly matters: readonly { readonly ref: MatterId; readonly name: string }[];
}

/** Fills every field of every purpose of the pack with markers, for one person and for those known through that person. */
export class Planting {
  readonly #pack: Pack = loadPack(join(ROOT, 'policies/damai'));

  constructor(
    private readonly platform: Lethe,
    private readonly markers: Markers,
  ) {}

  async person(): Promise<Planted> {
    const { markers, platform } = this;
    const subject = await platform.subject(markers.text('user'));
    const sealed: string[] = [];
    const others: SubjectRef[] = [];
    const matters: { readonly ref: MatterId; readonly name: string }[] = [];
    const matterOf = async (kind: string): Promise<MatterId> => {
      const name = markers.text('matter');
      const ref = await platform.matter(subject, kind, name);
      matters.push({ ref, name });
      return ref;
    };
    const mark = <Value extends string | number>(value: Value): Value => {
      sealed.push(markers.nameOf(value));
      return value;
    };
    const valuesOf = (names: Iterable<string>): Submission['fields'] =>
      Object.fromEntries([...names].map((name) => [name, this.#value(name, mark)]));

    // A purpose without fields is agreed to, and takes nothing in.
    const purposes = [...this.#pack.purposes.values()].filter(({ fields }) => fields.size > 0);
    await this.#consents(subject, purposes);
    const submissions: Submission[] = [];
    for (const purpose of purposes) {
      const kind = this.#matterOf(purpose);
      // What the platform holds itself is turned away at the door, and what leads to a person is replaced in a log: neither is sealed.
      const comesIn = (name: string): boolean =>
        purpose.custody !== 'platform' &&
        !(purpose.deidentify !== undefined && this.#pack.fields.get(name)?.identifier === true);
      const fields = Object.fromEntries(
        [...purpose.fields.keys()].map((name) => [name, this.#value(name, comesIn(name) ? mark : unmarked)]),
      );
      const guest = purpose.others && (await platform.subject(markers.text('guest')));
      if (guest !== undefined) others.push(guest);
      submissions.push({
        idempotencyKey: markers.text('key'),
        subject,
        purpose: purpose.name,
        notice: this.#pack.version,
        region: this.#pack.territory.regions[0]!,
        collectedAt: AT,
        declarations: [...this.#pack.declarations.keys()].slice(0, 16),
        ...sourceOf(purpose),
        ...(kind === undefined ? {} : { matter: await matterOf(kind) }),
        fields,
        ...(guest === undefined || purpose.others === undefined
          ? {}
          : {
              others: [
                {
                  subject: guest,
                  declaration: purpose.others.declaration,
                  fields: valuesOf(purpose.others.fields.keys()),
                },
              ],
            }),
      });
    }
    const answers = await platform.collect(submissions);
    const turnedAway = answers.flatMap((answer, nth) =>
      answer.outcome === 'refused'
        ? [`${submissions[nth]?.purpose ?? ''}: ${answer.refusal.code} ${answer.refusal.field ?? ''}`]
        : [],
    );
    if (turnedAway.length > 0) throw new Error(`the pack refuses what it declares: ${turnedAway.join('; ')}`);
    return { subject, others, sealed, matters };
  }

  /** Things no service may keep: refused submissions, bodies and addresses that make no sense, tokens of nobody. The answers. */
  async turnedAway(subject: SubjectRef, url: string, token: string): Promise<string[]> {
    const { markers, platform } = this;
    const bad = (fields: Submission['fields'], purpose = 'customer-service'): Submission => ({
      idempotencyKey: markers.text('key'),
      subject,
      purpose,
      collectedAt: AT,
      fields,
    });
    const refused = await platform.collect([
      bad({ 'conversation-content': markers.text('no-matter') }),
      bad({ religion: markers.text('undeclared') }),
      bad({ 'conversation-content': markers.text('no-purpose') }, 'credit-scoring'),
      bad({ 'ticket-price': markers.text('wrong-type') }, 'order'),
    ]);
    const send = async (path: string, init: RequestInit): Promise<string> => {
      const answer = await fetch(new URL(path, url), init);
      return `${String(answer.status)} ${[...answer.headers.values()].join(' ')} ${await answer.text()}`;
    };
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const post = (path: string, body: string, more: Record<string, string> = {}) =>
      send(path, { method: 'POST', headers: { ...headers, ...more }, body });
    return [
      // Its own key is given back to whoever asked, so that answers find their questions.
      JSON.stringify(refused.map((answer) => ({ ...answer, idempotencyKey: undefined }))),
      await post('/v1/records', `{"submissions":[{"idempotencyKey":"${markers.text('json')}`),
      await post(
        '/v1/records',
        JSON.stringify({ submissions: [{ fields: { nickname: { deep: markers.text('deep') } } }] }),
      ),
      await post('/v1/records', JSON.stringify({ [markers.text('name')]: 1 })),
      await post('/v1/subjects', JSON.stringify({ userId: [markers.text('list')] })),
      await post('/v1/open', JSON.stringify({ purpose: markers.text('purpose'), subject })),
      await post('/v1/requests', JSON.stringify({ subject: markers.text('subject'), kind: 'erasure' })),
      await post('/v1/subjects', markers.text('form'), { 'content-type': 'text/plain' }),
      await send(`/v1/subjects/${encodeURIComponent(markers.text('path'))}/consents`, { headers }),
      await send(`/v1/requests?limit=${encodeURIComponent(markers.text('query'))}`, { headers }),
      await send('/v1/counts', {
        headers: { authorization: `Bearer ${Buffer.from(markers.text('token')).toString('base64url')}` },
      }),
      await send('/v1/counts', { headers: { ...headers, 'x-request-id': encodeURIComponent(markers.text('header')) } }),
    ];
  }

  async #consents(subject: SubjectRef, purposes: readonly Purpose[]): Promise<void> {
    const acts = purposes
      .filter(({ basis, fields }) =>
        [basis, ...[...fields.values()].map((rule) => rule.basis)].some(({ kind }) => kind === 'consent'),
      )
      .map(({ name, basis }): ConsentAct => ({
        subject,
        purpose: name,
        state: 'given',
        level: basis.level === 'device-permission' ? 'device-permission' : 'separate',
        notice: this.#pack.version,
        at: AT,
      }));
    const outcomes = await this.platform.consent(acts);
    const refused = outcomes.filter(({ outcome }) => outcome === 'refused');
    if (refused.length > 0) throw new Error(`a consent was refused: ${JSON.stringify(refused)}`);
  }

  #matterOf({ fields }: Purpose): string | undefined {
    const [rule] = fields.values();
    const anchor = rule && this.#pack.classes.get(rule.class)?.anchor;
    return anchor === undefined ? undefined : this.#pack.anchors.get(anchor)?.matter;
  }

  #value(name: string, mark: <Value extends string | number>(value: Value) => Value): Submission['fields'][string] {
    switch (this.#pack.fields.get(name)?.type) {
      case 'number':
        return mark(this.markers.number(name));
      case 'list':
        return [mark(this.markers.text(name)), mark(this.markers.text(name))];
      case 'flag':
        return true;
      case 'day':
        // Somebody born on that day would be a child.
        return name.startsWith('birth') ? '1990-02-05' : '2024-02-05';
      case 'instant':
        return AT;
      case 'text':
      case undefined:
        return mark(this.markers.text(name));
    }
  }
}

const unmarked = <Value>(value: Value): Value => value;

/** Where the pack takes it from, if not from the person. */
function sourceOf({ sources }: Purpose): Pick<Submission, 'source'> {
  if (sources?.person !== false || sources.indirect === undefined) return {};
  const { parties, attestations, sensitiveAttestations } = sources.indirect;
  return {
    source: { kind: 'indirect', party: [...parties][0], attestations: [...attestations, ...sensitiveAttestations] },
  };
}
