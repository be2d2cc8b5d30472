/** What the epoch keys are wrapped under: a file, or a key service. The key itself never comes out. */
export interface Root {
  /** `context` is bound: unwrapping under another one fails. */
  wrap(key: Buffer, context: string): Promise<Buffer>;
  /** @throws Fault `forbidden` when this root did not wrap it, or not for this context */
  unwrap(wrapped: Buffer, context: string): Promise<Buffer>;
}

/** A root in a file of 32 random bytes, readable by its owner only. No backup may hold it. */
export class FileRoot implements Root {
  /**
   * Reads the root, and makes it if `create` says so and it is not there.
   * @throws Fault `unavailable` when it is missing, `invalid` when others may read it or it is not 32 bytes
   */
  static async open(_path: string, _options: { readonly create: boolean }): Promise<FileRoot> {
    throw new Error('not yet');
  }
  async wrap(_key: Buffer, _context: string): Promise<Buffer> {
    throw new Error('not yet');
  }
  async unwrap(_wrapped: Buffer, _context: string): Promise<Buffer> {
    throw new Error('not yet');
  }
}
