/** What a log line may hold: references and counts, never things. Keys that are not named in the allow-list are dropped. */
export interface Logger {
  info(facts: LogFacts, message: string): void;
  warn(facts: LogFacts, message: string): void;
  error(facts: LogFacts, message: string): void;
}

export type LogFacts = Readonly<Record<string, unknown>>;
