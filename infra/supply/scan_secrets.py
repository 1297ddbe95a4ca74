"""Looks for keys and passwords in the repository: `python infra/supply/scan_secrets.py`.

What detect-secrets knows by form, and the forms of providers that this product deals with. Nothing is guessed by entropy:
tests are full of made-up texts that look like chance.
"""

import re
import sys

from detect_secrets.core.scan import scan_file
from detect_secrets.settings import transient_settings

import repository

DETECTORS = [
    "ArtifactoryDetector", "AWSKeyDetector", "AzureStorageKeyDetector", "BasicAuthDetector", "CloudantDetector",
    "DiscordBotTokenDetector", "GitHubTokenDetector", "GitLabTokenDetector", "IbmCloudIamDetector",
    "IbmCosHmacDetector", "JwtTokenDetector", "MailchimpDetector", "NpmDetector", "OpenAIDetector",
    "PrivateKeyDetector", "PypiTokenDetector", "SendGridDetector", "SlackDetector", "SoftlayerDetector",
    "SquareOAuthDetector", "StripeDetector", "TelegramBotTokenDetector", "TwilioKeyDetector",
]
# Addresses with a name and a password in them that the tests want refused.
REFUSED_ADDRESSES = r"://(user:(pw|secret)@([a-z.]*example\.com|1\.1\.1\.1)|api\.example\.com:x@127\.0\.0\.1)"
OURS = {
    "Aliyun key": re.compile(r"\bLTAI[A-Za-z0-9]{12,24}\b"),
    "Tencent key": re.compile(r"\bAKID[A-Za-z0-9]{32}\b"),
    "Google key": re.compile(r"\bAIza[A-Za-z0-9_-]{35}"),
    "model provider's key": re.compile(r"\bsk-(?:[0-9a-f]{32}\b|(?:proj|ant|or|svcacct)-[A-Za-z0-9_-]{40,})"),
    # PKCS#8 or PKCS#1 without its armour, as payment providers hand it out: an RSA key of whatever length.
    "private key": re.compile(r"MII[A-Za-z0-9+/]{3,5}(?:IBADANBgkqhkiG9w0BAQEFAASC|IBAAK[BC])[A-Za-z0-9+/]{100}"),
}


def found(root, names):
    """Each place that holds what looks like a secret: file, line and kind, never the text."""
    places = set()
    settings = {
        "plugins_used": [{"name": name} for name in DETECTORS],
        "filters_used": [
            {"path": "detect_secrets.filters.allowlist.is_line_allowlisted"},
            {"path": "detect_secrets.filters.regex.should_exclude_line", "pattern": [REFUSED_ADDRESSES]},
        ],
    }
    with transient_settings(settings):
        for name in names:
            places.update((name, secret.line_number, secret.type) for secret in scan_file(str(root / name)))
    for name in names:
        text = (root / name).read_text(encoding="utf-8", errors="replace")
        for number, line in enumerate(text.splitlines(), 1):
            places.update((name, number, kind) for kind, form in OURS.items() if form.search(line))
    return sorted(places)


def main():
    names = [name for name in repository.files() if not name.startswith(repository.MADE_FOR_TESTS)]
    places = found(repository.ROOT, names)
    for name, line, kind in places:
        print(f"{name}:{line}: {kind}", file=sys.stderr)
    print(f"{len(names)} files, {len(places)} secrets")
    return 1 if places else 0


if __name__ == "__main__":
    sys.exit(main())
