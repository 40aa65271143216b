# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The content type of an object by its name. Pure.

Python's mimetypes knows the types of most files. The table has those that it lacks, does not have in all versions, or
has with another type than the registry of IANA, and all that players load: a task on another machine must not upload
the same objects again, with other types.
"""

from __future__ import annotations

import os.path
from collections.abc import Mapping
from mimetypes import MimeTypes

# What the service stores for an upload without a content type.
DEFAULT = "application/octet-stream"
# The registry of IANA, https://www.iana.org/assignments/media-types, and what it refers to, unless another source is
# named. mimetypes of Python 3.14 has the types with "x-" and those of office programs.
_EXTENSIONS = {
    # HTTP Live Streaming: RFC 8216, section 4; its segments: RFC 3555, 4184 and 4598, ISO/IEC 14496-3, and
    # ETSI TS 103 190-2
    "application/vnd.apple.mpegurl": ".m3u8 .m3u",
    "video/mp2t": ".ts .m2ts .mts",
    "audio/aac": ".aac .adts .loas",
    "audio/ac3": ".ac3",
    "audio/eac3": ".ec3 .eac3",
    "audio/ac4": ".ac4",
    # DASH: ISO/IEC 23009-1, annex C
    "application/dash+xml": ".mpd",
    "video/iso.segment": ".m4s",
    # ISO base media files: RFC 4337; CMAF tracks: ISO/IEC 23000-19, section 7
    "video/mp4": ".mp4 .m4v .mp4v .m4i .cmfv .ismv",
    "audio/mp4": ".m4a .mp4a .cmfa .isma",
    "application/mp4": ".cmft .cmfm",
    # Smooth Streaming: Microsoft's [MS-SSTR], section 2.2; its files .ismv and .isma are ISO base media files
    "application/vnd.ms-sstr+xml": ".ism .ismc",
    # Subtitles: W3C's WebVTT and its TTML media type registry; SubRip has no type
    "text/vtt": ".vtt .webvtt",
    "application/ttml+xml": ".ttml .dfxp",
    "text/plain": ".txt .text .srt",
    # Video: RFC 6381, 2045, 5334, 9559, 3839 and 4393, and https://www.webmproject.org/docs/container
    "video/quicktime": ".mov .qt",
    "video/mpeg": ".mpg .mpeg .mpe .m1v .m2v",
    "video/ogg": ".ogv",
    "video/matroska": ".mkv",
    "video/webm": ".webm",
    "video/3gpp": ".3gp .3gpp",
    "video/3gpp2": ".3g2 .3gpp2",
    "video/vnd.avi": ".avi",
    # Audio: RFC 3003, 5334, 7845, 9559, 9639 and 2361
    "audio/mpeg": ".mp3 .mp2 .mpa",
    "audio/ogg": ".ogg .oga .opus",
    "audio/matroska": ".mka",
    "audio/webm": ".weba",
    "audio/flac": ".flac",
    "audio/vnd.wave": ".wav",
    # Images: RFC 2045, 9649, 3302 and 7903, W3C's PNG and SVG, ISO/IEC 23008-12, AOMedia's AVIF
    "image/jpeg": ".jpg .jpeg .jpe",
    "image/png": ".png",
    "image/apng": ".apng",
    "image/gif": ".gif",
    "image/webp": ".webp",
    "image/avif": ".avif",
    "image/heic": ".heic",
    "image/heif": ".heif",
    "image/svg+xml": ".svg",
    "image/tiff": ".tif .tiff",
    "image/bmp": ".bmp",
    "image/vnd.microsoft.icon": ".ico",
    # Web pages and players: RFC 3236, 9239, 8259 and 8081, W3C's JSON-LD
    "application/xhtml+xml": ".xhtml .xht",
    "text/javascript": ".js .mjs",
    "application/json": ".json .map",
    "application/ld+json": ".jsonld",
    "font/woff": ".woff",
    "font/woff2": ".woff2",
    "font/ttf": ".ttf",
    "font/otf": ".otf",
    "application/vnd.ms-fontobject": ".eot",
    # Text and data: RFC 7763, 9512 and 4536, W3C's RDF
    "text/markdown": ".md .markdown",
    "text/rtf": ".rtf",
    "text/x-rst": ".rst",
    "text/n3": ".n3",
    "application/n-quads": ".nq",
    "application/n-triples": ".nt",
    "application/trig": ".trig",
    "application/yaml": ".yaml .yml",
    "application/smil+xml": ".smil",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": ".pptx",
    "application/vnd.oasis.opendocument.text": ".odt",
    "application/vnd.oasis.opendocument.spreadsheet": ".ods",
    "application/vnd.oasis.opendocument.presentation": ".odp",
    # Compressed content, for which the service stores no Content-Encoding: RFC 6713 and 8878
    "application/gzip": ".gz .tgz .svgz",
    "application/zstd": ".zst",
    "application/x-bzip2": ".bz2 .tbz2",
    "application/x-xz": ".xz .txz",
    "application/x-7z-compressed": ".7z",
}
_TYPES = {
    # Without the files of the system, which differ between machines.
    **MimeTypes(filenames=()).types_map[True],
    **{extension: content_type for content_type, extensions in _EXTENSIONS.items() for extension in extensions.split()},
}


def guess_content_type(path: str, chosen: Mapping[str, str] | None = None) -> str:
    """Return the content type for the extension of a name, whose case does not matter.

    `chosen` are content types by extension that take precedence, such as `{".m4s": "video/mp4"}`.
    """
    extension = os.path.splitext(path)[1].lower()
    own = {key.lower(): value for key, value in (chosen or {}).items()}
    return own.get(extension) or _TYPES.get(extension, DEFAULT)
