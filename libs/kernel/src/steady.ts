const names = new Map<string, string>();

/**
 * Says of a statement that it is run again and again and that its best plan does not depend on the values bound to it, nor on how
 * its tables have grown since: a connection then parses and plans it once. To be said of the text as a constant, never of one that
 * is put together anew.
 */
export function steady(text: string): string {
  if (!names.has(text)) names.set(text, `lethe_${String(names.size)}`);
  return text;
}

/** The name under which a connection keeps the plan of a steady statement. */
export const steadyName = (text: string): string | undefined => names.get(text);
