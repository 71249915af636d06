"""The `reasonboard` command: each module a group of commands, and what they print."""
