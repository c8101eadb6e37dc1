"""Where the two wings meet: metrics, significance, and the studies that compare models."""
