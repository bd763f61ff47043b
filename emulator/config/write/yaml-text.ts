import { Document, isMap, isScalar, isSeq, type Node, type ParsedNode, Scalar, visit } from 'yaml';
import { formatPath } from '../source.js';
import type { LeftOut } from './left-out.js';

/** A line longer than this is broken up. */
const LINE = 100;

/**
 * The text of a configuration file. What was left out stands in a comment above what it was left out of.
 *
 * @param head lines of the comment at the top
 */
export function yamlText(value: unknown, head: readonly string[], leftOut: readonly LeftOut[]): string {
  // Equal parts are written twice: anchors are not for people.
  const document = new Document<Node>(value, { aliasDuplicateObjects: false });
  visit(document, {
    Seq: (_key, list) => {
      const texts = list.items.map((item) => (isScalar(item) ? String(item.value) : undefined));
      if (texts.length > 0 && texts.every((text) => text !== undefined && !text.includes('\n'))) {
        list.flow = texts.join(', ').length < LINE;
      }
    },
    Pair: (_key, { key }) => {
      // Plain, it would merge (../source.ts).
      if (isScalar(key) && key.value === '<<') key.type = Scalar.QUOTE_DOUBLE;
    },
  });
  const { contents } = document;
  if (isMap(contents)) {
    for (const { key } of contents.items.slice(1)) if (isScalar(key)) key.spaceBefore = true;
  }
  const general: string[] = [];
  for (const each of leftOut) {
    const text = `left out: ${formatPath(each.path)} ${oneLine(each.message)}`;
    const item = itemAt(contents, each.path);
    if (item) item.commentBefore = commented([...commentLines(item), text]);
    else general.push(text);
  }
  document.commentBefore = commented([...head, ...general]);
  return document.toString({ lineWidth: 0, flowCollectionPadding: false });
}

/** The innermost object of a list that the path leads through, if it is written. */
function itemAt(contents: Node | null, path: LeftOut['path']): Node | undefined {
  let node: unknown = contents;
  let item: Node | undefined;
  for (const part of path) {
    if (isMap(node)) node = node.get(part, true);
    else if (isSeq(node) && !node.flow) {
      node = node.get(part, true);
      if (isMap(node) && !node.flow) item = node as ParsedNode;
    } else break;
  }
  return item;
}

function commentLines({ commentBefore }: Node): readonly string[] {
  return commentBefore ? commentBefore.split('\n').map((line) => line.trimStart()) : [];
}

function commented(lines: readonly string[]): string | null {
  return lines.length === 0 ? null : lines.map((line) => (line === '' ? '' : ` ${line}`)).join('\n');
}

/** What others wrote must not end the comment. */
function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\u2028\u2029]+/gu, ' ');
}
