// SPDX-License-Identifier: Apache-2.0

// Package processors lets Go run on as few processors as keep up with the work.
//
// With more of them than there is work for, Go wakes another one for almost every request that arrives, which looks for work,
// finds one request and sleeps again. A gateway that waits for Redis spends a third of its time on that, while requests that
// find one processor busy are served together, with fewer system calls. So a server begins with one, and gets more as soon as
// these are busy and the machine has some to spare, or as other programs take them away.
package processors
