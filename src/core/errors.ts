/**
 * Every error a user can see, in one table: code → what was wrong, and what to do next. Code throws
 * `TenderError(code, fields)`; screens, tests and scripts match on the code, never on the sentence.
 * `{field}` in a text is filled from the fields.
 */
interface Entry {
  readonly message: string;
  readonly next?: string;
}

const entry = (message: string, next?: string): Entry =>
  next === undefined ? { message } : { message, next };

export const ERRORS = {
  'agent.unknown': entry('no agent is called "{name}"{hint}', 'list them with: tender agents'),
  'agent.away': entry('agent {name} is not connected', 'it comes back by itself; its tasks go on'),
  'agent.fault': entry('nothing new starts on this machine, which is {state}: {cause}'),
  'agent.gone': entry(
    'agent {name} was declared gone',
    'to use the machine again, remove its state folder and join anew',
  ),
  'agent.here': entry('agent {name} is {state}: nobody waits for it', 'list agents with: tender agents'),
  'agent.recovery': entry('the agent could not re-attach task {task}: {cause}'),
  'artifact.fetch': entry('could not fetch {url}: {cause}'),
  'backup.damaged': entry('{file} cannot be restored: {cause}', 'take an older backup'),
  'backup.exists': entry('{file} is there already, and is no backup', 'choose another name'),
  'backup.file': entry('cannot read {file}: {cause}'),
  'backup.format': entry(
    '{file} was written in format {found}, this program reads format {expected}',
    'use the version of tender that wrote it, or a newer one',
  ),
  'backup.led': entry('a master leads at {address}', 'stop all masters first'),
  'backup.nothing': entry(
    'there is no registry in {folder}',
    'of a running master: tender backup FILE, as the user who started it',
  ),
  'backup.occupied': entry(
    '{place} is not empty',
    'choose another place; with --force a folder is moved aside, and nothing is deleted',
  ),
  'backup.passphrase': entry(
    'this is not the passphrase of {file}',
    'it is the one that was given when the backup was made; nothing else opens it',
  ),
  'backup.plugins': entry(
    'in {file} the code of these plugins is not whole: {plugins}',
    'all else can be restored; take an older backup for them, or add them anew afterwards',
  ),
  'binary.addon': entry(
    'a part of this program that must lie in a file can be laid down nowhere: {cause}',
    'set TENDER_CACHE to a folder of yours that programs may run from',
  ),
  'case.invalid': entry('{where}: {cause}'),
  'client.no_context': entry(
    'this machine knows no cluster yet',
    'start one with: tender dev; or join one with: tender context add TOKEN',
  ),
  'client.context_unknown': entry('no context is called "{name}"', 'list them with: tender context'),
  'client.unreachable': entry(
    'the master at {address} cannot be reached: {cause}',
    'is it running there (tender master, or tender dev), and its port open? other clusters: tender context',
  ),
  'client.read_only': entry(
    '{what} would change the cluster, and this session only looks',
    'leave --read-only away to change something',
  ),
  'client.lost': entry('the connection to the master was lost while waiting for {what}', 'try again'),
  'compose.machine': entry(
    'no machine for {jobs}, which find each other by name or have data there: {cause}',
    'those that need not be found by name may run apart: `anywhere: true` in x-tender; see docs/compose.md',
  ),
  'compose.refused': entry(
    '{file} is not taken as it is:{notices}',
    'what is honoured: docs/compose.md; a key is taken away by a second file (-f OTHER) with !reset',
  ),
  'constraint.pattern': entry(
    '"{pattern}" is no pattern to compare attributes with: {cause}',
    'patterns are those of RE2, and match the whole value',
  ),
  'constraint.syntax': entry(
    '"{item}" is no constraint: expected {expected}',
    'see docs/jobs.md, "Where it runs"',
  ),
  'conversion.refused': entry(
    'agent {name} has not done that: it could not write it down, or has other resources by now',
    'its log says why; what is set aside there: tender reservations',
  ),
  'conversion.unsure': entry(
    'agent {name} has not said within {seconds} s that it has written that down: it may have done it, or not',
    'what is set aside there: tender reservations',
  ),
  'dev.failed': entry('the cluster did not start: {cause}', 'its last words are in {file}'),
  'docker.unavailable': entry(
    'no Docker engine on this machine: {cause}',
    'install docker.io, or run plain programs',
  ),
  'docker.image': entry(
    'image {image} could not be had: {cause}',
    'is the name right? can this machine reach the registry?',
  ),
  'docker.failed': entry('the Docker engine refused: {cause}'),
  'docker.kept': entry(
    'what is left of task {task} could not be cleared away: {cause}',
    'it is tried again every half a minute',
  ),
  'file.exists': entry(
    '{file} is there already',
    'choose another name with -o, or write over it with --force',
  ),
  'file.write': entry('cannot write {file}: {cause}'),
  'framework.unknown': entry('no framework is called "{name}"{hint}', 'list them with: tender frameworks'),
  'framework.kind_unknown': entry('no framework runs jobs of kind "{kind}"{hint}', 'known kinds: {known}'),
  'framework.verb_unknown': entry('framework {framework} has no verb "{verb}"', 'it has: {known}'),
  'framework.away': entry('framework {name} is not connected', 'it comes back by itself; its tasks go on'),
  'framework.removed': entry(
    'framework {name} was removed with its tasks',
    'its name is free: a new one may come in under it',
  ),
  'framework.over': entry('framework {name} is closed', 'begin anew: await framework(...)'),
  'framework.replaced': entry('another framework took over the name {name}'),
  'framework.taken': entry('the framework name "{name}" belongs to another key', 'choose another name'),
  'framework.role': entry('terms for role "{role}", which the framework does not have', 'it has: {known}'),
  'framework.failed': entry('framework {name} failed: {cause}'),
  'install.ended': entry(
    '{name} does not stay up: {cause}',
    'see its log: {log}; it is tried again until: tender uninstall',
  ),
  'install.foreign': entry(
    '{file} was not written by tender install',
    'move it away first, or keep it and leave this to it',
  ),
  'install.no_systemd': entry(
    'systemd does not run this machine',
    'let its own service manager run: tender master, tender agent; or see the units with --print, or write them with --root',
  ),
  'install.not_root': entry(
    'services of the machine are for root to change',
    'say sudo, or --user for services of your own',
  ),
  'install.passing': entry(
    '{file} lies where a service does not find it, or not for long',
    'put it into /usr/local/bin or /opt, and say it from there',
  ),
  'install.systemctl': entry('systemctl {words}: {cause}'),
  'job.invalid': entry('{path}: expected {expected}, found {found}{hint}'),
  'event.unknown': entry('there is no event "{name}"{hint}', 'see all of them with: help(on)'),
  'job.other_kind': entry(
    '{name} is of kind {kind}: "{verb}" is for jobs of kind {kinds}',
    'how it is: tender why {name}',
  ),
  'job.unknown': entry('no job or task is called "{name}"{hint}', 'list them with: tender jobs'),
  'job.exists': entry(
    'a job named "{name}" of another framework ({framework}) exists',
    'choose another name',
  ),
  'job.taken': entry(
    'there is a job {name} already',
    'choose another name; what it is: tender inspect {name}; to change it: tender up FILE; a batch job once more: tender run-now {name}',
  ),
  'job.changed': entry(
    'job {name} is of version {found}, not {expected}: somebody has changed it meanwhile',
    'look at it again before you change it: tender why {name}',
  ),
  'job.circle': entry(
    'job {name} would wait for itself: {circle}',
    'one of them has to start without the others: take it out of its needs',
  ),
  'instance.unknown': entry('job {job} has no instance "{name}"', 'list them with: tender ps {job}'),
  'instance.serves': entry('{name} serves: it needs no other home', 'to start it anew: tender restart'),
  'procedure.none': entry('nothing is being done with {name}'),
  'procedure.goes_on': entry(
    'what is being done with {name} goes on by itself',
    'hold it with: tender pause {name}',
  ),
  'update.none': entry('job {name} is not being updated'),
  'update.promoted': entry('the update of {name} is promoted already: it goes on by itself'),
  'update.untried': entry(
    'the canaries of {name} have not shown yet that they work',
    'look at them: tender why {name}; or let the others follow all the same, with --force',
  ),
  'update.no_way_back': entry(
    'the update of {name} has nothing to go back to',
    'stop it with: tender stop {name}',
  ),
  'run.refused': entry(
    '{name} can not be run so: {cause}',
    'what it takes: tender runs {name}, and its job file',
  ),
  'script.file': entry('cannot run {file}: {cause}', 'docs/repl.md shows what a script is'),
  'wait.timeout': entry(
    'not come true within {time}: {condition}',
    'give it more time, as in: until(condition, {example})',
  ),
  'version.unknown': entry('job {name} has no version {version} to go back to', 'it has: {known}'),
  'job.file': entry(
    '{file}: {cause}',
    'every field is in docs/jobs.md; tender init writes a file to start from',
  ),
  'master.deposed': entry('this master does not lead any more: {cause}', 'ask again: the new leader answers'),
  'master.standby': entry(
    'this master stands by: {who}',
    'members go to the leader by themselves, and wait for one if there is none',
  ),
  'member.none': entry(
    'this {role} has not joined a cluster yet',
    'make a token on the master (tender token create --role {role}), then: tender {role} --join TOKEN (and its folders, for a framework)',
  ),
  'member.unknown': entry('no member is called "{name}"', 'list them with: tender members'),
  'name.ambiguous': entry('"{name}" could be any of: {matches}', 'write more of the name'),
  'node.version': entry(
    'tender needs Node 26 or newer, this is {found}',
    'run it with: npm start, or npx tender',
  ),
  'offer.void': entry('the offers are void: {cause}', 'wait for the next offers'),
  'offer.short': entry(
    '{task} does not fit on offer {offer}: {cause}',
    'ask for less, or decline it and wait for another one',
  ),
  'operation.invalid': entry(
    'operation {operation} is not possible: {cause}',
    'what is reserved, and who uses it: tender reservations',
  ),
  'plugin.code': entry('{source} is no plugin: {cause}', 'what one is made of: docs/plugins.md'),
  'plugin.exists': entry(
    'there is a plugin {name} already',
    'bring it up to date with: tender plugin upgrade {name}',
  ),
  'plugin.fetch': entry(
    'npm could not get {source}: {cause}',
    'a folder is named by its path, such as ./{source}',
  ),
  'plugin.has_jobs': entry(
    'plugin {name} still has {jobs}',
    'stop them first, or end them with it: tender plugin rm --force {name}',
  ),
  'plugin.kept': entry(
    'plugin {name} goes on as it was: {cause}',
    'what else the new code said: tender plugin logs {name}',
  ),
  'plugin.refused': entry('the plugin {name} was not added: {cause}', 'nothing was changed'),
  'plugin.too_large': entry(
    '{source} has {bytes} bytes, {limit} is the most',
    'leave out what it does not need to run',
  ),
  'plugin.unknown': entry('no plugin is called "{name}"{hint}', 'list them with: tender plugin ls'),
  'process.no_terminal': entry(
    "this machine can't give a program a terminal: {cause}",
    'install util-linux there, or go without --tty',
  ),
  'process.start': entry('could not start {command}: {cause}'),
  'protocol.epoch': entry(
    'this master is of epoch {found}, an older one than {expected}',
    'stop the old master: another one has taken over',
  ),
  'protocol.version': entry(
    'this peer speaks protocol {found}, the master speaks {expected}',
    'upgrade the older one of the two',
  ),
  'protocol.message': entry('a message could not be understood: {cause}'),
  'reboot.activated': entry(
    '{name} was given new work again meanwhile: it is not ready to be restarted',
    'once more: tender reboot {name}',
  ),
  'reboot.command': entry(
    '{command} cannot be run here: {cause}',
    '{name} stays as it is, without new work; restart it by other means, then: tender activate {name}',
  ),
  'request.unknown': entry('the master knows no request "{method}"', 'is this client newer than the master?'),
  'request.denied': entry('a {role} may not {what}'),
  'request.timeout': entry(
    'no answer to {what} within {seconds} s',
    'tender agents and tender frameworks show what is connected',
  ),
  'request.failed': entry(
    '{what} failed inside the master: {cause}',
    'the master goes on; its log has the details',
  ),
  'quota.exceeded': entry(
    'role {role} uses {consumed} already, more than a limit of {limit}',
    'end some of it first; or say it with --force: nothing is ended, and it gets nothing more before it is below',
  ),
  'quota.invalid': entry('the quota of role {role} cannot be: {cause}', 'see them all with: tender quota ls'),
  'quota.name': entry(
    'no agent has any "{name}" to give{hint}',
    'see what they have with: tender agents --json; for agents to come say it with --force',
  ),
  'quota.none': entry('role {role} has no quota', 'see them all with: tender quota ls'),
  'quota.too_much': entry(
    '{promised} would be guaranteed, the whole cluster has {total}',
    'guarantee less; for agents to come say it with --force',
  ),
  'reservation.none': entry(
    'role {role} has nothing on {agent} that could be freed{hint}',
    'see what is reserved, by whom, and who uses it: tender reservations',
  ),
  'reservation.several': entry(
    'role {role} has several reservations on {agent}: {which}',
    'say which one with --by or --label, or free what is unused of all of them with --all',
  ),
  'resources.conversion': entry(
    'the master would make {to} of {from}: {cause}',
    'nothing was changed; the agent tells the master what it has',
  ),
  'resources.in_use': entry(
    'in use on {agent} by {tasks}: {resources}',
    'stop them first, or name less of it; who uses what is reserved: tender reservations',
  ),
  'resources.kind': entry('"{name}" is a number in one place and ranges or a set in another'),
  'resources.syntax': entry(
    '"{item}" is no resource: expected {expected}',
    'for example cpus:2;mem:1024;ports:[31000-32000]',
  ),
  'role.invalid': entry('the {what} of role {role}: expected {expected}, found {found}'),
  'role.name': entry('"{name}" cannot be a role: {cause}', 'for example web, or web/api'),
  'role.unknown': entry('nothing is set for a role "{name}"{hint}', 'list them with: tender roles'),
  'screen.memory': entry(
    'what the screen remembered cannot be read ({file}: {cause}); it begins anew',
    'orders and columns of lists, and the commands typed, are as for the first time',
  ),
  'settings.invalid': entry('{where}: {cause}', 'the screen has its usual settings until that is mended'),
  'secret.read': entry(
    'cannot read {file}: {cause}',
    'it is for its owner only; one that is damaged: move it away, and join anew with a token',
  ),
  'security.revoked': entry('the key of {name} was revoked', 'join again with a new token'),
  'security.unknown_key': entry(
    'the master does not know this key, or has revoked it',
    'join with a token: tender token create, on the master',
  ),
  'security.wrong_master': entry(
    'the master at {address} has another key than expected: this may not be your master',
    'if the master was made anew, join again with a new token',
  ),
  'security.proof': entry('the peer could not prove its key'),
  'state.locked': entry(
    '{folder} is in use by process {pid}',
    'stop that process, or choose another --state folder',
  ),
  'state.version': entry(
    '{folder} was written by format {found}, this program reads format {expected}',
    'use the matching version of tender, or another --state folder',
  ),
  'state.write': entry(
    'cannot write to {folder}: {cause}',
    'free some space or mend the rights; nothing was lost',
  ),
  'state.read': entry(
    'cannot read {folder}: {cause}',
    'if it is damaged: a master goes on from its last backup (tender restore FILE --force); an agent joins anew, with an empty folder',
  ),
  'store.too_large': entry(
    'the entry {entry} has {bytes} bytes, {limit} is the most that etcd takes',
    'store less under one key',
  ),
  'store.unavailable': entry(
    '{store} does not answer: {cause}',
    'is it running, with more than half of its members? it is asked again',
  ),
  'stream.ended': entry('the stream ended: {cause}'),
  'stream.too_many': entry(
    'more than {limit} open streams on one connection',
    'close some of them; of a job with so many instances, follow one: tender logs -f web.0',
  ),
  'task.unknown': entry('no task is called "{name}"', 'list them with: tender ps'),
  'task.signal': entry('{signal} could not be sent to task {task}: {cause}'),
  'log.lost': entry('the output of task {task} could not be kept: {cause}', 'free space on its disk'),
  'log.cut': entry('the log {file} could not be kept short: {cause}', 'free space on its disk'),
  'sandbox.kept': entry(
    'the sandbox {folder} is over and could not be deleted: {cause}',
    'delete it by hand: it takes up disk',
  ),
  'task.not_running': entry('task {name} is {state}, not running'),
  'task.invalid': entry('task {task} is not valid: {cause}'),
  'thing.unknown': entry(
    'nothing here is called "{name}"',
    'list what there is with: tender jobs, tender ps, tender agents, tender frameworks',
  ),
  'token.invalid': entry('this is no join token', 'copy it whole, from: tender token create'),
  'token.refused': entry('the master refused the token: {cause}', 'make a new one with: tender token create'),
  usage: entry('{cause}', 'tender help shows how'),
  'volume.folder': entry(
    'the folder {folder} of volume {id} could not be {done}: {cause}',
    'it is tried again when the agent starts anew',
  ),
  'volume.several': entry(
    'there is a volume {id} on {agent} for each of the roles {roles}',
    'say which one with --role',
  ),
  'volume.unknown': entry(
    'there is no volume "{id}" on {agent}{hint}',
    'list them with: tender reservations',
  ),
  'wire.address': entry(
    'cannot listen on {address}: {cause}',
    'is another master running? choose another address with --listen or --enrol',
  ),
  'wire.closed': entry('the connection is closed'),
  'wire.key': entry('this is no CURVE key'),
  'wire.too_large': entry('a message of {bytes} bytes is over the limit of {limit}', 'send less at once'),
} as const satisfies Record<string, Entry>;

