"""What is said of how long a loop takes, by a clock that is set by hand."""

import pytest

from radsurv.compute.progress import NOTHING_TO_SAY, Effort
from radsurv.stages import terminal
from radsurv.stages.pace import Pace, in_time


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def told(total, seconds, done=0, effort=NOTHING_TO_SAY):
    """All that is said in a loop whose pieces take so long."""
    clock = Clock()
    pace, said = Pace("work", total, done, effort, clock), []
    for _ in range(total - done):
        clock.now += seconds
        pace.advance()
        said += [line for line in (pace.announcement(), pace.line()) if line is not None]
    return said


def test_a_line_per_twentieth_and_an_announcement_at_the_beginning():
    said = told(1000, 0.72, effort=Effort("1,000 permutations", "fewer of them", kept=True))
    assert said[0] == (
        "about 12 min: 1,000 permutations (8 done); shorter with fewer of them; goes on where it was if it is killed and started again"
    )
    assert len(said) == 20  # none when all is done
    assert said[5] == "250 of 1,000, 3 min, 9 min left"


def test_what_an_earlier_run_has_done_counts_for_the_place_and_not_for_the_pace():
    said = told(1000, 1.0, done=500)
    assert said[0] == "about 8 min: 1,000 (506 done)"
    assert said[1] == "550 of 1,000, 50 s, 8 min left"


@pytest.mark.parametrize("loop", [(1000, 0.004), (3, 1.9), (1, 500.0), (0, 1.0)])
def test_of_a_loop_of_seconds_or_of_one_piece_nothing_is_said(loop):
    assert told(*loop) == []


def test_a_loop_of_less_than_a_minute_is_not_announced():
    assert told(20, 2.0)[0] == "3 of 20, 6 s"


def test_a_loop_whose_first_piece_takes_hours_is_announced_by_its_parts():
    clock = Clock()
    pace, said = Pace("work", 1000, effort=Effort("1,000 permutations"), clock=clock), []
    clock.now += 40.0  # until all is loaded and compiled
    for _ in range(90):
        clock.now += 0.5
        pace.part(1 / 9000, "300 models × 30 trials")
        said.append(pace.announcement())
    (line,) = filter(None, said)
    # After as long as the first part took. 9,000,000 parts, half a second each, less the 40 s that it took.
    assert line == "about 1249 h 59 min: 1,000 permutations × 300 models × 30 trials"


def test_pieces_of_many_workers_that_end_together_are_no_pace():
    """Sixteen pieces of three minutes at a time: the first sixteen end within a second, and nothing is said before the next do."""
    clock, said = Clock(), []
    pace = Pace("work", 320, clock=clock)
    for wave in range(1, 4):
        for number in range(16):
            clock.now = 180.0 * wave + number / 16
            pace.advance()
            said.append((wave, pace.announcement()))
    (line,) = [line for line in said if line[1]]
    assert line[0] == 2


def test_without_a_terminal_lines_stand_on_standard_error(monkeypatch, capfd):
    clock = Clock()
    monkeypatch.setattr(terminal, "Pace", lambda *parts: Pace(*parts, clock))
    with terminal.progress_bar("significance", 40, 10, Effort("40 permutations", "fewer")) as advance:
        for _ in range(30):
            clock.now += 3.0
            advance()
    lines = capfd.readouterr().err.splitlines()
    assert lines[0] == "significance 12 of 40, 6 s"
    assert "significance about 1 min: 40 permutations (13 done); shorter with fewer" in lines
    assert "significance 30 of 40, 1 min, 30 s left" in lines


def test_spans_of_time_have_two_units_at_most():
    spans = (0.2, 59.4, 59.6, 89, 240, 3599, 7500, 200_000)
    assert [in_time(seconds) for seconds in spans] == [
        *("0 s", "59 s", "1 min", "1 min", "4 min", "1 h", "2 h 5 min", "55 h 33 min")
    ]
