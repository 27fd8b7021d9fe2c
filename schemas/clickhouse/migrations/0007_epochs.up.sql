-- Epochs: which rebuild of the tables is in force. No row: the first, 1. A worker of an earlier epoch refuses to start,
-- and any worker does while the newest is not done: its tables are being exchanged.
CREATE TABLE epochs
(
    epoch UInt16,
    done  UInt8                 COMMENT '1: all tables are those of this epoch',
    at    DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = MergeTree
ORDER BY (epoch, done)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;