export type ErrorCode = keyof typeof ERRORS;
export type ErrorFields = Readonly<Record<string, string | number>>;

const fill = (text: string, fields: ErrorFields): string =>
  text.replaceAll(/\{(\w+)\}/g, (_, name: string) => String(fields[name] ?? ''));

/** An error for a user: `message` says what was wrong, `next` what to do about it. */
export class TenderError extends Error {
  readonly code: ErrorCode;
  readonly fields: ErrorFields;

  constructor(code: ErrorCode, fields: ErrorFields = {}) {
    super(fill(ERRORS[code].message, fields));
    this.name = 'TenderError';
    this.code = code;
    this.fields = fields;
  }

  get next(): string | undefined {
    const known: Entry = ERRORS[this.code];
    return known.next === undefined ? undefined : fill(known.next, this.fields);
  }
}

/** An error as it travels; an unknown code of a newer peer keeps its sentence. */
export interface ErrorReport {
  readonly code: string;
  readonly message: string;
  readonly fields: ErrorFields;
}

/** Of a schema's complaint what it says, not what it found where. */
export function causeOf(error: unknown): string {
  const { issues } = (error ?? {}) as { readonly issues?: unknown };
  if (Array.isArray(issues)) return issues.map(causeOf).join('; ');
  const { message } = (error ?? {}) as { readonly message?: unknown };
  return typeof message === 'string' ? message : String(error);
}

/** @param what names the action, for an error that has no code of its own. */
export function reportOf(error: unknown, what: string): ErrorReport {
  const known =
    error instanceof TenderError ? error : new TenderError('request.failed', { what, cause: causeOf(error) });
  return { code: known.code, message: known.message, fields: known.fields };
}

export function errorOf(report: ErrorReport): TenderError {
  return Object.hasOwn(ERRORS, report.code)
    ? new TenderError(report.code as ErrorCode, report.fields)
    : new TenderError('usage', { cause: report.message });
}
