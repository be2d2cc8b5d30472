import pg from 'pg';

const INT8 = 20;
const DATE = 1082;

const wholeNumber = (text: string): number => {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new Error('an int8 beyond 2^53');
  return value;
};

const parser = (oid: number, format?: 'text' | 'binary'): unknown => {
  if (format !== 'binary' && oid === INT8) return wholeNumber;
  // A calendar day has no time zone: never a Date.
  if (format !== 'binary' && oid === DATE) return (text: string): string => text;
  return pg.types.getTypeParser(oid, format);
};

/** How values of PostgreSQL are read. */
export const POSTGRES_TYPES = { getTypeParser: parser };
