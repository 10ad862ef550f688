// SPDX-License-Identifier: Apache-2.0

package egress

import "net/netip"

// last are the places of an IPv4 address in the last bytes of an IPv6 address.
var last = []int{12, 13, 14, 15}

// forms are the ways to write an IPv4 address as an IPv6 address, by the prefix of the latter.
var forms = []struct {
	prefix netip.Prefix
	places [][]int // of the bytes of an IPv4 address, for each that the address may hold
	invert bool
}{
	{prefix: netip.MustParsePrefix("::/96"), places: [][]int{last}},           // IPv4-compatible: RFC 4291
	{prefix: netip.MustParsePrefix("::ffff:0:0:0/96"), places: [][]int{last}}, // IPv4-translated: RFC 2765
	{prefix: netip.MustParsePrefix("64:ff9b::/96"), places: [][]int{last}},    // NAT64: RFC 6052
	{prefix: netip.MustParsePrefix("64:ff9b:1::/48"), places: [][]int{ // NAT64 of a site: RFC 8215
		{6, 7, 9, 10}, {7, 9, 10, 11}, {9, 10, 11, 12}, last, // for a prefix of 48, 56, 64 or 96 bits: RFC 6052
	}},
	{prefix: netip.MustParsePrefix("2002::/16"), places: [][]int{{2, 3, 4, 5}}},       // 6to4: RFC 3056
	{prefix: netip.MustParsePrefix("2001::/32"), places: [][]int{{4, 5, 6, 7}}},       // the server of Teredo: RFC 4380
	{prefix: netip.MustParsePrefix("2001::/32"), places: [][]int{last}, invert: true}, // the client of Teredo
}

// embedded returns the IPv4 addresses that an IPv6 address may lead to.
func embedded(a netip.Addr) (all []netip.Addr) {
	if !a.Is6() {
		return nil
	}
	b := a.As16()
	if b[8]&^2 == 0 && b[9] == 0 && b[10] == 0x5e && b[11] == 0xfe { // ISATAP, after any prefix: RFC 5214
		all = append(all, netip.AddrFrom4([4]byte(b[12:])))
	}
	for _, f := range forms {
		if !f.prefix.Contains(a) {
			continue
		}
		for _, places := range f.places {
			var four [4]byte
			for i, at := range places {
				if four[i] = b[at]; f.invert {
					four[i] = ^four[i]
				}
			}
			all = append(all, netip.AddrFrom4(four))
		}
	}
	return all
}
