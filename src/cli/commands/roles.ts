/** Commands that say who gets how much. */
import type { Command } from 'commander';
import type { QuotaOptions } from '../quota.ts';
import type { RoleOptions } from '../role.ts';
import { globalOf, listing } from './words.ts';

export function roleCommands(root: Command): void {
  const list = async (_: unknown, command: Command): Promise<void> =>
    (await import('../lists.ts')).list('roles', globalOf(command));
  root.commandsGroup('Who gets how much:');
  listing(root.command('roles')).description('lists the roles').action(list);
  const role = root.command('role').description('how much a role counts beside others');
  listing(role.command('ls', { isDefault: true }))
    .description('lists them')
    .action(list);
  role
    .command('set')
    .description('changes one; what is not said stays')
    .argument('<role>')
    .option('--weight <n>', 'its part beside its siblings; 1 unless set')
    .option('--priority <n>', '0 to 100, how urgent its work is; 50 unless set')
    .option('--preemption <on|off>', 'whether work of lower priority may be ended for it; off unless set')
    .action(async (name: string, options: RoleOptions, command: Command) =>
      (await import('../role.ts')).setRole(name, options, globalOf(command)),
    );
  role
    .command('rm')
    .description('back to the defaults, without quota')
    .argument('<roles...>')
    .action(async (names: string[], _, command: Command) =>
      (await import('../role.ts')).removeRoles(names, globalOf(command)),
    );
  const quota = root.command('quota').description('what roles are guaranteed, and limited to');
  listing(quota.command('ls', { isDefault: true }))
    .description('lists them, with what is used')
    .action(async (_, command: Command) => (await import('../quota.ts')).listQuotas(globalOf(command)));
  quota
    .command('set')
    .description('for a role and all below it; what is not said stays')
    .argument('<roles...>')
    .option('--guarantee <amounts>', 'kept free for it, such as cpus=2,mem=4g; or none')
    .option('--limit <amounts>', 'at most so much; a name that is not said is not limited; or none')
    .option('--force', 'although more is used, or more promised than there is', false)
    .action(async (names: string[], options: QuotaOptions, command: Command) =>
      (await import('../quota.ts')).setQuota(names, options, globalOf(command)),
    );
  quota
    .command('rm')
    .description('neither guaranteed nor limited any more')
    .argument('<roles...>')
    .action(async (names: string[], _, command: Command) =>
      (await import('../quota.ts')).removeQuota(names, globalOf(command)),
    );
}
