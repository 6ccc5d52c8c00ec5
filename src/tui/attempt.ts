/** What a person asked for and cannot have is an error in the bottom line, with what to do next; never an exception. */
import type { Step } from './actions.ts';
import type { Ui } from './ui.ts';
import { noticeOf } from './verbs/perform-verb.ts';

export function attempt(ui: Ui, run: () => Step): Step {
  try {
    return run();
  } catch (error) {
    const notice = noticeOf(error);
    const next = notice.text.startsWith('usage: ') ? '? shows keys and commands' : notice.next;
    return { ui: { ...ui, notice: { ...notice, next } } };
  }
}
