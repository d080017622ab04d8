"""Reports: what came out of runs and sweeps, as one page for a browser and figures for a paper."""
