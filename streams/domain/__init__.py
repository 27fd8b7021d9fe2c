"""The domain: what visit, talk, act, session and journey mean. Pure: no clock, no I/O, no randomness."""
