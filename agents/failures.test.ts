import { afterEach, describe, expect, test } from 'vitest';
import type { ConfigAckMessage } from '../protocol/messages.js';
import { selfSigned } from './testing/certificate.js';
