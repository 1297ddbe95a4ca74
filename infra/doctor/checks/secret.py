"""The root secret: that it is there, and stays. Its value is never asked for."""

from collections.abc import Iterator

from findings import Outcome, fail, ok
from site_of_stack import Site, found


def secret(site: Site) -> Iterator[Outcome]:
    """Every key of the product is derived from it."""
    arns = site.of_type("AWS::SecretsManager::Secret")
    if not arns:
        yield fail("the stack has none", site.deploy())
    for name, arn in arns.items():
        about = found(site.client("secretsmanager").describe_secret, "ResourceNotFoundException", SecretId=arn)
        if not about:
            todo = (
                "nothing brings it back; upstream keys, channels and codes must be entered anew after a new deployment"
            )
            yield fail(f"{name} is gone: logins fail, and what is sealed stays unreadable", todo)
        elif about.get("DeletedDate"):
            todo = site.aws(f"secretsmanager restore-secret --secret-id {arn}")
            yield fail(f"{name} is being deleted: logins fail, and soon what is sealed is unreadable for ever", todo)
        else:
            yield ok(f"{about['Name']} is there")
