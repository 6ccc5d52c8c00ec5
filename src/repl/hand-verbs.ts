/** `framework()`: a framework that is played at the prompt, or by a script. It ends with the session. */

import type { HandFramework, HandOptions } from '../framework/by-hand.ts';
import type { FrameworkDefinition } from '../framework/define.ts';
import type { Verb } from './verb.ts';

/**
 * Lets a framework in under a key of its own, and runs it.
 * @param refused the master does not let it in
 * @returns ends it, with its tasks and its key
 */
export type StartFramework = (
  definition: FrameworkDefinition,
  refused: (error: Error) => void,
) => Promise<() => Promise<void>>;

export const HAND_VERBS = {
  framework: {
    usage: "const f = await framework('mine', {roles: ['*']})",
    help: 'offers by hand: for await (const offer of f.offers) { f.launch(offer, {command: "date", cpus: 0.1}) }',
    options: ['roles'],
    changes: true,
    make:
      ({ startFramework, onEnd }) =>
      async (name: string, options: HandOptions = {}): Promise<HandFramework> => {
        const { HandFramework } = await import('../framework/by-hand.ts');
        const framework = new HandFramework(name, options);
        const begun = Promise.withResolvers<void>();
        const end = await startFramework(framework.definition(begun.resolve), begun.reject);
        const forget = onEnd(() => framework.close());
        framework.started(async () => {
          forget();
          await end();
        });
        try {
          await begun.promise;
        } catch (error) {
          await framework.close();
          throw error;
        }
        return framework;
      },
  },
} as const satisfies Record<string, Verb>;
