/** What a structured-field dictionary holds here (RFC 8941): strings, integers, booleans. */
export type Route = Readonly<Record<string, string | number | boolean>>;

const MEMBER = /^([a-z*][a-z0-9_.*-]*)(?:=(?:"((?:[ !#-[\]-~]|\\["\\])*)"|(-?\d{1,15})|\?([01])))?(?:[ \t]*,[ \t]*|$)/;

/** Reads `Colocal-Route` strictly: whatever is not a dictionary fails the test. */
export function parseRoute(header: string | null | undefined): Route {
  if (!header) throw new Error('there is no Colocal-Route');
  const route: Record<string, string | number | boolean> = {};
  let rest = header;
  while (rest !== '') {
    const member = MEMBER.exec(rest);
    if (!member) throw new Error(`not a structured-field dictionary from here on: ${rest}`);
    const [whole, key = '', text, integer, flag] = member;
    if (key in route) throw new Error(`${key} stands twice in ${header}`);
    if (text !== undefined) route[key] = text.replace(/\\(["\\])/g, '$1');
    else if (integer !== undefined) route[key] = Number(integer);
    else route[key] = flag !== '0';
    rest = rest.slice(whole.length);
  }
  return route;
}
