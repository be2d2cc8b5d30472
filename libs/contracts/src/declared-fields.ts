/**
 * Every field of an event that can lead to one person, beside the envelope's `subject`. Refs and ids only: purpose, to say
 * whom the fact is about; disposal, with the topic's records after seven days; an erasure leaves them to that, for a ref whose
 * person is gone leads nowhere. The build fails on a field that can hold a ref and is not named here.
 */
export const EVENT_REFS: Readonly<Record<string, readonly string[]>> = {
  'collection.erasure-acked.v1': ['erasure'],
  'collection.matter-dated.v1': ['matter'],
  'collection.parts-admitted.v1': ['parts[].matter', 'parts[].part', 'parts[].record', 'parts[].subject'],
  'collection.parts-removed.v1': ['tallies[].matter'],
  'collection.parts-removed.v2': ['tallies[].matter'],
  'collection.subject-shredded.v1': ['erasure'],
  'collection.subject-swept.v1': ['erasure'],
  'collection.tallies-stated.v1': ['tallies[].matter', 'tallies[].subject'],
  'collection.submission-answered.v1': ['parts[].part', 'parts[].subject', 'record'],
  'consent.consent-changed.v1': ['consent'],
  'consent.erasure-acked.v1': ['erasure'],
  'consent.person-stated.v1': ['consents[].consent'],
  'erasure.account-closed.v1': ['erasure'],
  'erasure.erasure-certified.v1': ['erasure'],
  'erasure.erasure-final.v1': ['erasure'],
  'erasure.erasure-ordered.v1': ['erasure'],
  'erasure.erasure-recorded.v1': ['erasure'],
  'erasure.platform-acked.v1': ['erasure'],
  'erasure.platform-told.v3': ['scope.matter', 'scope.record', 'scope.subject'],
  'erasure.shred-ordered.v1': ['erasure'],
  'erasure.subject-frozen.v1': ['erasure'],
  'erasure.subject-unfrozen.v1': ['erasure'],
  'retention.erasure-acked.v1': ['erasure'],
  'retention.extension-agreed.v1': ['consent', 'scope.matter', 'scope.record', 'scope.subject'],
  'retention.extension-agreed.v2': ['consent', 'scope.matter', 'scope.record', 'scope.subject'],
  'retention.hold-placed.v1': ['scope.matter', 'scope.record', 'scope.subject'],
  'retention.matter-anchored.v1': ['matter'],
};
