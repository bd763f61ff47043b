import type { DnsRecord } from '../../../state/objects.js';
import { fits, ordered, textFilter, type Verdict } from '../../filter.js';
import type { Query } from '../../query.js';

/** Query parameters of the list of records (docs/reference/api.md 2.7). */
export const QUERY = [
  'name',
  'content',
  'comment',
  'tag',
  'tag_match',
  'type',
  'proxied',
  'match',
  'search',
  'order',
  'direction',
  'page',
  'per_page',
];

/** Those of the records that are asked for, in the order that is asked for. */
export function listed(records: readonly DnsRecord[], query: Query): readonly DnsRecord[] {
  const types = query.all('type').map((type) => type.toUpperCase());
  const proxied = query.flag('proxied');
  const search = query.text('search')?.toLowerCase();
  const found = records.filter((record) => {
    const { name, content, comment, tags = [], type } = record;
    if (search !== undefined && !searched(record).some((text) => text.toLowerCase().includes(search))) return false;
    return fits(query, [
      textFilter(query, 'name', name),
      textFilter(query, 'content', content),
      ...commentFilters(query, comment ?? ''),
      tagFilter(query, tags),
      types.length === 0 ? undefined : types.includes(type),
      proxied === undefined ? undefined : record.proxied === proxied,
    ]);
  });
  return ordered(found, query, KEYS.get(query.text('order') ?? ''));
}

const KEYS: ReadonlyMap<string, (record: DnsRecord) => string | number> = new Map<
  string,
  (record: DnsRecord) => string | number
>([
  ['type', ({ type }) => type],
  ['name', ({ name }) => name],
  ['content', ({ content }) => content],
  ['ttl', ({ ttl }) => ttl],
  ['proxied', ({ proxied }) => Number(proxied)],
]);

function searched({ name, content, comment, type, tags = [] }: DnsRecord): readonly string[] {
  return [name, content, comment ?? '', type, ...tags];
}

function commentFilters(query: Query, comment: string): readonly Verdict[] {
  return [
    query.has('comment.present') ? comment !== '' : undefined,
    query.has('comment.absent') ? comment === '' : undefined,
    textFilter(query, 'comment', comment),
  ];
}

/** `tag=name:value`, `tag.contains=name:value`, `tag.present=name` and so on; `tag_match=any` wants one of them. */
function tagFilter(query: Query, tags: readonly string[]): Verdict {
  const own = tags.map(splitTag);
  const verdicts = TAG_FILTERS.flatMap(({ parameter, fits }) =>
    query.all(parameter).map((wanted) => fits(own, splitTag(wanted.toLowerCase()))),
  );
  if (verdicts.length === 0) return undefined;
  return query.text('tag_match') === 'any' ? verdicts.includes(true) : !verdicts.includes(false);
}

interface Tag {
  readonly name: string;
  readonly value: string;
}

function splitTag(tag: string): Tag {
  const [name = '', ...value] = tag.toLowerCase().split(':');
  return { name, value: value.join(':') };
}

type TagTest = (tags: readonly Tag[], wanted: Tag) => boolean;
const some =
  (test: (value: string, wanted: string) => boolean): TagTest =>
  (tags, wanted) =>
    tags.some(({ name, value }) => name === wanted.name && test(value, wanted.value));

const TAG_FILTERS: readonly { readonly parameter: string; readonly fits: TagTest }[] = [
  { parameter: 'tag', fits: some((value, wanted) => value === wanted) },
  { parameter: 'tag.exact', fits: some((value, wanted) => value === wanted) },
  { parameter: 'tag.contains', fits: some((value, wanted) => value.includes(wanted)) },
  { parameter: 'tag.startswith', fits: some((value, wanted) => value.startsWith(wanted)) },
  { parameter: 'tag.endswith', fits: some((value, wanted) => value.endsWith(wanted)) },
  { parameter: 'tag.present', fits: some(() => true) },
  { parameter: 'tag.absent', fits: (tags, wanted) => !tags.some(({ name }) => name === wanted.name) },
];
