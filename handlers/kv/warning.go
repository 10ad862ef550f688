// SPDX-License-Identifier: Apache-2.0

package kv

// Warning is something that is not as it should be, while the service may go on. It is shown in the status, by doctor, in
// the metrics and on the dashboard, and logged when it appears and when it goes.
type Warning struct {
	Code WarningCode
	// Detail says in a sentence what is wrong and what to do about it. It holds no secrets.
	Detail string
}

// WarningCode names a kind of Warning for programs. Codes stay the same from version to version.
type WarningCode string

// The codes.
const (
	// WarnEngine: the engine is not up, or was lost and is being brought back.
	WarnEngine WarningCode = "engine"
	// WarnLimits: the engine runs without a limit that the settings ask for.
	WarnLimits WarningCode = "limits_not_enforced"
	// WarnBackupFailing: the last backup by the schedule failed.
	WarnBackupFailing WarningCode = "backup_failing"
	// WarnBackupOverdue: there should be a later backup than there is.
	WarnBackupOverdue WarningCode = "backup_overdue"
	// WarnBackupDamaged: a file of a backup is missing, or not as long as it should be.
	WarnBackupDamaged WarningCode = "backup_damaged"
	// WarnBackupMissing: the backups that the schedule made are not there any more.
	WarnBackupMissing WarningCode = "backup_missing"
	// WarnBackupShrank: the last backup holds far fewer keys than earlier ones, which are kept.
	WarnBackupShrank WarningCode = "backup_shrank"
	// WarnBackupPlace: the place that backups are kept in cannot be reached, or is not one for all servers.
	WarnBackupPlace WarningCode = "backup_place"
	// WarnClockStepped: the clock of the machine was set while the server ran.
	WarnClockStepped WarningCode = "clock_stepped"
	// WarnControlGone: the control data are gone from where they are kept, or others are there.
	WarnControlGone WarningCode = "control_data_gone"
	// WarnControlOlder: the control data have become an older copy of themselves.
	WarnControlOlder WarningCode = "control_data_older"
	// WarnStoreForeign: the store bears the mark of another tempskv.
	WarnStoreForeign WarningCode = "store_foreign"
	// WarnStoreEmptied: the store has lost its keys.
	WarnStoreEmptied WarningCode = "store_emptied"
	// WarnStoreReplaced: the store holds keys without a mark, on a server that is not known.
	WarnStoreReplaced WarningCode = "store_replaced"
	// WarnStoreRestarted: the server ended while it held changes that it had not saved.
	WarnStoreRestarted WarningCode = "store_restarted"
	// WarnStoreUnmarked: the store cannot be marked as ours, or the mark not be seen.
	WarnStoreUnmarked WarningCode = "store_not_marked"
	// WarnLog: the write-ahead log of the embedded engine held what it did not write.
	WarnLog WarningCode = "log_damaged"
	// WarnMisplaced: a file that is in use is not at its path any more.
	WarnMisplaced WarningCode = "file_misplaced"
	// WarnStorageFull: writes are refused, or not on the disk, since a disk is full or cannot be written.
	WarnStorageFull WarningCode = "storage_full"
	// WarnLowSpace: a disk is nearly full.
	WarnLowSpace WarningCode = "low_space"
	// WarnNotPersisted: the server writes nothing to disk, so its data are lost when it ends.
	WarnNotPersisted WarningCode = "not_persisted"
	// WarnEviction: the server may remove keys without expiry where its memory is full.
	WarnEviction WarningCode = "may_evict"
	// WarnVersion: the version of the server has a known fault.
	WarnVersion WarningCode = "faulty_version"
	// WarnScripts: the server runs no scripts (EVAL).
	WarnScripts WarningCode = "no_scripts"
	// WarnCommands: the server, or its user, lacks commands other than EVAL that the store sends.
	WarnCommands WarningCode = "missing_commands"
	// WarnDefaultUser: the permissions of the server's default user make it drop transactions when it loads its AOF.
	WarnDefaultUser WarningCode = "default_user"
	// WarnWrites: the server answers reads and refuses writes.
	WarnWrites WarningCode = "writes_refused"
	// WarnRestore: a restore replaces keys, or was cut off and waits to go on.
	WarnRestore WarningCode = "restore_pending"
	// WarnDamaged: part of what is stored is not what was written, or is missing.
	WarnDamaged WarningCode = "data_damaged"
)

// With returns a Warning of the code.
func (c WarningCode) With(detail string) Warning { return Warning{Code: c, Detail: detail} }
