"""What is said of how long a loop takes, by a clock that is set by hand."""

import pytest

from radsurv.stages import terminal
from radsurv.stages.pace import Pace, in_time


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def told(total, seconds, done=0, shorter=""):
    """All that is said in a loop whose pieces take so long."""
    clock = Clock()
    pace, said = Pace("work", total, done, shorter, clock), []
    for _ in range(total - done):
        clock.now += seconds
        pace.advance()
        said += [line for line in (pace.announcement(), pace.line()) if line is not None]
    return said


def test_a_line_per_twentieth_and_an_announcement_at_the_beginning():
    said = told(1000, 0.72, shorter="fewer of them")
    assert said[0] == "8 of 1,000 done, the others will take about 12 min; what makes it shorter: fewer of them"
    assert len(said) == 20  # none when all is done
    assert said[5] == "250 of 1,000, 3 min, 9 min left"


def test_what_an_earlier_run_has_done_counts_for_the_place_and_not_for_the_pace():
    said = told(1000, 1.0, done=500)
    assert said[0] == "506 of 1,000 done, the others will take about 8 min"
    assert said[1] == "550 of 1,000, 50 s, 8 min left"


@pytest.mark.parametrize("loop", [(1000, 0.004), (3, 1.9), (1, 500.0), (0, 1.0)])
def test_of_a_loop_of_seconds_or_of_one_piece_nothing_is_said(loop):
    assert told(*loop) == []


def test_a_loop_of_less_than_a_minute_is_not_announced():
    assert told(20, 2.0)[0] == "3 of 20, 6 s"


def test_without_a_terminal_lines_stand_on_standard_error(monkeypatch, capfd):
    clock = Clock()
    monkeypatch.setattr(terminal, "Pace", lambda *parts: Pace(*parts, clock))
    with terminal.progress_bar("significance", 40, 10, "fewer") as advance:
        for _ in range(30):
            clock.now += 3.0
            advance()
    lines = capfd.readouterr().err.splitlines()
    assert lines[0] == "significance 12 of 40, 6 s"
    assert "significance 13 of 40 done, the others will take about 1 min; what makes it shorter: fewer" in lines
    assert "significance 30 of 40, 1 min, 30 s left" in lines


def test_spans_of_time_have_two_units_at_most():
    spans = (0.2, 59.4, 59.6, 89, 240, 3599, 7500, 200_000)
    assert [in_time(seconds) for seconds in spans] == [
        *("0 s", "59 s", "1 min", "1 min", "4 min", "1 h", "2 h 5 min", "55 h 33 min")
    ]
