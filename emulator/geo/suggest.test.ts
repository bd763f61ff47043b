import { expect, test } from 'vitest';
import { dataCenterOfCity, suggestDataCenters } from './suggest.js';

test.each([
  ['LON', 'LHR'],
  ['TYO', 'NRT'],
  ['hnd', 'NRT'],
  ['OSA', 'KIX'],
  ['NYC', 'EWR'],
  ['PAR', 'CDG'],
  ['WAS', 'IAD'],
  ['MOW', 'DME'],
  ['Singapore', 'SIN'],
])('%s is first taken for %s', (text, code) => {
  expect(suggestDataCenters(text)[0]?.code).toBe(code);
  expect(dataCenterOfCity(text)?.code).toBe(code);
});

test('what is the code or name of no city is not taken for one', () => {
  expect(dataCenterOfCity('NTR')).toBeUndefined();
  expect(suggestDataCenters('NTR').map(({ code }) => code)).toContain('NRT');
});
