# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""moto's services behind the record of requests, those of S3 and STS also behind the faults."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from moto.core.request import PRESERVED_HEADER_NAMES_ENVIRON_KEY
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

from ..call import Call
from ..cloudwatch import CloudWatch
from ..http.environ import SPELLINGS
from ..iam.authorization import Resource, stored_policy
from ..s3.plane import S3Plane
from ..s3.state import cors_rules, find_bucket
from ..shared import Shared
from . import moto_cloudwatch
from .base import SERVICES, Services
from .handlers import Handlers
from .moto_directory import MotoDirectory
from .recorded import Recorded
from .s3control import S3Control
from .sizes import why_too_large
from .sts import Sts

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment
    from moto.s3.models import FakeBucket

_PLANES: dict[str, Callable[[Shared, WSGIApplication], WSGIApplication]] = {
    "s3": S3Plane,
    "s3control": S3Control,
    "sts": Sts,
}
# The modules of moto that serve more than their own name says.
_PARTS = {"s3": ("s3", "s3control")}
# moto's interface at /moto-api, which does not depend on the services.
_INTERFACE = "moto_api"
# The emulator has its own.
_REPLACED = ("mediastore", "mediastoredata")


class Dispatcher(DomainDispatcherApplication):
    """moto's dispatcher with a cache of services by host: moto tries about 200 patterns for each request."""

    def __init__(self, create_app: Callable[[Any], Any]) -> None:
        super().__init__(create_app)
        # Clients choose the region in the name of a host.
        self._backend_for_host = lru_cache(maxsize=256)(super().get_backend_for_host)

    def get_backend_for_host(self, host: str | None) -> Any:
        """Return moto's name of the service at a host."""
        return self._backend_for_host(host)

    def get_application(self, environ: WSGIEnvironment) -> Any:
        """Return the application for a request.

        moto looks for the service of an unsigned request in a form, under a lock, also in an object that curl uploads
        as a form.
        """
        is_object = environ["REQUEST_METHOD"] != "POST"
        return super().get_application({**environ, "CONTENT_TYPE": ""} if is_object else environ)


class MotoServices(Services):
    """The WSGI application for `names`, of SERVICES, or for all services of moto if `names` is None."""

    directory = MotoDirectory()

    def __init__(self, names: Collection[str] | None, shared: Shared) -> None:
        super().__init__(names, shared)
        self._names = names
        self._moto = Dispatcher(self._create_app)

    @classmethod
    def cloudwatch(cls, names: Collection[str] | None) -> CloudWatch:
        """Return moto's services that take metrics and logs, of those that are in `names`."""
        return moto_cloudwatch.MotoCloudWatch(names)

    @property
    def names(self) -> list[str]:
        """The services of SERVICES that are served."""
        return [name for name in SERVICES if self._names is None or name in self._names]

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Serve one request."""
        too_large = why_too_large(environ)
        if too_large:
            return self._refuse(environ, start_response, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, too_large)
        spellings = environ.get(SPELLINGS, {})
        reply: Iterable[bytes] = self._moto({**environ, PRESERVED_HEADER_NAMES_ENVIRON_KEY: spellings}, start_response)
        return reply

    def find_bucket(self, name: Any) -> Resource:
        """Return a bucket in any account; raises ValueError if it does not exist, or has a policy that is no object."""
        bucket = _bucket(name)
        try:
            return Resource(bucket.arn, bucket.account_id, stored_policy(bucket.policy), "bucket")
        except ValueError:
            raise ValueError(f"the policy of the bucket {name} must be a JSON object") from None

    def find_bucket_cors_rules(self, name: Any) -> Sequence[Mapping[str, Any]]:
        """Return the CORS rules of a bucket in any account; raises ValueError if it does not exist."""
        return cors_rules(_bucket(name))

    def identify(self, environ: WSGIEnvironment, call: Call) -> str | None:
        """Describe the operation of a request that is not run in `call`; return its service if it is known."""
        s3 = self._find_s3(environ)
        if s3 is None:
            return super().identify(environ, call)
        s3.identify(environ, call)
        return s3.service

    def decides_on_page(self, environ: WSGIEnvironment) -> bool:
        """Return whether a request of a page of another origin is for S3, which decides on it by CORS rules."""
        s3 = self._find_s3(environ)
        return s3 is not None and s3.decides_on_page(environ)

    def _find_s3(self, environ: WSGIEnvironment) -> S3Plane | None:
        """Return the application for a request if that is S3."""
        with contextlib.suppress(Exception):  # moto fails if headers contradict each other
            app = None if why_too_large(environ) else self._moto.get_application(environ)
            return app if isinstance(app, S3Plane) else None
        return None

    def reset(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Remove the data of all services."""
        moto_cloudwatch.clear()
        return self(environ, start_response)

    def _create_app(self, module: Any) -> Any:
        """Return the application for a module of moto, None for a service that moto does not have."""
        if not self._serves(module):
            return self._not_served
        app = create_backend_app(module)
        # These functions add headers to every reply that allow all origins.
        app.after_request_funcs.clear()
        if module == _INTERFACE:
            return app
        handlers = Handlers(app)
        return (
            _PLANES[module](self._shared, handlers) if module in _PLANES else Recorded(self._shared, module, handlers)
        )

    def _serves(self, module: str | None) -> bool:
        if self._names is None:
            return module is not None and module not in _REPLACED
        return module == _INTERFACE or any(module in _PARTS.get(name, (name,)) for name in self._names)


def _bucket(name: Any) -> FakeBucket:
    bucket = find_bucket(name) if isinstance(name, str) else None
    if bucket is None:
        raise ValueError(f"the bucket {name} does not exist")
    return bucket
