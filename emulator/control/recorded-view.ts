import * as z from 'zod';
import type { RecordedExchange, RecordedMessage } from '../observe/journal.types.js';
import { bodyText, shownHeaders } from '../observe/recorded-text.js';

const messageSchema = z.object({
  headers: z
    .array(z.object({ name: z.string(), value: z.string() }))
    .describe('Secrets are [hidden]: Authorization, Proxy-Authorization, Cookie, Set-Cookie.'),
  body: z.object({
    text: z.string(),
    encoding: z.literal('base64').optional().describe('Of a body that is no text.'),
    whole: z.boolean().describe('Whether that is all of it.'),
  }),
});

/** What `settings.record` had the journal keep. */
export const recordedSchema = z.object({
  authority: z.string().describe('Host and port as the client wrote them.'),
  request: messageSchema,
  response: messageSchema.optional(),
});

export type RecordedView = z.infer<typeof recordedSchema>;

/** @param secrets with the values that are hidden otherwise */
export function viewOfRecorded({ authority, request, response }: RecordedExchange, secrets: boolean): RecordedView {
  return {
    authority,
    request: viewOfMessage(request, secrets),
    ...(response ? { response: viewOfMessage(response, secrets) } : {}),
  };
}

function viewOfMessage({ headers, body }: RecordedMessage, secrets: boolean): RecordedView['request'] {
  return { headers: shownHeaders(headers, secrets), body: { ...bodyText(body.kept), whole: body.whole } };
}
