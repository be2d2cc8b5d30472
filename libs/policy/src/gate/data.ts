import { refuse, subjectFacts } from '../basis.ts';
import type { GateFacts, GateQuestion, GateRemarks, GateVerdict } from '../facts.ts';
import type { Pack } from '../pack.ts';
import { ruled } from '../rules/circumstances.ts';
import { isSensitive } from '../rules/values.ts';
import { mayUse } from './use.ts';
import { no, yes } from './verdict.ts';

/** What these fields count as, of this person: by themselves, and at this person's age. */
export function classify(pack: Pack, facts: GateFacts, question: GateQuestion): GateVerdict {
  const stray = question.fields.find((name) => !pack.fields.has(name));
  if (stray !== undefined) return no(refuse(pack, 'undeclared-field', undefined, `fields.${stray}`));
  const clause = pack.fields.get(question.fields[0] ?? '')?.clause ?? pack.controller.clause;
  return yes(clause, { classified: classOfFields(pack, facts, question.fields, question.subject, false) });
}

/**
 * May these be joined? Logs become personal by it, and are then de-identified, unless the person has authorized the
 * purpose or a ground of the pack lets them stand.
 */
export function mayJoin(pack: Pack, facts: GateFacts, question: GateQuestion, now: Date): GateVerdict {
  const purpose = pack.purposes.get(question.purpose ?? '');
  if (purpose === undefined) return no(refuse(pack, 'undeclared-purpose', undefined, 'purpose'));
  const stray = question.fields.find((name) => !pack.fields.has(name));
  if (stray !== undefined) return no(refuse(pack, 'undeclared-field', purpose, `fields.${stray}`));
  const { joining } = pack;
  const alone = question.fields.filter((name) => pack.fields.get(name)?.whenAlone === 'not-personal');
  const joined = alone.length < question.fields.length || question.subject !== undefined;
  const classified = classOfFields(pack, facts, question.fields, question.subject, joined);
  if (alone.length === 0 || !joined || joining === undefined)
    return yes(joining?.clause ?? purpose.clause, { classified });
  const { subject, exception } = question;
  if (exception !== undefined && joining.unless.includes(exception.ground)) {
    const asked = { kind: 'use', subject: subject ?? '', purpose: purpose.name, fields: [], exception } as const;
    const verdict = mayUse(pack, facts, asked, now);
    return { ...verdict, classified };
  }
  const given = subject === undefined ? undefined : subjectFacts(facts, subject).consents[purpose.name];
  if (subject !== undefined && given !== undefined && joining.unless.includes('consent')) {
    const verdict = mayUse(pack, facts, { kind: 'use', subject, purpose: purpose.name, fields: [] }, now);
    return { ...verdict, classified };
  }
  return no(ruled(pack, 'joined-data', purpose, 'fields', joining.clause), {
    classified,
    treatment: joining.treatment,
  });
}

/** May a set in which nobody can be told be used so? Only with what shows it; some uses ask for anonymous data. */
export function mayUseDataset(pack: Pack, question: GateQuestion): GateVerdict {
  const rule = pack.deidentified;
  const { use = '', state = 'personal', evidence = [] } = question;
  const unproven = (field: string): GateVerdict =>
    no(ruled(pack, 'deidentification-unproven', undefined, field, rule?.clause), { classified: 'personal' });
  if (rule === undefined || state === 'personal') return unproven('state');
  // What tells a device or a person directly is in no set in which nobody can be told.
  const telling = question.fields.find((name) => pack.fields.get(name)?.identifier === true);
  if (telling !== undefined) return unproven(`fields.${telling}`);
  if (!rule.needs.every((each) => evidence.includes(each))) return unproven('evidence');
  const anonymous = state === 'anonymous';
  if (rule.anonymousOnly.includes(use) && !anonymous) return unproven('state');
  const classified = anonymous ? 'anonymous' : 'not-personal';
  if (!rule.uses.includes(use) && !rule.anonymousOnly.includes(use))
    return no(ruled(pack, 'use-not-declared', undefined, 'use', rule.clause), { classified });
  return yes(rule.clause, { classified });
}

function classOfFields(
  pack: Pack,
  facts: GateFacts,
  fields: readonly string[],
  subject: string | undefined,
  joined: boolean,
): NonNullable<GateRemarks['classified']> {
  const person = subjectFacts(facts, subject ?? '');
  if (fields.some((name) => isSensitive(pack, name, person))) return 'sensitive';
  const personal = fields.some((name) => {
    const field = pack.fields.get(name);
    return field?.about === 'person' && (joined || field.whenAlone === 'personal');
  });
  return personal ? 'personal' : 'not-personal';
}
