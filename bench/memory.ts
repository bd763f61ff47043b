import { residentMemory } from './processes.js';

/** How often memory is read while something runs, in milliseconds. */
const INTERVAL = 50;

export interface Growth {
  /** Bytes before, at the highest sample, and the difference. */
  readonly before: number;
  readonly peak: number;
  readonly growth: number;
}

/** Runs `work` and reports by how much each process grew at most meanwhile. Empty where memory cannot be read. */
export async function watchMemory(
  pids: Readonly<Record<string, number>>,
  work: () => Promise<unknown>,
): Promise<Record<string, Growth>> {
  const samples = new Map<string, { before: number; peak: number }>();
  const sample = (): void => {
    for (const [name, pid] of Object.entries(pids)) {
      const now = residentMemory(pid);
      if (now === undefined) continue;
      const known = samples.get(name);
      if (!known) samples.set(name, { before: now, peak: now });
      else if (now > known.peak) known.peak = now;
    }
  };
  sample();
  const timer = setInterval(sample, INTERVAL);
  try {
    await work();
  } finally {
    clearInterval(timer);
  }
  sample();
  return Object.fromEntries([...samples].map(([name, s]) => [name, { ...s, growth: s.peak - s.before }]));
}
