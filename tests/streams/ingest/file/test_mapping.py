"""Guessing what columns mean, and saying so when it can't be guessed."""

from __future__ import annotations

from pathlib import Path

import pytest

from schemas.errors import Rejected
from streams.ingest.file.mapping import Mapping, clean, load, number, resolve
from streams.ingest.file.timestamp import stamp_for


def test_times_numbers_and_labels_are_told_apart() -> None:
    header = ["datetime", "Temp (C)", "state", "label", "is_anomaly", "empty"]
    sample = [
        ["2020-03-09 10:14:33", "1.5", "on", "0", "1", ""],
        ["2020-03-09 10:14:34", "", "off", "0", "0", ""],
    ]
    columns = resolve(Mapping(), header, sample)
    assert (columns.time, columns.device, columns.metrics) == ((0,), None, {"Temp_C": 1})


def test_date_and_time_in_two_columns() -> None:
    columns = resolve(Mapping(), ["date", "time", "v"], [["25-Apr-19", " 19:19:40 ", "9"]])
    assert (columns.time, columns.metrics) == ((0, 1), {"v": 2})
    assert columns.stamp.parse("25-Apr-19 19:19:40").isoformat() == "2019-04-25T19:19:40+00:00"


def test_a_number_is_a_time_only_where_its_name_says_so() -> None:
    columns = resolve(Mapping(), ["bytes", "ts"], [["1545403816", "1545403816.9"]])
    assert (columns.time, columns.metrics) == ((1,), {"bytes": 0})


def test_flags_decide() -> None:
    mapping = Mapping(time=("b",), device="who", metrics=("n",), label=("x",))
    columns = resolve(mapping, ["a", "b", "who", "n", "x"], [["2020-01-01", "2021-01-01", "d", "1", "2"]])
    assert (columns.time, columns.device, columns.metrics) == ((1,), 2, {"n": 3})


@pytest.mark.parametrize(
    ("mapping", "field"),
    [
        (Mapping(time=("nope",)), "--time"),
        (Mapping(time=("v",), time_format="%Y"), "--time"),
        (Mapping(metrics=("nope",)), "--metrics"),
        (Mapping(label=("nope",)), "--label"),
        (Mapping(label=("v",)), "--metrics"),
    ],
)
def test_what_is_not_there_is_named(mapping: Mapping, field: str) -> None:
    with pytest.raises(Rejected) as caught:
        resolve(mapping, ["t", "v"], [["2020-01-01T00:00:00Z", "1.5"]])
    assert caught.value.field == field


def test_no_time_at_all_lists_the_columns() -> None:
    with pytest.raises(Rejected, match="name one of: a, b"):
        resolve(Mapping(), ["a", "b"], [["1", "2"]])


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("2026-01-31T12:00:00+02:00", "iso"),
        ("2026-01-31 12:00:00", "iso"),
        ("1545403816.962094", "epoch_s"),
        ("1545403816962", "epoch_ms"),
        ("31/01/2026 12:00", "%d/%m/%Y %H:%M"),
        ("01/31/2026 12:00", "%m/%d/%Y %H:%M"),
        ("Thu Jun 14 15:16:01 2005", "%a %b %d %H:%M:%S %Y"),
    ],
)
def test_forms_of_times(text: str, form: str) -> None:
    stamp = stamp_for([text] * 3 + ["broken"])
    assert stamp is not None
    assert stamp.form == form


def test_missing_values_and_names() -> None:
    assert [number(text) for text in ("", "-", "NaN", " 1.5 ")] == [None, None, None, 1.5]
    with pytest.raises(ValueError, match="high"):
        number("high")
    assert (clean(" Volume Flow (l/min) "), clean("__"), clean("é" * 3)) == (
        "Volume_Flow_l_min",
        "unnamed",
        "unnamed",
    )


def test_a_mapping_file_says_what_is_wrong_in_it(tmp_path: Path) -> None:
    file = tmp_path / "mapping.yaml"
    file.write_text("time: [date, time]\ntenant: acme\n")
    assert load(file) == Mapping(time=("date", "time"), tenant="acme")
    file.write_text("tenannt: acme\n")
    with pytest.raises(Rejected, match="tenannt"):
        load(file)
    with pytest.raises(Rejected, match="No such file"):
        load(tmp_path / "none.yaml")
