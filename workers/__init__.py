"""Background work: tasks, their schedule, and the sweeps that find what is unfinished."""
