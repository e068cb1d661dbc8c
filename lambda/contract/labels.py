"""What zones and applications are called in CloudWatch: names as dimension values.

A dimension value is printable ASCII, not blank, and does not begin with a colon:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_Dimension.html
"""

import hashlib
import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from typing import Final

LABEL_LIMIT: Final = 200
"""Characters. CloudWatch takes 1,024, a person reads less, and a batch of 1,000 must stay under 1 MB."""

_PLAIN: Final = re.compile(rf"(?!:)[!-~](?:[ -~]{{0,{LABEL_LIMIT - 2}}}[!-~])?")
_DOMAIN_LABEL: Final = re.compile(r"[0-9A-Za-z_\-\x80-\U0010ffff]+")
_UNPRINTABLE: Final = re.compile(r"[^ -~]")
_DIGEST: Final = 12
_SHORT_ID: Final = 6


def label_of(name: str) -> str:
    """The dimension value for a name, made from the name alone: unlike names have unlike labels.

    A name that is a dimension value, and so every label, stays as it is. International domain names get their ASCII
    form, `xn--` and Punycode (RFC 3492), which is the same name to the DNS. Python's `idna` codec is not used: it
    takes `ß` for `ss` and capitals for small letters. Anything else is cut to what can be read, and gets a digest of
    the whole name behind it.
    """
    # Punycode is never shorter than the name, and takes quadratic time.
    if len(name) <= LABEL_LIMIT:
        ascii_name = name if name.isascii() else _DOMAIN_LABEL.sub(_in_ascii, name)
        if _PLAIN.fullmatch(ascii_name):
            return ascii_name
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGEST]
    readable = _UNPRINTABLE.sub("?", name[:LABEL_LIMIT]).lstrip(" :")[: LABEL_LIMIT - _DIGEST - 3].rstrip()
    return f"{readable} ({digest})".lstrip()


def labels_of(names: Mapping[str, str | None], taken: Collection[str] = ()) -> dict[str, str]:
    """The labels of several things, by id, from their names; the id is the label of one without a name.

    All whose labels would be equal, and each whose label is `taken`, get the beginning of their id behind the name. No
    two of these labels are equal, and the order of the names does not matter.
    """
    texts = {key: name if name and name.strip() else key for key, name in names.items()}
    labels = {key: label_of(text) for key, text in texts.items()}
    tries = 0
    while equal := _repeated([*labels.values(), *{*taken}]):
        # A name may be what another one gets with its id, so the suffix grows until nothing is equal.
        for key, label in labels.items():
            if label in equal:
                suffix = key[:_SHORT_ID] if tries == 0 else key + "+" * (tries - 1)
                labels[key] = label_of(f"{texts[key]} ({suffix})")
        tries += 1
    return labels


def _repeated(labels: Iterable[str]) -> set[str]:
    return {label for label, count in Counter(labels).items() if count > 1}


def _in_ascii(match: re.Match[str]) -> str:
    text = match[0]
    return text if text.isascii() else f"xn--{text.encode('punycode').decode('ascii')}"
