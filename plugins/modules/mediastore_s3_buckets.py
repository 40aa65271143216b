#!/usr/bin/python
# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: mediastore_s3_buckets
short_description: Manage Amazon S3 buckets that replace AWS Elemental MediaStore containers
version_added: 1.1.0
description:
  - Takes the declarations of containers that M(elemental.mediastore.mediastore_containers) takes, and creates and
    changes an Amazon S3 bucket for each of them, several at the same time.
  - Translates each declaration before the first request. What S3 cannot keep exactly is a finding. Findings that are
    V(approximate) are returned, with one warning for each code. A finding that is V(impossible) fails the task before
    it sends a request, unless its code is in O(accept). Nothing is omitted without a finding.
  - The bucket policy never allows a request that the container policy did not allow. If you accept an V(impossible)
    finding, an Allow is omitted, and a Deny denies more.
  - Objects never expire earlier than in the container. A bucket is never public unless O(public=true), never belongs to
    another account, and is never deleted. The module never changes a name to make it valid.
  - The module owns each aspect that a declaration contains. It replaces the policy, the CORS and lifecycle
    configurations and the metrics configurations of the bucket, and what others have added to them. It does not
    change an aspect that a declaration omits.
options:
  containers:
    description:
      - The declarations of the containers, each of them once.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description:
          - The name of the container. The bucket has the same name, unless O(containers[].bucket) is set.
        type: str
        required: true
      state:
        description:
          - Whether the container exists. With V(absent), the module reports a finding and does not change the bucket.
        type: str
        choices: [present, absent]
        default: present
      tags:
        description:
          - The tags of the bucket, as for M(elemental.mediastore.mediastore_containers).
          - S3 refuses to change them if attribute-based access control (ABAC) is enabled for the bucket.
        type: dict
      purge_tags:
        description:
          - Whether to remove tags that are not in O(containers[].tags).
          - Tags whose key begins with C(aws:) belong to AWS and are never removed.
        type: bool
        default: true
      access_logging_enabled:
        description:
          - Whether S3 writes server access logs to O(containers[].log_bucket).
        type: bool
      delete_objects:
        description:
          - Accepted, so that the module takes the same list as M(elemental.mediastore.mediastore_containers). No object
            of a bucket is deleted.
        type: bool
        default: false
        version_added: 1.2.0
      policy:
        description:
          - The container policy, which becomes the bucket policy. C({}) removes the bucket policy.
          - With it, the module also sets the Block Public Access settings of the bucket.
        type: json
      cors_policy:
        description:
          - The CORS rules. C([]) removes them.
        type: list
        elements: dict
        suboptions:
          allowed_origins:
            description:
              - The origins to allow. At least one; each can contain one C(*).
            type: list
            elements: str
            required: true
          allowed_methods:
            description:
              - The methods to allow, at least one.
            type: list
            elements: str
            choices: [PUT, GET, DELETE, HEAD]
            required: true
          allowed_headers:
            description:
              - The request headers to allow; each can contain one C(*). Case makes no difference.
            type: list
            elements: str
            default: []
          expose_headers:
            description:
              - The response headers that scripts of the page can read. S3 accepts no C(*), see
                O(containers[].expose_headers).
            type: list
            elements: str
          max_age_seconds:
            description:
              - How many seconds the browser can cache the response to a preflight request.
            type: int
      lifecycle_policy:
        description:
          - The lifecycle policy, which becomes the lifecycle configuration. C({}) removes it.
        type: json
      metric_policy:
        description:
          - The metric policy, which becomes request metrics configurations. C({}) removes all of them.
        type: dict
        suboptions:
          container_level_metrics:
            description:
              - Whether the bucket has metrics as a whole, with the ID C(EntireBucket). Required, unless the policy is
                empty.
            type: bool
          rules:
            description:
              - The groups of objects, each of which becomes a configuration with a prefix.
            type: list
            elements: dict
            suboptions:
              object_group:
                description:
                  - The path of the objects. S3 filters by prefix, so that C(*) can only be at the end.
                type: str
                required: true
              object_group_name:
                description:
                  - The ID of the configuration.
                type: str
                required: true
      bucket:
        description:
          - The name of the bucket. Required if the name of the container is not a valid name of a bucket.
          - It can contain C({name}), the name of the container, C({name_lower}), the same in lower case, C({region}),
            the region of the task, and C({account}), the account ID.
          - A name that ends with C(-ACCOUNT-REGION-an), with the account ID and the region of the task, is created in
            the namespace of the account, where no other account can take it. This needs botocore 1.42.67 or newer.
        type: str
      cloudfront_distribution:
        description:
          - The ARN of the CloudFront distribution that gets the access that the policy grants to everyone.
        type: str
      public:
        description:
          - Whether to keep public access. If V(true), the module disables the Block Public Access settings that reject
            public policies.
          - O(containers[].cloudfront_distribution) of the same container has precedence, and so has
            O(cloudfront_distribution) if only O(public) is set.
        type: bool
      log_bucket:
        description:
          - The bucket for server access logs. Its policy must allow S3 to write them; a finding contains the statement.
        type: str
      log_prefix:
        description:
          - The prefix of the keys of logs. If omitted, it is the name of the bucket and a slash.
        type: str
      expose_headers:
        description:
          - The names of headers that replace a C(*) in O(containers[].cors_policy[].expose_headers).
        type: list
        elements: str
      missing_objects:
        description:
          - The status of the reply for an object that does not exist. With V(404), as in MediaStore, readers can also
            list the bucket.
        type: int
        choices: [403, 404]
  bucket:
    description:
      - The default of O(containers[].bucket), such as C(example-{name_lower}).
    type: str
  cloudfront_distribution:
    description:
      - The default of O(containers[].cloudfront_distribution), except for containers with
        O(containers[].public=true).
    type: str
  public:
    description:
      - The default of O(containers[].public).
    type: bool
    default: false
  log_bucket:
    description:
      - The default of O(containers[].log_bucket).
    type: str
  log_prefix:
    description:
      - The default of O(containers[].log_prefix).
    type: str
  expose_headers:
    description:
      - The default of O(containers[].expose_headers).
    type: list
    elements: str
  missing_objects:
    description:
      - The default of O(containers[].missing_objects).
    type: int
    choices: [403, 404]
    default: 403
  accept:
    description:
      - The codes of V(impossible) findings to accept.
    type: list
    elements: str
    choices:
      - cors.expose_headers
      - lifecycle.one_object
      - lifecycle.root
      - lifecycle.seconds
      - lifecycle.wildcard
      - logging.no_bucket
      - logging.same_bucket
      - metrics.entire_bucket
      - metrics.root
      - metrics.wildcard
      - policy.account_action
      - policy.condition_key
      - policy.deny_describe
      - policy.describe_container
      - policy.describe_only
      - policy.list_denied
      - policy.not_resource
      - policy.principal_wildcard
      - policy.public
      - policy.resource_tag_lost
      - policy.resource_unclear
      - policy.secret_header
      - policy.tag_condition
    default: []
  account:
    description:
      - The ID of the account that owns the buckets. If omitted, the module asks AWS STS for the account of the
        credentials.
      - Required for an endpoint that does not implement AWS STS.
    type: str
  skip_unsupported:
    description:
      - The aspects of buckets to skip if the endpoint does not implement them. A skipped aspect is a finding, such
        as V(server.metrics). If the endpoint does not implement another aspect, the bucket fails after the module has
        changed all others.
      - The aspects are named as in the results. V(policy) does not include V(public_access_block).
      - Check mode cannot find out what an endpoint implements for a bucket that does not exist yet, nor which aspects
        it returns but does not set.
    type: list
    elements: str
    choices: [public_access_block, policy, tags, cors, lifecycle, metrics, logging]
    default: []
  max_concurrency:
    description:
      - How many buckets to work on at the same time, 1 to 64.
    type: int
    default: 10
  wait_timeout:
    description:
      - Total seconds that the task may spend for each bucket on retries, 0 to 604800.
    type: int
    default: 600
