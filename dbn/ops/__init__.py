"""What array libraries disagree on. One module per library, the same names in each, nothing else."""
