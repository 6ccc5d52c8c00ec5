/** What a task runs, as people read it: without the shell that reads a command's line, in one line or in its own. */

/** Every command that is a line and not a list of words is read by it; in a container it stands behind the image. */
const SHELL = /^(\S+ )?\/bin\/sh -c /;

export const commandText = (what: string): string => what.replace(SHELL, '$1').trim();

/** In one line, however many it has. */
export const whatRuns = (what: string): string => commandText(what).replaceAll(/\s+/g, ' ');