notes:
  - Requests go to AWS, unless O(endpoint_url), or C(AWS_URL) in the environment, is an endpoint that speaks the S3 and
    STS APIs, such as the emulator of the role P(elemental.mediastore.emulator#role) with C(s3) and C(sts) in
    C(emulator_services).
  - A task sends one request to AWS STS for the ID of the account, unless O(account) is set. To read a bucket, it sends
    one request for each of tags, CORS rules, lifecycle rules, metrics and access logging in the declaration, and two
    for the policy, seven for all of them. If the declaration contains none of these, it sends one. Each change is one
    more. Check mode sends only the requests that read.
  - All requests name the account as the expected owner of the bucket, so that S3 refuses them if another account owns
    it.
  - An endpoint other than AWS's may not implement all aspects, and may take a request for one as a request for the
    bucket. The module compares each reply with the operation. It changes an aspect only after a reply has shown that
    the endpoint implements it, so that a task that creates buckets there sends one more read for each aspect.
  - The policy of the log bucket is not changed.
seealso:
  - module: elemental.mediastore.mediastore_containers
  - name: Moving containers to Amazon S3
    description: What differs in operation, and where the declarations come from.
    link: https://docs.ansible.com/ansible/latest/collections/elemental/mediastore/docsite/guide_move_to_s3.html
extends_documentation_fragment:
  - elemental.mediastore.attributes
  - elemental.mediastore.attributes.state
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - elemental.mediastore.requirements
author:
  - Contributors to the elemental.mediastore project (@elemental-mediastore)
"""

EXAMPLES = r"""
- name: Declare the bucket for a container that a CloudFront distribution reads
  elemental.mediastore.mediastore_s3_buckets:
    cloudfront_distribution: arn:aws:cloudfront::123456789012:distribution/E2EXAMPLE
    containers:
      - name: news
        bucket: example-news
        tags:
          channel: news
        policy:
          Version: "2012-10-17"
          Statement:
            - Sid: PublicReadOverHttps
              Effect: Allow
              Principal: "*"
              Action: [mediastore:GetObject, mediastore:DescribeObject]
              Resource: arn:aws:mediastore:us-east-1:123456789012:container/news/*
              Condition:
                Bool:
                  aws:SecureTransport: "true"
        lifecycle_policy:
          rules:
            - definition:
                path:
                  - prefix: recordings/
                days_since_create:
                  - numeric: [">", 30]
              action: EXPIRE

- name: Declare buckets at an endpoint that has no metrics, no access logging and no AWS STS
  elemental.mediastore.mediastore_s3_buckets:
    endpoint_url: http://127.0.0.1:8000
    account: "123456789012"
    bucket: example-{name_lower}
    skip_unsupported: [metrics, logging]
    containers:
      - name: News
        tags:
          channel: news
        metric_policy:
          container_level_metrics: true

- name: Accept that S3 does not expire segments after seconds
  elemental.mediastore.mediastore_s3_buckets:
    accept: [lifecycle.seconds]
    containers:
      - name: example-live
        lifecycle_policy:
          rules:
            - definition:
                path:
                  - wildcard: live/*
                seconds_since_create:
                  - numeric: [">", 60]
              action: EXPIRE
"""

RETURN = r"""
containers:
  description:
    - The result for each container, in the order given; the predicted result in check mode.
    - After a failure, too, also if an V(impossible) finding is not accepted, or if no bucket can replace one of the
      containers.
  returned: when the options are valid
  type: list
  elements: dict
  contains:
    name:
      description: The name of the container.
      type: str
      returned: always
      sample: news
    bucket:
      description: The name of the bucket, V(null) for a container that is declared absent, or whose entry is invalid.
      type: str
      returned: always
      sample: example-news
    changed:
      description: Whether the bucket, or anything attached to it, was changed.
      type: bool
      returned: always
      sample: true
    action:
      description:
        - V(created), V(changed), V(unchanged) or V(failed).
        - V(not_started) if the task fails before it has sent a request for this bucket.
      type: str
      returned: always
      sample: created
    changes:
      description:
        - What the task changed, or would change in check mode, in short texts; empty if nothing.
        - They name the statements and rules of a document that differ, by C(Sid), by the name of an object group or of
          a metrics configuration, or else by their number. The number of what is removed is that before the change.
      type: list
      elements: str
      returned: always
      sample: ["created", "policy added", "CORS configuration added"]
    findings:
      description:
        - What the bucket does not keep exactly.
        - The findings of all containers are C(containers | map(attribute='findings') | flatten).
      type: list
      elements: dict
      returned: always
      contains:
        container:
          description: The name of the container.
          type: str
          returned: always
          sample: news
        where:
          description: The part of the declaration.
          type: str
          returned: always
          sample: lifecycle rule 1
        code:
          description: The kind of finding. A code never changes its meaning.
          type: str
          returned: always
          sample: lifecycle.more_than
        level:
          description: V(approximate) or V(impossible).
          type: str
          returned: always
          sample: approximate
        message:
          description: What is lost, and what to do.
          type: str
          returned: always
          sample: >-
            S3 expires objects at the first midnight UTC after 31 days. MediaStore expired them when they were older
            than 30 days.
    declared:
      description:
        - The number of parts of the declaration, by the aspects that it contains.
        - C(tags), C(policy_statements), C(cors_rules), C(lifecycle_rules), C(metrics), C(access_logging).
      type: dict
      returned: always
      sample: {"tags": 1, "policy_statements": 1, "lifecycle_rules": 1}
    exact:
      description: How many of these parts the bucket keeps exactly, those that no finding is about.
      type: dict
      returned: always
      sample: {"tags": 1, "policy_statements": 1, "lifecycle_rules": 0}
    replacements:
      description:
        - The values of a bucket at AWS that replace those of the container in the configuration of clients and other
          services.
        - Empty for a container that is declared absent, or whose entry is invalid.
      type: dict
      returned: always
      contains:
        endpoint:
          description: The URL of the bucket.
          type: str
          returned: success
          sample: https://example-news.s3.us-east-1.amazonaws.com
        origin:
          description: The domain name for an origin of CloudFront.
          type: str
          returned: success
          sample: example-news.s3.us-east-1.amazonaws.com
        destination:
          description:
            - The beginning of the URL for a destination of MediaLive.
            - V(null) if the name of the bucket has dots, which MediaLive does not accept.
          type: str
          returned: success
          sample: s3ssl://example-news
        origin_access_control:
          description: OriginAccessControlConfig of the CloudFront API.
          type: dict
          returned: when CloudFront signs its requests
          sample:
            Name: example-news
            OriginAccessControlOriginType: s3
            SigningBehavior: always
            SigningProtocol: sigv4
        alarms:
          description:
            - Dimensions of the metrics that the declaration contains.
            - C(ObjectGroupName) is the dimension of MediaStore, V(null) for the metrics of the container.
            - C(FilterId) is the dimension of S3, V(null) for what S3 does not count.
          type: list
          elements: dict
          returned: when the declaration contains metrics
          sample: [{"ObjectGroupName": null, "FilterId": "EntireBucket"}]
    error:
      description: Why the bucket failed, or why the entry is invalid, V(null) otherwise.
      type: str
      returned: always
      sample: null
    tags:
      description: The tags of the bucket, V(null) if it has none.
      type: dict
      returned: on success, when the declaration contains tags
      sample: {"channel": "news"}
    public_access_block:
      description: The Block Public Access settings, PublicAccessBlockConfiguration of the S3 API.
      type: dict
      returned: on success, when the declaration contains a policy
      sample:
        BlockPublicAcls: true
        BlockPublicPolicy: true
        IgnorePublicAcls: true
        RestrictPublicBuckets: true
    policy:
      description: The bucket policy, V(null) if the bucket has none.
      type: dict
      returned: on success, when the declaration contains a policy
      sample: {"Version": "2012-10-17", "Statement": []}
    cors:
      description: The CORS rules, CORSRules of the S3 API, V(null) if the bucket has none.
      type: list
      elements: dict
      returned: on success, when the declaration contains CORS rules
      sample: [{"AllowedOrigins": ["*"], "AllowedMethods": ["GET"]}]
    lifecycle:
      description: The lifecycle rules, Rules of the S3 API, V(null) if the bucket has none.
      type: list
      elements: dict
      returned: on success, when the declaration contains a lifecycle policy
      sample:
        - ID: mediastore-1-1
          Status: Enabled
          Filter: {"Prefix": "recordings/"}
          Expiration: {"Days": 31}
    metrics:
      description: The metrics configurations, MetricsConfiguration of the S3 API, V(null) if the bucket has none.
      type: list
      elements: dict
      returned: on success, when the declaration contains a metric policy
      sample: [{"Id": "EntireBucket"}]
    logging:
      description: Server access logging, LoggingEnabled of the S3 API, V(null) if it is off.
      type: dict
      returned: on success, when the declaration contains access logging, unless logging.no_bucket is accepted
      sample: {"TargetBucket": "example-logs", "TargetPrefix": "example-news/"}
"""

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ..module_utils._arguments import MAX_CONCURRENCY, WAIT_TIMEOUT
from ..module_utils._declaration.container import one_of_many
from ..module_utils._s3.runner import run_buckets
from ..module_utils._s3_translation import CODES, IMPOSSIBLE, OPTIONS

MISSING_OBJECTS = dict(type="int", choices=[403, 404])


def main() -> None:
    choices = dict(
        bucket=dict(type="str"),
        cloudfront_distribution=dict(type="str"),
        public=dict(type="bool"),
        log_bucket=dict(type="str"),
        log_prefix=dict(type="str"),
        expose_headers=dict(type="list", elements="str"),
        missing_objects=MISSING_OBJECTS,
    )
    container = dict(**one_of_many(), **choices)
    impossible = sorted(name for name, code in CODES.items() if code.level == IMPOSSIBLE)
    module = AnsibleAWSModule(
        argument_spec=dict(
            containers=dict(type="list", elements="dict", required=True, options=container),
            **{
                **choices,
                "public": dict(type="bool", default=False),
                "missing_objects": dict(**MISSING_OBJECTS, default=403),
            },
            account=dict(type="str"),
            skip_unsupported=dict(type="list", elements="str", choices=list(OPTIONS), default=[]),
            accept=dict(type="list", elements="str", choices=impossible, default=[]),
            max_concurrency=MAX_CONCURRENCY,
            wait_timeout=WAIT_TIMEOUT,
        ),
        supports_check_mode=True,
    )
    run_buckets(module)


if __name__ == "__main__":
    main()
