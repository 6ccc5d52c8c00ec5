/**
 * The part of etcd's interface (version 3, etcd.io/docs/v3.4/dev-guide/api_reference_v3) that is used here, with the
 * field numbers of etcd's own rpc.proto, and the same as types. In a TypeScript file, so that a bundle holds it. The
 * names of fields are etcd's; 64-bit numbers are text, because a lease's id is longer than a JavaScript number.
 */
export const SCHEMA = `
syntax = "proto3";
package etcdserverpb;

message ResponseHeader { int64 revision = 3; }
message KeyValue {
  bytes key = 1; int64 create_revision = 2; int64 mod_revision = 3; bytes value = 5; int64 lease = 6;
}

message RangeRequest { bytes key = 1; bytes range_end = 2; int64 limit = 3; int64 revision = 4; }
message RangeResponse { ResponseHeader header = 1; repeated KeyValue kvs = 2; bool more = 3; }
message PutRequest { bytes key = 1; bytes value = 2; int64 lease = 3; }
message PutResponse { ResponseHeader header = 1; }
message DeleteRangeRequest { bytes key = 1; bytes range_end = 2; }
message DeleteRangeResponse { ResponseHeader header = 1; }

message RequestOp {
  oneof request {
    RangeRequest request_range = 1; PutRequest request_put = 2; DeleteRangeRequest request_delete_range = 3;
  }
}
message ResponseOp {
  oneof response {
    RangeResponse response_range = 1; PutResponse response_put = 2; DeleteRangeResponse response_delete_range = 3;
  }
}
message Compare {
  enum CompareResult { EQUAL = 0; }
  enum CompareTarget { VERSION = 0; CREATE = 1; MOD = 2; VALUE = 3; }
  CompareResult result = 1; CompareTarget target = 2; bytes key = 3;
  oneof target_union { int64 create_revision = 5; bytes value = 7; }
}
message TxnRequest { repeated Compare compare = 1; repeated RequestOp success = 2; repeated RequestOp failure = 3; }
message TxnResponse { ResponseHeader header = 1; bool succeeded = 2; repeated ResponseOp responses = 3; }

message LeaseGrantRequest { int64 TTL = 1; }
message LeaseGrantResponse { ResponseHeader header = 1; int64 ID = 2; int64 TTL = 3; }
message LeaseRevokeRequest { int64 ID = 1; }
message LeaseRevokeResponse { ResponseHeader header = 1; }
message LeaseKeepAliveRequest { int64 ID = 1; }
message LeaseKeepAliveResponse { ResponseHeader header = 1; int64 ID = 2; int64 TTL = 3; }

message WatchCreateRequest { bytes key = 1; bytes range_end = 2; int64 start_revision = 3; }
message WatchProgressRequest {}
message WatchRequest {
  oneof request_union { WatchCreateRequest create_request = 1; WatchProgressRequest progress_request = 3; }
}
message Event { enum EventType { PUT = 0; DELETE = 1; } EventType type = 1; KeyValue kv = 2; }
message WatchResponse { ResponseHeader header = 1; bool created = 3; bool canceled = 4; repeated Event events = 11; }
`;

export interface KeyValue {
  readonly key: Buffer;
  readonly value: Buffer;
  readonly create_revision: string;
  readonly lease: string;
}

export interface RangeRequest {
  readonly key: Uint8Array;
  /** Absent: this one key. Otherwise all from `key` to before this. */
  readonly range_end?: Uint8Array;
  readonly limit?: number;
  /** As it was then; absent: now. */
  readonly revision?: string;
}

export interface RangeResponse {
  readonly header: { readonly revision: string };
  readonly kvs: readonly KeyValue[];
  readonly more: boolean;
}

export type Operation =
  | {
      readonly request_put: { readonly key: Uint8Array; readonly value: Uint8Array; readonly lease?: string };
    }
  | { readonly request_delete_range: { readonly key: Uint8Array; readonly range_end?: Uint8Array } }
  | { readonly request_range: RangeRequest };

export type Compare =
  | { readonly target: 'CREATE'; readonly key: Uint8Array; readonly create_revision: string }
  | { readonly target: 'VALUE'; readonly key: Uint8Array; readonly value: Uint8Array };

export interface TxnRequest {
  readonly compare: readonly Compare[];
  /** If all of them hold. At most 128, as of the others. */
  readonly success: readonly Operation[];
  readonly failure?: readonly Operation[];
}

export interface TxnResponse {
  readonly header: { readonly revision: string };
  readonly succeeded: boolean;
  readonly responses: readonly { readonly response_range?: RangeResponse }[];
}

export interface LeaseState {
  readonly ID: string;
  /** Seconds; 0: there is no such lease any more. */
  readonly TTL: string;
}

export interface WatchCreateRequest {
  readonly key: Uint8Array;
  readonly range_end?: Uint8Array;
  readonly start_revision: string;
}

export interface WatchResponse {
  readonly header: { readonly revision: string };
  readonly created: boolean;
  readonly canceled: boolean;
  readonly events: readonly { readonly type: 'PUT' | 'DELETE'; readonly kv: KeyValue }[];
}

/** The one end of a range that holds all keys that begin with these bytes (which do not end in 0xff). */
export function afterPrefix(prefix: Uint8Array): Buffer {
  const end = Buffer.from(prefix);
  end[end.length - 1]! += 1;
  return end;
}
