// SPDX-License-Identifier: Apache-2.0

// Package control is what the two stores of control data share: how times, settings and credentials are kept, and a
// credential in use. Control data are what tempskv stores apart from the keys: projects, credentials, settings, the
// deletions still to be done and the audit log.
//
// Package sqlite keeps them in a file, for one server; package redis in a Redis, for several servers or Lambda functions
// at the same time. Both pass the tests of package controltest. The two stores import this package.
package control
