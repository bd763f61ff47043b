import type { Cidr, IpAddress } from '../../network/ip-address.js';
import type { Span } from './expression-error.js';

export type LogicalOperator = 'and' | 'xor' | 'or';
export type OrderOperator = 'eq' | 'ne' | 'lt' | 'le' | 'gt' | 'ge';
export type StringOperator = 'contains' | 'matches' | 'wildcard' | 'strict wildcard';

/** Anything that has a value when a request is there. */
export type Node = Field | Index | Call | Comparison | Not | Logical;

export interface Field extends Span {
  readonly kind: 'field';
  readonly name: string;
}

export interface Index extends Span {
  readonly kind: 'index';
  readonly base: Node;
  /** `*`: each item, one by one. */
  readonly index: StringLiteral | IntegerLiteral | '*';
  /** The brackets with what they hold. */
  readonly brackets: Span;
}

export interface Call extends Span {
  readonly kind: 'call';
  readonly name: string;
  readonly nameSpan: Span;
  readonly arguments: readonly Argument[];
}

export type Argument = Node | StringLiteral | IntegerLiteral;

export type Comparison = Span & {
  readonly kind: 'comparison';
  readonly left: Node;
  readonly operatorSpan: Span;
} & (
    | { readonly operator: OrderOperator | StringOperator; readonly right: Literal }
    | { readonly operator: 'in'; readonly list: readonly ListItem[]; readonly listSpan: Span }
  );

export interface Not extends Span {
  readonly kind: 'not';
  readonly operand: Node;
}

/** A chain of one operator: `a and b and c` is one node. */
export interface Logical extends Span {
  readonly kind: 'logical';
  readonly operator: LogicalOperator;
  readonly operands: readonly Node[];
}

export interface StringLiteral extends Span {
  readonly kind: 'string';
  readonly value: string;
}

export interface IntegerLiteral extends Span {
  readonly kind: 'integer';
  readonly value: number;
}

export interface IpLiteral extends Span {
  readonly kind: 'ip';
  readonly ip: IpAddress;
}

export interface IntegerRange extends Span {
  readonly kind: 'integer_range';
  readonly from: number;
  readonly to: number;
}

export interface IpRange extends Span {
  readonly kind: 'ip_range';
  readonly from: IpAddress;
  readonly to: IpAddress;
}

export interface CidrLiteral extends Span {
  readonly kind: 'cidr';
  readonly cidr: Cidr;
  readonly text: string;
}

export type Literal = StringLiteral | IntegerLiteral | IpLiteral;
export type ListItem = Literal | IntegerRange | IpRange | CidrLiteral;
