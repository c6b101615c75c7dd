"""Letting one user pass through folders that are closed, and nobody else.

Linux keeps such exceptions as an access control list beside a folder's mode: a version, then
entries of a tag, the permissions and a user or group id (acl(5), `linux/posix_acl_xattr.h`).
"""

import errno
import os
import struct
from pathlib import Path

ACL = "system.posix_acl_access"
VERSION = 2
OWNER, USER, GROUP, MASK, OTHERS = 0x01, 0x02, 0x04, 0x10, 0x20
NOBODY = 0xFFFFFFFF
PASS = 0o1

Entries = dict[tuple[int, int], int]


def open_way(path: Path, uid: int) -> list[Path]:
    """Let user `uid` pass through (not list) the folders above `path`.

    Returns those that had to be changed. Where the file system keeps no lists, everybody may pass
    afterwards. Only root and a folder's owner may do that: raises OSError for others.
    """
    changed = []
    for folder in reversed(path.resolve().parents):
        if may_pass(folder, uid):
            continue
        try:
            os.setxattr(folder, ACL, _packed(_with_passage(_entries(folder), uid)))
        except OSError as error:
            if error.errno not in {errno.ENOTSUP, errno.EINVAL}:
                raise
            folder.chmod(folder.stat().st_mode | PASS)
        changed.append(folder)
    return changed


def may_pass(folder: Path, uid: int) -> bool:
    """Return whether user `uid`, who is in no group of the folder's, may pass through it."""
    status = folder.stat()
    if status.st_uid == uid:
        return bool(status.st_mode & 0o100)
    entries = _entries(folder)
    own = entries.get((USER, uid))
    if own is None:
        return bool(entries[OTHERS, NOBODY] & PASS)
    return bool(own & entries[MASK, NOBODY] & PASS)


def _with_passage(entries: Entries, uid: int) -> Entries:
    """Return the entries with one more for the user; the mask limits all but owner and others."""
    mask = entries.get((MASK, NOBODY), entries[GROUP, NOBODY])
    own = entries.get((USER, uid), 0)
    return entries | {(USER, uid): own | PASS, (MASK, NOBODY): mask | PASS}


def _entries(folder: Path) -> Entries:
    """Return the folder's list; where it has none, what its mode says."""
    try:
        packed = os.getxattr(folder, ACL)
    except OSError:
        mode = folder.stat().st_mode
        return {
            (OWNER, NOBODY): mode >> 6 & 0o7,
            (GROUP, NOBODY): mode >> 3 & 0o7,
            (OTHERS, NOBODY): mode & 0o7,
        }
    return {(tag, one): may for tag, may, one in struct.iter_unpack("<HHI", packed[4:])}


def _packed(entries: Entries) -> bytes:
    rows = [struct.pack("<HHI", tag, may, one) for (tag, one), may in sorted(entries.items())]
    return struct.pack("<I", VERSION) + b"".join(rows)
