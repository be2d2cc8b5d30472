/** The codes of refusal and their texts belong to the rules; they are part of every answer, so they stand here too. */
export { REFUSALS, type RefusalCode } from '@lethe/policy';
