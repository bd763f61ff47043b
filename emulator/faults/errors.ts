import { didYouMean } from '../../runtime/did-you-mean.js';
import { defineError } from '../../runtime/errors.js';
import { FAULT_TYPES } from '../state/schemas/fault.js';

/** `unmatched`: its form is right, but what it is limited to is not there. */
export const faultInvalid = defineError<{ problems: readonly string[]; unmatched?: boolean }>('FAULT_INVALID', {
  status: 400,
  message: (d) => `the fault is not valid: ${d.problems.join('; ')}`,
  fix: (d) =>
    d.unmatched === true
      ? 'write the name of something that is there (`colocal status` shows what is), or add it first'
      : `docs/faults.md has all fields of each type: ${FAULT_TYPES.join(', ')}`,
});

export const faultExists = defineError<{ name: string }>('FAULT_EXISTS', {
  status: 409,
  message: (d) => `there is a fault called "${d.name}" already`,
  fix: () => 'change that one (PATCH, or faults.set), remove it, or choose another name',
});

export const faultUnknown = defineError<{ name: string; known: readonly string[] }>('FAULT_UNKNOWN', {
  status: 404,
  message: (d) => `no fault is called "${d.name}"${didYouMean(d.name, d.known)}`,
  fix: (d) => (d.known.length === 0 ? 'there are no faults now: add one first' : `faults are: ${d.known.join(', ')}`),
});
