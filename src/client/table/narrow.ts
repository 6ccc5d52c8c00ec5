/**
 * Text of which every character takes one cell and stands for itself: ASCII, Latin, and the lines, dots and arrows that
 * tables and frames are made of. Its width is its length: nothing needs to be looked up or taken apart for it.
 */
const NARROW =
  /^[\x20-\x7e\xa0-\xac\xae-\u02ff\u2010-\u2027\u2030-\u205e\u2190-\u22ff\u2500-\u25fc\u2800-\u28ff]*$/;

export const isNarrow = (text: string): boolean => NARROW.test(text);
