/** All of the keyring's tables and functions, run once by its owner login on a cluster of its own. */
export const keyringTables = '';

/** What the two logins may do: `service` the daily work, `quarantine` the opening of isolated backup keys only. Role names, not values. */
export function keyringGrants(_logins: { readonly service: string; readonly quarantine: string }): string {
  throw new Error('not yet');
}
