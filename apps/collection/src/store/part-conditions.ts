/* SQL about a part `p`: where its day stands, what has ended it, and what keeps it all the same. */

/* The present day of a part: its own, or its matter's. */
export const DAY = 'case when p.matter is null then p.disposal else d.day end';
export const FROM = `from part p
  left join matter_date d on d.tenant = p.tenant and d.matter = p.matter and d.class = p.class
  left join disposal o on o.tenant = p.tenant and o.class = p.class and o.day = ${DAY}`;
/** SQL: `c` is the consent the part `p` rests on, withdrawn on a local day before `day`. A part has one such consent at most. */
export const withdrawalBefore = (day: string, zone: string): string =>
  `c.tenant = p.tenant and c.subject = p.subject and c.purpose = p.purpose and c.state = 'withdrawn'
     and p.compartment = 'consent.' || p.purpose and coalesce(p.consent_version <= c.version, true) and (c.at at time zone ${zone})::date < ${day}`;
/**
 * SQL: the part `p` rests on a consent that was withdrawn on a local day before `day`. Such a part goes for the withdrawal, any
 * other on its day, whichever of the two comes to its row first: what is counted follows legal time, not who was faster.
 */
export const withdrawnBefore = (day: string, zone: string): string =>
  `exists (select 1 from consent_state c where ${withdrawalBefore(day, zone)})`;

/** SQL: until when the part's own floor keeps it, as far as that is known: its matter may still wait. */
export const OWN_FLOOR =
  'coalesce(p.floor, (select m.floor from matter_date m where m.tenant = p.tenant and m.matter = p.matter and m.class = p.class))';

/** SQL: the part `p` is of somebody erased, and the floor that alone kept it ended before `day`. It goes for that, as above. */
export const endedBefore = (day: string): string =>
  `(p.restricted and p.restricted_basis is distinct from 'hold'
     and coalesce(${OWN_FLOOR}, p.restricted_until) < ${day}
     and exists (select 1 from subject_state s where s.tenant = p.tenant and s.subject = p.subject and s.erased_entry is not null))`;

/* Asked once a statement: where no hold is in force, no part is looked at for one. */
export const ANY_HOLD = `(select exists (select 1 from hold where state = 'in-force'))`;
/* What was submitted with a matter is its record: other parts of it may count from another event, or from no matter at all. Looked up once a statement. */
const OF_HELD_MATTERS = `(select s.matter, s.record from part s join hold m on m.state = 'in-force' and m.kind = 'matter' and m.matter = s.matter)`;
/** SQL: the hold `h` is in force and names the part `p`: its record, its matter or the record of one, its person, or everything. */
export const NAMED = `h.state = 'in-force' and (h.kind = 'tenant'
  or (h.kind = 'subject' and h.subject = p.subject) or (h.kind = 'record' and h.record = p.record)
  or (h.kind = 'matter' and (h.matter = p.matter or (h.matter, p.record) in ${OF_HELD_MATTERS})))`;
export const HELD = `case when ${ANY_HOLD} then exists (select 1 from hold h where ${NAMED}) else false end`;

/**
 * SQL, true or false for a statement: a hold in force may name parts of this person. Only then they are looked at one by one. Nobody
 * knows without looking who has a part in a record, or in those of a matter.
 */
export const holdMayReach = (subject: string): string =>
  `(select exists (select 1 from hold h where h.state = 'in-force' and (h.kind in ('tenant', 'record', 'matter') or (h.kind = 'subject' and h.subject = ${subject}))))`;

/** SQL: the extension `e` is in force and reaches the part `p`, of the person with whom it was agreed, beyond `day`. */
export const reachesBeyond = (day: string): string =>
  `e.state = 'in-force' and e.goes_on > ${day} and e.subject = p.subject and (e.record = p.record or e.matter = p.matter)`;
/**
 * SQL: a longer period that was agreed reaches the part `p` beyond `day`. It ends with its person and with its consent, so it keeps a
 * part from its day only, never from an erasure or a withdrawal.
 */
export const extendedBeyond = (day: string): string => `exists (select 1 from extension e where ${reachesBeyond(day)})`;

/**
 * SQL: the order `of` takes the part `p`, unless something keeps it: what lies in its compartments, up to the consent that was withdrawn;
 * of a whole erasure also what lies beside something that the law keeps. Its compartment is on no list, and its key lives.
 */
export const takenBy = (of: {
  readonly compartments: string;
  readonly consentVersion: string;
  readonly entry: string;
}): string => `(${listedBy(of)} or ${besideKept(of)})`;
/** SQL: the part `p` lies in a compartment whose key that order destroys. */
export const listedBy = (of: { readonly compartments: string; readonly consentVersion: string }): string =>
  `(p.compartment = any(${of.compartments}) and (${of.consentVersion} is null or p.consent_version is null or p.consent_version <= ${of.consentVersion}))`;
/** SQL: the part `p` goes with the whole of its person, whose erasure the ledger has under that entry, and not with its compartment. */
export const besideKept = (of: { readonly entry: string }): string =>
  `exists (select 1 from subject_state t where t.subject = p.subject and t.ordered is not null and t.erased_entry = ${of.entry})`;
/** SQL: no law keeps the part `p`; a hold may, or may have. */
export const BY_NO_LAW = `(not p.restricted or p.restricted_basis = 'hold')`;
