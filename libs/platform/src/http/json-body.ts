import { Unreadable } from './problem.ts';

export const BODY_LIMIT = 1_048_576;
export const MAX_DEPTH = 16;
const strict = new TextDecoder('utf-8', { fatal: true });

/**
 * Reads a JSON body: UTF-8 without a mistake, 16 levels at most, no key that could reach a prototype.
 * @throws Unreadable 400, naming no content
 */
export function readJson(bytes: Uint8Array): unknown {
  let text: string;
  try {
    text = strict.decode(bytes);
  } catch {
    throw new Unreadable(400, 'platform/not-utf-8', 'the body is not UTF-8');
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Unreadable(400, 'platform/not-json', 'the body is not JSON');
  }
  inspect(value);
  return value;
}

function inspect(root: unknown): void {
  const waiting: { readonly value: object; readonly depth: number }[] = [];
  const look = (value: unknown, depth: number): void => {
    if (typeof value !== 'object' || value === null) return;
    if (depth > MAX_DEPTH) throw new Unreadable(400, 'platform/too-deep', 'a body has at most 16 levels');
    waiting.push({ value, depth });
  };
  look(root, 1);
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { value, depth } = next;
    if (Array.isArray(value)) {
      for (const item of value) look(item, depth + 1);
      continue;
    }
    if (Object.hasOwn(value, '__proto__') || Object.hasOwn(value, 'constructor') || Object.hasOwn(value, 'prototype')) {
      throw new Unreadable(400, 'platform/forbidden-key', 'the body has a key that is not allowed');
    }
    for (const item of Object.values(value)) look(item, depth + 1);
  }
}
