# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A channel from playbook to picture: ffmpeg and GStreamer push it, and players in headless Chromium play it."""

from __future__ import annotations

import subprocess
import urllib.request

import encoders
import pytest

PLAYLIST = "live/index.m3u8"
MANIFEST = "live/index.mpd"
# Of a playlist and a manifest.
SECOND_SEGMENT, FIRST_SEGMENT_OF_DASH = b"index1.ts", b"<S t="


@pytest.fixture(scope="module")
def live(channel, wait_for_object):
    """The endpoint of the channel, to which ffmpeg pushes HLS and DASH."""
    with encoders.pushing(encoders.hls(f"{channel}/{PLAYLIST}"), encoders.dash(f"{channel}/{MANIFEST}")):
        wait_for_object(f"{channel}/{PLAYLIST}", SECOND_SEGMENT)
        wait_for_object(f"{channel}/{MANIFEST}", FIRST_SEGMENT_OF_DASH)
        yield channel


@pytest.fixture
def refused(emulator, wait):
    """A function that returns the requests for a folder since the test began that were refused.

    It waits until the record has at least so many: the record has a request when its reply is sent, and ffmpeg does not
    wait for the reply.
    """
    emulator.clear_requests()

    def refused(folder, at_least=1):
        def entries():
            return [entry for entry in emulator.requests() if entry["refused"] and f"/{folder}/" in entry["path"]]

        wait(lambda: len(entries()) >= at_least)
        return entries()

    return refused


@pytest.fixture
def push():
    """A function that runs an encoder, which reports nothing, even if all of its requests are refused."""

    def push(command):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")

    return push


@pytest.mark.parametrize(
    ("player", "path"),
    [("hls.js", PLAYLIST), ("dash.js", MANIFEST), ("Shaka Player", PLAYLIST), ("Shaka Player", MANIFEST)],
)
def test_a_page_of_the_site_plays(sites, live, play, wait, player, path):
    progress = play(sites[0], player, f"{live}/{path}")

    def has_moved(time, frames):
        now = progress()
        assert not now["errors"]
        return now["time"] > time and now["frames"] > frames and now

    first = wait(lambda: has_moved(0, 0))
    wait(lambda: has_moved(first["time"] + 1, first["frames"] + 5))


@pytest.mark.parametrize(("player", "path"), [("hls.js", PLAYLIST), ("dash.js", MANIFEST), ("Shaka Player", MANIFEST)])
def test_a_page_of_another_site_does_not_play(sites, live, play, wait, refused, player, path):
    progress = play(sites[1], player, f"{live}/{path}")
    assert wait(lambda: progress()["errors"])
    assert progress()["frames"] == 0
    (entry, *_others) = refused("live")
    assert (entry["operation"], entry["status"]) == ("GetObject", 200)
    assert sites[1] in entry["reason"]


def test_only_the_record_says_why_an_encoder_is_refused(channel, push, refused):
    push(encoders.command(["-t", "1", *encoders.hls(f"{channel}/other/index.m3u8", "-http_user_agent", "other")]))
    entries = refused("other")
    assert {(entry["operation"], entry["status"], entry["user_agent"]) for entry in entries} == {
        ("PutObject", 403, "other")
    }
    nearest = "statement 1 (EncoderWrites) comes nearest, its condition StringEquals aws:UserAgent example-encoder"
    assert all(f"{nearest} is not met by other" in entry["reason"] for entry in entries)


def test_an_encoder_with_the_secret_pushes_and_one_with_another_secret_is_refused(channel, presign, push, refused):
    push(encoders.command(encoders.mpeg_ts(presign(f"{channel}/signed/right.ts"))))
    push(encoders.command(encoders.mpeg_ts(presign(f"{channel}/signed/wrong.ts", "another secret"))))
    (entry,) = refused("signed")
    assert (entry["method"], entry["status"]) == ("PUT", 403)
    assert entry["path"].endswith("/wrong.ts")
    assert "it was signed with another secret than that of the access key" in entry["reason"]


def test_gstreamer_pushes_a_picture(channel, push):
    picture = f"{channel}/pictures/one.jpg"
    push(encoders.gstreamer(picture, 1))
    with urllib.request.urlopen(picture) as reply:
        assert reply.read(3) == b"\xff\xd8\xff"


def test_gstreamer_cannot_replace_a_picture_by_a_part(channel, push, refused):
    # Its first request has no Content-Range, and each of the others has one.
    push(encoders.gstreamer(f"{channel}/parts/three.jpg", 3))
    entries = refused("parts", at_least=2)
    assert [(entry["operation"], entry["status"]) for entry in entries] == [("PutObject", 400)] * 2
    assert all("Content-Range" in entry["reason"] for entry in entries)


@pytest.mark.parametrize(("player", "folder"), [("dash.js", "arriving-1"), ("Shaka Player", "arriving-2")])
def test_a_player_reads_segments_while_they_arrive(
    sites, channel, play, wait, wait_for_object, refused, player, folder
):
    manifest = f"{channel}/{folder}/index.mpd"
    with encoders.pushing(encoders.dash(manifest, *encoders.LOW_LATENCY)):
        wait_for_object(manifest, b"availabilityTimeOffset")
        progress = play(sites[0], player, manifest, delay=1)
        first = wait(lambda: progress()["frames"] and progress())
        wait(lambda: progress()["time"] > first["time"] + 4)
    # A player that has to wait for the end of a segment of one second asks for it about ten times.
    assert sum(entry["user_agent"].startswith("Mozilla/") for entry in refused(folder, at_least=0)) < 10


def test_the_playlist_of_an_encoder_that_has_stopped_expires(sites, channel, emulator, play, wait, wait_for_object):
    playlist = f"{channel}/stopped/index.m3u8"
    with encoders.pushing(encoders.hls(playlist)):
        wait_for_object(playlist, SECOND_SEGMENT)
        progress = play(sites[0], "hls.js", playlist)
        wait(lambda: progress()["frames"])
    emulator.advance(61)
    assert wait(lambda: progress()["errors"])[-1] == "levelLoadError 404"
