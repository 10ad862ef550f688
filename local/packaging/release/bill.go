// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	cdx "github.com/CycloneDX/cyclonedx-go"
)

// writeBill writes the bill of materials: the modules in the program, by its build information, and Go's standard library.
// See the specification of CycloneDX.
func (r release) writeBill(to, name string, program []byte) error {
	info, err := buildinfo.Read(bytes.NewReader(program))
	if err != nil {
		return err
	}
	self := cdx.Component{
		Type: cdx.ComponentTypeApplication, BOMRef: name, Name: "tempskv", Version: r.version,
		PackageURL: purl(info.Main.Path, "v"+r.version),
		Licenses:   &cdx.Licenses{{License: &cdx.License{ID: "Apache-2.0"}}},
		Hashes:     &[]cdx.Hash{{Algorithm: cdx.HashAlgoSHA256, Value: sum(program)}},
	}
	standard := strings.TrimPrefix(info.GoVersion, "go")
	parts := []cdx.Component{library("std", standard)}
	for _, m := range info.Deps {
		version, digest := m.Version, m.Sum
		path := m.Path
		if m.Replace != nil {
			path, version, digest = m.Replace.Path, m.Replace.Version, m.Replace.Sum
		}
		part := library(path, version)
		if hash, ok := digestOf(digest); ok {
			part.Hashes = &[]cdx.Hash{hash}
		}
		parts = append(parts, part)
	}
	refs := make([]string, len(parts))
	for i, part := range parts {
		refs[i] = part.BOMRef
	}
	bill := cdx.NewBOM()
	bill.SerialNumber = serial(program)
	bill.Metadata = &cdx.Metadata{Timestamp: r.time.Format(time.RFC3339), Component: &self}
	bill.Components = &parts
	bill.Dependencies = &[]cdx.Dependency{{Ref: self.BOMRef, Dependencies: &refs}}
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	return errors.Join(cdx.NewBOMEncoder(out, cdx.BOMFileFormatJSON).SetPretty(true).Encode(bill), out.Close())
}

func library(path, version string) cdx.Component {
	return cdx.Component{
		Type: cdx.ComponentTypeLibrary, BOMRef: purl(path, version), Name: path, Version: version,
		PackageURL: purl(path, version), Scope: cdx.ScopeRequired,
	}
}

// purl returns the package URL of a module.
func purl(path, version string) string {
	return "pkg:golang/" + path + "@" + strings.ReplaceAll(version, "+", "%2B")
}

// digestOf converts a digest from the form of go.sum to that of a bill.
func digestOf(h1 string) (cdx.Hash, bool) {
	text, ok := strings.CutPrefix(h1, "h1:")
	digest, err := base64.StdEncoding.DecodeString(text)
	return cdx.Hash{Algorithm: cdx.HashAlgoSHA256, Value: hex.EncodeToString(digest)}, ok && err == nil
}

func sum(content []byte) string {
	digest := sha256.Sum256(content)
	return hex.EncodeToString(digest[:])
}

// serial returns a UUID of version 8 that depends only on the content.
func serial(content []byte) string {
	b := sha256.Sum256(content)
	b[6], b[8] = b[6]&0x0f|0x80, b[8]&0x3f|0x80
	return fmt.Sprintf("urn:uuid:%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:16])
}
