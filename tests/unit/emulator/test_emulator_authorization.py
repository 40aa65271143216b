# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Access at a container's endpoint: who sends a request, what conditions know about it, and how it is refused."""

from __future__ import annotations

import json
import urllib.parse

import pytest

CONTAINER = "arn:aws:mediastore:us-east-1:123456789012:container/movies"
OBJECT = f"{CONTAINER}/a/film.ts"
OWNER = "arn:aws:iam::123456789012:root"
OTHER = "arn:aws:iam::111122223333:root"
READ = {
    "Sid": "Read",
    "Effect": "Allow",
    "Principal": "*",
    "Action": "mediastore:GetObject",
    "Resource": f"{CONTAINER}/*",
}
DENY = {**READ, "Sid": "Never", "Effect": "Deny"}
IDENTITY = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "mediastore:*", "Resource": "*"}}
TRUST = {
    "Version": "2012-10-17",
    "Statement": {"Effect": "Allow", "Principal": {"AWS": OWNER}, "Action": "sts:AssumeRole"},
}


def signature(key, region="us-east-1"):
    scope = f"{key}/20260101/{region}/mediastore/aws4_request"
    return {"Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"}


def refused(who, action, reason):
    message = f"{who} cannot perform mediastore:{action} on {OBJECT} because {reason}."
    return 403, "AccessDenied", message


ANONYMOUS = None
OF_OWNER = signature("UNKNOWNKEY")
OF_OTHER = {**OF_OWNER, "X-Moto-Account-Id": "111122223333"}


@pytest.fixture
def film(media):
    """Return the path of an object of the container movies, whose policy is the default one."""
    media.put_object(Path="a/film.ts", Body=b"film")
    return "a/film.ts"


@pytest.fixture
def declare(client):
    """Return a function that puts a container policy with some statements."""

    def declare(*statements, version="2012-10-17"):
        policy = {"Version": version, "Statement": list(statements)}
        client.put_container_policy(ContainerName="movies", Policy=json.dumps(policy))

    return declare


@pytest.fixture
def send(http, movies):
    """Return a function that sends a request to the endpoint and returns (status, error code, message)."""

    def send(headers=ANONYMOUS, path="a/film.ts", method="GET"):
        body = b"x" if method == "PUT" else None
        url = movies["Endpoint"] + (path if path.startswith("?") else f"/{path}")
        status, answered, content = http(method, url, body, headers)
        code = answered.get("x-amzn-ErrorType")
        return status, code, json.loads(content)["message"] if code and content else None

    return send


@pytest.fixture
def iam(connect, http):
    """Return a client of moto's IAM, whose users and roles are removed at the end."""
    yield connect("iam")
    http("POST", "/moto-api/reset")


@pytest.fixture
def ann(iam):
    """Return the headers of requests of a user without policies."""
    return new_user(iam, "ann")


def new_user(iam, name):
    iam.create_user(UserName=name, Path="/staff/", Tags=[{"Key": "team", "Value": "red"}])
    return signature(iam.create_access_key(UserName=name)["AccessKey"]["AccessKeyId"])


@pytest.fixture
def editor(iam):
    """Return the ARN of a role without policies."""
    tags = [{"Key": "team", "Value": "blue"}]
    role = iam.create_role(RoleName="editor", Path="/media/", AssumeRolePolicyDocument=json.dumps(TRUST), Tags=tags)
    return role["Role"]["Arn"]


@pytest.fixture
def assume(connect):
    """Return a function that assumes a role and returns the headers of requests of the session."""

    def assume(role):
        session = connect("sts").assume_role(RoleArn=role, RoleSessionName="night")
        return signature(session["Credentials"]["AccessKeyId"])

    return assume


# The default policy, and none.


def test_default_policy_is_not_evaluated_until_it_is_put(client, film, send):
    assert send()[0] == send(OF_OTHER)[0] == 200
    policy = client.get_container_policy(ContainerName="movies")["Policy"]
    client.put_container_policy(ContainerName="movies", Policy=policy)
    assert send()[:2] == send(OF_OTHER)[:2] == (403, "AccessDenied")
    assert send(OF_OWNER)[0] == 200


def test_other_documents_leave_the_default_policy_alone(client, film, send):
    client.put_metric_policy(ContainerName="movies", MetricPolicy={"ContainerLevelMetrics": "ENABLED"})
    client.delete_metric_policy(ContainerName="movies")
    assert send()[0] == 200


