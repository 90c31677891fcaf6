"""Zip archives are read without unpacking them to disk: those of learning platforms, and hostile ones.

The tests use the miniature track `toy`, so a submission is best called toy.py.
"""

import stat
import struct
import tracemalloc
import warnings
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mlkata.grading import archives, sources
from mlkata.judging.judge import MAX_SOURCE
from mlkata.tracks.model import KataError

SOURCE = b"def double(x):\n    return 2 * x\n"


@pytest.fixture
def pack(tmp_path):
    """Return a function `pack({name: bytes})` that writes a zip archive and returns its path."""

    def write(members, name="cohort.zip", method=zipfile.ZIP_DEFLATED):
        path = tmp_path / name
        with zipfile.ZipFile(path, "w", method) as archive, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # zipfile warns of a name that occurs twice
            for info, data in members.items() if isinstance(members, dict) else members:
                archive.writestr(info, data)
        return path

    return write


def read(path, toy):
    """Return, by id, what reading each submission gives: bytes, or an error as text of one line."""
    contents = {}
    for entry in sources.collect([str(path)], toy):
        try:
            contents[entry.id] = entry.read()
        except KataError as error:
            contents[entry.id] = str(error)
    assert not [line for line in contents.values() if isinstance(line, str) and "\n" in line]
    return contents


def test_the_folders_of_moodle_are_assigned_to_students(pack, toy):
    """Of several files toy.py counts, and tests do not; without a source the error says what came instead.

    The contents `no` are those of files that must not be chosen.
    """
    path = pack(
        {
            "Ann Lee_123_assignsubmission_file_/my work.py": SOURCE,
            "Ann Lee_123_assignsubmission_onlinetext_/onlinetext.html": b"<p>see file</p>",
            "Bob_77_assignsubmission_file/src/toy.py": b"bob",
            "Bob_77_assignsubmission_file/src/helpers.py": b"no",
            "Bob_77_assignsubmission_file/src/test_toy.py": b"no",
            "Zoë Ñu_5_assignsubmission_file_flat.py": b"zoe",
            "Carl_8_assignsubmission_onlinetext_/onlinetext.html": b"def double(x)",
        }
    )
    assert read(path, toy) == {
        "Ann Lee_123": SOURCE,
        "Bob_77": b"bob",
        "Zoë Ñu_5": b"zoe",
        "Carl_8": "expected one .py or .ipynb file, or toy.py among them, got onlinetext.html",
    }


def test_a_moodle_student_cannot_submit_in_the_name_of_another(pack, toy):
    """A folder of the student's own, named like that of another student, is ignored."""
    path = pack({"Eve_1_assignsubmission_file_/Ann Lee_123_assignsubmission_file_/toy.py": SOURCE})
    assert read(path, toy) == {"Eve_1": SOURCE}


def test_the_last_attempt_of_a_canvas_student_counts(pack, toy):
    """Canvas appends -1, -2 and so on to the names of later attempts."""
    path = pack(
        {
            "leeann_123_456_toy.py": b"first",
            "leeann_123_457_toy-2.py": b"third",
            "leeann_123_458_toy-1.py": b"second",
            "oneilbob_LATE_77_460_toy-10.py": b"bob",
            "oneilbob_LATE_77_461_toy-9.py": b"no",
            "wucarl_8_text.html": b"<p>",
            "dann_9_470_a.py": b"?",
            "dann_9_471_b.py": b"?",
        }
    )
    entries = {entry.id: entry for entry in sources.collect([str(path)], toy)}
    assert entries["leeann_123"].note == "leeann_123_457_toy-2.py was chosen from 3 files"
    assert read(path, toy) == {
        "leeann_123": b"third",
        "oneilbob_77": b"bob",
        "wucarl_8": "expected one .py or .ipynb file, or toy.py among them, got text.html",
        "dann_9": "expected one .py or .ipynb file, or toy.py among them, got a.py, b.py",
    }


def test_any_other_archive_is_read_like_a_folder(pack, toy):
    """`run_2_3.py` could be from Canvas, but the other names could not. macOS adds the folder __MACOSX."""
    path = pack({"alice/toy.py": SOURCE, "bob.py": b"b", "run_2_3.py": b"r", "__MACOSX/._bob.py": b"no"})
    assert read(path, toy) == {"alice": SOURCE, "bob": b"b", "run_2_3": b"r"}
    assert read(pack({"toy.py": SOURCE}, "dora.zip"), toy) == {"dora": SOURCE}


def test_names_that_point_outside_the_archive_are_refused(pack, toy, tmp_path):
    members = {"../up.py": b"", "/abs.py": b"", "a/../../b.py": b"", "c:\\x.py": b"", "w\\toy.py": SOURCE}
    contents = read(pack(members), toy)
    line = "its name in the archive points outside the archive: expected a relative path"
    assert contents == {"../up": line, "/abs": line, "a/../../b": line, "c:/x": line, "w": SOURCE}
    assert [path.name for path in tmp_path.iterdir()] == ["cohort.zip"]


