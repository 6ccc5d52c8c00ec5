/** service: keeps so many instances of a container or program running. */
import { defineFramework } from 'tender/framework';
import { ServiceScheduler } from './scheduler.ts';

export default defineFramework({
  name: 'service',
  kinds: ['service'],
  verbs: {
    check: 'says whether a spec is right, and changes nothing',
    submit: 'runs a service, or changes it to this spec',
    scale: 'changes the number of instances',
    stop: 'stops all instances and forgets the service',
    spec: 'the spec with all defaults filled in',
    why: 'says why the service is as it is',
  },
  create: (context) => new ServiceScheduler(context),
});
