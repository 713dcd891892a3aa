"""HTTP to a PACS: one session, bounded answers, every fault one sentence.

No proxy, password or certificate comes from the environment of the process, nothing is tried
twice, and no message holds an address with a query, which may name a patient.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from requests.auth import HTTPBasicAuth
from urllib3.exceptions import ProtocolError, ReadTimeoutError

from dss_core.errors import InputError, PacsError
from dss_core.pacs.pacs_place import DicomWebPlace

CONNECT_S = 5.0
MAX_ANSWER_BYTES = 64 * 10**6
"""Of an answer in JSON; studies are counted by the upload limits."""
# Their messages hold whole addresses and headers.
for _name in ("dicomweb_client", "retrying", "urllib3.connection", "urllib3.connectionpool"):
    logging.getLogger(_name).setLevel(logging.CRITICAL)
_STATUS = {
    301: "is elsewhere (HTTP 301). Give the URL that it leads to",
    302: "is elsewhere (HTTP 302). Give the URL that it leads to",
    400: "does not understand the request (HTTP 400). Check that the URL is its DICOMweb root",
    401: "refuses the user (HTTP 401). Check the file that DSS_PACS_AUTH or `auth` names",
    403: "does not allow this user to do that (HTTP 403). Ask its administrator",
    404: "has nothing there (HTTP 404): the study is gone, or the URL is not its DICOMweb root",
    405: "does not offer that (HTTP 405). Check that the URL is its DICOMweb root",
    409: "took none of the objects (HTTP 409). Ask its administrator",
    413: "takes no request of this size (HTTP 413). Ask its administrator to raise the limit",
    429: "has too much to do (HTTP 429). Try again later",
    503: "has too much to do (HTTP 503). Try again later",
    507: "has no room left (HTTP 507). Ask its administrator",
}


class _Answers(HTTPAdapter):
    """Sends requests with the Host of their address, follows no other, bounds short answers."""

    def send(
        self, request: requests.PreparedRequest, *words: Any, **options: Any
    ) -> requests.Response:
        request.headers.pop("Host", None)  # the client's has no port
        response = super().send(request, *words, **options)
        if 300 <= response.status_code < 400:  # a POST that is led elsewhere becomes a GET
            response.close()
            raise requests.HTTPError(response=response)
        if not options.get("stream"):
            response.raw = _Bounded(response.raw)
        return response


class _Bounded:
    """The raw body of an answer, up to a length."""

    def __init__(self, raw: Any) -> None:
        self._raw = raw

    def __getattr__(self, name: str) -> Any:
        return getattr(self._raw, name)

    def stream(self, chunk_bytes: int, decode_content: bool = True) -> Iterator[bytes]:
        n_bytes = 0
        for chunk in self._raw.stream(chunk_bytes, decode_content=decode_content):
            n_bytes += len(chunk)
            if n_bytes > MAX_ANSWER_BYTES:
                raise _TooLongError
            yield chunk


class _TooLongError(ValueError):
    """An answer that is longer than any answer should be."""


def open_session(place: DicomWebPlace) -> requests.Session:
    """A session with the user and certificates of a place.

    Raises
    ------
    InputError
        If the password file or the certificates are not usable.
    """
    session = requests.Session()
    session.trust_env = False
    for scheme in ("http://", "https://"):
        session.mount(scheme, _Answers())
    credentials = place.credentials()
    if credentials is not None:
        session.auth = HTTPBasicAuth(credentials.user.encode(), credentials.password.encode())
    if place.ca_file is not None:
        if not place.ca_file.is_file():
            raise InputError(
                f"There is no certificate file {place.ca_file}, which DSS_PACS_CA or `ca` names. "
                "Name a file in PEM format."
            )
        session.verify = str(place.ca_file)
    return session


@contextmanager
def speaking(place: DicomWebPlace) -> Iterator[None]:
    """Turn every fault of a request into one sentence.

    Raises
    ------
    PacsError
    """
    try:
        yield
    except requests.HTTPError as fault:
        response = fault.response
        raise PacsError(refusal(place, 0 if response is None else response.status_code)) from None
    except requests.exceptions.SSLError:
        raise PacsError(
            f"The certificate of the PACS at {place.name} is not trusted. Name the file of the "
            "authority that signed it by DSS_PACS_CA or `ca`."
        ) from None
    except requests.ReadTimeout:
        raise PacsError(
            f"The PACS at {place.name} was silent for {place.timeout_s:g} s. Try again, or allow "
            "it more by DSS_PACS_TIMEOUT."
        ) from None
    except requests.exceptions.ChunkedEncodingError:
        raise PacsError(broken_off(place)) from None
    except (ValueError, RecursionError):
        raise PacsError(not_dicomweb(place)) from None
    except requests.RequestException as fault:
        if fault.args and isinstance(fault.args[0], (ProtocolError, ReadTimeoutError)):
            raise PacsError(broken_off(place)) from None
        raise PacsError(
            f"The PACS does not answer at {place.name}. Check the address and that it runs."
        ) from None
    except OSError:
        raise PacsError(
            f"The certificates for the PACS at {place.name} cannot be used. Name a file in PEM "
            "format by DSS_PACS_CA or `ca`."
        ) from None


def not_dicomweb(place: DicomWebPlace) -> str:
    """The sentence for an answer of another kind."""
    return f"The answer of {place.name} is not DICOMweb. Check that the URL is its DICOMweb root."


def broken_off(place: DicomWebPlace) -> str:
    """The sentence for an answer that ends too early."""
    return f"The connection to the PACS at {place.name} broke off. Try again."


def refusal(place: DicomWebPlace, status: int) -> str:
    """The sentence for an HTTP status that is no success."""
    words = _STATUS.get(status) or f"answers with HTTP {status}. Ask its administrator"
    return f"The PACS at {place.name} {words}."
