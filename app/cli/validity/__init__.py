"""`reasonboard validity`: the command, and the tables that it prints."""
