# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The command lines of encoders: a generated picture, so small that an encoder and a browser fit on one core."""

from __future__ import annotations

import contextlib
import itertools
import subprocess
from collections.abc import Iterator

_FFMPEG = ["ffmpeg", "-nostdin", "-loglevel", "fatal", "-re", "-f", "lavfi", "-i", "testsrc2=size=160x90:rate=10"]
_H264 = ["-pix_fmt", "yuv420p", "-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-g", "10"]
_PUT = ["-method", "PUT", "-http_user_agent", "example-encoder"]
_HLS = ["-f", "hls", "-hls_time", "1", "-hls_list_size", "6"]
_DASH = ["-f", "dash", "-seg_duration", "1", "-window_size", "6"]
# Each picture is pushed when it is encoded. Without a timeline, players ask for a segment as soon as it begins.
LOW_LATENCY = ["-streaming", "1", "-ldash", "1", "-frag_type", "every_frame", "-use_timeline", "0"]
# ffmpeg takes a colon in a value for the next key.
LOW_LATENCY += ["-http_opts", r"headers=x-amz-upload-availability\: STREAMING"]


def hls(url: str, *options: str) -> list[str]:
    """Return the options that push a playlist and its segments."""
    return [*_H264, *_HLS, *_PUT, *options, url]


def dash(url: str, *options: str) -> list[str]:
    """Return the options that push a manifest and its segments."""
    return [*_H264, *_DASH, *_PUT, *options, url]


def mpeg_ts(url: str) -> list[str]:
    """Return the options that push a second of MPEG-TS in one request."""
    return ["-t", "1", *_H264, "-f", "mpegts", "-method", "PUT", url]


def command(*outputs: list[str]) -> list[str]:
    """Return the command line that pushes to all outputs, as fast as the pictures are shown."""
    return [*_FFMPEG, *itertools.chain(*outputs)]


def gstreamer(url: str, pictures: int) -> list[str]:
    """Return the command line with which GStreamer pushes a JPEG for each picture, each in a request."""
    source = ["videotestsrc", f"num-buffers={pictures}", "!", "video/x-raw,width=160,height=90,framerate=10/1"]
    sink = ["jpegenc", "!", "souphttpclientsink", f"location={url}", "user-agent=example-encoder"]
    return ["gst-launch-1.0", "--quiet", *source, "!", *sink]


@contextlib.contextmanager
def pushing(*outputs: list[str]) -> Iterator[None]:
    """Push until the block ends. The encoder is then killed, so that a playlist does not say that the channel ends."""
    with subprocess.Popen(command(*outputs)) as process:
        try:
            yield
        finally:
            process.kill()