def test_only_the_owner_has_access_when_the_default_policy_is_deleted(client, film, send, ann, iam):
    client.delete_container_policy(ContainerName="movies")
    assert send() == refused("An anonymous client", "GetObject", "the container has no policy")
    assert send(OF_OTHER)[2].endswith("because the container has no policy.")
    assert send(OF_OWNER)[0] == 200
    assert send(ann)[2].endswith("because no statement of its identity policies allows it.")
    iam.put_user_policy(UserName="ann", PolicyName="all", PolicyDocument=json.dumps(IDENTITY))
    assert send(ann)[0] == 200


def test_a_new_container_of_the_same_name_has_the_default_policy_again(client, declare, http, movies):
    declare(DENY)
    client.delete_container(ContainerName="movies")
    client.create_container(ContainerName="movies")
    endpoint = client.describe_container(ContainerName="movies")["Container"]["Endpoint"]
    assert http("GET", endpoint)[0] == 200


# Who sends a request.


def test_public_read(film, send, declare):
    declare(READ)
    assert [send(who)[0] for who in (ANONYMOUS, OF_OTHER, OF_OWNER)] == [200, 200, 200]
    assert [send(who, method="PUT")[0] for who in (ANONYMOUS, OF_OTHER, OF_OWNER)] == [403, 403, 200]


def test_a_deny_also_applies_to_the_root_user_of_the_owner(film, send, declare):
    declare(READ, DENY)
    assert send(OF_OWNER) == refused(OWNER, "GetObject", "statement 2 (Never) of the container policy denies it")


def test_another_account_needs_the_container_policy(film, send, declare):
    declare({**READ, "Principal": {"AWS": OTHER}})
    assert send(OF_OTHER)[0] == 200
    assert send()[0] == 403
    assert send(OF_OTHER, method="DELETE") == refused(
        OTHER,
        "DeleteObject",
        "no statement of the container policy allows it: statement 1 (Read) comes nearest, "
        "its Action mediastore:GetObject does not match mediastore:DeleteObject",
    )


def test_user_without_policies(film, send, declare, ann):
    declare({**READ, "Principal": {"AWS": OTHER}})
    assert send(ann) == refused(
        "arn:aws:iam::123456789012:user/staff/ann",
        "GetObject",
        "no statement of its identity policies or of the container policy allows it: statement 1 (Read) of the "
        "container policy comes nearest, its Principal does not name arn:aws:iam::123456789012:user/staff/ann",
    )
    declare({**READ, "Principal": {"AWS": "arn:aws:iam::123456789012:user/staff/ann"}})
    assert send(ann)[0] == 200
    assert send(ann, method="HEAD")[0] == 403


@pytest.mark.parametrize("way", ["inline", "attached", "inline of a group", "attached to a group"])
def test_policies_of_a_user(film, send, declare, iam, ann, way):
    declare({**READ, "Principal": {"AWS": OTHER}})
    document = json.dumps(IDENTITY)
    iam.create_group(GroupName="crew")
    arn = iam.create_policy(PolicyName="all", PolicyDocument=document)["Policy"]["Arn"]
    if way == "inline":
        iam.put_user_policy(UserName="ann", PolicyName="all", PolicyDocument=document)
    elif way == "attached":
        iam.attach_user_policy(UserName="ann", PolicyArn=arn)
    elif way == "inline of a group":
        iam.put_group_policy(GroupName="crew", PolicyName="all", PolicyDocument=document)
    else:
        iam.attach_group_policy(GroupName="crew", PolicyArn=arn)
    if "group" in way:
        assert send(ann)[0] == 403
        iam.add_user_to_group(GroupName="crew", UserName="ann")
    assert send(ann)[0] == 200


def test_policies_of_a_user_beyond_the_quotas_of_iam(film, send, declare, iam, ann):
    declare({**READ, "Principal": {"AWS": OTHER}})
    document = json.dumps(IDENTITY).ljust(5000)
    for number in range(29):
        iam.put_user_policy(UserName="ann", PolicyName=f"p{number}", PolicyDocument=document)
    assert send(ann)[2].endswith("because statement 1 (TooManyPolicies) of identity policy 1 denies it.")
    iam.delete_user_policy(UserName="ann", PolicyName="p0")
    assert send(ann)[0] == 200


