// Code generated from ../openapi.yaml by npm run generate. DO NOT EDIT.

export interface paths {
    "/api/kv/del": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Delete keys
         * @description Deletes 1 to 1000 keys and returns how many of them existed.
         */
        post: operations["kvDel"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/kv/describe": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Describe keys
         * @description Returns type, size and time to live of 1 to 1000 keys, without their values.
         */
        post: operations["kvDescribe"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/kv/exists": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Count the keys that exist
         * @description Counts those of 1 to 1000 keys that exist.
         */
        post: operations["kvExists"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/kv/expire": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Set a time to live
         * @description Sets the time to live of a key. 0 seconds or less delete it, as EXPIRE of Redis does.
         */
        post: operations["kvExpire"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/kv/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Export all keys
         * @description Returns every key of the project, a JSON object a line: key, value, and expires_at in milliseconds since 1970 where it expires; what is no such key or value stands there as in backups. The last line is {"end":{"keys":N}}: an answer without it was cut off.
         */
        post: operations["kvExport"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/kv/get": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Get a value
         * @description Returns the value of a key, byte for byte as it was set; null if there is no such key.
         */
        post: operations["kvGet"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/kv/incr": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Add to an integer
         * @description Adds an amount to the integer stored under a key and returns the sum, atomically. A missing key counts from 0, and ex or px apply only where this call creates it; an existing time to live is kept.
         */
        post: operations["kvIncr"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/kv/keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * List keys by pattern
         * @description Returns the keys that match a pattern, up to 100,000 and 16 MiB of names. For more use scan.
         */
        post: operations["kvKeys"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/kv/mget": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Get many values
         * @description Returns the values of 1 to 1000 keys in their order, at most 16 MiB together.
         */
        post: operations["kvMget"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/kv/mset": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Set many values
         * @description Stores 1 to 1000 entries, all or none; before a Redis Cluster all or none of each slot.
         */
        post: operations["kvMset"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/kv/persist": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Take away a time to live
         * @description Makes a key stay. The result is 0 if there is no such key, or it had no time to live.
         */
        post: operations["kvPersist"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/kv/read": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Read a part of a value
         * @description Returns a part of the JSON text of a value, for values that are too large to be shown whole. Parts end between characters; those of one value have the same digest.
         */
        post: operations["kvRead"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/kv/scan": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Walk over keys
         * @description Returns a page of the keys that match a pattern and a cursor for the next. A key that is there throughout comes at least once before the cursor is null.
         */
        post: operations["kvScan"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/kv/set": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Set a value
         * @description Stores a value under a key, with a time to live if asked for. Without keepttl an existing time to live ends. With nx or xx the result is null where the condition was not met, and nothing was changed.
         */
        post: operations["kvSet"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/kv/ttl": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Get a time to live
         * @description Returns the seconds that a key has left.
         */
        post: operations["kvTtl"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        ChangeResponse: {
            /**
             * Format: int64
             * @description 1 if the key was changed, else 0.
             * @example 1
             */
            result: number;
            /**
             * @description The same as result, as a boolean.
             * @example true
             */
            success: boolean;
        };
        DelResponse: {
            /**
             * Format: int64
             * @description How many of the keys there were. A key given twice counts once.
             * @example 1
             */
            deleted: number;
        };
        DescribeResponse: {
            /** @description What each key holds, in the order of the keys. */
            keys: components["schemas"]["KeyDescription"][];
        };
        ExistsResponse: {
            /**
             * Format: int64
             * @description How many of the keys exist. A key given twice counts twice.
             * @example 1
             */
            exists: number;
        };
        ExpireRequest: {
            /**
             * @description 1 byte to 32 KiB of UTF-8, any character.
             * @example user:123
             */
            key: string;
            /**
             * Format: int64
             * @description The project. An API key has to name it; for a deployment token it is ignored, whatever its type.
             * @example 1
             */
            project_id?: number;
            /**
             * Format: int64
             * @description Time to live in seconds; 0 or less deletes the key.
             * @example 3600
             */
            seconds: number;
        };
        ExportRequest: {
            /**
             * Format: int64
             * @description The project. An API key has to name it; for a deployment token it is ignored, whatever its type.
             * @example 1
             */
            project_id?: number;
        };
        Finding: {
            /**
             * @description Where in the request: body, header, path or query, and the field.
             * @example body.key
             */
            location: string;
            /**
             * @description What is wrong there.
             * @example must not be empty
             */
            message: string;
        };
        GetResponse: {
            /** @description The value as it was set; null if there is no such key, or null is stored. */
            value: unknown;
        };
        IncrRequest: {
            /**
             * Format: int64
             * @description What to add, an integer of 64 bits, 1 if it is not given. May be negative.
             */
            amount?: number;
            /**
             * Format: int64
             * @description Time to live in seconds. Excludes px.
             * @example 3600
             */
            ex?: number;
            /**
             * @description 1 byte to 32 KiB of UTF-8, any character.
             * @example page:views
             */
            key: string;
            /**
             * Format: int64
             * @description The project. An API key has to name it; for a deployment token it is ignored, whatever its type.
             * @example 1
             */
            project_id?: number;
            /**
             * Format: int64
             * @description Time to live in milliseconds. Excludes ex.
             */
            px?: number;
        };
        IncrResponse: {
            /**
             * Format: int64
             * @description The sum.
             * @example 1
             */
            value: number;
        };
        KeyDescription: {
            /**
             * Format: int64
             * @description Milliseconds that the key has left; -1: it does not expire, -2: there is no such key.
             * @example 59000
             */
            pttl: number;
            /**
             * Format: int64
             * @description How long the value is as it is stored, in bytes; 0 for other types of Redis.
             * @example 12
             */
            size: number;
            /**
             * @description That of the JSON value: object, array, string, number, boolean or null; of long values only the beginning is looked at. For what another Redis client wrote and no operation reads: list, set, zset, hash, stream or another type as TYPE of Redis reports it. none: there is no such key. unknown: the value is large and was not looked at.
             * @example object
             */
            type: string;
        };
        KeyRequest: {
            /**
             * @description 1 byte to 32 KiB of UTF-8, any character.
             * @example user:123
             */
            key: string;
            /**
             * Format: int64
             * @description The project. An API key has to name it; for a deployment token it is ignored, whatever its type.
             * @example 1
             */
            project_id?: number;
        };
        KeysByPatternRequest: {
            /**
             * @description A glob over bytes: * ? [a-c] [^x], and a backslash before a byte to be taken as it is. Up to 256 bytes.
             * @example user:*
             */
            pattern: string;
            /**
             * Format: int64
             * @description The project. An API key has to name it; for a deployment token it is ignored, whatever its type.
             * @example 1
             */
            project_id?: number;
        };
        KeysRequest: {
            /**
             * @description 1 to 1000 keys, each 1 byte to 32 KiB of UTF-8.
             * @example [
             *       "user:123",
             *       "user:124"
             *     ]
             */
            keys: string[];
            /**
             * Format: int64
             * @description The project. An API key has to name it; for a deployment token it is ignored, whatever its type.
             * @example 1
             */
            project_id?: number;
        };
        KeysResponse: {
            /**
             * @description The names as the project gave them, each once, in no order.
             * @example [
             *       "user:123"
             *     ]
             */
            keys: string[];
        };
        MGetResponse: {
            /**
             * @description The values in the order of the keys; null where a key is missing or of another type.
             * @example [
             *       "a",
             *       null
             *     ]
             */
            values: unknown[];
        };
        MSetEntry: {
            /**
             * Format: int64
             * @description Time to live in seconds. Excludes px.
             * @example 3600
             */
            ex?: number;
            /**
             * @description 1 byte to 32 KiB of UTF-8, any character.
             * @example user:123
             */
            key: string;
            /**
             * Format: int64
             * @description Time to live in milliseconds. Excludes ex.
             */
            px?: number;
            /** @description Any JSON value, as for set. */
            value: unknown;
        };
        MSetRequest: {
            /** @description 1 to 1000 entries. Of a key given twice the last wins. */
            entries: components["schemas"]["MSetEntry"][];
            /**
             * Format: int64
             * @description The project. An API key has to name it; for a deployment token it is ignored, whatever its type.
             * @example 1
             */
            project_id?: number;
        };
        MSetResponse: {
            /**
             * @description OK. So far it is one of: OK.
             * @example OK
             * @enum {string}
             */
            result: "OK";
        };
        Problem: {
            /**
             * @description The kind of problem, for programs. Later versions may add codes: take one that you do not know by its status. So far it is one of: malformed_json, project_id_required, unauthorized, permission_denied, not_found, project_not_found, token_not_found, session_not_found, backup_not_found, kv_not_enabled, method_not_allowed, not_an_integer, overflow, wrong_type, already_enabled, busy, backup_damaged, conflict, too_many_keys, too_large, unsupported_media_type, invalid, many_slots, rate_limited, not_supported, kv_disabled, kv_unavailable, storage_full, timeout, out_of_memory, quota_exceeded, data_damaged, internal.
             * @example invalid
             */
            code: string;
            /**
             * @description What happened, and what to do.
             * @example The request is not valid: see errors.
             */
            detail: string;
            /** @description What is wrong with the request, where it is invalid. */
            errors?: components["schemas"]["Finding"][];
            /**
             * @description Set where a write was sent and no answer came. So far it is one of: unknown.
             * @enum {string}
             */
            outcome?: "unknown";
            /**
             * @description The X-Request-Id of the answer; the log has it too.
             * @example 01hx5k3
             */
            request_id: string;
            /**
             * Format: int64
             * @description The HTTP status.
             * @example 422
             */
            status: number;
            /**
             * @description The kind of problem in words.
             * @example Invalid
             */
            title: string;
            /**
             * Format: uri-reference
             * @description The address of the page about the code, on the server that was asked. Programs go by code.
             * @example https://kv.example/docs/errors/invalid
             */
            type: string;
        };
        ReadRequest: {
            /**
             * @description 1 byte to 32 KiB of UTF-8, any character.
             * @example user:123
             */
            key: string;
            /**
             * Format: int64
             * @description How many bytes at most.
             * @default 65536
             * @example 65536
             */
            limit?: number;
            /**
             * Format: int64
             * @description Where to begin, in bytes: 0, or the next_offset of the part before.
             * @default 0
             */
            offset?: number;
            /**
             * Format: int64
             * @description The project. An API key has to name it; for a deployment token it is ignored, whatever its type.
             * @example 1
             */
            project_id?: number;
        };
        ReadResponse: {
            /**
             * @description The same as long as the value is; empty if there is no such key.
             * @example 0a1b2c3d4e5f60718293a4b5c6d7e8f9
             */
            digest: string;
            /**
             * @description Whether there is such a key.
             * @example true
             */
            exists: boolean;
            /**
             * Format: int64
             * @description Where the next part begins; null at the end.
             */
            next_offset: number | null;
            /**
             * Format: int64
             * @description How long the whole JSON text is, in bytes.
             * @example 12
             */
            size: number;
            /**
             * @description A part of the JSON text of the value, as it is stored.
             * @example {"a":[1,2,3]
             */
            text: string;
        };
        ScanRequest: {
            /** @description The cursor of the page before; the first page if it is not given. */
            cursor?: string;
            /**
             * Format: int64
             * @description About how many keys a page should hold, a hint as COUNT is; 100 if it is not given.
             * @example 100
             */
            limit?: number;
            /**
             * @description A glob as for keys; all keys if it is not given.
             * @example user:*
             */
            pattern?: string;
            /**
             * Format: int64
             * @description The project. An API key has to name it; for a deployment token it is ignored, whatever its type.
             * @example 1
             */
            project_id?: number;
        };
        ScanResponse: {
            /** @description Send it for the next page; null ends the scan. */
            cursor: string | null;
            /**
             * @description A page of keys. It may hold more or fewer than asked for, or none.
             * @example [
             *       "user:123"
             *     ]
             */
            keys: string[];
        };
        SetRequest: {
            /**
             * Format: int64
             * @description Time to live in seconds. Excludes px.
             * @example 3600
             */
            ex?: number;
            /** @description Keep the time to live that the key has. Excludes ex and px. */
            keepttl?: boolean;
            /**
             * @description 1 byte to 32 KiB of UTF-8, any character.
             * @example user:123
             */
            key: string;
            /** @description Set only if the key does not exist. Excludes xx. */
            nx?: boolean;
            /**
             * Format: int64
             * @description The project. An API key has to name it; for a deployment token it is ignored, whatever its type.
             * @example 1
             */
            project_id?: number;
            /**
             * Format: int64
             * @description Time to live in milliseconds. Excludes ex.
             */
            px?: number;
            /** @description Any JSON value, null too, at most 64 levels deep and by default up to 10 MiB. It is kept as sent, less insignificant white space. */
            value: unknown;
            /** @description Set only if the key exists. Excludes nx. */
            xx?: boolean;
        };
        SetResponse: {
            /**
             * @description OK, or null where nx or xx was not met.
             * @example OK
             */
            result: string | null;
        };
        TTLResponse: {
            /**
             * Format: int64
             * @description Seconds left, rounded to the nearest; -1 if the key does not expire, -2 if there is no such key.
             * @example 3600
             */
            ttl: number;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: {
        /** @description True where the answer is that of an earlier request with the same Idempotency-Key: nothing was changed. */
        "Idempotent-Replayed": boolean;
        /** @description How many requests may come at once, by the limit that is nearest; only where there is one. */
        "RateLimit-Limit": number;
        /** @description How many of them may come now. */
        "RateLimit-Remaining": number;
        /** @description Seconds until all of them may come again. */
        "RateLimit-Reset": number;
        /** @description Seconds to wait before trying again. */
        "Retry-After": number;
        /** @description Bearer. */
        "WWW-Authenticate": string;
        /** @description The id of the request: the caller's own X-Request-Id if it is sane, else a new one. */
        "X-Request-Id": string;
    };
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    kvDel: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes the request safe to repeat: a key of your choice, new for each request, such as a UUID. Sent again with the same key and body within 24 hours, the request has no second effect, and gets the answer of the first, with Idempotent-Replayed: true. Such an answer is a success or a 409; after any other the first has had no effect, or may still have it. With another body it is refused (422), and so are keys that lie in several hash slots of a Redis Cluster (many_slots). A project's requests share one set of these keys. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        /** @description At most 16777216 bytes. */
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "keys": [
                 *         "user:123"
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["KeysRequest"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "Idempotent-Replayed": components["headers"]["Idempotent-Replayed"];
                    "RateLimit-Limit": components["headers"]["RateLimit-Limit"];
                    "RateLimit-Remaining": components["headers"]["RateLimit-Remaining"];
                    "RateLimit-Reset": components["headers"]["RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "deleted": 1
                     *     }
                     */
                    "application/json": components["schemas"]["DelResponse"];
                };
            };
        };
    };
    kvDescribe: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description At most 16777216 bytes. */
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "keys": [
                 *         "user:123",
                 *         "user:124"
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["KeysRequest"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "RateLimit-Limit": components["headers"]["RateLimit-Limit"];
                    "RateLimit-Remaining": components["headers"]["RateLimit-Remaining"];
                    "RateLimit-Reset": components["headers"]["RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "keys": [
                     *         {
                     *           "pttl": 59000,
                     *           "size": 33,
                     *           "type": "object"
                     *         },
                     *         {
                     *           "pttl": -2,
                     *           "size": 0,
                     *           "type": "none"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["DescribeResponse"];
                };
            };
        };
    };
    kvExists: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description At most 16777216 bytes. */
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "keys": [
                 *         "user:123",
                 *         "user:124"
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["KeysRequest"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "RateLimit-Limit": components["headers"]["RateLimit-Limit"];
                    "RateLimit-Remaining": components["headers"]["RateLimit-Remaining"];
                    "RateLimit-Reset": components["headers"]["RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "exists": 1
                     *     }
                     */
                    "application/json": components["schemas"]["ExistsResponse"];
                };
            };
        };
    };
    kvExpire: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description At most 10551296 bytes. */
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "key": "user:123",
                 *       "seconds": 3600
                 *     }
                 */
                "application/json": components["schemas"]["ExpireRequest"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "RateLimit-Limit": components["headers"]["RateLimit-Limit"];
                    "RateLimit-Remaining": components["headers"]["RateLimit-Remaining"];
                    "RateLimit-Reset": components["headers"]["RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "result": 1,
                     *       "success": true
                     *     }
                     */
                    "application/json": components["schemas"]["ChangeResponse"];
                };
            };
        };
    };
    kvExport: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description At most 1048576 bytes. */
        requestBody: {
            content: {
                /** @example {} */
                "application/json": components["schemas"]["ExportRequest"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "RateLimit-Limit": components["headers"]["RateLimit-Limit"];
                    "RateLimit-Remaining": components["headers"]["RateLimit-Remaining"];
                    "RateLimit-Reset": components["headers"]["RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/x-ndjson": string;
                };
            };
        };
    };
    kvGet: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description At most 10551296 bytes. */
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "key": "user:123"
                 *     }
                 */
                "application/json": components["schemas"]["KeyRequest"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "RateLimit-Limit": components["headers"]["RateLimit-Limit"];
                    "RateLimit-Remaining": components["headers"]["RateLimit-Remaining"];
                    "RateLimit-Reset": components["headers"]["RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "value": {
                     *         "name": "Alice",
                     *         "role": "admin"
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["GetResponse"];
                };
            };
        };
    };
    kvIncr: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes the request safe to repeat: a key of your choice, new for each request, such as a UUID. Sent again with the same key and body within 24 hours, the request has no second effect, and gets the answer of the first, with Idempotent-Replayed: true. Such an answer is a success or a 409; after any other the first has had no effect, or may still have it. With another body it is refused (422), and so are keys that lie in several hash slots of a Redis Cluster (many_slots). A project's requests share one set of these keys. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        /** @description At most 10551296 bytes. */
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "key": "page:views"
                 *     }
                 */
                "application/json": components["schemas"]["IncrRequest"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "Idempotent-Replayed": components["headers"]["Idempotent-Replayed"];
                    "RateLimit-Limit": components["headers"]["RateLimit-Limit"];
                    "RateLimit-Remaining": components["headers"]["RateLimit-Remaining"];
                    "RateLimit-Reset": components["headers"]["RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "value": 1
                     *     }
                     */
                    "application/json": components["schemas"]["IncrResponse"];
                };
            };
        };
    };
    kvKeys: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description At most 10551296 bytes. */
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "pattern": "user:*"
                 *     }
                 */
                "application/json": components["schemas"]["KeysByPatternRequest"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "RateLimit-Limit": components["headers"]["RateLimit-Limit"];
                    "RateLimit-Remaining": components["headers"]["RateLimit-Remaining"];
                    "RateLimit-Reset": components["headers"]["RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "keys": [
                     *         "user:123"
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["KeysResponse"];
                };
            };
        };
    };
    kvMget: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description At most 16777216 bytes. */
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "keys": [
                 *         "user:123",
                 *         "user:124"
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["KeysRequest"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "RateLimit-Limit": components["headers"]["RateLimit-Limit"];
                    "RateLimit-Remaining": components["headers"]["RateLimit-Remaining"];
                    "RateLimit-Reset": components["headers"]["RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "values": [
                     *         {
                     *           "name": "Alice",
                     *           "role": "admin"
                     *         },
                     *         null
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["MGetResponse"];
                };
            };
        };
    };
    kvMset: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes the request safe to repeat: a key of your choice, new for each request, such as a UUID. Sent again with the same key and body within 24 hours, the request has no second effect, and gets the answer of the first, with Idempotent-Replayed: true. Such an answer is a success or a 409; after any other the first has had no effect, or may still have it. With another body it is refused (422), and so are keys that lie in several hash slots of a Redis Cluster (many_slots). A project's requests share one set of these keys. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        /** @description At most 16777216 bytes. */
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "entries": [
                 *         {
                 *           "key": "user:123",
                 *           "value": {
                 *             "name": "Alice"
                 *           }
                 *         },
                 *         {
                 *           "ex": 60,
                 *           "key": "user:124",
                 *           "value": {
                 *             "name": "Bob"
                 *           }
                 *         }
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["MSetRequest"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "Idempotent-Replayed": components["headers"]["Idempotent-Replayed"];
                    "RateLimit-Limit": components["headers"]["RateLimit-Limit"];
                    "RateLimit-Remaining": components["headers"]["RateLimit-Remaining"];
                    "RateLimit-Reset": components["headers"]["RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "result": "OK"
                     *     }
                     */
                    "application/json": components["schemas"]["MSetResponse"];
                };
            };
        };
    };
    kvPersist: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description At most 10551296 bytes. */
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "key": "user:123"
                 *     }
                 */
                "application/json": components["schemas"]["KeyRequest"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "RateLimit-Limit": components["headers"]["RateLimit-Limit"];
                    "RateLimit-Remaining": components["headers"]["RateLimit-Remaining"];
                    "RateLimit-Reset": components["headers"]["RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "result": 1,
                     *       "success": true
                     *     }
                     */
                    "application/json": components["schemas"]["ChangeResponse"];
                };
            };
        };
    };
    kvRead: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description At most 10551296 bytes. */
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "key": "user:123",
                 *       "limit": 65536,
                 *       "offset": 0
                 *     }
                 */
                "application/json": components["schemas"]["ReadRequest"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "RateLimit-Limit": components["headers"]["RateLimit-Limit"];
                    "RateLimit-Remaining": components["headers"]["RateLimit-Remaining"];
                    "RateLimit-Reset": components["headers"]["RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "digest": "0a1b2c3d4e5f60718293a4b5c6d7e8f9",
                     *       "exists": true,
                     *       "next_offset": null,
                     *       "size": 11,
                     *       "text": "{\"a\":[1,2]}"
                     *     }
                     */
                    "application/json": components["schemas"]["ReadResponse"];
                };
            };
        };
    };
    kvScan: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description At most 10551296 bytes. */
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "limit": 100,
                 *       "pattern": "user:*"
                 *     }
                 */
                "application/json": components["schemas"]["ScanRequest"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "RateLimit-Limit": components["headers"]["RateLimit-Limit"];
                    "RateLimit-Remaining": components["headers"]["RateLimit-Remaining"];
                    "RateLimit-Reset": components["headers"]["RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "cursor": null,
                     *       "keys": [
                     *         "user:123"
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["ScanResponse"];
                };
            };
        };
    };
    kvSet: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes the request safe to repeat: a key of your choice, new for each request, such as a UUID. Sent again with the same key and body within 24 hours, the request has no second effect, and gets the answer of the first, with Idempotent-Replayed: true. Such an answer is a success or a 409; after any other the first has had no effect, or may still have it. With another body it is refused (422), and so are keys that lie in several hash slots of a Redis Cluster (many_slots). A project's requests share one set of these keys. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        /** @description At most 10551296 bytes. */
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "ex": 3600,
                 *       "key": "user:123",
                 *       "value": {
                 *         "name": "Alice",
                 *         "role": "admin"
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["SetRequest"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "Idempotent-Replayed": components["headers"]["Idempotent-Replayed"];
                    "RateLimit-Limit": components["headers"]["RateLimit-Limit"];
                    "RateLimit-Remaining": components["headers"]["RateLimit-Remaining"];
                    "RateLimit-Reset": components["headers"]["RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "result": "OK"
                     *     }
                     */
                    "application/json": components["schemas"]["SetResponse"];
                };
            };
        };
    };
    kvTtl: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description At most 10551296 bytes. */
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "key": "user:123"
                 *     }
                 */
                "application/json": components["schemas"]["KeyRequest"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "RateLimit-Limit": components["headers"]["RateLimit-Limit"];
                    "RateLimit-Remaining": components["headers"]["RateLimit-Remaining"];
                    "RateLimit-Reset": components["headers"]["RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ttl": 3600
                     *     }
                     */
                    "application/json": components["schemas"]["TTLResponse"];
                };
            };
        };
    };
}
