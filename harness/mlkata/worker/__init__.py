"""Runs untrusted code in processes of its own.

A worker is a process that runs one submission, i.e. the file that a candidate hands in. The kit is the
process that starts workers, sends them calls, and judges what they return. In the kit, `runner` and `parent`
are the entry points, `channel` exchanges messages with the process, and `tiers` chooses how it is isolated.
In the worker, `child` is the program and `serving` calls the candidate's functions. `wire` and `npy` define
the format of the messages.
"""
