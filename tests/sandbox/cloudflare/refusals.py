"""How the simulated Cloudflare says no: its error codes and texts, each with where it was seen.

Tags: [D] Cloudflare's documentation or schema, [T] a third party saw it, [G] a guess. Nothing here is shared with the
product, which must recognise these codes from its own reading.
"""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Problem:
    """One item of `errors`, with its `error_chain`."""

    code: int | str
    """A number; that it may also come as text is a guess [G]."""
    message: str
    chain: tuple["Problem", ...] = ()

    def item(self) -> dict[str, object]:
        """The item as it stands in the answer."""
        item: dict[str, object] = {"code": self.code, "message": self.message}
        if self.chain:
            item["error_chain"] = [link.item() for link in self.chain]
        return item


@dataclass(frozen=True, slots=True)
class Refusal:
    """A refusal: its HTTP status, its errors, and whether it counts as a failed authentication."""

    status: int
    problems: tuple[Problem, ...]
    bad_credential: bool = False
    bare: bool = False
    """True: without `messages` and `result`, as the API's gateway answers."""

    def at(self, path: str) -> "Refusal":
        """The same, its texts naming this path where they hold `{path}`."""
        named = (replace(problem, message=problem.message.replace("{path}", path)) for problem in self.problems)
        return replace(self, problems=tuple(named))

    def document(self) -> dict[str, object]:
        """The body, before it is JSON."""
        document: dict[str, object] = {"success": False, "errors": [problem.item() for problem in self.problems]}
        return document if self.bare else document | {"messages": [], "result": None}


def _refusal(
    status: int, code: int, message: str, *chain: Problem, bad_credential: bool = False, bare: bool = False
) -> Refusal:
    return Refusal(status, (Problem(code, message, chain),), bad_credential, bare)


# [T] https://github.com/cloudflare/cloudflare-python/issues/2678
NO_CREDENTIALS = _refusal(
    400, 9106, "Missing X-Auth-Key, X-Auth-Email or Authorization headers", bad_credential=True, bare=True
)
# [T] https://github.com/acmesh-official/acme.sh/issues/6824
MALFORMED_TOKEN = _refusal(
    400,
    6003,
    "Invalid request headers",
    Problem(6111, "Invalid format for Authorization header"),
    bad_credential=True,
)
# [T] https://github.com/cloudflare/cloudflare-typescript/issues/161
MALFORMED_KEY = _refusal(
    400, 6003, "Invalid request headers", Problem(6103, "Invalid format for X-Auth-Key header"), bad_credential=True
)
# [T] https://github.com/rmbolger/Posh-ACME/issues/126
MALFORMED_EMAIL = _refusal(
    400, 6003, "Invalid request headers", Problem(6102, "Invalid format for X-Auth-Email header"), bad_credential=True
)
# [T] octodns/octodns-cloudflare, tests/test_octodns_provider_cloudflare.py
UNKNOWN_KEY = _refusal(403, 9103, "Unknown X-Auth-Key or X-Auth-Email", bad_credential=True)

# What an unknown or revoked token is answered with; which of the three depends on the service behind the path [T].
INVALID_TOKEN = _refusal(401, 1000, "Invalid API Token", bad_credential=True)
INVALID_ACCESS_TOKEN = _refusal(403, 9109, "Invalid access token", bad_credential=True)
AUTHENTICATION_ERROR = _refusal(403, 10000, "Authentication error", bad_credential=True, bare=True)

# What a good token without the permission is answered with. [T] https://github.com/octodns/octodns-cloudflare/issues/60
NOT_PERMITTED = _refusal(403, 10000, "Authentication error", bare=True)
UNAUTHORIZED_RESOURCE = _refusal(403, 9109, "Unauthorized to access requested resource")
# [T] https://github.com/jeessy2/ddns-go/issues/1341
WRONG_LOCATION = _refusal(403, 9109, "Cannot use the access token from location: 203.0.113.7")

# [T] the text; that it comes with 403 and not 429 is a guess [G]
LOCKED_OUT = _refusal(403, 10502, "Too many authentication failures. Please try again later.")
# [T] the code and text under 429; 971 is as common, but lies outside Cloudflare's own schema
RATE_LIMITED = _refusal(429, 10429, "Rate limited. Please wait and consider throttling your request speed")

# [T] https://github.com/timothymiller/cloudflare-ddns/issues/152; that an unknown id is told from a malformed one by
# nothing but its text is a guess [G]
UNKNOWN_ZONE = _refusal(404, 7003, "Could not route to {path}, perhaps your object identifier is invalid?")
# [T] https://github.com/cloudflare/cloudflare-go/issues/118
UNKNOWN_ZONE_2017 = Refusal(400, (*UNKNOWN_ZONE.problems, Problem(7000, "No route for that URI")))
NO_ROUTE = _refusal(400, 7000, "No route for that URI")
# [G] that a page which cannot be is refused at all, and how
BAD_PAGE = _refusal(400, 10003, "Invalid pagination parameters")
# [T] several projects' notes, for methods that a token may not use
METHOD_NOT_ALLOWED = _refusal(405, 10405, "Method not allowed for this authentication scheme")

# [T] for an account-owned token at /user/tokens/verify
ACCOUNT_TOKEN_AT_VERIFY = _refusal(401, 1000, "Invalid API Token")
# [T] https://github.com/kissgyorgy/cloudflare-dyndns/issues/40
KEY_AT_VERIFY = _refusal(400, 1001, 'Missing "Authorization" header')
