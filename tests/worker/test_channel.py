"""Whatever bytes a process sends, the channel returns frames (messages), or raises one of two errors."""

from __future__ import annotations

import contextlib
import os
import struct
import tracemalloc
import types

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mlkata.tracks.model import Kind
from mlkata.worker import channel, npy, wire
from mlkata.worker.budget import Stopped
from mlkata.worker.channel import Channel

FRAMES = st.builds(
    wire.frame,
    st.sampled_from([{"type": "idle"}, {"type": "ready"}, {"type": "done", "values": [None], "peaks": []}]),
    st.binary(max_size=20),
)
# Frames of which one byte was changed.
CHANGED = st.builds(
    lambda frame, at, byte: frame[: at % len(frame)] + bytes([byte]) + frame[at % len(frame) + 1 :],
    FRAMES,
    st.integers(0, 1000),
    st.integers(0, 255),
)
STREAMS = st.lists(st.one_of(FRAMES, CHANGED, st.binary(max_size=30)), max_size=4).map(b"".join)


@contextlib.contextmanager
def channel_with(data, printed=b""):
    """Yield a channel whose process has sent `data`, printed `printed` and closed its ends of the pipes."""
    pipes = [os.pipe() for _ in range(3)]  # (reading end, writing end): its input, its frames, its output
    for (_, writing), sent in zip(pipes[1:], (data, printed), strict=True):
        os.write(writing, sent)
        os.close(writing)
    streams = [os.fdopen(pipes[0][1], "wb", 0), *(os.fdopen(reading, "rb", 0) for reading, _ in pipes[1:])]
    popen = types.SimpleNamespace(
        stdin=streams[0], stdout=streams[1], stderr=streams[2], poll=lambda: 0, wait=lambda timeout: 0
    )
    process = types.SimpleNamespace(
        popen=popen, pid=os.getpid(), status=0, close=lambda: None, kill=lambda: None
    )
    opened = Channel(process)
    try:
        yield opened
    finally:
        opened.close()
        os.close(pipes[0][0])
        for stream in streams:
            stream.close()


@settings(max_examples=100)
@given(STREAMS, st.binary(max_size=40), st.integers(0, 30))
def test_any_bytes_on_the_channel_are_frames_or_refused(data, printed, limit):
    """Arbitrary bytes, and frames with one changed byte, cause no other error, and no endless wait."""
    with channel_with(data, printed) as opened:
        for _ in range(6):  # STREAMS has at most 4 frames
            try:
                header, body, _ = opened.ask({"type": "go"}, cpu=1, limit=limit)
            except (npy.ProtocolError, Stopped):
                break
            assert isinstance(header["type"], str)
            assert len(body) <= limit
        else:
            raise AssertionError("more frames than were sent")
        opened.printed().encode()


def test_a_giant_frame_is_refused_by_its_first_bytes():
    """No memory is allocated for the claimed size of a header or a body."""
    tracemalloc.start()
    try:
        # Bytes of the header and of the body; `limit` allows 100 for the body.
        for sizes in ((2**32 - 1, 0), (wire.MAX_HEADER + 1, 0), (2, 101), (0, 2**32 - 1)):
            with (
                channel_with(struct.pack(">II", *sizes) + b"{}") as opened,
                pytest.raises(npy.ProtocolError, match="a frame is larger than its contract allows"),
            ):
                opened.ask({"type": "go"}, cpu=1, limit=100)
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


def test_a_worker_with_too_many_threads_is_stopped(monkeypatch):
    """Thousands of threads would prevent other processes of the machine from starting one."""
    monkeypatch.setattr(channel.limits, "THREADS", 0)
    # The process that is measured is that of the tests, which may have more memory than a worker.
    monkeypatch.setattr(channel.limits, "MEMORY_LIMIT", 1 << 62)
    with channel_with(b"") as opened, pytest.raises(Stopped, match="more than 0 threads") as caught:
        opened._check_process(silent=False)
    assert caught.value.kind is Kind.POLICY
