import { Fault, type SubjectRef } from '@lethe/kernel';

/** The person an event is about. @throws Fault `invalid` when it names none */
export function personOf(event: { readonly subject?: SubjectRef | undefined; readonly type: string }): SubjectRef {
  if (event.subject === undefined)
    throw new Fault('invalid', 'collection/no-subject', `${event.type} names no person`, 'subject');
  return event.subject;
}
