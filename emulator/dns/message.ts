import {
  AUTHORITATIVE_ANSWER,
  type DecodedPacket,
  decode,
  encode,
  type OptAnswer,
  type Packet,
  type Question,
  TRUNCATED_RESPONSE,
} from 'dns-packet';
import { type Answer, type AnsweredRecord, type Asked, RCODES } from './dns.types.js';

/** Bytes; no query needs more. */
export const MAX_QUERY = 4096;
/** Bytes of an answer by UDP to whoever does not say that it takes more (RFC 1035 4.2.1). */
const UDP_PLAIN = 512;
/** Bytes of an answer by UDP, at most: what passes everywhere in one piece. */
const UDP_MOST = 1232;
/** Bytes of an answer by TCP, at most (RFC 1035 4.2.2). */
const TCP_MOST = 65_535;

const HEADER = 12;
/** The query's own that come back: opcode, and whether recursion was asked for. */
const KEPT_FLAGS = 0x7900;
const OPCODE = 0x7800;
const NAME = /^(?:[\w*-]{1,63}\.)*[\w*-]{1,63}$/;

/**
 * Answers one message; undefined for what is no query, and gets no answer: an answer itself, or nothing that can be
 * read.
 *
 * @param answer for a query of one question of the class IN
 */
export function respond(
  message: Buffer,
  transport: 'udp' | 'tcp',
  answer: (asked: Asked) => Answer,
): Buffer | undefined {
  if (message.length < HEADER || message.length > MAX_QUERY) return undefined;
  const flags = message.readUInt16BE(2);
  if ((flags & 0x8000) !== 0) return undefined;
  const reply: Reply = { id: message.readUInt16BE(0), flags: flags & KEPT_FLAGS, question: undefined, edns: undefined };
  if ((flags & OPCODE) !== 0) return encodeReply(reply, plain('NOTIMP'), UDP_PLAIN);
  const query = decoded(message);
  if (!query) return undefined;
  reply.edns = query.additionals?.find((each): each is OptAnswer => each.type === 'OPT');
  const most =
    transport === 'tcp' ? TCP_MOST : Math.min(UDP_MOST, Math.max(UDP_PLAIN, reply.edns?.udpPayloadSize ?? 0));
  if ((reply.edns?.ednsVersion ?? 0) > 0) return encodeReply(reply, plain('BADVERS'), most);
  const [question, another] = query.questions ?? [];
  // A name that cannot be written again as it came is nobody's.
  if (!question || another || !NAME.test(question.name)) return encodeReply(reply, plain('FORMERR'), most);
  reply.question = question;
  if (question.class !== 'IN') return encodeReply(reply, plain('REFUSED'), most);
  return encodeReply(reply, answer({ name: question.name.toLowerCase(), type: question.type }), most);
}

interface Reply {
  readonly id: number;
  readonly flags: number;
  question: Question | undefined;
  edns: OptAnswer | undefined;
}

function plain(rcode: Answer['rcode']): Answer {
  return { rcode, records: [] };
}

function decoded(message: Buffer): DecodedPacket | undefined {
  try {
    return decode(message);
  } catch {
    return undefined;
  }
}

/** Without records, and truncated, when they are more than `most` bytes: it is asked by TCP then. */
function encodeReply({ id, flags, question, edns }: Reply, { rcode, records }: Answer, most: number): Buffer {
  const code = RCODES[rcode];
  const isOurs = rcode === 'NOERROR' || rcode === 'NXDOMAIN';
  const packet: Packet = {
    type: 'response',
    id,
    flags: flags | (code & 0xf) | (isOurs ? AUTHORITATIVE_ANSWER : 0),
    questions: question ? [question] : [],
    answers: records.map(encodable),
    additionals: edns ? [optOf(code >> 4)] : [],
  };
  const bytes = encode(packet);
  if (bytes.length <= most) return bytes;
  return encode({ ...packet, flags: (packet.flags ?? 0) | TRUNCATED_RESPONSE, answers: [] });
}

function encodable(record: AnsweredRecord): NonNullable<Packet['answers']>[number] {
  const { name, ttl } = record;
  if (record.type === 'SRV') return { type: 'SRV', name, ttl, class: 'IN', data: { weight: 1, ...record.data } };
  return { type: record.type, name, ttl, class: 'IN', data: record.data };
}

function optOf(extendedRcode: number): OptAnswer {
  return {
    type: 'OPT',
    name: '.',
    udpPayloadSize: UDP_MOST,
    extendedRcode,
    ednsVersion: 0,
    flags: 0,
    flag_do: false,
    options: [],
  };
}
