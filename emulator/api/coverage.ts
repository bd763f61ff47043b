import type { Method } from './endpoint.js';
import type { NotServed } from './not-served.js';
import type { Served } from './served.js';

const MARK = '<!-- From here on written by `npm run api-docs`. -->';

/** docs/api.md with its tables as the code has them; what stands before them is left as it is. */
export function withTables(document: string, served: readonly Served[], notServed: readonly NotServed[]): string {
  const at = document.indexOf(MARK);
  if (at < 0) throw new Error(`docs/api.md has lost its mark: ${MARK}`);
  return `${document.slice(0, at)}${MARK}\n\n${tables(served, notServed)}`;
}

function tables(served: readonly Served[], notServed: readonly NotServed[]): string {
  const areas = new Map<string, Served[]>();
  for (const each of served) areas.set(each.area.title, [...(areas.get(each.area.title) ?? []), each]);
  const sections = Array.from(areas, ([title, endpoints]) => {
    const rows = endpoints.map(({ endpoint: { method, path, summary, partly } }) => [
      line(method, path),
      partly === undefined ? 'served' : `partly: ${partly}`,
      summary,
    ]);
    return `### ${title}\n\n${table(['endpoint', 'state', 'what it does'], rows)}`;
  });
  const rows = notServed.map(({ methods, path, because }) => [line(methods.join(', '), path), because]);
  const count = new Set(served.map(({ endpoint }) => `${endpoint.method} ${endpoint.path}`)).size;
  return [
    '## Endpoints',
    `${count} are served. Paths are below \`/client/v4\`.`,
    ...sections,
    '### Not served',
    'They answer 404 with code 7003, or 405 with code 10000 where the path is served by another method, and the log of the edge names them. So does everything that is in none of these tables.',
    table(['endpoint', 'why not'], rows),
  ]
    .join('\n\n')
    .concat('\n');
}

function line(methods: Method | string, path: string): string {
  return `\`${methods} ${path.replace(/:(\w+)/g, '{$1}')}\``;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const row = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n');
}
