"""The domain: what visit, talk, act, session and journey mean; no clock, I/O or randomness."""
