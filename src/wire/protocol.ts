/** Version of the protocol: peers of another major version are refused in words, minor ones work together. */
export const PROTOCOL = { major: 2, minor: 0 } as const;
export const PROTOCOL_TEXT = `${PROTOCOL.major}.${PROTOCOL.minor}`;

/** A peer says `ping` this often (ms); ZeroMQ's own heartbeats would not notice a blocked program. */
export const HEARTBEAT = 5_000;
/** Nothing heard for so long: the other side is taken for gone. */
export const SILENCE = 15_000;
/** A request without an answer fails after this. */
export const REQUEST_TIMEOUT = 10_000;
/** Bytes of a stream that may be under way without credit. */
export const STREAM_WINDOW = 256 * 1024;
/** One framework may be in so many roles. */
export const MAX_ROLES = 1_000;
/** Event batches that a client may be sent ahead of its credit. */
export const EVENT_WINDOW = 64;
