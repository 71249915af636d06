"""`reasonboard benchmark`: the group of commands, and those of them that take more than a few lines."""
