import type { Fault } from '../state/fault.types.js';
import type { Reason } from '../steering/steering.types.js';

/** A fault's part in what became of a request. */
export function reasonOf(fault: Fault, detail: string): Reason {
  return { step: 'fault', subject: fault.name, outcome: fault.type, detail };
}
