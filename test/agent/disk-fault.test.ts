/** When an agent says that its disk takes nothing new, and when that is over. */
import { describe, expect, it } from 'vitest';
import { diskFault, type Room } from '../../src/agent/disk-fault.ts';

const MIB = 1024 ** 2;
const room = (free: number, size: number): Room => ({ folder: '/state', free: free * MIB, size: size * MIB });
const OUT = { state: 'out of disk', why: 'less than 64 MiB is free in /state' };

describe('a disk', () => {
  it.each([
    ['has room', room(64, 100_000), undefined],
    ['has too little', room(63, 100_000), OUT],
    ['is small, and has room', room(1, 100), undefined],
    [
      'is small, and has too little',
      room(0.9, 100),
      { state: 'out of disk', why: 'less than 1 MiB is free in /state' },
    ],
    ['is tiny', room(0, 4), { state: 'out of disk', why: 'less than 41 KiB is free in /state' }],
    [
      'has no inodes',
      { ...room(5_000, 100_000), freeInodes: 0 },
      { state: 'out of disk', why: 'no inode is free in /state' },
    ],
    ['has inodes', { ...room(5_000, 100_000), freeInodes: 1 }, undefined],
  ])('that %s', (_, has, fault) => {
    expect(diskFault([has], undefined, undefined)).toEqual(fault);
  });

  it('that was full has to have twice as much until it counts as mended', () => {
    expect(diskFault([room(127, 100_000)], undefined, OUT)).toEqual(OUT);
    expect(diskFault([room(128, 100_000)], undefined, OUT)).toBeUndefined();
  });

  it('that refuses writes though it has room is no better', () => {
    const fault = { state: 'unable to write', why: 'readonly database' };
    expect(diskFault([room(5_000, 100_000)], 'readonly database', undefined)).toEqual(fault);
    expect(diskFault([room(100, 100_000)], undefined, fault)).toBeUndefined();
    expect(diskFault([room(1, 100_000)], 'readonly database', fault)).toEqual(OUT);
  });

  it('of the Docker engine counts as much as the one with its own records', () => {
    const engine = { ...room(63, 100_000), folder: '/var/lib/docker' };
    const why = 'less than 64 MiB is free in /var/lib/docker';
    expect(diskFault([room(5_000, 100_000), engine], undefined, undefined)).toEqual({ ...OUT, why });
  });
});
