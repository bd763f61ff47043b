import { DATA_CENTERS } from './data-centers.js';
import type { DataCenter } from './geo.types.js';

const MOST = 3;

/**
 * The data centers somebody may have meant by `text`, best first, at most three: those of a city with that name,
 * then codes with the same letters, then codes that differ in one letter. `preferred` ones come first within each.
 */
export function suggestDataCenters(text: string, preferred: readonly DataCenter[] = []): readonly DataCenter[] {
  const wanted = text.trim().toUpperCase();
  const first = new Set(preferred);
  const others = [...DATA_CENTERS.values()].filter((dataCenter) => !first.has(dataCenter));
  const ranked: DataCenter[][] = [[], [], []];
  for (const dataCenter of [...first, ...others]) ranked[unlikeness(wanted, dataCenter)]?.push(dataCenter);
  return ranked.flat().slice(0, MOST);
}

/** 0: named by its city. 1: letters swapped. 2: one letter wrong. 3: something else. */
function unlikeness(wanted: string, { code, city }: DataCenter): number {
  if (city.toUpperCase() === wanted) return 0;
  if (wanted.length !== code.length) return 3;
  if ([...wanted].sort().join('') === [...code].sort().join('')) return 1;
  let wrong = 0;
  for (let i = 0; i < code.length; i++) if (wanted[i] !== code[i]) wrong++;
  return wrong === 1 ? 2 : 3;
}
