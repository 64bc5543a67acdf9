"""XML says what moto's own would say."""

from __future__ import annotations

import sys
import xml.etree.ElementTree as ET
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from moto.core.serialize import QuerySerializer, SerializationContext
from moto.core.utils import get_service_model

from embedded_aws import markup

NAMES = st.from_regex(r"[A-Za-z][A-Za-z0-9]{0,5}", fullmatch=True)
# What XML can hold at all.
TEXTS = st.text(st.characters(codec="utf-8", min_codepoint=0x20, exclude_characters="\ufffe\uffff"))
LEAVES = st.one_of(TEXTS, st.none(), st.booleans(), st.integers())


def elements(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    attributes = st.dictionaries(NAMES.map(lambda name: f"@{name}"), TEXTS, max_size=1)
    held = st.dictionaries(NAMES, st.one_of(inner, st.lists(inner, max_size=3)), max_size=3)
    return st.builds(lambda first, others: first | others, attributes, held)


TREES = st.recursive(LEAVES, elements, max_leaves=12)


def of_moto(document: dict[str, Any]) -> str:
    operation = get_service_model("autoscaling").operation_model("DescribeAutoScalingGroups")
    return str(QuerySerializer(operation, context=SerializationContext("id"))._serialize_body(document))


def shape(element: ET.Element) -> Any:
    return element.tag, element.text or "", element.attrib, [shape(each) for each in element]


@given(tree=TREES)
def test_the_xml_says_what_motos_says(tree: Any) -> None:
    document = {"Response": tree}
    written = markup.write(document), of_moto(document)
    ours, theirs = (shape(ET.fromstring(text)) for text in written)  # noqa: S314 - it is our own
    assert ours == theirs


def test_a_name_is_not_looked_at_letter_by_letter() -> None:
    """What made it slow; the work is counted in calls of Python functions."""
    document = {"Response": {"Member": [{"Id": f"i-{number}", "State": "InService"} for number in range(50)]}}

    def calls(write: Any) -> int:
        count = 0

        def note(_: Any, event: str, __: Any) -> None:
            nonlocal count
            count += event == "call"

        before = sys.getprofile()
        sys.setprofile(note)
        write(document)
        sys.setprofile(before)
        return count

    assert calls(markup.write) * 3 < calls(of_moto)