def test_default_version_of_an_attached_policy_counts(film, send, declare, iam, ann):
    declare({**READ, "Principal": {"AWS": OTHER}})
    nothing = {**IDENTITY, "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}
    arn = iam.create_policy(PolicyName="some", PolicyDocument=json.dumps(nothing))["Policy"]["Arn"]
    iam.attach_user_policy(UserName="ann", PolicyArn=arn)
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=json.dumps(IDENTITY), SetAsDefault=False)
    assert send(ann)[0] == 403
    iam.set_default_policy_version(PolicyArn=arn, VersionId="v2")
    assert send(ann)[0] == 200
    iam.detach_user_policy(UserName="ann", PolicyArn=arn)
    assert send(ann)[0] == 403


def test_deny_of_an_identity_policy(film, send, declare, iam, ann):
    declare(READ)
    deny = {"Sid": "Films", "Effect": "Deny", "Action": "mediastore:Get*", "Resource": "*"}
    iam.put_user_policy(UserName="ann", PolicyName="a", PolicyDocument=json.dumps(IDENTITY))
    denying = json.dumps({**IDENTITY, "Statement": [IDENTITY["Statement"], deny]})
    iam.put_user_policy(UserName="ann", PolicyName="b", PolicyDocument=denying)
    assert send(ann)[2].endswith(" because statement 2 (Films) of identity policy 2 denies it.")
    assert send(ann, method="PUT")[0] == 200


def test_user_of_another_account_needs_both_policies(connect, iam, film, send, declare):
    elsewhere = connect("iam")
    elsewhere.meta.events.register(
        "before-sign", lambda request, **_more: request.headers.add_header("X-Moto-Account-Id", "111122223333")
    )
    bob = new_user(elsewhere, "bob")
    declare({**READ, "Principal": {"AWS": OTHER}})
    assert send(bob) == refused(
        "arn:aws:iam::111122223333:user/staff/bob", "GetObject", "no statement of its identity policies allows it"
    )
    elsewhere.put_user_policy(UserName="bob", PolicyName="all", PolicyDocument=json.dumps(IDENTITY))
    assert send(bob)[0] == 200
    assert "because no statement of the container policy allows it: " in send(bob, method="PUT")[2]


def test_assumed_role(film, send, declare, iam, editor, assume):
    night = assume(editor)
    declare({**READ, "Principal": {"AWS": OTHER}})
    assert send(night)[2].startswith("arn:aws:sts::123456789012:assumed-role/editor/night cannot perform")
    iam.put_role_policy(RoleName="editor", PolicyName="all", PolicyDocument=json.dumps(IDENTITY))
    assert send(night)[0] == 200
    iam.delete_role_policy(RoleName="editor", PolicyName="all")
    assert send(night)[0] == 403
    arn = iam.create_policy(PolicyName="all", PolicyDocument=json.dumps(IDENTITY))["Policy"]["Arn"]
    iam.attach_role_policy(RoleName="editor", PolicyArn=arn)
    assert send(night)[0] == 200


def test_container_policy_can_name_a_role_or_a_session(film, send, declare, editor, assume):
    night = assume(editor)
    for principal in (editor, "arn:aws:sts::123456789012:assumed-role/editor/night"):
        declare({**READ, "Principal": {"AWS": principal}})
        assert send(night)[0] == 200
    declare({**READ, "Principal": {"AWS": "arn:aws:sts::123456789012:assumed-role/editor/day"}})
    assert send(night)[0] == 403


def test_role_that_does_not_exist_has_no_policies(film, send, declare, iam, assume):
    declare({**READ, "Principal": {"AWS": OTHER}})
    assert send(assume("arn:aws:iam::123456789012:role/none"))[0] == 403


def test_deleted_principals_and_policies_cause_no_failure(film, send, declare, iam, ann, editor, assume):
    night = assume(editor)
    declare({**READ, "Principal": {"AWS": OTHER}})
    arn = iam.create_policy(PolicyName="all", PolicyDocument=json.dumps(IDENTITY))["Policy"]["Arn"]
    iam.attach_user_policy(UserName="ann", PolicyArn=arn)
    iam.detach_user_policy(UserName="ann", PolicyArn=arn)
    iam.delete_policy(PolicyArn=arn)
    iam.delete_role(RoleName="editor")
    assert [send(who)[0] for who in (ann, night)] == [403, 403]
    [key] = iam.list_access_keys(UserName="ann")["AccessKeyMetadata"]
    iam.delete_access_key(UserName="ann", AccessKeyId=key["AccessKeyId"])
    # The key is unknown now, so it is that of the root user.
    assert send(ann)[0] == 200


