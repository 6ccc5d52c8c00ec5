/** What a token is used with, as one types it on the machine that is to become a member. */
import type { MemberRole } from '../core/cluster.ts';

export function joinCommand(role: MemberRole, token: string): string {
  switch (role) {
    case 'agent':
      return `tender agent --join ${token}`;
    case 'client':
      return `tender context add ${token}`;
    case 'framework':
      return `tender framework --join ${token} FOLDER`;
  }
}