def test_links_devices_and_duplicates_are_refused(pack, toy):
    link, device = zipfile.ZipInfo("link.py"), zipfile.ZipInfo("device.py")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    device.external_attr = (stat.S_IFCHR | 0o777) << 16
    contents = read(pack([(link, "/etc/passwd"), (device, ""), ("x.py", "1"), ("./x.py", "2")]), toy)
    assert contents == {
        "link": "a link or device in the archive: expected a regular file",
        "device": "a link or device in the archive: expected a regular file",
        "x": "the archive holds it 2 times: expected once",
    }


def test_an_encrypted_member_is_refused(pack, toy):
    path = pack({"alice.py": SOURCE})
    data = bytearray(path.read_bytes())
    data[data.index(b"PK\x01\x02") + 8] |= 1  # the flags of the entry in the table of contents
    path.write_bytes(data)
    assert read(path, toy) == {"alice": "encrypted in the archive: expected no password"}


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_methods_of_compression_are_refused(pack, toy, method):
    """zipfile may unpack their members to any size in one go."""
    path = pack({"alice.py": bytes(1 << 20)}, method=method)
    assert read(path, toy) == {"alice": "packed with an unsupported method: expected deflate"}


@pytest.mark.parametrize("claimed", [None, 100])
def test_a_member_that_unpacks_to_200_megabytes_takes_little_memory(pack, toy, claimed):
    """This is so whether its entry in the table of contents has the right size or claims 100 bytes."""
    path = pack({"alice.py": bytes(200 << 20)})
    if claimed is not None:
        data = bytearray(path.read_bytes())
        # PK\1\2 begins the entry in the table of contents; the unpacked size is at byte 24.
        struct.pack_into("<I", data, data.index(b"PK\x01\x02") + 24, claimed)
        path.write_bytes(data)
    tracemalloc.start()
    try:
        contents = read(path, toy)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 16 * MAX_SOURCE  # 16 MiB: the member is not unpacked as a whole
    assert contents["alice"].startswith(
        "more than 1048576 bytes" if claimed is None else "broken in the archive: "
    )


def test_a_giant_table_of_contents_is_refused(pack, toy, monkeypatch):
    path = pack({f"{number}.py": b"" for number in range(100)})
    monkeypatch.setattr(archives, "_MAX_DIRECTORY", 1000)  # bytes, for 100 entries of about 50
    [line] = read(path, toy).values()
    assert line.startswith("not a readable zip archive: its table of contents has ")


def test_more_members_than_16_bits_can_count_are_listed(pack, toy):
    """Zip archives with so many have an extended format."""
    count = (1 << 16) + 1
    path = pack({f"{number}.py": b"" for number in range(count)}, method=zipfile.ZIP_STORED)
    entries = sources.collect([str(path)], toy)
    assert len(entries) == count
    assert entries[0].read() == entries[-1].read() == b""


@pytest.mark.parametrize("flag", [True, False])
def test_names_are_read_as_utf_8_with_or_without_the_flag(pack, toy, flag):
    path = pack({"José.py": SOURCE})
    data = path.read_bytes()
    if not flag:
        data = data.replace(b"\x00\x08\x08\x00", b"\x00\x00\x08\x00")  # flags and method, in both headers
    path.write_bytes(data)
    assert read(path, toy) == {"José": SOURCE}


def test_names_in_the_old_code_page_437_are_read(pack, toy):
    """In it é is the byte 0x82."""
    path = pack({"Jos_.py": SOURCE})
    path.write_bytes(path.read_bytes().replace(b"Jos_", b"Jos\x82"))
    assert read(path, toy) == {"José": SOURCE}


@pytest.mark.parametrize("data", [b"", b"PK", b"not a zip", b"PK\x05\x06" + bytes(18)])  # the last is empty
def test_a_broken_or_empty_archive_is_one_entry(toy, tmp_path, data):
    path = tmp_path / "alice.zip"
    path.write_bytes(data)
    [(id_, line)] = read(path, toy).items()
    assert id_ == "alice"
    assert line.startswith(("not a readable zip archive: ", "no .py or .ipynb file in the archive"))


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.data())
def test_a_damaged_archive_never_crashes(toy, tmp_path, data):
    path = tmp_path / "whole.zip"
    if not path.exists():
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("alice/toy.py", SOURCE * 20)
            archive.writestr("Bob_7_assignsubmission_file_/x.py", SOURCE)
    damaged = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    broken = tmp_path / "broken.zip"
    broken.write_bytes(damaged[: data.draw(st.integers(0, len(damaged)))])
    archives._open.cache_clear()
    for id_, content in read(broken, toy).items():
        assert id_.isprintable()
        assert len(content) <= MAX_SOURCE
