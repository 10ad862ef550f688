// SPDX-License-Identifier: Apache-2.0

package backups

import (
	"encoding/binary"
	"hash/crc64"
)

// dumpFooter is the size of the end of a dump, in bytes: the version of its format and a checksum. See DUMP in the Redis command
// reference.
const dumpFooter = 2 + 8

// maxDumpVersion is far above the versions of the format, which are those of RDB files: 80 in Valkey 9.
const maxDumpVersion = 1000

// jones is the table of the CRC-64 of Redis, which starts with 0 and inverts nothing.
var jones = crc64.MakeTable(0x95ac9329ac4bc9b5)

// dumpTypes are the types of the values whose dump begins with a byte. See rdb.h of Redis.
var dumpTypes = map[byte]string{
	0: "string",
	1: "list", 10: "list", 14: "list", 18: "list",
	2: "set", 11: "set", 20: "set",
	3: "zset", 5: "zset", 12: "zset", 17: "zset",
	4: "hash", 9: "hash", 13: "hash", 16: "hash",
	15: "stream", 19: "stream", 21: "stream",
}

// wholeDump reports whether a dump of a value of that type has not been changed since a server made it. It cannot find one that
// was forged: that is for the server, if its sanitize-dump-payload says so.
func wholeDump(kind string, dump []byte) bool {
	if len(dump) <= dumpFooter {
		return false
	}
	if known, ok := dumpTypes[dump[0]]; ok && known != kind {
		return false
	}
	footer := dump[len(dump)-dumpFooter:]
	version := binary.LittleEndian.Uint16(footer)
	sum := ^crc64.Update(^uint64(0), jones, dump[:len(dump)-8])
	return version > 0 && version < maxDumpVersion && sum == binary.LittleEndian.Uint64(footer[2:])
}
