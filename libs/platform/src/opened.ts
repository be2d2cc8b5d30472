/** What has been opened, to be closed in reverse; each is closed even when another fails to. */
export class Opened {
  readonly #ends: (() => Promise<unknown>)[] = [];
  #closing: Promise<void> | undefined;

  push(end: () => Promise<unknown>): void {
    this.#ends.push(end);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    for (let end = this.#ends.pop(); end !== undefined; end = this.#ends.pop()) await end().catch(() => undefined);
  }
}
