// SPDX-License-Identifier: Apache-2.0

package engine

// Warning is a problem that may not stop the service. It is shown in the status, by doctor, in the metrics and on the
// dashboard, and logged when it appears and disappears.
type Warning struct {
	Code WarningCode
	// Detail says in a sentence what is wrong and what to do. It holds no secrets.
	Detail string
}

// WarningCode is the kind of a Warning, for programs. Codes do not change between versions.
type WarningCode string

// The codes.
const (
	// WarnEngine: the engine is not running, or was lost and is being restarted.
	WarnEngine WarningCode = "engine"
	// WarnLimits: the engine does not enforce a limit in the settings.
	WarnLimits WarningCode = "limits_not_enforced"
	// WarnBackupFailing: the last scheduled backup failed.
	WarnBackupFailing WarningCode = "backup_failing"
	// WarnBackupOverdue: the last backup is too old.
	WarnBackupOverdue WarningCode = "backup_overdue"
	// WarnBackupDamaged: a file of a backup is missing or has the wrong length.
	WarnBackupDamaged WarningCode = "backup_damaged"
	// WarnBackupMissing: the scheduled backups are gone.
	WarnBackupMissing WarningCode = "backup_missing"
	// WarnBackupShrank: the last backup holds far fewer keys than earlier ones, which are kept.
	WarnBackupShrank WarningCode = "backup_shrank"
	// WarnBackupPlace: backups cannot be reached, or are not in one place for all servers.
	WarnBackupPlace WarningCode = "backup_place"
	// WarnClockStepped: the clock of the machine was set while the server was running.
	WarnClockStepped WarningCode = "clock_stepped"
	// WarnControlGone: the control data are gone, or replaced by others.
	WarnControlGone WarningCode = "control_data_gone"
	// WarnControlOlder: the control data were replaced by an older copy.
	WarnControlOlder WarningCode = "control_data_older"
	// WarnStoreForeign: the store has the mark of another tempskv.
	WarnStoreForeign WarningCode = "store_foreign"
	// WarnStoreEmptied: the store has lost its keys.
	WarnStoreEmptied WarningCode = "store_emptied"
	// WarnStoreReplaced: the store holds keys without a mark, on an unknown server.
	WarnStoreReplaced WarningCode = "store_replaced"
	// WarnStoreRestarted: the server ended with unsaved changes.
	WarnStoreRestarted WarningCode = "store_restarted"
	// WarnStoreUnmarked: the store cannot be marked as ours, or the mark cannot be read.
	WarnStoreUnmarked WarningCode = "store_not_marked"
	// WarnLog: the write-ahead log of the embedded engine held something that the engine did not write.
	WarnLog WarningCode = "log_damaged"
	// WarnMisplaced: a file in use is no longer at its path.
	WarnMisplaced WarningCode = "file_misplaced"
	// WarnStorageFull: writes are refused, or not durable, because a disk is full or cannot be written.
	WarnStorageFull WarningCode = "storage_full"
	// WarnLowSpace: a disk is nearly full.
	WarnLowSpace WarningCode = "low_space"
	// WarnNotPersisted: the server writes nothing to disk and loses its data when it ends.
	WarnNotPersisted WarningCode = "not_persisted"
	// WarnEviction: the server may remove keys without expiry when its memory is full.
	WarnEviction WarningCode = "may_evict"
	// WarnVersion: the version of the server has a known bug.
	WarnVersion WarningCode = "faulty_version"
	// WarnScripts: the server runs no scripts (EVAL).
	WarnScripts WarningCode = "no_scripts"
	// WarnCommands: the server, or its user, lacks commands other than EVAL that the store sends.
	WarnCommands WarningCode = "missing_commands"
	// WarnDefaultUser: because of its default user's permissions, the server drops transactions when it loads its AOF.
	WarnDefaultUser WarningCode = "default_user"
	// WarnWrites: the server answers reads and refuses writes.
	WarnWrites WarningCode = "writes_refused"
	// WarnRestore: a restore is replacing keys, or was interrupted and will continue.
	WarnRestore WarningCode = "restore_pending"
	// WarnDamaged: part of the stored data is missing or differs from what was written.
	WarnDamaged WarningCode = "data_damaged"
)

// With returns a Warning of the code.
func (c WarningCode) With(detail string) Warning { return Warning{Code: c, Detail: detail} }
