import { BY_CHANCE, POINTS } from './points.ts';

/** So many seeds come to every point, and crash there: of fewer nobody can say which they should have. */
export const COMES_TO_EACH = 2_000;
/** What is forgotten by the hour does not depend on the seed. */
const HOUSEKEEPING = / the commit of (?:heard|rows past their date)$/;

/** Points of the list at which no seed crashed. */
export const neverAt = (crashed: ReadonlySet<string>): string[] => POINTS.filter((point) => !crashed.has(point));

/** Points that a service came to and that the list does not know. */
export const unlisted = (came: ReadonlySet<string>): string[] =>
  [...came]
    .filter((point) => !POINTS.includes(point) && !BY_CHANCE.includes(point) && !HOUSEKEEPING.test(point))
    .sort();

/** Why seeds that all held do not show that everything holds: one line each. */
export function gaps(run: {
  /** Seeds that ran, that were asked for, and fewer than which show too little. */
  readonly seeds: number;
  readonly asked: number;
  readonly atLeast: number;
  readonly came: ReadonlySet<string>;
  readonly crashed: ReadonlySet<string>;
}): string[] {
  const { seeds, asked, atLeast, came, crashed } = run;
  const [strange, never] = [unlisted(came).length, neverAt(crashed).length];
  return [
    ...(seeds < atLeast ? [`${String(seeds)} seeds ran, and no fewer than ${String(atLeast)} show enough`] : []),
    ...(strange > 0 ? [`${String(strange)} crash points are not on the list`] : []),
    ...(never > 0 && seeds === asked && seeds >= COMES_TO_EACH
      ? [`at ${String(never)} crash points no seed crashed`]
      : []),
  ];
}
