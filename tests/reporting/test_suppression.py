"""Which groups may be told, and what has to be hidden with those that may not."""

from hypothesis import given
from hypothesis import strategies as st

from messaging.reporting.suppression import Group, hidden_lines, hidden_rows, together


def group(relations: int, territories: int = 9, projects: int = 9, at: int = 0) -> Group:
    ids = [frozenset(range(at, at + count)) for count in (min(relations, territories), min(relations, projects))]
    return Group(relations, *ids)


GROUPS = st.builds(
    group, st.integers(0, 12), st.integers(1, 9), st.integers(1, 9), st.integers(0, 90).map(lambda n: n * 10)
)


def test_what_a_group_needs() -> None:
    assert group(5).is_safe
    assert group(0).is_safe, "that there is none may be told"
    assert not group(4).is_safe
    assert not group(50, territories=2).is_safe
    assert not group(50, projects=2).is_safe
    assert (group(3, 1, 1) | group(3, 1, 1, at=10) | group(3, 1, 1, at=20)).is_safe, "three parties between them"
    assert not (group(3, 1, 1) | group(3, 1, 1)).is_safe, "the same party twice"


def test_a_small_row_takes_another_with_it() -> None:
    assert hidden_rows({"a": group(3), "b": group(8), "c": group(40)}) == {"a", "b"}
    assert hidden_rows({"a": group(3), "b": group(4), "c": group(40)}) == {"a", "b"}
    assert hidden_rows({"a": group(1, at=0), "b": group(2), "c": group(40), "d": group(9)}) == {"a", "b", "d"}
    assert hidden_rows({"a": group(8), "b": group(40)}) == set()
    assert hidden_rows({"a": group(3), "b": group(8)}, complement=False) == {"a"}


def test_lines_are_told_whole_or_not_at_all() -> None:
    lines = {
        "a": {"yes": group(2), "no": group(30)},
        "b": {"yes": group(20), "no": group(20)},
        "c": {"yes": group(9), "no": group(9)},
    }
    assert hidden_lines(lines) == {"a", "c"}
    assert hidden_lines(lines, complement=False) == {"a"}


@given(st.dictionaries(st.integers(0, 20), GROUPS, max_size=8))
def test_what_is_told_only_together_may_be_told(rows: dict[int, Group]) -> None:
    hidden = hidden_rows(rows)
    assert all(rows[key].is_safe for key in rows.keys() - hidden)
    rest = together(rows[key] for key in hidden)
    assert not hidden or hidden == rows.keys() or (len(hidden) > 1 and rest.is_safe)


@given(
    st.dictionaries(st.integers(0, 9), st.fixed_dictionaries(dict.fromkeys(("yes", "no", "later"), GROUPS)), max_size=6)
)
def test_every_column_of_the_hidden_lines_may_be_told(lines: dict[int, dict[str, Group]]) -> None:
    hidden = hidden_lines(lines)
    told = lines.keys() - hidden
    assert all(each.is_safe for key in told for each in lines[key].values())
    if hidden and hidden != lines.keys():
        assert len(hidden) > 1
        assert all(together(lines[key][name] for key in hidden).is_safe for name in ("yes", "no", "later"))
