/** For specs: looks until the condition holds. @throws when it does not within `deadlineMs` */
export async function until(holds: () => boolean | Promise<boolean>, what: string, deadlineMs = 50_000): Promise<void> {
  const deadline = performance.now() + deadlineMs;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`not within ${deadlineMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
