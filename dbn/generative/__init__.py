"""The generative wing: restricted Boltzmann machines, how they learn, and the deep belief net they build."""
