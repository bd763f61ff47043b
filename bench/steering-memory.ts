/** Run by steering.ts with --expose-gc: bytes of heap before and after a number of typical decisions, as JSON. */
import { decision } from './steering-cases.js';
import { TYPICAL } from './steering-typical.js';

const { gc } = globalThis;
if (!gc) throw new Error('needs --expose-gc');
const collect = gc;
const count = Number(process.argv[2]);

/** What is garbage only once something else was collected goes with the second round. */
const heap = (): number => {
  collect();
  collect();
  return process.memoryUsage().heapUsed;
};

const decisions = [decision(TYPICAL), decision({ ...TYPICAL, session: 'new' })];
const some = (times: number): void => {
  for (let time = 0; time < times; time++) for (const decide of decisions) decide();
};
// What is compiled and cached on the way is there before.
some(20_000);
const before = heap();
some(count / decisions.length);
console.log(JSON.stringify({ before, after: heap() }));
