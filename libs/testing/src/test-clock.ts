/** Machine time that a test can set; runs on like the real one in between. */
export class TestClock {
  #offset = 0;

  readonly now = (): Date => new Date(Date.now() + this.#offset);

  set(to: Date): void {
    this.#offset = to.getTime() - Date.now();
  }

  advance(milliseconds: number): void {
    this.#offset += milliseconds;
  }
}
