"""What every implementation must keep, as tests that the author of a plug-in can inherit.

class TestZScore(DetectorContract):
    def make(self, agents, features, window):
        return ZSCORE.build(Sizes(agents, features, window, trees=10, subsample=window))

Each contract is a class with a factory and tests in pytest's manner; nothing here imports pytest.
`pytest.register_assert_rewrite("sim.contracts")` in a `conftest.py` lets it explain what failed.
"""
