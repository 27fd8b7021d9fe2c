DROP TABLE campaigns SYNC;