def test_presigned_url_is_signed_by_its_access_key(connect, http, movies, film, declare, iam):
    iam.create_user(UserName="ann")
    keys = iam.create_access_key(UserName="ann")["AccessKey"]
    declare({**READ, "Principal": {"AWS": "arn:aws:iam::123456789012:user/ann"}})

    def url(key):
        scope = urllib.parse.quote(f"{key}/20260101/us-east-1/mediastore/aws4_request", safe="")
        return f"{movies['Endpoint']}/{film}?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={scope}"

    assert http("GET", url(keys["AccessKeyId"]))[0] == 200
    assert http("HEAD", url(keys["AccessKeyId"]))[0] == 403
    assert http("HEAD", url("UNKNOWNKEY"))[0] == 200
    assert http("GET", f"{movies['Endpoint']}/{film}?X-Amz-Credential=x")[0] == 403


def test_boto3_reads_the_refusal(connect, movies, film, declare, refusal):
    declare(DENY)
    reader = connect("mediastore-data", endpoint=movies["Endpoint"])
    code, status, message = refusal(reader.get_object, Path=film)
    assert (code, status) == ("AccessDenied", 403)
    assert "(Never)" in message
    code, status, message = refusal(reader.get_object, Path=film, Range="bytes=0-1")
    assert (code, status) == ("AccessDenied", 403)


# Actions and resources.

REQUESTS = {
    "GetObject": ("GET", "a/film.ts"),
    "DescribeObject": ("HEAD", "a/film.ts"),
    "PutObject": ("PUT", "a/film.ts"),
    "ListItems": ("GET", "?Path=a"),
    "DeleteObject": ("DELETE", "a/film.ts"),
}


@pytest.mark.parametrize("action", REQUESTS)
def test_each_operation_has_its_own_action(film, send, declare, action):
    declare({**READ, "Action": f"mediastore:{action}"})
    allowed = [name for name, (method, path) in REQUESTS.items() if send(method=method, path=path)[0] == 200]
    assert allowed == [action]


@pytest.mark.parametrize(
    ("resource", "allowed"),
    [("/", [""]), ("/a", ["?Path=a", "?Path=/a/", "?Path=a//"]), ("/a/*", ["?Path=a/b"]), ("/none", ["?Path=none"])],
)
def test_resource_of_list_items_is_the_folder(film, send, declare, resource, allowed):
    declare({**READ, "Action": "mediastore:ListItems", "Resource": CONTAINER + resource})
    folders = ["", "?Path=a", "?Path=/a/", "?Path=a//", "?Path=a/b", "?Path=none"]
    assert [folder for folder in folders if send(path=folder)[0] == 200] == allowed


@pytest.mark.parametrize(
    ("path", "status"), [("a/film.ts", 200), ("/a//film.ts", 200), ("b/film.ts", 403), ("A/film.ts", 403)]
)
def test_resource_of_an_object_is_its_path_without_redundant_slashes(media, film, send, declare, path, status):
    media.put_object(Path="b/film.ts", Body=b"film")
    declare({**READ, "Resource": f"{CONTAINER}/a/*"})
    assert send(path=path)[0] == status


# Condition keys.


def only_if(operator, key, value):
    return {**READ, "Condition": {operator: {key: value}}}


