/** The views one can go to by digit or by `:name`, with the aliases that fingers know from elsewhere. */
import type { TableName } from '../client/tables.ts';
import { overview, type Page, tablePage } from './ui.ts';

export interface View {
  /** Absent: it is reached by its name. */
  readonly digit?: string;
  readonly name: 'overview' | TableName;
  /** Where the line of views has no room for the name. */
  readonly short?: string;
  readonly aliases: readonly string[];
}

export const VIEWS: readonly View[] = [
  { digit: '1', name: 'overview', short: 'over', aliases: ['ov', 'home', 'pulse'] },
  { digit: '2', name: 'agents', aliases: ['a', 'agent', 'nodes', 'no'] },
  { digit: '3', name: 'jobs', aliases: ['j', 'job', 'services', 'svc'] },
  { digit: '4', name: 'tasks', aliases: ['t', 'task', 'ps', 'pods', 'po'] },
  { digit: '5', name: 'frameworks', short: 'fw', aliases: ['f', 'fw', 'framework'] },
  { digit: '6', name: 'offers', aliases: ['o', 'of', 'offer'] },
  { digit: '7', name: 'events', aliases: ['e', 'ev', 'event'] },
  { digit: '8', name: 'roles', aliases: ['r', 'role'] },
  { digit: '9', name: 'updates', aliases: ['u', 'update', 'procedures', 'deployments'] },
  { digit: '0', name: 'schedule', short: 'sched', aliases: ['s', 'sched', 'runs', 'cron', 'cronjobs'] },
  { name: 'volumes', aliases: ['v', 'vol', 'volume', 'reservations', 'res', 'pv'] },
  { name: 'quotas', aliases: ['quota'] },
  { name: 'plugins', aliases: ['p', 'plugin'] },
];

export const findView = (word: string): View | undefined =>
  VIEWS.find((view) => view.name === word || view.aliases.includes(word));

export const pageOfView = (view: View): Page => (view.name === 'overview' ? overview : tablePage(view.name));
