"""decsim-tui from Python, cell by cell: build a model, steer it, look at what came out.

Run it with `python tests/examples/first_steps.py`, or cell by cell in an editor that knows `# %%`.
"""

# %% A model of forty agents. Everything that is not said here is as in `decsim-tui run`.
from sim import AnomalyAgent, Simulation
from sim.commands import InjectAttack, SetParameter, Targets

model = Simulation(agents=40, seed=7, scenario="quickstart", **{"detection.trees": 30})
for _ in range(10):
    model.step()
print(f"step {model.now}, head {model.head[:16]}…")

# %% Steer it by the commands that a person at the screen gives. They are journaled.
model.submit(InjectAttack("ddos", intensity=0.9, duration=10, targets=Targets(fraction=0.4)))
model.submit(SetParameter("consensus.quorum", 0.7))
model.run_model(steps=15)
print(model.records.journal[["step", "kind", "status"]])

# %% Figures of the population in each step, as on the screen.
figures = model.datacollector.get_model_vars_dataframe()
print(figures[["alerts", "published", "accepted", "collective_recall"]].tail())

# %% Figures of each agent in each step.
agents = model.datacollector.get_agent_vars_dataframe()
print(agents.loc[model.now].groupby("state").score.describe()[["count", "mean"]])

# %% Every signature, vote and verdict.
print(model.records.signatures[["publisher", "flows", "confidence", "verdict", "truth"]].head())
print(model.records.votes.groupby(["signature", "vote"]).size().unstack(fill_value=0).head())

# %% Agents are Mesa agents: select them, look at them, find them on the grid.
alarmed = model.agents.select(lambda agent: agent.state_name == "alert")
print(f"{len(alarmed)} agents are alarmed, the first at {next(iter(model.agents)).pos}")
outcome = model.summary()
model.close()


# %% Agents of one's own: these leave judging to the others.
class Abstainer(AnomalyAgent):
    """Never votes."""

    def poll_and_validate(self) -> tuple[()]:
        """Say nothing."""
        return ()


with Simulation(agents=20, seed=7, agent_class=Abstainer) as silent:
    silent.run_model(steps=30)
    counts = silent.summary()["signatures"]
    print(f"nobody votes: {counts}")
