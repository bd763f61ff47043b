import { didYouMean } from '../../../runtime/did-you-mean.js';
import { DATA_CENTERS } from '../../geo/data-centers.js';
import { isCountry, REGIONS } from '../../geo/regions.js';
import type { Problem } from '../state.types.js';

export type PlaceKind = 'region' | 'country' | 'pop';

/** What is wrong with a code of a place, without its path: nothing has that code (docs/reference/load-balancing.md 12). */
export function unknownPlace(kind: PlaceKind, code: string): Pick<Problem, 'code' | 'message'> | undefined {
  if (isPlace(kind, code)) return undefined;
  return {
    code: `unknown_${kind}`,
    message: `is not the code of ${WHAT[kind]}: ${JSON.stringify(code)}${hint(kind, code)}`,
  };
}

const WHAT: Readonly<Record<PlaceKind, string>> = { region: 'a region', country: 'a country', pop: 'a data center' };

function isPlace(kind: PlaceKind, code: string): boolean {
  switch (kind) {
    case 'region':
      return REGIONS.has(code);
    case 'country':
      return isCountry(code);
    case 'pop':
      return DATA_CENTERS.has(code);
  }
}

function hint(kind: PlaceKind, code: string): string {
  switch (kind) {
    case 'region':
      return `${didYouMean(code, REGIONS.keys()) || ';'} there are: ${[...REGIONS.keys()].join(', ')}`;
    case 'country': {
      // Of two letters any code is near to many others, so only the case is looked at, and the one that people miss.
      const meant = code.toUpperCase() === 'UK' ? 'GB' : code.toUpperCase();
      const rule = '; they have two capital letters (ISO 3166-1), e.g. JP';
      return isCountry(meant) ? didYouMean(meant, [meant]) : rule;
    }
    case 'pop':
      return didYouMean(code, DATA_CENTERS.keys()) || '; codes are those of airports, such as NRT or LHR';
  }
}
