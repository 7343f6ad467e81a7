"""Do the chosen options come true as often as the model believes?"""

from math import log

from flan_core.evaluate.calibration import calibration_of
from flan_core.scores import Calibration, CalibrationBin


def test_answers_are_put_into_tenths_by_the_probability_of_the_choice():
    """Three answers at .75, of which two are right; one at .55 that is wrong."""
    sure, unsure = [log(0.75), log(0.25)], [log(0.55), log(0.45)]
    columns = {
        "log_likelihoods": [sure, sure, sure, unsure],
        "said": ["yes", "yes", "yes", "yes"],
        "accepted": [["yes"], ["yes"], ["no"], ["no"]],
    }

    assert calibration_of([columns]) == Calibration(
        error=round((3 * (0.75 - 2 / 3) + 1 * 0.55) / 4, 4),
        bins=(
            CalibrationBin(confidence=0.55, accuracy=0.0, n=1),
            CalibrationBin(confidence=0.75, accuracy=2 / 3, n=3),
        ),
    )


def test_a_certain_answer_is_in_the_last_tenth():
    columns = {"log_likelihoods": [[0.0, -900.0]], "said": ["yes"], "accepted": [["yes"]]}

    assert calibration_of([columns]).bins == (CalibrationBin(confidence=1.0, accuracy=1.0, n=1),)
