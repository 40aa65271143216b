# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The content type of an object by its name. Pure."""

from __future__ import annotations

import os.path
from collections.abc import Mapping
from mimetypes import MimeTypes

# What the service stores for an upload without a content type.
DEFAULT = "application/octet-stream"
# What Python's table lacks or does not have in all versions.
_TYPES = {
    # HTTP Live Streaming: RFC 8216, section 4, and Apple's authoring specification
    ".m3u8": "application/vnd.apple.mpegurl",
    ".ts": "video/mp2t",
    ".aac": "audio/aac",
    ".ac3": "audio/ac3",
    ".ec3": "audio/eac3",
    ".vtt": "text/vtt",
    ".webvtt": "text/vtt",
    # DASH: ISO/IEC 23009-1, annex C, and IANA's registry
    ".mpd": "application/dash+xml",
    ".m4s": "video/iso.segment",
    # ISO base media files, and CMAF: RFC 4337, and ISO/IEC 23000-19, section 7
    ".mp4": "video/mp4",
    ".m4v": "video/mp4",
    ".m4a": "audio/mp4",
    ".m4i": "video/mp4",
    ".cmfv": "video/mp4",
    ".cmfa": "audio/mp4",
    ".cmft": "application/mp4",
    ".cmfm": "application/mp4",
    # Smooth Streaming: Microsoft's [MS-SSTR], section 2.2
    ".ism": "application/vnd.ms-sstr+xml",
    ".ismc": "application/vnd.ms-sstr+xml",
    ".ismv": "video/mp4",
    ".isma": "audio/mp4",
    # Subtitles: W3C's TTML media type registry
    ".ttml": "application/ttml+xml",
    ".dfxp": "application/ttml+xml",
    # Images, audio and video: IANA's registry
    ".avif": "image/avif",
    ".webp": "image/webp",
    ".webm": "video/webm",
    ".weba": "audio/webm",
    ".opus": "audio/ogg",
    ".ogg": "audio/ogg",
    # RFC 9239, RFC 8259
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".json": "application/json",
}
# Content that another program has compressed; the service stores no Content-Encoding.
_COMPRESSED = {
    "gzip": "application/gzip",
    "bzip2": "application/x-bzip2",
    "xz": "application/x-xz",
    "br": "application/x-brotli",
    "compress": "application/x-compress",
}
# Without files of the system, so that each machine guesses the same.
_PYTHON = MimeTypes(filenames=())


def guess_content_type(path: str, chosen: Mapping[str, str] | None = None) -> str:
    """Return the content type for the extension of a name, whose case does not matter.

    `chosen` are content types by extension that take precedence, such as `{".m4s": "video/mp4"}`.
    """
    extension = os.path.splitext(path)[1].lower()
    known = {**_TYPES, **{key.lower(): value for key, value in (chosen or {}).items()}}
    if extension in known:
        return known[extension]
    content_type, encoding = _PYTHON.guess_type(path.lower().rpartition("/")[2])
    return _COMPRESSED.get(encoding, DEFAULT) if encoding else content_type or DEFAULT
