/** An agent's id comes from its key, on both sides alike: the same machine keeps it wherever it moves. */
import { createHash } from 'node:crypto';
import type { AgentId } from '../core/task.ts';

export const agentIdOf = (publicKey: string): AgentId =>
  `a${createHash('sha256').update(publicKey).digest('hex').slice(0, 11)}` as AgentId;
