from sim.config.load import load_config as load_config
from sim.engine.engine import Engine as Engine
from sim.model.agents import AnomalyAgent as AnomalyAgent
from sim.run.record import open_run as open_run
from sim.run.record import replay as replay
from sim.run.record import verify as verify
from sim.run.simulation import Simulation as Simulation

__all__ = [
    "AnomalyAgent",
    "Engine",
    "Simulation",
    "load_config",
    "open_run",
    "replay",
    "verify",
]
