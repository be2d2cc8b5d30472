import type { Books, Copy } from './books.ts';

export interface Violation {
  /** By the numbers of the guarantees. */
  readonly invariant: string;
  readonly says: string;
}

type Check = (books: Books) => Violation[];

const of = (invariant: string, says: (copy: Copy) => string) => (copy: Copy) => ({
  invariant,
  says: `${copy.name} of ${copy.person.name} (${copy.purpose}, due ${copy.disposal}) ${says(copy)}`,
});

const held = (books: Books, copy: Copy): boolean =>
  books.holds.some(({ person, state }) => person === copy.person && state !== 'refused');
/** Something that a person did may have ended it. */
const ended = (books: Books, copy: Copy): boolean =>
  copy.person.erasing ||
  (copy.consentVersion > 0 && books.standing(copy.person, copy.purpose).withdrawn >= copy.consentVersion);

/** I15: what a hold was acknowledged to keep can be opened while the hold is in force. */
export const heldIsKept: Check = ({ holds }) =>
  holds
    .filter(({ state, over, parts }) => state === 'in-force' && over.filter(({ opens }) => opens).length < parts)
    .map(({ name, parts, over }) => ({
      invariant: 'I15',
      says: `${name} was acknowledged to keep ${String(parts)}, and ${String(over.filter(({ opens }) => opens).length)} open`,
    }));

/** I34: no key is lost, and no row: what neither its date nor its person has ended can be opened and is stored. */
export const nothingGoesEarly: Check = (books) =>
  books.copies
    .filter((copy) => copy.disposal > books.today && !ended(books, copy) && !(copy.opens && copy.stored))
    .map(of('I34', (copy) => `${copy.opens ? 'is not stored' : 'does not open'} on ${books.today}`));

/** I35: what collection has said is dead is opened by nobody, whatever was in memory. */
export const deadIsDead: Check = (books) =>
  books.copies
    .filter((copy) => copy.opens && copy.purpose !== 'ticket' && !held(books, copy))
    .filter((copy) => books.dead.has(`${copy.class} ${copy.disposal}`))
    .map(of('I35', () => 'opens though its day is dead'));

/** I37: the key of an isolated backup lies where only two persons reach it. */
export const isolatedIsIsolated: Check = ({ isolated }) =>
  isolated
    .filter(({ key }) => key === 'available')
    .map(({ name }) => ({ invariant: 'I37', says: `${name} is isolated, and its key is not` }));

/** I14, I16: at rest nothing that is due opens or is stored, unless somebody holds it. */
export const nothingOutlivesItsDate: Check = (books) =>
  books.copies
    .filter((copy) => copy.disposal <= books.today && !held(books, copy) && (copy.opens || copy.stored))
    .map(of('I14', (copy) => `${copy.opens ? 'opens' : 'is stored'} on ${books.today}`));

/** I22: at rest nothing of an erased person opens or is stored, nor anything under a withdrawn consent, unless it is held or a floor keeps it. */
export const endedIsGone: Check = (books) =>
  books.copies
    .filter((copy) => copy.purpose !== 'ticket' && !held(books, copy) && (copy.opens || copy.stored))
    .filter((copy) => {
      const { withdrawn } = books.standing(copy.person, copy.purpose);
      return (
        copy.person.erasing || (withdrawn < Infinity && withdrawn >= copy.consentVersion && copy.consentVersion > 0)
      );
    })
    .map(of('I22', (copy) => `${copy.opens ? 'opens' : 'is stored'} though its person ended it`));

/** I16, I23: when every hold is released and every date is past nothing opens and nothing is stored. */
export const allIsGone: Check = ({ copies }) =>
  copies
    .filter(({ opens, stored }) => opens || stored)
    .map(of('I16', (copy) => `${copy.opens ? 'opens' : 'is stored'} at the end`));

export const AT_EVERY_STEP: readonly Check[] = [heldIsKept, nothingGoesEarly, deadIsDead, isolatedIsIsolated];
export const AT_REST: readonly Check[] = [nothingOutlivesItsDate, endedIsGone];
export const AT_THE_END: readonly Check[] = [allIsGone];
