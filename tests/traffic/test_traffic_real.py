"""The real files: shape, truth, no leak of the label, and the published detection quality."""

from __future__ import annotations

import time

import numpy as np
import pytest

from sim.traffic.files import read_flows

FILES = {
    "nslkdd_train_normal.csv.gz": ("nsl-kdd", 8000, 0.0),
    "nslkdd_stream_5pct.csv.gz": ("nsl-kdd", 10000, 5.0),
    "nslkdd_test_known.csv.gz": ("nsl-kdd", 4000, 48.4),
    "unsw_natural.csv.gz": ("unsw-nb15", 10000, 56.0),
    "cicids2017.csv.gz": ("cic-ids2017", 6106, 17.4),
    "nf_cse18.csv.gz": ("netflow-v2", 30000, 12.6),
    "zeek_008_conn.log.labeled.gz": ("zeek-tsv", 5663, 74.2),
    "zeek_010_conn.log.labeled.gz": ("zeek-tsv", 5347, 63.1),
    "zeek_002_nmap_json_conn.log.gz": ("zeek-json", 4504, None),
    "adbench_smtp_30k.csv.gz": ("csv", 30000, 0.1),
}


@pytest.mark.parametrize("name", list(FILES))
def test_real_file(test_data, name):
    format_, rows, share = FILES[name]
    table = read_flows(test_data / name)
    assert table.format == format_
    assert len(table.flows) == rows
    assert np.isfinite(table.flows).all()
    assert table.labelled is (share is not None)
    if share is None:
        return
    attack = table.labels > 0
    assert 100 * attack.mean() == pytest.approx(share, abs=0.06)
    if attack.any():
        for at, feature in enumerate(table.features):
            found = abs(np.corrcoef(table.flows[:, at], attack)[0, 1])
            assert found < 0.98, f"{feature} gives the label away"


def test_netflow_is_read_quickly_and_dealt_by_host(test_data):
    read_flows(test_data / "nf_cse18.csv.gz", max_rows=10)  # imports pandas
    start = time.process_time()
    table = read_flows(test_data / "nf_cse18.csv.gz", deal_column="host")
    assert time.process_time() - start < 1.5
    assert sum(g.startswith("172.31.") for g in table.groups) > 0.99 * len(table.groups)


def test_central_isolation_forest_finds_the_attacks(test_data):
    from sklearn.ensemble import IsolationForest
    from sklearn.metrics import roc_auc_score

    table = read_flows(test_data / "nslkdd_test_known.csv.gz")
    normal = table.flows[table.labels == 0]
    forest = IsolationForest(n_estimators=100, random_state=0).fit(normal[:1000])
    assert roc_auc_score(table.labels > 0, -forest.score_samples(table.flows)) > 0.88
