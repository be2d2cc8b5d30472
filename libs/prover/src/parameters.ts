import { ParameterType, ParameterTypeRegistry } from '@cucumber/cucumber-expressions';

interface Kind {
  readonly name: string;
  readonly regexp: RegExp;
  readonly read: (text: string) => unknown;
  readonly meaning: string;
}

const quoted = (text: string): string => text.slice(1, -1);

/** The values that stand in sentences. */
export const PARAMETERS: readonly Kind[] = [
  {
    name: 'name',
    regexp: /"[a-z][a-zA-Z0-9.-]*(?:\/[a-z0-9-]+)?"/,
    read: quoted,
    meaning: 'a purpose, a field, a code of refusal or another id of the pack: `"real-name"`',
  },
  {
    name: 'names',
    regexp: /"[a-z][a-zA-Z0-9.-]*(?:, [a-z][a-zA-Z0-9.-]*)*"/,
    read: (text) => quoted(text).split(', '),
    meaning: 'one or several ids: `"nickname, mobile-number"`',
  },
  {
    name: 'clause',
    regexp: /[A-Z]{2,4}-[A-Z]{3}-\d{2}[a-z]?/,
    read: (text) => text,
    meaning: 'a clause of the register: `DM-COL-01`',
  },
  {
    name: 'path',
    regexp: /"[a-zA-Z][a-zA-Z0-9.-]*"/,
    read: quoted,
    meaning: 'where in a submission or a question: `"fields.mobile-number"`',
  },
  {
    name: 'instant',
    regexp: /\d{4}-\d{2}-\d{2}(?: \d{2}:\d{2}(?::\d{2})?)?/,
    read: (text) => text,
    meaning: "a local day or time in the pack's zone: `2026-03-02 09:00`; without a time, midnight",
  },
  { name: 'day', regexp: /\d{4}-\d{2}-\d{2}/, read: (text) => text, meaning: 'a local day: `2026-03-02`' },
  {
    name: 'level',
    regexp: /acceptance|opt-in|device-permission|explicit|separate|guardian/,
    read: (text) => text,
    meaning: 'how a consent was given: acceptance, opt-in, device-permission, explicit, separate, guardian',
  },
  {
    name: 'person',
    regexp: /(?:a|an|the|another) (?:person|child|teenager|adult|guardian|friend|buyer|recipient|member)/,
    read: (text) => text.replace(/^(?:an?|the) /, ''),
    meaning: '`the person`, `a child`, `another person`; known by that word through the scenario',
  },
];

export function registry(): ParameterTypeRegistry {
  const known = new ParameterTypeRegistry();
  for (const { name, regexp, read } of PARAMETERS)
    known.defineParameterType(new ParameterType(name, regexp, null, read, false, false));
  return known;
}
