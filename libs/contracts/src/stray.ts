const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Where something was said that the question has no place for: the path of the first such key, undefined if there is none. What
 * was misspelled would else count as not said, and `bundl: true` be recorded as no bundle.
 * @param sent as it came
 * @param read as a schema read it, which leaves out what it does not know
 */
export function stray(sent: unknown, read: unknown, at: readonly string[] = []): readonly string[] | undefined {
  if (Array.isArray(sent) && Array.isArray(read)) {
    for (const [index, one] of sent.entries()) {
      const found = stray(one, read[index], [...at, String(index)]);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  if (!isMap(sent) || !isMap(read)) return undefined;
  for (const [key, value] of Object.entries(sent)) {
    const path = [...at, key];
    if (!Object.hasOwn(read, key)) return path;
    const found = stray(value, read[key], path);
    if (found !== undefined) return found;
  }
  return undefined;
}
