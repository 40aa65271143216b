# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rewritings of IAM policy documents after which they mean the same, and are equal."""

from __future__ import annotations

import copy
import json

ID, OTHER_ID = "111122223333", "444455556666"
SET_ELEMENTS = ["Action", "NotAction", "Resource", "NotResource"]

# The rewritings that section "what counts as equal" lists. Each changes, in place, what the random number generator
# picks, and may return the text of the document instead.


def statements_of(document):
    found = document["Statement"]
    return found if isinstance(found, list) else [found]


def value_places(document):
    """Yield (owner, key, place) of all values that can be one value or a list; place is the element or operator."""
    for found in statements_of(document):
        yield from ((found, name, name) for name in SET_ELEMENTS if name in found)
        for name in ("Principal", "NotPrincipal"):
            if isinstance(found.get(name), dict):
                yield from ((found[name], kind, name) for kind in found[name])
        for operator, keys in found.get("Condition", {}).items():
            yield from ((keys, key, operator) for key in keys)


def map_values(document, change):
    """Replace each single value with the result of change(value, place, statement)."""
    for found in statements_of(document):
        for owner, key, place in value_places({"Statement": found}):
            values = owner[key]
            if isinstance(values, list):
                owner[key] = [change(value, (place, key), found) for value in values]
            else:
                owner[key] = change(values, (place, key), found)


def is_condition(place):
    return place[0] not in (*SET_ELEMENTS, "Principal", "NotPrincipal")


def rewrite_json_layout(document, rng):
    return json.dumps(document, indent=rng.choice([None, 0, 3]), ensure_ascii=rng.random() < 0.5)


def rewrite_json_key_order(document, rng):
    def shuffled(value):
        if isinstance(value, dict):
            return {key: shuffled(value[key]) for key in rng.sample(list(value), len(value))}
        return [shuffled(item) for item in value] if isinstance(value, list) else value

    return json.dumps(shuffled(document))


def rewrite_json_escapes(document, rng):
    return "".join(
        rf"\u{ord(character):04x}" if character.isalpha() and quoted and rng.random() < 0.3 else character
        for quoted, part in enumerate_quoted(json.dumps(document, ensure_ascii=False))
        for character in part
    )


def enumerate_quoted(document_text):
    r"""Yield (whether it is quoted, part) for the parts of JSON; a string with a \ is yielded as not quoted."""
    for number, part in enumerate(document_text.split('"')):
        yield number % 2 == 1 and "\\" not in part, part if number == 0 else f'"{part}'


def rewrite_statement_or_list(document, rng):
    found = document["Statement"]
    if isinstance(found, dict):
        document["Statement"] = [found]
    elif len(found) == 1:
        document["Statement"] = found[0]


def rewrite_statement_order(document, rng):
    if isinstance(document["Statement"], list):
        rng.shuffle(document["Statement"])


def rewrite_string_or_list(document, rng):
    for owner, key, _place in value_places(document):
        value = owner[key]
        if isinstance(value, str) and rng.random() < 0.7:
            owner[key] = [value]
        elif isinstance(value, list) and len(value) == 1 and isinstance(value[0], str) and rng.random() < 0.7:
            owner[key] = value[0]


def rewrite_list_order(document, rng):
    for owner, key, _place in value_places(document):
        if isinstance(owner[key], list):
            rng.shuffle(owner[key])


def rewrite_duplicates(document, rng):
    for owner, key, _place in value_places(document):
        if isinstance(owner[key], list):
            owner[key] += [value for value in owner[key] if rng.random() < 0.5]


def other_case(value, rng):
    return "".join(
        character.swapcase() if character.isascii() and rng.random() < 0.5 else character for character in value
    )


def rewrite_action_case(document, rng):
    def change(value, place, found):
        return other_case(value, rng) if place[0] in ("Action", "NotAction") and isinstance(value, str) else value

    map_values(document, change)


def rewrite_condition_key_case(document, rng):
    for found in statements_of(document):
        for operator, keys in found.get("Condition", {}).items():
            found["Condition"][operator] = {other_case(key, rng): value for key, value in keys.items()}


def rewrite_anyone(document, rng):
    spellings = ["*", {"AWS": "*"}, {"AWS": ["*"]}]
    for found in statements_of(document):
        if found["Effect"] == "Allow" and found.get("Principal") in spellings:
            found["Principal"] = rng.choice(spellings)


def rewrite_account_or_root(document, rng):
    def change(value, place, found):
        told = {part for part in ("aws", "aws-cn") if f'"arn:{part}:' in json.dumps(resources_of(found))} or {"aws"}
        if place[0] not in ("Principal", "NotPrincipal") or place[1] != "AWS" or len(told) > 1 or rng.random() < 0.3:
            return value
        spellings = {name: f"arn:{next(iter(told))}:iam::{name}:root" for name in (ID, OTHER_ID)}
        both = {**spellings, **{root: name for name, root in spellings.items()}}
        return both.get(value, value) if isinstance(value, str) else value

    map_values(document, change)


def resources_of(found):
    return [found.get("Resource"), found.get("NotResource")]


def rewrite_numbers(document, rng):
    spellings = [(True, "true"), (False, "false"), (0, "0"), (1, "1"), (5, "5"), (-3, "-3"), (1.0, "1.0"), (1.5, "1.5")]

    def change(value, place, found):
        if not is_condition(place) or rng.random() < 0.3:
            return value
        for number, string in spellings:
            if type(value) is type(number) and value == number:
                return string
            if value == string:
                return number
        return value

    map_values(document, change)


def rewrite_addresses(document, rng):
    spellings = {"192.0.2.1": "192.0.2.1/32", "192.0.2.1/32": "192.0.2.1", "2001:db8::1": "2001:db8::1/128"}

    def change(value, place, found):
        applies = is_condition(place) and "IpAddress" in place[0] and isinstance(value, str) and rng.random() < 0.7
        return spellings.get(value, value) if applies else value

    map_values(document, change)


def rewrite_version(document, rng):
    if document.get("Version") == "2008-10-17":
        del document["Version"]
    else:
        document.setdefault("Version", "2008-10-17")


REWRITINGS = [
    rewrite_json_layout,
    rewrite_json_key_order,
    rewrite_json_escapes,
    rewrite_statement_or_list,
    rewrite_statement_order,
    rewrite_string_or_list,
    rewrite_list_order,
    rewrite_duplicates,
    rewrite_action_case,
    rewrite_condition_key_case,
    rewrite_anyone,
    rewrite_account_or_root,
    rewrite_numbers,
    rewrite_addresses,
    rewrite_version,
]


def rewritten(rewriting, document, rng):
    changed = copy.deepcopy(document)
    result = rewriting(changed, rng)
    return changed if result is None else json.loads(result)
