import type { Books, Copy } from './books.ts';
import { scheduleOf } from './versions.ts';

export interface Violation {
  /** By the numbers of the guarantees. */
  readonly invariant: string;
  readonly says: string;
}

type Check = (books: Books) => Violation[];

/** A violation of one copy. */
export const of = (invariant: string, says: (copy: Copy) => string) => (copy: Copy) => ({
  invariant,
  says: `${copy.name} of ${copy.person.name} (${copy.purpose}, due ${copy.disposal}) ${says(copy)}`,
});

/** Somebody's hold keeps it or may do so: released is over when collection has lifted it. */
export const held = (books: Books, copy: Copy): boolean =>
  books.holds.some(
    ({ person, state, hold }) =>
      person === copy.person &&
      (state === 'released' ? books.recorded.get(hold!)?.lifted === false : state !== 'refused'),
  );
/** The same at rest, where everybody has heard of everything. */
const keptByAHold = ({ holds }: Books, copy: Copy): boolean =>
  holds.some(({ person, state }) => person === copy.person && state !== 'refused' && state !== 'released');
/** Something that a person did may have ended it, and no floor keeps it. */
const ended = (books: Books, copy: Copy): boolean =>
  (copy.person.erasing && copy.free <= books.today) ||
  (copy.consentVersion > 0 && books.standing(copy.person, copy.purpose).withdrawn >= copy.consentVersion);

/** I15: a hold keeps as many parts as its answer says, and each is stored and can be opened while it is in force. */
export const heldIsKept: Check = (books) =>
  books.holds
    .filter(({ state }) => state === 'in-force')
    .flatMap((hold) => {
      const over = books.over(hold);
      if (over === undefined)
        return [{ invariant: 'I15', says: `${hold.name} is in force, and collection has not recorded it` }];
      const { name, parts = over.length } = hold;
      const perhaps = books.recorded.get(hold.hold!)!.perhaps.filter(({ person }) => person === hold.person);
      const lost = over.filter((copy) => !copy.lost && !(copy.stored && copy.opens));
      return [
        ...(parts >= over.length && parts <= over.length + perhaps.length
          ? []
          : [
              {
                invariant: 'I15',
                says: `${name} was acknowledged to keep ${String(parts)} of ${String(over.length)} parts`,
              },
            ]),
        ...lost.map(of('I15', ({ stored }) => `${stored ? 'does not open' : 'is not stored'} under ${name}`)),
      ];
    });

/** I15: at rest each hold is in force, was refused or is released, and collection has heard of it. */
export const holdsAreDecided: Check = ({ holds }) =>
  holds
    .filter(({ state }) => state === 'placing' || state === 'releasing')
    .map(({ name, state }) => ({ invariant: 'I15', says: `${name} is ${state} at rest` }));

/** What somebody has deleted by hand is not stored; and nobody finds its keys where the rest of an erased person is kept. */
const isThere = ({ lost, opens, stored, person }: Copy): boolean => (lost ? opens || person.erasing : opens && stored);

/**
 * I17, I34: no key is lost, and no row but what was deleted by hand: what neither its date nor its person has ended, or a floor
 * keeps, opens and is stored.
 */
export const nothingGoesEarly: Check = (books) =>
  books.copies
    .filter((copy) => copy.disposal > books.today && !ended(books, copy) && !isThere(copy))
    .map((copy) =>
      of(
        copy.person.erasing ? 'I17' : 'I34',
        ({ opens }) => `${opens ? 'is not stored' : 'does not open'} on ${books.today}`,
      )(copy),
    );

/** I35: what collection has said is dead is opened by nobody, whatever was in memory. */
export const deadIsDead: Check = (books) =>
  books.copies
    .filter((copy) => copy.opens && !held(books, copy))
    .filter((copy) => books.dead.has(`${copy.class} ${copy.dated}`))
    .map(of('I35', () => 'opens though its day is dead'));

/** I37: the key of an isolated backup lies where only two persons reach it. */
export const isolatedIsIsolated: Check = ({ isolated }) =>
  isolated
    .filter(({ key }) => key === 'available')
    .map(({ name }) => ({ invariant: 'I37', says: `${name} is isolated, and its key is not` }));

