# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The diff of a folder shows the cache control of an object that is replaced, which a list does not contain."""

from __future__ import annotations


def test_the_diff_has_no_line_for_an_equal_cache_control(run, client, tmp_path):
    client.create_container(ContainerName="live")
    upload = {"container": "live", "src": str(tmp_path), "cache_control": "max-age=2"}
    playlist = tmp_path / "index.m3u8"
    playlist.write_text("#EXTM3U")
    run("mediastore_objects", **upload)
    playlist.write_text("#EXTM3U longer")
    (diff,) = run("mediastore_objects", diff=True, **upload)["diff"]
    equal = {
        "path": "index.m3u8",
        "content_type": "application/vnd.apple.mpegurl",
        "cache_control": "max-age=2",
    }
    assert diff["before"] == {**equal, "content_length": 7}
    assert diff["after"] == {**equal, "content_length": 14}
