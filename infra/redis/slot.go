// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"strconv"
	"strings"
	"sync"
)

// slots is the number of hash slots of a Redis Cluster.
const slots = 16384

// slot returns the hash slot of a key in a Redis Cluster: the CRC-16 (XMODEM) of the key, or of what is
// between its first { and the next } if that is not empty. See "Key distribution model" in the Cluster specification.
func slot(key string) uint16 {
	if open := strings.IndexByte(key, '{'); open >= 0 {
		if length := strings.IndexByte(key[open+1:], '}'); length > 0 {
			key = key[open+1 : open+1+length]
		}
	}
	var crc uint16
	for i := range len(key) {
		crc ^= uint16(key[i]) << 8
		for range 8 {
			if crc&0x8000 != 0 {
				crc = crc<<1 ^ 0x1021
			} else {
				crc <<= 1
			}
		}
	}
	return crc % slots
}

// tags holds, for each slot, a number whose digits are a key in it.
var tags = sync.OnceValue(func() *[slots]uint32 {
	var found [slots]uint32
	for n, left := uint32(1), slots; left > 0; n++ {
		if of := &found[slot(strconv.Itoa(int(n)))]; *of == 0 {
			*of = n
			left--
		}
	}
	return &found
})

// tagOf returns a hash tag, without its braces, that puts a name in a slot.
func tagOf(slot uint16) string { return strconv.Itoa(int(tags()[slot])) }
