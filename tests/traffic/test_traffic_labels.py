"""The truth under other names and in other words: it is found, and never becomes a feature."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest
from simple_flows import ATTACKS, FLOWS, Cell, Row, binary, joined, same, text

from sim.errors import TrafficError
from sim.traffic.files import FlowTable, make_knobs, read_flows

LABELS = [
    "status",
    "marker",
    "decision",
    "annotation",
    "bad",
    "isBad",
    "threat",
    "suspicious",
    "event",
    "target_class",
    "TRUE_LABEL",
    "Anomaly",
    "outcome",
    "is_intrusion",
    "foo",
]


@pytest.mark.parametrize("name", LABELS)
def test_a_label_under_any_name_in_the_last_column_counts(
    write, plain: FlowTable, name: str
) -> None:
    found = read_flows(write(text(label=name)))
    same(found, plain)
    assert any(f"labels taken from {name}" in note for note in found.notes)


@pytest.mark.parametrize("name", ["is_benign", "normal", "is_normal", "legit"])
def test_yes_means_what_the_column_is_called(write, plain: FlowTable, name: str) -> None:
    found = read_flows(write(text({name: lambda r: 1 - int(bool(r["truth"]))}, label="")))
    same(found, plain)
    assert any("yes is read as benign" in note for note in found.notes)


def by_class(row: Row) -> object:
    return {"": 0, "DoS": 3, "XSS": 2}[str(row["truth"])]


def score(row: Row) -> object:
    return round((0.7 if row["truth"] else 0.1) + float(str(row["duration"])) % 0.2, 4)


FURTHER: dict[str, Cell] = {
    "risk": score,
    "score": score,
    "probability": score,
    "y_pred": lambda r: int(bool(r["truth"])) if r["pkts"] != 7 else 1,
    "vlan": lambda r: 3 if r["truth"] else int(str(r["pkts"])) % 2,
    "severity": by_class,
    "technique": by_class,
    "mitre_tactic": lambda r: r["truth"] or "none",
    "attack_start": lambda r: 1_500_000_000 + int(str(r["pkts"])) if r["truth"] else "",
}


@pytest.mark.parametrize("name", FURTHER)
def test_what_follows_from_the_truth_is_no_feature(write, plain: FlowTable, name: str) -> None:
    found = read_flows(write(text({name: FURTHER[name]})))
    assert found.features == plain.features, found.notes
    assert name in "".join(found.notes)


def test_a_second_label_may_err(write, plain: FlowTable) -> None:
    """Published labels differ in a few rows: with a name that nobody measures, it is a label."""
    noisy: Cell = lambda r: int(bool(r["truth"])) ^ (r["src_bytes"] == FLOWS[9]["src_bytes"])  # noqa: E731
    found = read_flows(write(text({"second": noisy})))
    assert found.features == plain.features, found.notes
    assert "second" in "".join(found.notes)


def test_what_one_attack_has_for_itself_is_still_measured(write) -> None:
    """A window size that only one class has is no label: the label column is no second truth."""
    cells: dict[str, Cell] = {
        "class": lambda r: r["truth"] or "Normal",
        "win_size": lambda r: 29_200 if r["truth"] == "DoS" else int(str(r["pkts"])) % 9,
    }
    found = read_flows(write(text(cells, label="")))
    assert "win_size" in found.features, found.notes


def test_a_label_as_columns_of_0_and_1_is_left_out_however_rare(write) -> None:
    """`land` may be 1 for the attack `land` only; several such columns are a label."""
    rare = {row["src_bytes"] for row in FLOWS if row["truth"]}
    worm = sorted(map(int, map(str, rare)))[:3]

    def named(row: Row) -> str:
        return "Worm" if row["src_bytes"] in worm else str(row["truth"] or "Normal")

    dummies: dict[str, Cell] = {
        f"y_{name}": lambda r, name=name: int(named(r) == name)  # type: ignore[misc]
        for name in ("DoS", "XSS", "Worm")
    }
    found = read_flows(write(text({**dummies, "class": named}, label="")))
    assert not [f for f in found.features if f.startswith("y_")], found.notes


@pytest.mark.parametrize(
    ("benign", "others"),
    [("Legit", "AB"), ("normal", ("ataque", "robo")), ("正常", ("攻击", "扫描"))],
)
def test_a_text_that_says_benign_is_the_label_where_there_is_none(
    write, benign: str, others: tuple[str, str]
) -> None:
    """And a column of true and false that goes with it is no feature."""
    cells: dict[str, Cell] = {
        "kind": lambda r: others[r["truth"] == "XSS"] if r["truth"] else benign,
        "hit": lambda r: bool(r["truth"]),
        "pkts": lambda r: r["pkts"],
    }
    found = read_flows(write(text(cells, label="")))
    assert int((found.labels > 0).sum()) == ATTACKS, found.notes
    assert not {f.split("=")[0] for f in found.features} & {"kind", "hit"}
    assert any("labels taken from kind" in note for note in found.notes)


@pytest.mark.parametrize("name", ["is_fraud", "alert", "hostile", "compromised"])
def test_a_name_that_accuses_is_named_or_left_out(write, name: str) -> None:
    """Even where it is neither last nor beside a label."""
    names = {name: binary, "pkts": lambda r: r["pkts"]}
    lines = [",".join(reversed(line.split(","))) for line in text(names, label="").splitlines()]
    found = read_flows(write(joined(*lines)))
    assert name in "".join(found.notes)
    assert name not in found.features


@pytest.mark.parametrize("word", ["Needs Label", "Not labeled yet", "to be labelled manually"])
def test_a_placeholder_in_other_words(write, word: str) -> None:
    found = read_flows(write(text({"Label": lambda r: word}, label="")))
    assert not found.labelled


@pytest.mark.parametrize("flag", ["attack_a", "label", "anomaly"])
@pytest.mark.parametrize("kind", ["attack_t", "AttackName", "malware_label"])
def test_a_column_that_names_the_attacks_names_the_classes(write, flag: str, kind: str) -> None:
    """As in LITNET-2020: benign rows have no name, and the flag may come before or after."""
    named = {kind: lambda row: row["truth"] or "none", flag: binary}
    for columns in (named, dict(reversed(named.items()))):
        found = read_flows(write(text(columns, label="")))
        assert found.classes == ("benign", "DoS", "XSS")
        assert int((found.labels > 0).sum()) == ATTACKS
        assert kind not in "".join(found.features)


def test_what_only_grades_an_attack_names_no_class(write) -> None:
    found = read_flows(
        write(text({"attack_severity": lambda row: "high" if row["truth"] else "no"}))
    )
    assert found.classes == ("benign", "attack")


def test_the_attack_column_of_bot_iot_decides_and_the_category_names(write) -> None:
    found = read_flows(
        write(text({"attack": binary, "category": lambda r: r["truth"] or "Normal"}, label=""))
    )
    assert found.classes == ("benign", "DoS", "XSS")


@pytest.mark.parametrize(
    "word",
    [
        "Natural",
        "nominal",
        "regular",
        "uninfected",
        "No_Events",
        "non_attack",
        "Non-Tor",
        "正常",
        "légitime",
        "normale",
    ],
)
def test_more_words_for_benign(write, word: str) -> None:
    benign = word.replace("_E", " E")
    found = read_flows(write(text({"label": lambda r: r["truth"] or benign})))
    assert found.classes == ("benign", "DoS", "XSS")


@pytest.mark.parametrize("word", ["?", "unk", "None", "-", "Label", "default", "pending", ""])
def test_a_placeholder_alone_is_no_label(write, word: str) -> None:
    found = read_flows(write(text({"Label": lambda r: word}, label="")))
    assert not found.labelled
    assert any("truth unknown" in note for note in found.notes)


KITSUNE = joined(
    *(",".join(f"{Random(at * 200 + i).random():.4f}" for i in range(115)) for at in range(40))
)
TOLD = {
    "plain": joined(*("01"[at % 4 == 0] for at in range(40))),
    "numbered": joined('"","x"', *(f'"{at}",{"01"[at % 4 == 0]}' for at in range(40))),
    "words": joined("label", *(("benign", "attack")[at % 4 == 0] for at in range(40))),
}


@pytest.mark.parametrize("name", TOLD)
def test_labels_in_a_file_of_their_own(write, name: str) -> None:
    path = write(KITSUNE)
    (path.parent / "told.csv").write_text(TOLD[name])
    found = read_flows(path, knobs=make_knobs(labels="told.csv"))
    assert found.format == "kitsune"
    assert len(found.features) == 115
    assert np.bincount(found.labels).tolist() == [30, 10]
    assert not any("unlabelled" in note for note in found.notes)
    first = read_flows(path, knobs=make_knobs(labels="told.csv"), max_rows=20)
    assert np.bincount(first.labels).tolist() == [15, 5]


def test_labels_that_do_not_fit_are_refused(write) -> None:
    path = write(KITSUNE)
    (path.parent / "told.csv").write_text(joined(*TOLD["plain"].splitlines()[:-2]))
    for labels, why in (("told.csv", "38 labels for 40 rows"), ("nothing.csv", "no file")):
        with pytest.raises(TrafficError, match=why):
            read_flows(path, knobs=make_knobs(labels=labels))
    with pytest.raises(TrafficError, match="has labels: label"):
        read_flows(write(text()), knobs=make_knobs(labels="told.csv"))


def test_without_a_label_what_has_no_name_of_a_measurement_is_named(write) -> None:
    columns: dict[str, Cell] = {
        "assessment": lambda row: 91.25 if row["truth"] else 4.5 + int(str(row["pkts"])) % 7 / 8,
        "case": lambda row: int(str(row["src_bytes"])) * 7 + 4,
    }
    (note,) = _silent(read_flows(write(text(columns, label=""))))
    assert "assessment, case (" in note and "pkts" not in note
    assert _silent(read_flows(write(text(columns)))) == []
    assert _silent(read_flows(write(text(label="")))) == []


def _silent(found: FlowTable) -> list[str]:
    return [note for note in found.notes if "without a certain label" in note]


def test_a_verdict_of_another_detector_is_no_feature_and_names_no_class(write) -> None:
    detectors: dict[str, Cell] = {
        f"{name} detection": lambda r, n=name: (
            f"{n}(1)" if r["truth"] and int(str(r["pkts"])) % 3 else "0"
        )
        for name in ("IDS", "Malware", "Ashula")
    }
    found = read_flows(write(text(detectors, label="Label")))
    assert not any("detection" in feature for feature in found.features)
    assert found.classes == ("benign", "attack")


def test_a_second_label_of_the_same_name_is_no_feature(write) -> None:
    lines = text(
        {"Label": lambda r: "Tor" if r["truth"] else "Non-Tor"}, label="twice"
    ).splitlines()
    head = lines[0].replace("twice", "Label")
    kinds = ("AUDIO", "Chat", "VOIP")
    rows = [row[:-1] + kinds[at % 3] for at, row in enumerate(lines[1:])]
    found = read_flows(write(joined(head, *rows)))
    assert not any("Label" in feature for feature in found.features)
    assert (found.labels > 0).sum() == ATTACKS


def test_numbers_for_kinds_of_attacks_in_the_last_column_are_labels(
    write, plain: FlowTable
) -> None:
    found = read_flows(write(text(label="", columns={"result": by_class})))
    assert found.features == plain.features
    assert ((found.labels > 0) == (plain.labels > 0)).all()


def test_what_is_not_labelled_as_a_number_is_unknown(write) -> None:
    found = read_flows(write(text({"ATT_FLAG": lambda r: 1 if r["truth"] else -999}, label="")))
    assert not any("ATT" in feature for feature in found.features)
    assert (int((found.labels == 1).sum()), found.labelled) == (ATTACKS, True)
    assert set(found.labels.tolist()) == {-1, 1}


@pytest.mark.parametrize(
    ("name", "cell"),
    [
        ("Packet_num", lambda row: FLOWS.index(row) + 1),
        ("nbDetectors", lambda row: FLOWS.index(row) % 5 + bool(row["truth"])),
        ("prt_src", lambda row: FLOWS.index(row) * 7 % 997 + 1024),
        ("uint16 SRC_PORT", lambda row: FLOWS.index(row) * 7 % 997 + 1024),
        ("jsonPayload.connection.src_port", lambda row: FLOWS.index(row) * 7 % 997 + 1024),
    ],
)
def test_what_counts_or_names_a_source_under_a_measured_name_is_no_feature(
    write, plain: FlowTable, name: str, cell: Cell
) -> None:
    same(read_flows(write(text({name: cell}))), plain)


def test_when_an_attack_began_names_no_class(write, plain: FlowTable) -> None:
    same(read_flows(write(text({"attack_start": lambda r: 1.6e9 if r["truth"] else ""}))), plain)


def test_hexadecimal_without_its_mark_is_a_name(write, plain: FlowTable) -> None:
    same(read_flows(write(text({"key": lambda row: f"{FLOWS.index(row) + 5:08x}"}))), plain)


@pytest.mark.parametrize(
    ("benign", "attack"), [("Clean traffic", "DoS"), ("00", "01"), ("class 0", "class 1")]
)
def test_what_only_says_that_it_is_a_label_is_not_listened_to(
    write, benign: str, attack: str
) -> None:
    found = read_flows(write(text({"label": lambda r: attack if r["truth"] else benign})))
    assert ((found.labels > 0).sum(), found.warnings) == (ATTACKS, ())
