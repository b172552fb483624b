"""A simulated fleet with a seed: how its devices behave, how they talk to a running Vedette, what befalls them, and the truth of it."""
