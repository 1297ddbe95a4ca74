"""The bucket of the pictures: there, and readable by name, which tools for security like to switch off."""

from collections.abc import Iterator

from findings import Outcome, fail, ok, warn
from site_of_stack import Site, found

# What must be off, or the bucket's own policy counts for nothing or cannot be deployed.
BLOCKS = ("BlockPublicPolicy", "RestrictPublicBuckets")


def pictures(site: Site) -> Iterator[Outcome]:
    """One bucket."""
    client = site.client("s3")
    for logical, bucket in site.of_type("AWS::S3::Bucket").items():
        versioning = found(client.get_bucket_versioning, "NoSuchBucket", Bucket=bucket)
        if versioning is None:
            yield fail(f"{logical} ({bucket}) is gone, and its pictures with it", site.replace())
            continue
        answer = found(client.get_public_access_block, "NoSuchPublicAccessBlockConfiguration", Bucket=bucket) or {}
        block = answer.get("PublicAccessBlockConfiguration", {})
        policy = found(client.get_bucket_policy_status, "NoSuchBucketPolicy", Bucket=bucket)
        if any(block.get(name) for name in BLOCKS):
            settings = "BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=false,RestrictPublicBuckets=false"
            command = f"s3api put-public-access-block --bucket {bucket} --public-access-block-configuration {settings}"
            yield fail(f"{bucket} blocks the public: nobody sees a picture", site.aws(command))
        elif not policy or not policy["PolicyStatus"].get("IsPublic"):
            yield fail(f"{bucket} has lost its policy: nobody sees a picture", site.replace())
        elif versioning.get("Status") != "Enabled":
            command = f"s3api put-bucket-versioning --bucket {bucket} --versioning-configuration Status=Enabled"
            yield warn(f"{bucket} keeps no old versions: a deleted picture is gone", site.aws(command))
        else:
            yield ok(f"{bucket} is there, and shows what it holds to whoever knows its name")
