DROP TABLE sessions SYNC;
