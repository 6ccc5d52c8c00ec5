/** Commands about who may connect, and where to. */
import type { Command } from 'commander';
import { globalOf, listing } from './words.ts';

export function accessCommands(root: Command): void {
  root.commandsGroup('Who may connect:');
  const token = root.command('token').description('join tokens');
  token
    .command('create')
    .description('a token that lets one machine or person in, once')
    .requiredOption('--role <role>', 'agent, client or framework')
    .option('--ttl <time>', 'how long it is good', '1h')
    .option('--name <name>', 'the name its user gets')
    .action(async ({ role, ttl, name }: { role: string; ttl: string; name?: string }, command: Command) =>
      (await import('../access.ts')).createToken(role, ttl, name, globalOf(command)),
    );
  listing(root.command('members'))
    .description('who may connect')
    .action(async (_, command: Command) => (await import('../access.ts')).listMembers(globalOf(command)));
  root
    .command('revoke')
    .description('takes a key away, at once')
    .argument('<member>')
    .action(async (name: string, _, command: Command) =>
      (await import('../access.ts')).revoke(name, globalOf(command)),
    );
  const context = root.command('context').description('the clusters that this user knows');
  context
    .command('ls', { isDefault: true })
    .description('lists them')
    .option('-q, --quiet', 'only names', false)
    .action(async (_, command: Command) => (await import('../access.ts')).showContexts(globalOf(command)));
  context
    .command('add')
    .description('with a token from: tender token create --role client')
    .argument('<token>')
    .option('--name <name>', 'what to call it here')
    .action(async (text: string, { name }: { name?: string }, command: Command) =>
      (await import('../access.ts')).addContext(text, name, globalOf(command)),
    );
  context
    .command('use')
    .description('makes it the one that commands speak to')
    .argument('<name>')
    .action(async (name: string) => (await import('../contexts.ts')).useContext(name));
  context
    .command('rm')
    .description('forgets it, with its key')
    .argument('<name>')
    .action(async (name: string) => (await import('../contexts.ts')).removeContext(name));
}
