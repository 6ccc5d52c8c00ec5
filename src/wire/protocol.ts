/**
 * Version of the protocol: peers of another major version are refused in words, minor ones work together. Since 2.1 what
 * may be long (an agent's tasks in `register`, a framework's agents before `subscribed`) comes in parts, and changes of
 * agents many at once (`agents`); who is older gets and sends them as before, limited by the size of one message. Since 2.2
 * agents say which conversions of their resources they have written down (`converted`); older ones are taken at once to have.
 * Since 2.3 what is said in the same moment comes as one message (outbox.ts).
 *
 * What keeps versions of one major together: a field or a message that is not known is passed over. So a minor version
 * may add both; it may not require them of an older peer, nor say anything new in a field that the older one knows (both
 * sides have heard the other's version before they speak).
 */
export const PROTOCOL = { major: 2, minor: 3 } as const;
export const PROTOCOL_TEXT = `${PROTOCOL.major}.${PROTOCOL.minor}`;

const minorOf = (protocol: string): number => Number(protocol.split('.')[1] ?? 0);

/** Whether we understand a peer of this version at all. */
export const isOurs = (protocol: string): boolean => Number(protocol.split('.')[0]) === PROTOCOL.major;

/** Whether a peer of this version may say what we do not know yet. */
export const isNewer = (protocol: string): boolean => minorOf(protocol) > PROTOCOL.minor;

/** Whether a peer of this version knows of parts. */
export const takesParts = (protocol: string): boolean => minorOf(protocol) >= 1;

/** Whether an agent of this version says what it has converted. */
export const saysConverted = (protocol: string): boolean => minorOf(protocol) >= 2;

/** Whether a peer of this version takes several messages as one. */
export const takesPacks = (protocol: string): boolean => minorOf(protocol) >= 3;

/** A peer says `ping` this often (ms); ZeroMQ's own heartbeats would not notice a blocked program. */
export const HEARTBEAT = 5_000;
/** The master ends a session when it has heard nothing for two heartbeats. */
export const QUIET = 2 * HEARTBEAT;
/** Nothing heard for so long: the other side is taken for gone. */
export const SILENCE = 15_000;
/** A request without an answer fails after this. */
export const REQUEST_TIMEOUT = 10_000;
/** Streams that a client may have open at once. */
export const MAX_STREAMS = 64;
/** Bytes of a stream that may be under way without credit. */
export const STREAM_WINDOW = 256 * 1024;
/** Characters of a packed plugin, at most: masters hold it in memory. */
export const MAX_CODE = 8_000_000;
/** One framework may be in so many roles. */
export const MAX_ROLES = 1_000;
/** Event batches that a client may be sent ahead of its credit. */
export const EVENT_WINDOW = 64;
/** What a client has read it gives credit for in so large parts of that. */
export const EVENT_CREDIT = EVENT_WINDOW / 8;