@pytest.mark.parametrize(
    ("condition", "headers", "status"),
    [
        (("Bool", "aws:SecureTransport", "true"), ANONYMOUS, 200),
        (("Bool", "aws:SecureTransport", "false"), ANONYMOUS, 403),
        (("IpAddress", "aws:SourceIp", "127.0.0.0/8"), ANONYMOUS, 200),
        (("IpAddress", "aws:SourceIp", "192.0.2.0/24"), ANONYMOUS, 403),
        (("StringLike", "aws:UserAgent", "player/*"), {"User-Agent": "player/1.0"}, 200),
        (("StringLike", "aws:UserAgent", "player/*"), {"User-Agent": "curl/8"}, 403),
        (("StringLike", "aws:UserAgent", "player/*"), ANONYMOUS, 403),
        (("StringEquals", "aws:Referer", "secret"), {"Referer": "secret"}, 200),
        (("StringEquals", "aws:Referer", "secret"), {"Referer": "other"}, 403),
        (("Null", "aws:Referer", "true"), ANONYMOUS, 200),
        (("Null", "aws:Referer", "true"), {"Referer": "secret"}, 403),
        (("StringEquals", "aws:RequestedRegion", "us-east-1"), ANONYMOUS, 200),
        (("StringEquals", "aws:RequestedRegion", "eu-west-1"), ANONYMOUS, 403),
        (("StringEquals", "aws:PrincipalType", "Anonymous"), ANONYMOUS, 200),
        (("StringEquals", "aws:PrincipalType", "Anonymous"), OF_OTHER, 403),
        (("StringEquals", "aws:PrincipalType", "Account"), OF_OTHER, 200),
        (("ArnEquals", "aws:PrincipalArn", OTHER), OF_OTHER, 200),
        (("Null", "aws:PrincipalArn", "true"), ANONYMOUS, 200),
        (("StringEquals", "aws:PrincipalAccount", "111122223333"), OF_OTHER, 200),
        (("StringEquals", "aws:userid", "111122223333"), OF_OTHER, 200),
        (("Null", "aws:userid", "true"), ANONYMOUS, 200),
        (("Null", "aws:username", "true"), OF_OTHER, 200),
        (("Bool", "aws:ViaAWSService", "false"), OF_OTHER, 200),
        (("Bool", "aws:PrincipalIsAWSService", "false"), OF_OTHER, 200),
        (("Null", "aws:PrincipalIsAWSService", "true"), ANONYMOUS, 200),
        (("Null", "aws:SourceArn", "true"), {"x-amz-source-arn": CONTAINER}, 200),
        (("Null", "aws:SourceAccount", "true"), {"x-amz-source-account": "123456789012"}, 200),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_condition_keys_of_a_request(film, send, declare, condition, headers, status):
    declare(only_if(*condition))
    assert send(headers)[0] == status


@pytest.mark.parametrize(
    ("condition", "status"),
    [
        (("DateGreaterThanEquals", "aws:CurrentTime", "2027-01-01T00:00:00Z"), 200),
        (("DateGreaterThan", "aws:CurrentTime", "2027-01-01T01:00:00Z"), 403),
        (("DateLessThan", "aws:CurrentTime", "2027-01-01T01:00:00Z"), 200),
        # 1798761600 is 2027-01-01T00:00:00Z.
        (("NumericGreaterThanEquals", "aws:EpochTime", "1798761600"), 200),
        (("NumericLessThan", "aws:EpochTime", "1798761600"), 403),
        (("NumericLessThan", "aws:EpochTime", "1798765200"), 200),
    ],
)
def test_time_of_a_request_is_that_of_the_clock(emulator, film, send, declare, condition, status):
    emulator.set_time("2027-01-01T00:00:00Z")
    declare(only_if(*condition))
    assert send()[0] == status


@pytest.mark.parametrize(
    ("key", "of_user", "of_role"),
    [
        (
            "aws:PrincipalArn",
            "arn:aws:iam::123456789012:user/staff/ann",
            "arn:aws:iam::123456789012:role/media/editor",
        ),
        ("aws:PrincipalType", "User", "AssumedRole"),
        ("aws:PrincipalAccount", "123456789012", "123456789012"),
        ("aws:PrincipalTag/team", "red", "blue"),
        ("aws:username", "ann", None),
    ],
)
def test_condition_keys_of_users_and_roles(film, send, declare, ann, editor, assume, key, of_user, of_role):
    night = assume(editor)
    for who, value in ((ann, of_user), (night, of_role)):
        declare(only_if("StringEquals", key, value) if value else only_if("Null", key, "true"))
        assert send(who)[0] == 200
    declare(only_if("StringEquals", key, "other"))
    assert [send(ann)[0], send(night)[0]] == [403, 403]


def test_userid_is_the_id_that_iam_knows(film, send, declare, iam, ann, editor, assume):
    user_id = iam.get_user(UserName="ann")["User"]["UserId"]
    role_id = iam.get_role(RoleName="editor")["Role"]["RoleId"]
    night = assume(editor)
    declare(only_if("StringEquals", "aws:userid", user_id))
    assert [send(ann)[0], send(night)[0]] == [200, 403]
    declare(only_if("StringEquals", "aws:userid", f"{role_id}:night"))
    assert [send(ann)[0], send(night)[0]] == [403, 200]


# Settings.


def test_access_can_be_switched_off(emulator, film, send, declare):
    declare(DENY)
    emulator.configure(access=False)
    assert send()[0] == send(method="PUT")[0] == 200
    emulator.configure(access=True)
    assert send()[0] == 403


def test_secure_transport_can_be_switched_off(emulator, film, send, declare):
    declare(only_if("Bool", "aws:SecureTransport", "true"))
    emulator.configure(secure_transport=False)
    assert send()[0] == 403
    declare(only_if("Bool", "aws:SecureTransport", "false"))
    assert send()[0] == 200


# Order, form and record of a refusal.


def test_faults_come_before_access(emulator, film, send, declare):
    declare(DENY)
    emulator.faults({"operation": "GetObject", "kind": "throttled"})
    assert send()[1] == "ThrottlingException"
    assert send()[1] == "AccessDenied"


def test_missing_container_comes_before_access(http, emulator):
    status, headers, _body = http("GET", f"{emulator.url}/mediastore_us-east-1/none/a")
    assert (status, headers["x-amzn-ErrorType"]) == (404, "ContainerNotFoundException")


@pytest.mark.parametrize("method", ["GET", "HEAD", "DELETE"])
def test_refusal_does_not_tell_whether_the_object_exists(film, send, declare, method):
    declare({**DENY, "Action": "mediastore:*"})
    there, missing = send(method=method), send(path="a/none.ts", method=method)
    assert there[:2] == missing[:2] == (403, "AccessDenied")
    if method != "HEAD":
        assert there[2].replace("film.ts", "none.ts") == missing[2]


def test_a_client_with_access_learns_that_an_object_is_missing(film, send, declare):
    declare(READ)
    assert send(path="a/none.ts")[:2] == (404, "ObjectNotFoundException")


def test_refused_change_changes_nothing(film, send, declare, http, movies):
    declare(READ)
    assert send(method="PUT")[0] == send(method="DELETE")[0] == 403
    assert http("GET", f"{movies['Endpoint']}/{film}")[2] == b"film"


def test_head_has_the_code_in_its_header(film, send, declare):
    declare(DENY, READ)
    assert send(method="HEAD") == (403, "AccessDenied", None)


def test_refusal_has_the_headers_of_the_cors_policy(client, http, movies, film, declare):
    declare(DENY)
    rule = {"AllowedOrigins": ["https://a.example"], "AllowedHeaders": [], "AllowedMethods": ["GET"]}
    client.put_cors_policy(ContainerName="movies", CorsPolicy=[rule])
    status, headers, _body = http("GET", f"{movies['Endpoint']}/{film}", headers={"Origin": "https://a.example"})
    assert (status, headers["Access-Control-Allow-Origin"]) == (403, "https://a.example")
    preflight = {"Origin": "https://a.example", "Access-Control-Request-Method": "GET"}
    assert http("OPTIONS", f"{movies['Endpoint']}/{film}", headers=preflight)[0] == 200


def test_record_contains_the_refused_request(emulator, film, send, declare, recorded):
    declare(READ)
    emulator.clear_requests()
    send(OF_OTHER, method="PUT")
    entry = {
        "operation": "PutObject",
        "service": "mediastore-data",
        "parameters": {"Path": "a/film.ts", "ContentLength": 1},
        "mutating": True,
        "container": "movies",
        "region": "us-east-1",
        "account": "123456789012",
        "status": 403,
        "error": "AccessDenied",
    }
    assert recorded(entry) == [entry]


def test_statement_without_sid_is_named_by_its_number(film, send, declare):
    declare({key: value for key, value in DENY.items() if key != "Sid"})
    assert send()[2].endswith("because statement 1 of the container policy denies it.")


@pytest.mark.parametrize(
    ("origin", "headers"),
    [("https://player.example", ["https://player.example"]), ("https://other.example", [])],
)
def test_a_refusal_has_the_headers_of_cors(client, http, movies, film, declare, origin, headers):
    declare(DENY)
    rule = {"AllowedOrigins": ["https://player.example"], "AllowedMethods": ["GET"], "AllowedHeaders": []}
    client.put_cors_policy(ContainerName="movies", CorsPolicy=[rule])
    status, answered, _body = http("GET", f"{movies['Endpoint']}/{film}", None, {"Origin": origin})
    assert status == 403
    assert [value for name, value in answered.items() if name == "Access-Control-Allow-Origin"] == headers


def test_a_preflight_is_not_refused_by_the_policy(client, http, movies, film, declare):
    declare(DENY)
    rule = {"AllowedOrigins": ["*"], "AllowedMethods": ["GET"], "AllowedHeaders": []}
    client.put_cors_policy(ContainerName="movies", CorsPolicy=[rule])
    headers = {"Origin": "https://player.example", "Access-Control-Request-Method": "GET"}
    assert http("OPTIONS", f"{movies['Endpoint']}/{film}", None, headers)[0] == 200
