"""Whether stated confidence is honest: bands, their intervals, and the error over them."""

from dataclasses import replace

import pytest

from radar_pipeline.evals.reliability import Judged, reliability, wilson


def test_honest_confidence_has_a_small_error_and_boasting_a_large_one() -> None:
    honest = [Judged("local", "", 0.75, n % 4 > 0) for n in range(40)]
    boast = [replace(row, confidence=0.95) for row in honest]
    assert reliability(honest).error == pytest.approx(0.0)
    assert reliability(boast).error == pytest.approx(0.2)
    [band] = reliability(honest).bands
    assert (band.above, band.up_to, band.n, band.agreed) == (0.7, 0.8, 40, 0.75)
    assert band.low < 0.75 < band.high


def test_under_thirty_assessments_no_error_is_told() -> None:
    rows = [Judged("local", "", 0.75, True)] * 29
    assert reliability(rows).error is None and reliability([*rows, rows[0]]).error is not None
    assert reliability([]).bands == ()


def test_every_confidence_falls_into_one_band() -> None:
    rows = [Judged("local", "", n / 20, True) for n in range(21)]
    assert sum(band.n for band in reliability(rows).bands) == 21


def test_wilson_intervals_are_those_of_the_textbook() -> None:
    assert wilson(8, 10) == pytest.approx((0.4902, 0.9433), abs=1e-4)
    assert wilson(0, 10) == pytest.approx((0.0, 0.2775), abs=1e-4)
    assert wilson(0, 0) == (0.0, 1.0)
