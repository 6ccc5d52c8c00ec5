/** The address of an etcd, as it is written after `--store`. */
import { expect, it } from 'vitest';
import { TenderError } from '../../../src/core/errors.ts';
import { parseEtcdAddress } from '../../../src/store/etcd/address.ts';

it.each([
  ['etcd://a', { endpoints: ['a:2379'], prefix: 'tender' }],
  ['etcd://a:1,b,10.0.0.3:3', { endpoints: ['a:1', 'b:2379', '10.0.0.3:3'], prefix: 'tender' }],
  ['etcd://a/', { endpoints: ['a:2379'], prefix: 'tender' }],
  ['etcd://a,b/home/tender/', { endpoints: ['a:2379', 'b:2379'], prefix: 'home/tender' }],
  [
    'etcds://a?ca=/x/ca.pem&cert=c.pem&key=k.pem',
    { endpoints: ['a:2379'], prefix: 'tender', tls: { ca: '/x/ca.pem', cert: 'c.pem', key: 'k.pem' } },
  ],
  ['etcds://a/p', { endpoints: ['a:2379'], prefix: 'p', tls: {} }],
])('%s', (text, expected) => {
  expect(parseEtcdAddress(text)).toEqual(expected);
});

it.each([
  'etcd://',
  'etcd://,',
  'etcd://a:b',
  'etcd://a b',
  'zookeeper://a',
  'redis',
  '',
])('refuses "%s"', (text) => {
  expect(() => parseEtcdAddress(text)).toThrow(TenderError);
});
