# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The guide to other S3 servers has the results that nox -s s3_servers has kept, all of them."""

from __future__ import annotations

from ansible_collections.elemental.mediastore.tests.s3_servers import table

SERVERS = ["localstack", "rgw", "swift", "ministack", "s3rver", "moto"]


def test_the_table_of_the_guide_is_that_of_the_results():
    assert table.rst(table.load()) in table.GUIDE.read_text()


def test_the_results_are_complete():
    results = table.load()
    assert list(results) == SERVERS
    for server in results.values():
        assert list(server["cells"]) == list(table.ROWS)
