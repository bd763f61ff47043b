/**
 * The query of a request (docs/reference/api.md 1.5). Lists may be repeated or separated by commas; what an endpoint
 * does not know is ignored.
 */
export class Query {
  constructor(private readonly params: URLSearchParams) {}

  /** The text of a parameter; undefined when it is absent or empty. */
  text(name: string): string | undefined {
    return this.params.get(name) || undefined;
  }

  /** Whether a parameter is there, whatever it says. */
  has(name: string): boolean {
    return this.params.has(name);
  }

  /** Every value of a parameter, repeated or separated by commas. */
  all(name: string): readonly string[] {
    return this.params
      .getAll(name)
      .flatMap((value) => value.split(','))
      .map((value) => value.trim())
      .filter((value) => value !== '');
  }

  /** `true` and `1` are true, `false` and `0` false; anything else is as if absent. */
  flag(name: string): boolean | undefined {
    const value = this.params.get(name)?.toLowerCase();
    if (value === 'true' || value === '1') return true;
    if (value === 'false' || value === '0') return false;
    return undefined;
  }

  /** An integer of at least 1; anything else is as if absent. */
  count(name: string): number | undefined {
    const value = this.params.get(name) ?? '';
    return /^[1-9]\d{0,8}$/.test(value) ? Number(value) : undefined;
  }

  /**
   * Whether a text is what the parameter wants, in every form that clients send: `name=x`, `name=contains:x`, and
   * `name.exact=x`, `name.contains=x`, `name.startswith=x`, `name.endswith=x`. Letter case does not count. True when
   * nothing is asked.
   */
  matches(name: string, value: string): boolean {
    return this.asked(name).every(([operator, wanted]) => OPERATORS[operator](value.toLowerCase(), wanted));
  }

  /** Whether the parameter is asked for in any of its forms. */
  asks(name: string): boolean {
    return this.asked(name).length > 0;
  }

  private asked(name: string): readonly (readonly [Operator, string])[] {
    const found: [Operator, string][] = [];
    for (const [key, value] of this.params) {
      if (value === '') continue;
      if (key === name) found.push(prefixed(value.toLowerCase()));
      else if (key.startsWith(`${name}.`)) {
        const operator = SPELLINGS.get(key.slice(name.length + 1));
        if (operator) found.push([operator, value.toLowerCase()]);
      }
    }
    return found;
  }
}

type Operator = 'exact' | 'differs' | 'contains' | 'startswith' | 'endswith';

const OPERATORS: Readonly<Record<Operator, (value: string, wanted: string) => boolean>> = {
  exact: (value, wanted) => value === wanted,
  differs: (value, wanted) => value !== wanted,
  contains: (value, wanted) => value.includes(wanted),
  startswith: (value, wanted) => value.startsWith(wanted),
  endswith: (value, wanted) => value.endsWith(wanted),
};

const SPELLINGS: ReadonlyMap<string, Operator> = new Map([
  ['exact', 'exact'],
  ['equal', 'exact'],
  ['not_equal', 'differs'],
  ['contains', 'contains'],
  ['startswith', 'startswith'],
  ['starts_with', 'startswith'],
  ['endswith', 'endswith'],
  ['ends_with', 'endswith'],
  // Names are kept in lower case, so that these find the same.
  ['contains_case_sensitive', 'contains'],
  ['starts_with_case_sensitive', 'startswith'],
  ['ends_with_case_sensitive', 'endswith'],
]);

/** `contains:x`, as the zones' filter has it. A value with another colon, an IPv6 address say, is itself. */
function prefixed(value: string): [Operator, string] {
  const [, spelling = '', rest = ''] = /^([a-z_]+):(.*)$/.exec(value) ?? [];
  const operator = SPELLINGS.get(spelling);
  return operator && rest !== '' ? [operator, rest] : ['exact', value];
}
