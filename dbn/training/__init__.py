"""What all learners share: the one loop, schedules, updates, checkpoints and progress."""
