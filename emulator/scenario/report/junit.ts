import type { Checked, ScenarioResult } from '../scenario.types.js';

/** The result as JUnit's XML, as continuous integration reads it: one test case for each `expect`. Times are of the model. */
export function junitReport({ scenario, lasted, checked }: ScenarioResult): string {
  const failures = checked.filter((each) => !isMet(each)).length;
  const counts = `tests="${checked.length}" failures="${failures}" errors="0" time="${seconds(lasted)}"`;
  const suite = `name="${escaped(scenario.name)}" ${counts}`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites ${counts}>`,
    `  <testsuite ${suite} file="${escaped(scenario.file)}">`,
    ...checked.map((each) => testCase(scenario.name, each)),
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}

function testCase(suite: string, checked: Checked): string {
  const { step, name, findings } = checked;
  const open = `    <testcase classname="${escaped(suite)}" name="${escaped(`${seconds(step.at)}s ${name}`)}" time="0"`;
  if (isMet(checked)) return `${open}/>`;
  const unmet = findings
    .filter(({ met }) => !met)
    .map(({ what, wanted, found }) => `${what}: wanted ${wanted}, found ${found}`);
  return [
    `${open}>`,
    `      <failure type="expectation" message="${escaped(unmet.join('; '))}">${escaped([step.place, ...unmet].join('\n'))}</failure>`,
    '    </testcase>',
  ].join('\n');
}

function isMet({ findings }: Checked): boolean {
  return findings.every(({ met }) => met);
}

function seconds(milliseconds: number): string {
  return String(Math.round(milliseconds) / 1000);
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

/** XML 1.0 has no way to write most control characters, nor half of a surrogate pair: they become a replacement character. */
function escaped(text: string): string {
  return text
    .replace(/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu, '\u{fffd}')
    .replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character)
    .replace(/[\t\n\r]/g, (character) => `&#${character.charCodeAt(0)};`);
}
