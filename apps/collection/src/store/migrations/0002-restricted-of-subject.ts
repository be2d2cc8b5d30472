/** Whether anything of a person is restricted is asked before the person's keys die: one look-up, however much there is. */
export const restrictedOfSubject: readonly string[] = [
  `create index part_restricted_of_subject on part (tenant, subject) where restricted`,
];
