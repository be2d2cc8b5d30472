/** Marks a branch the compiler has proved unreachable; throws if a value came from outside the types. */
export function assertNever(value: never): never {
  throw new Error(`unexpected case of type ${typeof value}`);
}
