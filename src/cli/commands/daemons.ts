/** Commands that run a part of a cluster until they are told to end: all of it, master, agent, frameworks. */
import type { Command } from 'commander';
import { TenderError } from '../../core/errors.ts';
import { collect } from './words.ts';

export function daemonCommands(root: Command): void {
  root.commandsGroup('To start:');
  root
    .command('dev')
    .description('a whole cluster on this machine, and the screen')
    .option('--example', 'with the example job', false)
    .option('--keep', 'leave it running on exit', false)
    .option('--stop', 'end one that was left running, with its tasks', false)
    .option('--state <folder>', 'where it keeps its state')
    .option('--name <name>', 'name of the cluster', 'dev')
    .action(async (options) => (await import('../dev.ts')).runDev(options));
  root
    .command('master')
    .description('the master of a cluster, with the shipped frameworks')
    .option('--listen <address>', 'for members', 'tcp://*:5050')
    .option('--enrol <address>', 'for new machines with a token', 'tcp://*:5051')
    .option('--advertise <host>', 'name or address of this machine in tokens (default: its address)')
    .option('--state <folder>', 'where it keeps its registry')
    .option('--name <name>', 'name of a new cluster', 'tender')
    .option(
      '--store <address>',
      'where the registry is: sqlite, in the state folder; or, for several masters, etcd://HOST:PORT,HOST:PORT/PREFIX',
      'sqlite',
    )
    .option('--lease <time>', 'of several masters: how long the leader may be silent', '5s')
    .option('--offer-timeout <time>', 'how long a framework may leave an offer unanswered', '60s')
    .option(
      '--preemption-grace <time>',
      'how long frameworks have to end tasks themselves that must make room',
      '10s',
    )
    .option('--agent-timeout <time>', 'an agent that is silent for so long is unreachable', '15s')
    .option('--forget-after <time>', 'an agent that is unreachable or gone for so long is forgotten', '14d')
    .option('--no-frameworks', 'without the shipped frameworks')
    .action(async (options) => (await import('../master.ts')).runMaster(options));
  root
    .command('agent')
    .description('makes this machine part of a cluster')
    .option('--join <token>', 'from: tender token create --role agent')
    .option('--master <address>', "the master's address, if it has moved")
    .option('--name <name>', 'name of this machine (default: its host name)')
    .option('--state <folder>', 'where it keeps its key, tasks and sandboxes')
    .option('--attribute <name=value>', 'something frameworks can ask for; repeatable', collect, [])
    .option('--region <name>', 'short for --attribute region=NAME')
    .option('--zone <name>', 'short for --attribute zone=NAME')
    .option('--resources <text>', 'what to offer instead of what is there: cpus:2;mem:1024', '')
    .action(async ({ attribute, region, zone, ...options }: AgentWords) => {
      const attributes = Object.fromEntries(attribute.map(attributeOf));
      if (region !== undefined) attributes['region'] = region;
      if (zone !== undefined) attributes['zone'] = zone;
      await (await import('../agent.ts')).runAgent({ ...options, attributes });
    });
  root
    .command('framework')
    .description('runs your own frameworks (plugins) in a cluster')
    .argument('<folders...>', 'each with an index.ts; see docs/plugins.md')
    .option('--join <token>', 'from: tender token create --role framework')
    .option('--master <address>', "the master's address, if it has moved")
    .option('--name <name>', 'name of this member (default: from the first folder)')
    .option('--state <folder>', 'where it keeps its key')
    .action(async (folders: string[], options) =>
      (await import('../framework-host.ts')).runFramework(options, folders),
    );
  root
    .command('hello', { hidden: true })
    .description('the program of the example')
    .action(async () => (await import('../hello.ts')).hello());
  root
    .command('framework-host', { hidden: true })
    .argument('<file>', 'how it reaches the master')
    .argument('[folders...]', 'plugins (default: the shipped ones)')
    .option('--check', 'only say what is in the folder named instead of the file', false)
    .action(async (file: string, folders: string[], { check }: { check: boolean }) => {
      const { checkPlugin, runFrameworkHost } = await import('../framework-host.ts');
      await (check ? checkPlugin(file) : runFrameworkHost(file, folders));
    });
}

interface AgentWords {
  readonly attribute: string[];
  readonly region?: string;
  readonly zone?: string;
  readonly resources: string;
}

function attributeOf(text: string): [string, string] {
  const at = text.indexOf('=');
  if (at <= 0) throw new TenderError('usage', { cause: `--attribute expects NAME=VALUE, found "${text}"` });
  return [text.slice(0, at), text.slice(at + 1)];
}
