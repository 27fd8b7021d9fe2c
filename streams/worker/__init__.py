"""Worker: a Faust app whose lanes turn partitions into facts, exactly once."""
