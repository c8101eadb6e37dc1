"""The discriminative wing: feed-forward networks, backprop, and logistic regression."""