/** A hold in force that was recorded while it was stored. */
const isHeld = (books: Books, copy: Copy): boolean =>
  books.holds.some((hold) => hold.state === 'in-force' && books.over(hold)?.includes(copy) === true);

/**
 * I37: what was lost, lay in the backup, still opens, and was ended by nobody or is held, is stored again; what of it did not lie
 * there is listed one by one.
 */
export const whatWasLostIsBack: Check = (books) =>
  books.reports.flatMap(({ name, lost }) =>
    lost
      .filter(({ stored, opens }) => !stored && opens)
      .filter(({ copy }) => isHeld(books, copy) || (copy.disposal > books.today && !ended(books, copy)))
      .filter(({ wasInTheBackup, listed }) => wasInTheBackup || !listed)
      .map(({ copy, wasInTheBackup }) =>
        of('I37', () => `is ${wasInTheBackup ? 'not stored again' : 'nowhere, and not listed,'} after ${name}`)(copy),
      ),
  );

/** I37: nothing that was let go comes back with a restore, nor anything that no key opened any more. */
export const nothingEndedIsBack: Check = (books) => [
  ...books.copies.filter(({ gone, stored }) => gone && stored).map(of('I37', () => 'was let go, and is stored again')),
  ...books.reports.flatMap(({ name, lost }) =>
    lost
      .filter(({ wasDead, stored }) => wasDead && stored)
      .map(({ copy }) => of('I37', () => `is stored again after ${name}, and had no key any more`)(copy)),
  ),
];

/** A later version has said something of what came in before it. */
const isUnderLater = ({ versions, today }: Books, copy: Copy): boolean =>
  versions.some(({ from }) => from > scheduleOf(copy.class).from && from <= today);

/**
 * I14, I16: at rest nothing that is due opens or is stored, unless somebody holds it; I18: by the version under which it came in, or
 * a shorter one since.
 */
export const nothingOutlivesItsDate: Check = (books) =>
  books.copies
    .filter((copy) => copy.disposal <= books.today && !keptByAHold(books, copy) && (copy.opens || copy.stored))
    .map((copy) =>
      of(
        isUnderLater(books, copy) ? 'I18' : 'I14',
        ({ opens }) => `${opens ? 'opens' : 'is stored'} on ${books.today}`,
      )(copy),
    );

/** A floor keeps something of the person: then the keys under which it lies live on, with whatever else lay under them. */
const floorKeeps = ({ copies, today }: Books, person: Copy['person']): boolean =>
  copies.some((copy) => copy.person === person && copy.stored && copy.free > today);

/**
 * I17, I22: at rest nothing of an erased person opens or is stored, nor anything under a withdrawn consent, unless it is held or a
 * floor keeps it; not a day longer than its own floor. Of a row that was deleted by hand nobody finds that its floor ends: its copy
 * opens no longer than its own day.
 */
export const endedIsGone: Check = (books) =>
  books.copies
    .filter((copy) => !keptByAHold(books, copy) && ended(books, copy))
    // Of a withdrawal that was not answered nobody knows which version it ended.
    .filter(({ person, purpose }) => person.erasing || books.standing(person, purpose).withdrawn < Infinity)
    .filter(
      ({ opens, stored, lost, purpose, person }) =>
        stored || (opens && !(purpose === 'ticket' && (lost || floorKeeps(books, person)))),
    )
    .map((copy) =>
      of(
        copy.purpose === 'ticket' ? 'I17' : 'I22',
        ({ opens }) => `${opens ? 'opens' : 'is stored'} though its person ended it`,
      )(copy),
    );

/** I16, I23: when every hold is released and every date is past nothing opens and nothing is stored. */
export const allIsGone: Check = ({ copies }) =>
  copies
    .filter(({ opens, stored }) => opens || stored)
    .map(of('I16', (copy) => `${copy.opens ? 'opens' : 'is stored'} at the end`));

/** After each step, as soon as a row is there or a restore has reported. */
export const ALWAYS: readonly Check[] = [whatWasLostIsBack, nothingEndedIsBack];
export const AT_EVERY_STEP: readonly Check[] = [heldIsKept, nothingGoesEarly, deadIsDead, isolatedIsIsolated];
export const AT_REST: readonly Check[] = [holdsAreDecided, nothingOutlivesItsDate, endedIsGone];
export const AT_THE_END: readonly Check[] = [allIsGone];
