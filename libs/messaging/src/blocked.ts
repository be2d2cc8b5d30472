/** People of one topic and slot with something parked: what comes later for them waits behind it. */
export class Blocked {
  readonly #people = new Set<string>();

  constructor(people: readonly { readonly tenant: string; readonly subject?: string | null | undefined }[] = []) {
    for (const { tenant, subject } of people) this.add(tenant, subject);
  }

  /** Without a person it may be about anyone: the whole tenant waits. */
  add(tenant: string, subject: string | null | undefined): void {
    this.#people.add(subject ? `${tenant} ${subject}` : tenant);
  }

  has(tenant: string, subject: string | null | undefined): boolean {
    return this.#people.has(tenant) || (!!subject && this.#people.has(`${tenant} ${subject}`));
  }
}
