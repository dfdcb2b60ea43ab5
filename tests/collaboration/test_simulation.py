"""What is planted in an invented place is found, and nothing is found more often than it should be where nothing is."""

from math import sqrt

import pytest

from collaboration_places import Recovery, block, hidden_tie, missing_voice, perception_gap


@pytest.mark.parametrize(("look", "power"), [(perception_gap, 0.75), (block, 0.85), (missing_voice, 0.97), (hidden_tie, 0.92)])
@pytest.mark.parametrize("seed", [11, 12])
def test_what_is_planted_is_found(look, power: float, seed: int) -> None:
    found: Recovery = look(seed=seed)
    assert found.found >= power * found.places
    error = sqrt(found.most * (1 - found.most) / found.chances)
    assert found.alarms / found.chances <= found.most + 3 * error
